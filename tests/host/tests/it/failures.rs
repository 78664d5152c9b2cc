//! A handler fails in time, and what sees to that is disturbed.

use futures_util::future::join_all;
use lambda_host::{Call, Effect, Point};
use serde_json::json;

use crate::calls::{around, asks, fails, parks, returns};
use crate::handlers::{says, says_late, throws, transfer};
use crate::stack::{Stack, is_transfer, text};

#[tokio::test]
async fn a_handler_that_fails_hands_the_user_to_an_agent_whichever_process_dies() {
    let calls = [asks().nth(3), parks(), fails(), returns("deliver-reply"), returns("push")];
    join_all(calls.into_iter().flat_map(around).map(|point| async {
        let what = point.to_string();
        let stack = Stack::start(throws()).await;
        let kill = stack.host.kill_when(point);
        let message = text("1", "hi");
        assert!(is_transfer(stack.push(&message).await.answer()), "{what}");
        kill.applied().await.unwrap();
        stack.host.at_rest().await.unwrap();
        stack.leases_end().await;
        let parked = stack.parked();
        assert!((1..=2).contains(&parked.len()), "{what}: {parked:?}");
        assert!(parked.iter().all(|record| record["reason"] == "handler_failed"), "{what}: {parked:?}");
        assert_eq!(stack.row().await["state"], "failed", "{what}");
        assert!(is_transfer(stack.push(&message).await.answer()), "{what}");
        assert_eq!(stack.wechat.sent().len(), 0, "{what}");
    }))
    .await;
}

#[tokio::test]
async fn a_handler_that_is_throttled_is_tried_again_in_time() {
    let stack = Stack::start(says(json!("hello"))).await;
    for nth in 1..=2 {
        stack.host.when(Point::before(asks().nth(nth)), Effect::Throttle);
    }
    let pushed = stack.push(&text("1", "hi")).await;
    assert_eq!((pushed.answer(), pushed.attempts.len()), ("success", 1));
    assert_eq!((stack.wechat.texts(), stack.host.count(&asks())), (vec!["hello".to_owned()], 3));
}

#[tokio::test]
async fn push_dies_as_it_answers_with_a_transfer_that_was_wanted() {
    let write = Call::dynamodb("UpdateItem").from("push");
    let calls = [write.clone().containing(":phase"), write.containing("REMOVE transfer_id"), returns("push")];
    join_all(calls.into_iter().flat_map(around).map(|point| async {
        let what = point.to_string();
        let (handler, gate) = says_late(transfer());
        let stack = Stack::start(handler).await;
        assert_eq!(stack.push(&text("1", "hi")).await.answer(), "success", "{what}");
        gate.open();
        stack.host.at_rest().await.unwrap();
        let kill = stack.host.kill_when(point);
        let second = text("2", "anybody?");
        assert!(is_transfer(stack.push(&second).await.answer()), "{what}");
        kill.applied().await.unwrap();
        assert!(is_transfer(stack.push(&second).await.answer()), "{what}");
        assert_eq!(stack.asked(), 1, "{what}");
    }))
    .await;
}

#[tokio::test]
async fn a_handler_that_is_to_be_asked_again_later_is_whichever_process_dies() {
    let guard = Call::sqs("SendMessage").from("deliver-reply").to("guard");
    let late = Call::dynamodb("UpdateItem").from("deliver-reply").to("push-dedupe");
    let calls = [asks().nth(3), guard, late.clone(), returns("deliver-reply")];
    join_all(calls.into_iter().flat_map(around).map(|point| async {
        let what = point.to_string();
        let stack = Stack::start_with(throws(), &[("WHEN_HANDLER_FAILS", "retry")]).await;
        let kill = stack.host.kill_when(point);
        let mended = async {
            kill.applied().await.unwrap();
            stack.host.function("handler", says(json!("mended")));
        };
        let message = text("1", "hi");
        let (pushed, ()) = tokio::join!(stack.push(&message), mended);
        assert_eq!(pushed.answer(), "success", "{what}");
        stack.host.at_rest().await.unwrap();
        stack.leases_end().await;
        assert!(stack.assert_kept(&what, &["mended"]).await.is_empty(), "{what}");
        assert_eq!(stack.wechat.texts(), ["mended"], "{what}");
    }))
    .await;
}
