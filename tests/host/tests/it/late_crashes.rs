//! A process dies on the way of a reply that is late. WeChat has its answer then, and repeats nothing: the guard sees to it.

use futures_util::future::join_all;
use lambda_host::{Function, Point};
use serde_json::json;

use crate::calls::{
    around, asks, fails, finishes, marks_answered, marks_the_next, parks, puts_the_guard, records, returns, sends,
    sets_the_transfer_mark, takes_a_slot, turns_late,
};
use crate::handlers::{Gate, says, says_late, throws_late, transfer};
use crate::stack::{Stack, is_transfer, text};

const MESSAGES: [&str; 2] = ["one", "two"];

/// A process dies at a point, before or after the handler returns, which it does once WeChat has its answer. Then the guard
/// message comes due.
async fn die_late((handler, gate): (Function, Gate), point: Point) -> (String, Stack) {
    let what = point.to_string();
    let stack = Stack::start(handler).await;
    let kill = stack.host.kill_when(point);
    assert_eq!(stack.push(&text("1", "hi")).await.answer(), "success", "{what}");
    gate.open();
    kill.applied().await.unwrap();
    stack.host.at_rest().await.unwrap();
    stack.leases_end().await;
    (what, stack)
}

async fn messages_survive(point: Point) -> (String, Vec<String>, usize) {
    let (what, stack) = die_late(says_late(json!(MESSAGES)), point).await;
    let parked = stack.assert_kept(&what, &MESSAGES).await;
    // Whoever is told nothing now is told it later: none is parked that nobody tried to send.
    assert_eq!(stack.row().await["state"], "done", "{what}");
    (what, parked, stack.asked())
}

#[tokio::test]
async fn push_dies_as_it_turns_late() {
    let points = [puts_the_guard(), turns_late(), returns("push")].into_iter().flat_map(around);
    for (what, parked, asked) in join_all(points.map(messages_survive)).await {
        assert!(parked.is_empty() && asked <= 2, "{what}: parked {parked:?}, asked {asked} times");
    }
}

#[tokio::test]
async fn deliver_reply_dies_while_the_handler_takes_its_time() {
    let (handler, gate) = says_late(json!(MESSAGES));
    let stack = Stack::start(handler).await;
    assert_eq!(stack.push(&text("1", "hi")).await.answer(), "success");
    assert_eq!(stack.host.kill("deliver-reply").await.unwrap(), 1);
    gate.open();
    stack.host.at_rest().await.unwrap();
    assert!(stack.wechat.texts().is_empty());
    assert_eq!(stack.row().await["state"], "late");
    stack.leases_end().await;
    assert!(stack.assert_kept("killed while late", &MESSAGES).await.is_empty());
    assert_eq!((stack.wechat.texts(), stack.asked()), (MESSAGES.map(str::to_owned).to_vec(), 2));
}

#[tokio::test]
async fn deliver_reply_dies_before_the_late_record() {
    let points =
        [Point::after(asks()), Point::before(records()), Point::after(records()), Point::before(records().nth(2))];
    for (what, parked, asked) in join_all(points.map(messages_survive)).await {
        assert!(parked.is_empty() && asked == 2, "{what}: parked {parked:?}, asked {asked} times");
    }
}

#[tokio::test]
async fn deliver_reply_dies_while_it_delivers_a_late_reply() {
    let calls = [takes_a_slot(), sends(), marks_the_next(), takes_a_slot().nth(2), sends().nth(2)];
    let points = [Point::after(records().nth(2))].into_iter().chain(calls.into_iter().flat_map(around));
    for (what, parked, asked) in join_all(points.map(messages_survive)).await {
        assert!(parked.len() == 1 && asked == 1, "{what}: parked {parked:?}, asked {asked} times");
    }
}

#[tokio::test]
async fn push_dies_as_it_answers_while_a_message_is_being_sent() {
    let points = [puts_the_guard(), marks_answered(), returns("push")].into_iter().flat_map(around);
    join_all(points.map(|point| async {
        let what = point.to_string();
        let stack = Stack::start(says(json!(MESSAGES))).await;
        let kill = stack.host.kill_when(point);
        let mut pause = stack.host.pause_when(Point::before(sends()));
        let message = text("1", "hi");
        let (pushed, ()) = tokio::join!(stack.push(&message), async {
            let held = pause.reached().await.unwrap();
            kill.applied().await.unwrap();
            held.resume();
        });
        assert_eq!(pushed.answer(), "success", "{what}");
        stack.host.at_rest().await.unwrap();
        stack.leases_end().await;
        assert!(stack.assert_kept(&what, &MESSAGES).await.is_empty(), "{what}");
        assert_eq!((stack.wechat.texts(), stack.asked()), (MESSAGES.map(str::to_owned).to_vec(), 1), "{what}");
    }))
    .await;
}

#[tokio::test]
async fn deliver_reply_dies_as_it_notes_a_late_transfer() {
    let calls = [records().nth(2), sets_the_transfer_mark(), finishes()];
    let points = calls.into_iter().flat_map(around);
    join_all(points.map(|point| async {
        let (what, stack) = die_late(says_late(transfer()), point).await;
        assert_eq!(stack.row().await["state"], "done", "{what}");
        assert_transferred_once(&what, &stack).await;
    }))
    .await;
}

#[tokio::test]
async fn deliver_reply_dies_as_it_notes_a_late_failure() {
    let calls = [parks(), fails(), sets_the_transfer_mark(), fails().nth(2)];
    let points = calls.into_iter().flat_map(around);
    join_all(points.map(|point| async {
        let (what, stack) = die_late(throws_late(), point).await;
        assert_eq!(stack.row().await["state"], "failed", "{what}");
        let parked = stack.parked();
        assert!(!parked.is_empty() && parked.iter().all(|record| record["reason"] == "handler_failed"), "{what}");
        assert_transferred_once(&what, &stack).await;
    }))
    .await;
}

/// Holds that the user's next message is transferred, and the one after is not.
async fn assert_transferred_once(what: &str, stack: &Stack) {
    stack.host.function("handler", says(json!("hello")));
    assert!(is_transfer(stack.push(&text("2", "anybody?")).await.answer()), "{what}");
    assert_eq!(stack.push(&text("3", "hi")).await.answer(), "success", "{what}");
    assert_eq!(stack.wechat.texts(), ["hello"], "{what}");
}
