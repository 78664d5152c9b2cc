//! A process dies at some point on the way of a push. WeChat repeats the push if it gets no answer, the guard message comes
//! due, and the leases end.

use std::ops::RangeInclusive;
use std::time::Duration;

use futures_util::future::join_all;
use lambda_host::{Call, Point};
use serde_json::json;

use crate::calls::{
    around, asks, claims, finishes, has_it_handled, marks_the_next, opens_the_window, reads_the_secret,
    reads_the_token, records, returns, sends, takes_a_slot,
};
use crate::handlers::says;
use crate::stack::{Stack, deliver_reply, entering, text};

const MESSAGES: [&str; 2] = ["one", "two"];

/// What a crash came to.
#[derive(Debug, PartialEq)]
struct Survived {
    sent: Vec<String>,
    parked: Vec<String>,
    asked: usize,
    slots: i64,
}

/// A process dies at a point while a reply of two messages is on its way.
async fn survive(point: Point) -> (String, Survived) {
    let what = point.to_string();
    let stack = Stack::start(says(json!(MESSAGES))).await;
    let kill = stack.host.kill_when(point);
    let pushed = stack.push(&text("1", "hi")).await;
    assert_eq!(pushed.answer(), "success", "{what}");
    kill.applied().await.unwrap();
    stack.host.at_rest().await.unwrap();
    stack.leases_end().await;
    let parked = stack.assert_kept(&what, &MESSAGES).await;
    let (sent, asked, slots) = (stack.wechat.texts(), stack.asked(), stack.slots().await);
    (what, Survived { sent, parked, asked, slots })
}

async fn survive_each(points: impl IntoIterator<Item = Point>) -> Vec<(String, Survived)> {
    join_all(points.into_iter().map(survive)).await
}

/// Holds that a reply reached the user whole, although the handler was perhaps asked once more.
fn assert_harmless((what, survived): &(String, Survived), asked: RangeInclusive<usize>) {
    assert!(asked.contains(&survived.asked), "{what}: {survived:?}");
    let harmless =
        Survived { sent: MESSAGES.map(str::to_owned).into(), parked: vec![], asked: survived.asked, slots: 2 };
    assert_eq!(*survived, harmless, "{what}");
}

/// Holds which messages were sent and which are parked because nobody knows, and that the handler was asked once.
fn assert_sent((what, survived): &(String, Survived), sent: &[&str], parked: &[&str]) {
    assert_eq!((&survived.sent[..], &survived.parked[..]), (&owned(sent)[..], &owned(parked)[..]), "{what}");
    assert_eq!(survived.asked, 1, "{what}");
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[tokio::test]
async fn push_dies_before_it_knows_of_its_claim() {
    let points = [reads_the_secret(), claims(), opens_the_window()].into_iter().flat_map(around);
    for survived in survive_each(points).await {
        assert_harmless(&survived, 1..=1);
    }
}

#[tokio::test]
async fn push_dies_as_it_hands_the_push_on() {
    let points = [Point::before(has_it_handled()), Point::during(has_it_handled()), Point::after(has_it_handled())];
    for survived in survive_each(points).await {
        assert_harmless(&survived, 1..=1);
    }
}

#[tokio::test]
async fn push_dies_while_the_reply_is_being_recorded_or_delivered() {
    join_all([records(), takes_a_slot(), sends(), marks_the_next(), finishes()].map(push_dies_meanwhile)).await;
}

async fn push_dies_meanwhile(call: Call) {
    let stack = Stack::start(says(json!(MESSAGES))).await;
    let mut pause = stack.host.pause_when(Point::before(call.clone()));
    let message = text("1", "hi");
    let (pushed, ()) = tokio::join!(stack.push(&message), async {
        let held = pause.reached().await.unwrap();
        assert_eq!(stack.host.kill("push").await.unwrap(), 1);
        held.resume();
    });
    assert_eq!(pushed.answer(), "success");
    stack.host.at_rest().await.unwrap();
    assert!(stack.assert_kept(&call.to_string(), &MESSAGES).await.is_empty());
    assert_eq!((stack.wechat.texts(), stack.asked()), (owned(&MESSAGES), 1), "{call}");
}

#[tokio::test]
async fn push_dies_as_it_answers() {
    for survived in survive_each(around(returns("push"))).await {
        assert_harmless(&survived, 1..=1);
    }
}

#[tokio::test]
async fn deliver_reply_dies_before_the_record() {
    let points = [Point::before(asks()), Point::during(asks()), Point::after(asks()), Point::before(records())];
    for survived in survive_each(points).await {
        assert_harmless(&survived, 1..=2);
    }
}

#[tokio::test]
async fn deliver_reply_dies_while_it_starts() {
    for survived in survive_each(around(reads_the_token())).await {
        assert_harmless(&survived, 1..=1);
    }
}

#[tokio::test]
async fn deliver_reply_dies_between_the_mark_of_the_first_message_and_its_send() {
    let marked = [Point::after(records())];
    let points = marked.into_iter().chain(around(takes_a_slot())).chain([Point::before(sends())]);
    for survived in survive_each(points).await {
        assert_sent(&survived, &["two"], &["one"]);
    }
}

#[tokio::test]
async fn deliver_reply_dies_between_two_messages() {
    // The first was sent, and the row says that it was being sent: nobody can know.
    for survived in survive_each([Point::after(sends()), Point::before(marks_the_next())]).await {
        assert_sent(&survived, &MESSAGES, &["one"]);
    }
    // The row says that the second was being sent, and it was not.
    let counted = around(takes_a_slot().nth(2));
    let points = [Point::after(marks_the_next())].into_iter().chain(counted).chain([Point::before(sends().nth(2))]);
    for survived in survive_each(points).await {
        assert_sent(&survived, &["one"], &["two"]);
    }
}

#[tokio::test]
async fn deliver_reply_dies_after_the_last_message() {
    for survived in survive_each([Point::after(sends().nth(2)), Point::before(finishes())]).await {
        assert_sent(&survived, &MESSAGES, &["two"]);
    }
    let points = [Point::after(finishes())].into_iter().chain(around(returns("deliver-reply")));
    for survived in survive_each(points).await {
        assert_harmless(&survived, 1..=1);
    }
}

#[tokio::test]
async fn a_run_that_nobody_waits_for_dies() {
    let points = [asks(), records(), takes_a_slot(), sends(), finishes()].into_iter().flat_map(around);
    join_all(points.map(an_event_survives)).await;
}

/// Lambda repeats an asynchronous run after a minute, when the lease of the run that died is over.
async fn an_event_survives(point: Point) {
    let what = point.to_string();
    let stack = Stack::start(says(json!("welcome"))).await;
    stack.host.function("deliver-reply", deliver_reply().retry_delays([Duration::from_secs(2); 2]));
    let kill = stack.host.kill_when(point);
    assert_eq!(stack.push(&entering()).await.answer(), "success", "{what}");
    kill.applied().await.unwrap();
    stack.leases_end().await;
    stack.assert_kept(&what, &["welcome"]).await;
}
