//! A run takes over from one that died, and is disturbed itself.

use std::time::Duration;

use futures_util::future::join_all;
use lambda_host::{Call, Effect, Point};
use serde_json::json;

use crate::calls::{
    around, has_it_handled, marks_the_next, parks, records, returns, sends, takes_over, takes_the_reply_over,
};
use crate::handlers::{says, says_late, throws_late};
use crate::stack::{Stack, deliver_reply, is_transfer, text};

const MESSAGES: [&str; 3] = ["one", "two", "three"];

/// A stack whose run has died just after it recorded a reply, while `push` waited for it.
async fn recorded_by_the_dead() -> Stack {
    let stack = Stack::start(says(json!(MESSAGES))).await;
    stack.host.function("deliver-reply", deliver_reply().retry_delays([Duration::from_secs(2); 2]));
    let kill = stack.host.kill_when(Point::after(records()));
    assert_eq!(stack.push(&text("1", "hi")).await.answer(), "success");
    kill.applied().await.unwrap();
    stack.host.at_rest().await.unwrap();
    assert_eq!((&stack.row().await["state"], stack.wechat.texts().len()), (&json!("recorded"), 0));
    stack
}

#[tokio::test]
async fn the_answer_to_a_take_over_of_a_reply_may_be_lost() {
    let stack = recorded_by_the_dead().await;
    let cut = stack.host.when(Point::after(takes_the_reply_over()), Effect::Cut);
    stack.leases_end().await;
    cut.applied().await.unwrap();
    assert_eq!(stack.assert_kept("taken over", &MESSAGES).await, ["one"]);
    assert_eq!((stack.wechat.texts(), stack.asked()), (vec!["two".to_owned(), "three".to_owned()], 1));
}

#[tokio::test]
async fn the_answer_to_a_take_over_of_a_push_may_be_lost() {
    let (handler, gate) = says_late(json!(MESSAGES));
    let stack = Stack::start(handler).await;
    assert_eq!(stack.push(&text("1", "hi")).await.answer(), "success");
    stack.host.kill("deliver-reply").await.unwrap();
    gate.open();
    stack.host.at_rest().await.unwrap();
    let cut = stack.host.when(Point::after(takes_over()), Effect::Cut);
    stack.leases_end().await;
    cut.applied().await.unwrap();
    assert!(stack.assert_kept("taken over", &MESSAGES).await.is_empty());
    assert_eq!((stack.wechat.texts(), stack.asked()), (MESSAGES.map(str::to_owned).to_vec(), 2));
}

/// Lambda repeats an asynchronous run after a minute, when the lease of the run that died is over.
#[tokio::test]
async fn the_run_that_takes_over_dies_as_well() {
    let cases = [
        (Point::before(takes_the_reply_over()), &["two", "three"][..], &["one"][..]),
        (Point::after(takes_the_reply_over()), &["two", "three"], &["one"]),
        (Point::after(parks()), &["two", "three"], &["one", "one"]),
        (Point::after(marks_the_next()), &["three"], &["one", "two"]),
        (Point::after(sends()), &["two", "three"], &["one", "two"]),
        (Point::before(marks_the_next().nth(2)), &["two", "three"], &["one", "two"]),
    ];
    join_all(cases.map(|(point, sent, parked)| async move {
        let what = point.to_string();
        let stack = recorded_by_the_dead().await;
        let kill = stack.host.kill_when(point);
        let resumed = async {
            kill.applied().await.unwrap();
            stack.leases_are_over().await;
        };
        tokio::join!(stack.leases_end(), resumed);
        assert_eq!(stack.assert_kept(&what, &MESSAGES).await, parked, "{what}");
        assert_eq!(
            (stack.wechat.texts(), stack.asked()),
            (sent.iter().map(|text| (*text).to_owned()).collect(), 1),
            "{what}"
        );
    }))
    .await;
}

#[tokio::test]
async fn the_guard_and_wechats_repeat_find_the_dead_at_once() {
    let stack = recorded_by_the_dead().await;
    let message = text("1", "hi");
    let ((), pushed) = tokio::join!(stack.leases_end(), stack.push(&message));
    assert_eq!(pushed.answer(), "success");
    stack.host.at_rest().await.unwrap();
    assert_eq!(stack.assert_kept("found twice", &MESSAGES).await, ["one"]);
    assert_eq!((stack.wechat.texts(), stack.asked()), (vec!["two".to_owned(), "three".to_owned()], 1));
}

#[tokio::test]
async fn wechats_repeat_has_a_reply_carried_on_whose_run_is_dead() {
    let stack = recorded_by_the_dead().await;
    stack.leases_are_over().await;
    let pushed = stack.push(&text("1", "hi")).await;
    assert_eq!((pushed.answer(), pushed.attempts.len()), ("success", 1));
    assert!(pushed.attempts[0].took < Duration::from_secs(4), "{pushed:?}");
    stack.host.at_rest().await.unwrap();
    assert_eq!(stack.assert_kept("carried on", &MESSAGES).await, ["one"]);
    assert_eq!(stack.host.count(&has_it_handled()), 2);
}

#[tokio::test]
async fn a_run_that_is_to_carry_on_and_is_throttled_is_invoked_again_within_the_delivery() {
    let stack = recorded_by_the_dead().await;
    stack.leases_are_over().await;
    stack.host.when(Point::before(has_it_handled()), Effect::Throttle);
    let attempt = stack.push_once(&text("1", "hi"), 0).await;
    let is_fast_failure = attempt.status() != 200 && attempt.took < Duration::from_secs(4);
    assert!(!is_fast_failure, "{attempt:?}");
    stack.host.at_rest().await.unwrap();
    stack.leases_end().await;
    assert_eq!(stack.assert_kept("throttled", &MESSAGES).await, ["one"]);
}

#[tokio::test]
async fn resume_replies_dies_as_it_has_a_reply_carried_on() {
    let invokes = Call::invoke_event("deliver-reply").from("resume-replies");
    let reads = Call::dynamodb("GetItem").from("resume-replies");
    join_all([reads, invokes.clone(), returns("resume-replies")].into_iter().flat_map(around).map(|point| async {
        let what = point.to_string();
        let stack = recorded_by_the_dead().await;
        let kill = stack.host.kill_when(point);
        stack.leases_end().await;
        kill.applied().await.unwrap();
        // SQS shows the message again, if it was not deleted.
        stack.guard.make_all_visible();
        stack.host.at_rest().await.unwrap();
        assert_eq!(stack.assert_kept(&what, &MESSAGES).await, ["one"], "{what}");
        assert_eq!(stack.wechat.texts(), ["two", "three"], "{what}");
    }))
    .await;

    // Its invocation was taken, and it does not know.
    let stack = recorded_by_the_dead().await;
    let cut = stack.host.when(Point::after(invokes), Effect::Cut);
    stack.leases_end().await;
    cut.applied().await.unwrap();
    stack.guard.make_all_visible();
    stack.host.at_rest().await.unwrap();
    assert_eq!(stack.assert_kept("the Invoke's answer", &MESSAGES).await, ["one"]);
    assert_eq!(stack.wechat.texts(), ["two", "three"]);
}

#[tokio::test]
async fn what_cannot_be_parked_is_parked_later() {
    // A message of which nobody knows.
    let stack = Stack::start(says(json!(MESSAGES))).await;
    stack.host.when(Point::after(sends()), Effect::Cut);
    let refused = stack.host.when(Point::before(parks().every()), Effect::Fail);
    assert_eq!(stack.push(&text("1", "hi")).await.answer(), "success");
    stack.host.at_rest().await.unwrap();
    assert_eq!((stack.parked().len(), stack.wechat.texts()), (0, vec!["one".to_owned()]));
    refused.end();
    stack.leases_end().await;
    assert_eq!(stack.assert_kept("a message", &MESSAGES).await, ["one"]);
    assert_eq!(stack.wechat.texts(), MESSAGES);

    // A push whose handler fails late.
    let (handler, gate) = throws_late();
    let stack = Stack::start(handler).await;
    let refused = stack.host.when(Point::before(parks().every()), Effect::Fail);
    assert_eq!(stack.push(&text("1", "hi")).await.answer(), "success");
    gate.open();
    stack.host.at_rest().await.unwrap();
    assert_eq!((&stack.row().await["state"], stack.parked().len()), (&json!("late"), 0));
    refused.end();
    stack.leases_end().await;
    assert_eq!((&stack.row().await["state"], stack.parked().len()), (&json!("failed"), 1));
    assert!(is_transfer(stack.push(&text("2", "anybody?")).await.answer()));
}
