//! Something comes that nobody expected any more: a write that its caller has given up and made again, a run that was taken
//! for dead, an invocation that Lambda runs twice.

use lambda_host::{Effect, Point};
use serde_json::json;

use crate::calls::{claims, finishes, has_it_handled, marks_the_next, sends, sets_the_transfer_mark, turns_late};
use crate::handlers::{says, says_late, transfer};
use crate::stack::{Stack, entering, is_transfer, text};

const MESSAGES: [&str; 3] = ["one", "two", "three"];

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[tokio::test]
async fn a_run_that_was_taken_for_dead_sends_what_it_was_about_to_send_and_no_more() {
    let stack = Stack::start(says(json!(MESSAGES))).await;
    let mut pause = stack.host.pause_when(Point::before(sends()));
    let message = text("1", "hi");
    let (pushed, held) = tokio::join!(stack.push(&message), async {
        let held = pause.reached().await.unwrap();
        stack.leases_are_over().await;
        held
    });
    assert_eq!(pushed.answer(), "success");
    // `push` saw a dead run and had another one carry on.
    stack.host.called(&finishes()).await.unwrap();
    assert_eq!(stack.wechat.texts(), ["two", "three"]);
    held.resume();
    stack.host.at_rest().await.unwrap();
    let parked = stack.assert_kept("taken for dead", &MESSAGES).await;
    assert!(!parked.is_empty() && parked.iter().all(|text| text == "one"), "{parked:?}");
    assert_eq!((stack.wechat.texts(), stack.asked()), (owned(&["two", "three", "one"]), 1));
}

#[tokio::test]
async fn a_mark_that_arrives_after_later_ones_does_not_have_a_message_sent_twice() {
    let stack = Stack::start(says(json!(MESSAGES))).await;
    // The SDK gives the first mark up and writes it again. It arrives when the run has sent everything and died.
    let mut pause = stack.host.pause_when(Point::before(marks_the_next()));
    let kill = stack.host.kill_when(Point::after(sends().nth(3)));
    let message = text("1", "hi");
    let (pushed, ()) = tokio::join!(stack.push(&message), async {
        let held = pause.reached().await.unwrap();
        kill.applied().await.unwrap();
        held.resume();
    });
    assert_eq!(pushed.answer(), "success");
    stack.host.at_rest().await.unwrap();
    stack.leases_end().await;
    stack.assert_kept("a straggling mark", &MESSAGES).await;
    assert_eq!((stack.wechat.texts(), stack.asked()), (owned(&MESSAGES), 1));
}

#[tokio::test]
async fn a_claim_that_arrives_after_its_push_was_given_up_changes_nothing() {
    let stack = Stack::start(says(json!(MESSAGES))).await;
    let mut pause = stack.host.pause_when(Point::before(claims()));
    let message = text("1", "hi");
    let (pushed, held) = tokio::join!(stack.push(&message), pause.reached());
    assert_eq!(pushed.answer(), "success");
    let before = stack.row().await;
    held.unwrap().resume();
    stack.host.called(&claims()).await.unwrap();
    assert_eq!(stack.row().await, before);
    assert!(stack.assert_kept("a straggling claim", &MESSAGES).await.is_empty());
    assert_eq!((stack.wechat.texts(), stack.asked()), (owned(&MESSAGES), 1));
}

#[tokio::test]
async fn a_late_state_that_arrives_after_the_reply_changes_nothing() {
    let (handler, gate) = says_late(json!(MESSAGES));
    let stack = Stack::start(handler).await;
    let mut pause = stack.host.pause_when(Point::before(turns_late()));
    let message = text("1", "hi");
    let (pushed, held) = tokio::join!(stack.push(&message), pause.reached());
    assert_eq!(pushed.answer(), "success");
    gate.open();
    stack.host.at_rest().await.unwrap();
    let before = stack.row().await;
    held.unwrap().resume();
    stack.host.called(&turns_late()).await.unwrap();
    assert_eq!(stack.row().await, before);
    assert!(stack.assert_kept("a straggling late state", &MESSAGES).await.is_empty());
    assert_eq!(stack.wechat.texts(), MESSAGES);
}

#[tokio::test]
async fn a_transfer_mark_that_arrives_after_its_transfer_costs_one_more_transfer_at_most() {
    let (handler, gate) = says_late(transfer());
    let stack = Stack::start(handler).await;
    let mut pause = stack.host.pause_when(Point::before(sets_the_transfer_mark()));
    assert_eq!(stack.push(&text("1", "hi")).await.answer(), "success");
    gate.open();
    let held = pause.reached().await.unwrap();
    stack.host.at_rest().await.unwrap();
    assert!(is_transfer(stack.push(&text("2", "anybody?")).await.answer()));
    held.resume();
    stack.host.called(&sets_the_transfer_mark()).await.unwrap();
    stack.host.function("handler", says(json!("hello")));
    stack.push(&text("3", "hi")).await;
    assert_eq!(stack.push(&text("4", "hi")).await.answer(), "success");
    assert_eq!(stack.wechat.texts().last().map(String::as_str), Some("hello"));
}

#[tokio::test]
async fn an_invocation_that_lambda_runs_twice_speaks_once() {
    let (handler, gate) = says_late(json!("welcome"));
    let stack = Stack::start(handler).await;
    assert_eq!(stack.push(&entering()).await.answer(), "success");
    let envelope = stack.host.called(&has_it_handled()).await.unwrap().json();
    let again = || stack.host.invoke("deliver-reply", envelope.clone());
    let (first, second, ()) = tokio::join!(again(), again(), async { gate.open() });
    first.unwrap();
    second.unwrap();
    stack.host.at_rest().await.unwrap();
    again().await.unwrap();
    assert!(stack.assert_kept("run twice", &["welcome"]).await.is_empty());
    assert_eq!(stack.wechat.texts(), ["welcome"]);
}

#[tokio::test]
async fn an_invocation_without_an_answer_that_reached_lambda_all_the_same_speaks_once() {
    let stack = Stack::start(says(json!("welcome"))).await;
    let cut = stack.host.when(Point::after(has_it_handled()), Effect::Cut);
    assert_eq!(stack.push(&entering()).await.answer(), "success");
    cut.applied().await.unwrap();
    stack.host.at_rest().await.unwrap();
    assert_eq!((stack.wechat.texts(), stack.host.count(&has_it_handled())), (owned(&["welcome"]), 1));
}
