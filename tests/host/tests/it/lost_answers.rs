//! A service has done what it was asked, and its answer is lost: on the way of a push, each answer once.

use std::time::Duration;

use futures_util::future::join_all;
use lambda_host::{Call, Effect, Function, Point};
use serde_json::json;

use crate::calls::{
    around, asks, fails, finishes, has_it_handled, marks_answered, marks_the_next, opens_the_window, puts_the_guard,
    records, sends, sets_the_transfer_mark, takes_a_slot, turns_late,
};
use crate::handlers::{Gate, says, says_late, throws_late, transfer};
use crate::stack::{Stack, entering, is_transfer, text};

const MESSAGES: [&str; 2] = ["one", "two"];

/// The writes of `push` and `deliver-reply` to DynamoDB, by their number among those of their function.
fn writes(function: &'static str, count: usize) -> impl Iterator<Item = Call> {
    (1..=count).map(move |nth| Call::dynamodb("UpdateItem").from(function).nth(nth))
}

#[tokio::test]
async fn the_answer_to_each_write_of_a_reply_in_time_may_be_lost() {
    let undisturbed = Stack::start(says(json!(MESSAGES))).await;
    undisturbed.push(&text("1", "hi")).await;
    let count = |function| undisturbed.host.count(&Call::dynamodb("UpdateItem").from(function));
    let (by_push, by_deliver_reply) = (count("push"), count("deliver-reply"));
    assert_eq!((by_push, by_deliver_reply), (2, 5));
    let writes = writes("push", by_push).chain(writes("deliver-reply", by_deliver_reply));
    join_all(writes.map(|write| async {
        let what = format!("the answer to {write}");
        let stack = Stack::start(says(json!(MESSAGES))).await;
        let cut = stack.host.when(Point::after(write), Effect::Cut);
        let pushed = stack.push(&text("1", "hi")).await;
        cut.applied().await.unwrap();
        assert_eq!((pushed.answer(), pushed.attempts.len()), ("success", 1), "{what}");
        stack.host.at_rest().await.unwrap();
        assert_whole(&what, &stack, 1).await;
        assert_eq!(stack.row().await["attempt"], 1, "{what}");
    }))
    .await;
}

#[tokio::test]
async fn the_answers_of_a_push_that_is_given_up_may_be_lost() {
    let stack = Stack::start(says(json!(MESSAGES))).await;
    stack.host.when(Point::before(has_it_handled().every()), Effect::Throttle);
    let write = Call::dynamodb("UpdateItem").from("push").to("push-dedupe");
    let released = stack.host.when(Point::after(write.clone().containing(":long_ago")), Effect::Cut);
    let failed = stack.host.when(Point::after(write.containing(":phase")), Effect::Cut);
    let pushed = stack.push(&text("1", "hi")).await;
    assert!(is_transfer(pushed.answer()) && pushed.attempts.len() == 3, "{pushed:?}");
    released.applied().await.unwrap();
    failed.applied().await.unwrap();
    assert_eq!((&stack.row().await["state"], stack.parked().len()), (&json!("failed"), 1));
}

#[tokio::test]
async fn the_answer_to_the_mark_of_an_answer_may_be_lost() {
    let stack = Stack::start(says(json!(MESSAGES))).await;
    let cut = stack.host.when(Point::after(marks_answered()), Effect::Cut);
    let mut pause = stack.host.pause_when(Point::before(sends()));
    let message = text("1", "hi");
    let (pushed, held) = tokio::join!(stack.push(&message), pause.reached());
    assert_eq!((pushed.answer(), pushed.attempts.len()), ("success", 1));
    cut.applied().await.unwrap();
    held.unwrap().resume();
    stack.host.at_rest().await.unwrap();
    assert_whole("the mark", &stack, 1).await;
}

/// Holds that the reply reached the user whole, and that nothing is left to do.
async fn assert_whole(what: &str, stack: &Stack, asked: usize) {
    assert!(stack.assert_kept(what, &MESSAGES).await.is_empty(), "{what}");
    assert_eq!((stack.wechat.texts(), stack.asked()), (MESSAGES.map(str::to_owned).to_vec(), asked), "{what}");
    assert_eq!((stack.slots().await, stack.parked().len()), (2, 0), "{what}");
    stack.leases_end().await;
    assert_eq!((stack.wechat.texts().len(), stack.asked()), (2, asked), "{what}: the guard did something");
}

/// Loses the answer to a call of a push whose handler returns late, and returns what is left to look at.
async fn lose_late((handler, gate): (Function, Gate), call: Call) -> (String, Stack) {
    let what = format!("the answer to {call}");
    let stack = Stack::start(handler).await;
    let cut = stack.host.when(Point::after(call), Effect::Cut);
    let pushed = stack.push(&text("1", "hi")).await;
    assert_eq!((pushed.answer(), pushed.attempts.len()), ("success", 1), "{what}");
    gate.open();
    cut.applied().await.unwrap();
    stack.host.at_rest().await.unwrap();
    (what, stack)
}

#[tokio::test]
async fn the_answer_to_each_write_of_a_late_reply_may_be_lost() {
    let calls = [
        puts_the_guard(),
        turns_late(),
        records(),
        records().nth(2),
        takes_a_slot(),
        marks_the_next(),
        takes_a_slot().nth(2),
        finishes(),
    ];
    join_all(calls.map(|call| async {
        let (what, stack) = lose_late(says_late(json!(MESSAGES)), call).await;
        assert_whole(&what, &stack, 1).await;
    }))
    .await;
}

#[tokio::test]
async fn the_answer_to_each_write_of_a_late_transfer_or_failure_may_be_lost() {
    let transfers =
        [records().nth(2), sets_the_transfer_mark(), finishes()].map(|call| (says_late(transfer()), call, "done"));
    let failures = [fails(), sets_the_transfer_mark(), fails().nth(2)].map(|call| (throws_late(), call, "failed"));
    join_all(transfers.into_iter().chain(failures).map(|(handler, call, state)| async move {
        let (what, stack) = lose_late(handler, call).await;
        assert_eq!(stack.row().await["state"], state, "{what}");
        assert_eq!(stack.parked().len(), usize::from(state == "failed"), "{what}");
        // The answers of `push` are lost as well: to `done`, and to the end of the mark.
        let next = Call::dynamodb("UpdateItem").from("push");
        let done = stack.host.when(Point::after(next.clone().containing(":phase")), Effect::Cut);
        let unmarked = stack.host.when(Point::after(next.containing("REMOVE transfer_id")), Effect::Cut);
        let pushed = stack.push(&text("2", "anybody?")).await;
        assert!(is_transfer(pushed.answer()) && pushed.attempts.len() == 1, "{what}: {pushed:?}");
        done.applied().await.unwrap();
        unmarked.applied().await.unwrap();
        stack.host.function("handler", says(json!("hello")));
        assert_eq!(stack.push(&text("3", "hi")).await.answer(), "success", "{what}");
        assert_eq!(stack.wechat.texts(), ["hello"], "{what}");
    }))
    .await;
}

#[tokio::test]
async fn a_message_whose_answer_from_wechat_is_lost_is_parked_and_the_next_is_sent() {
    for (point, sent) in around(sends()).into_iter().zip([vec!["two"], vec!["one", "two"]]) {
        let stack = Stack::start(says(json!(MESSAGES))).await;
        stack.host.when(point, Effect::Cut);
        let message = text("1", "hi");
        for _ in 0..2 {
            assert_eq!(stack.push(&message).await.answer(), "success");
        }
        assert_eq!(stack.assert_kept("WeChat's answer", &MESSAGES).await, ["one"]);
        assert_eq!(stack.wechat.texts(), sent);
        let parked = stack.parked();
        assert_eq!((parked.len(), &parked[0]["reason"]), (1, &json!("unknown")));
        assert_eq!(parked[0]["customerMessage"]["touser"], "o1");
        assert_eq!((stack.slots().await, stack.asked()), (2, 1));
    }
}

#[tokio::test]
async fn a_connection_to_lambda_that_breaks_does_not_have_the_push_handled_twice() {
    for point in [Point::during(has_it_handled()), Point::after(has_it_handled())] {
        let what = point.to_string();
        let stack = Stack::start(says(json!(MESSAGES))).await;
        let cut = stack.host.when(point, Effect::Cut);
        let pushed = stack.push(&text("1", "hi")).await;
        cut.applied().await.unwrap();
        assert_eq!((pushed.answer(), pushed.attempts.len()), ("success", 1), "{what}");
        stack.host.at_rest().await.unwrap();
        assert_whole(&what, &stack, 1).await;
        assert_eq!(stack.host.count(&has_it_handled()), 1, "{what}");
    }
}

#[tokio::test]
async fn a_connection_to_lambda_that_breaks_before_it_took_the_push_does_not_lose_it() {
    let stack = Stack::start(says(json!(MESSAGES))).await;
    stack.host.when(Point::before(has_it_handled()), Effect::Cut);
    assert_eq!(stack.push(&text("1", "hi")).await.answer(), "success");
    stack.host.at_rest().await.unwrap();
    stack.leases_end().await;
    assert_whole("the Invoke", &stack, 1).await;
}

#[tokio::test]
async fn a_connection_to_lambda_that_breaks_while_the_handler_takes_its_time_does_not_lose_the_reply() {
    let (handler, gate) = says_late(json!(MESSAGES));
    let stack = Stack::start(handler).await;
    stack.host.when(Point::during(has_it_handled()), Effect::Cut);
    assert_eq!(stack.push(&text("1", "hi")).await.answer(), "success");
    gate.open();
    stack.host.at_rest().await.unwrap();
    assert!(stack.asked() <= 2);
    assert_whole("the Invoke", &stack, stack.asked()).await;
}

#[tokio::test]
async fn an_event_that_may_not_have_reached_lambda_is_made_good_by_the_guard() {
    let stack = Stack::start(says(json!("welcome"))).await;
    stack.host.when(Point::before(has_it_handled()), Effect::Cut);
    assert_eq!(stack.push(&entering()).await.answer(), "success");
    stack.host.at_rest().await.unwrap();
    assert_eq!(stack.asked(), 0);
    stack.leases_end().await;
    assert!(stack.assert_kept("the Invoke", &["welcome"]).await.is_empty());
    assert_eq!((stack.wechat.texts(), stack.asked()), (vec!["welcome".to_owned()], 1));
}

#[tokio::test]
async fn a_handler_whose_answer_is_lost_is_asked_again() {
    let stack = Stack::start(says(json!(MESSAGES))).await;
    stack.host.when(Point::after(asks()), Effect::Cut);
    assert_eq!(stack.push(&text("1", "hi")).await.answer(), "success");
    stack.host.at_rest().await.unwrap();
    assert_whole("the handler", &stack, 2).await;
}

#[tokio::test]
async fn a_late_reply_without_a_guard_is_not_acknowledged() {
    let (handler, gate) = says_late(json!(MESSAGES));
    let stack = Stack::start(handler).await;
    let refused = stack.host.when(Point::before(puts_the_guard().every()), Effect::Fail);
    let message = text("1", "hi");
    let first = stack.push_once(&message, 0).await;
    assert_eq!(first.status(), 503);
    assert!(first.took >= Duration::from_secs(4), "{first:?}");
    assert_eq!(stack.row().await["state"], "running");
    refused.end();
    assert_eq!(stack.push(&message).await.answer(), "success");
    gate.open();
    stack.host.at_rest().await.unwrap();
    assert!(stack.asked() <= 2);
    assert_whole("no guard", &stack, stack.asked()).await;
}

#[tokio::test]
async fn a_window_that_cannot_be_opened_does_not_stop_the_push() {
    let stack = Stack::start(says(json!(MESSAGES))).await;
    stack.host.when(Point::before(opens_the_window().every()), Effect::Fail);
    let pushed = stack.push(&text("1", "hi")).await;
    assert_eq!((pushed.answer(), pushed.attempts.len()), ("success", 1));
    assert_eq!(stack.wechat.texts(), MESSAGES);
    assert_eq!(stack.row().await["state"], "done");
}
