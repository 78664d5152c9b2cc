//! The product's own functions on the host, undisturbed.

use lambda_host::{Call, Function};
use serde_json::json;

use crate::handlers::{says, transfer};
use crate::stack::{Stack, entering, is_transfer, text};

#[tokio::test]
async fn a_push_is_answered_and_its_repeat_is_not_handled_again() {
    let stack = Stack::start(Function::product("on-text").unwrap()).await;
    let message = text("1", "地址");
    for _ in 0..2 {
        let pushed = stack.push(&message).await;
        assert_eq!((pushed.answer(), pushed.attempts.len()), ("success", 1));
    }
    let sent = stack.wechat.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0]["touser"], "o1");
    assert_eq!(stack.host.count(&Call::invoke("deliver-reply").from("push")), 1);
    assert_eq!((stack.asked(), stack.slots().await), (1, 1));
    assert_eq!(stack.row().await["state"], "done");
}

#[tokio::test]
async fn the_messages_of_a_reply_are_sent_in_order_and_each_takes_one_slot() {
    let stack = Stack::start(says(json!(["one", "two"]))).await;
    assert_eq!(stack.push(&text("1", "hi")).await.answer(), "success");
    assert_eq!(stack.wechat.texts(), ["one", "two"]);
    assert!(stack.assert_kept("undisturbed", &["one", "two"]).await.is_empty());
    assert_eq!((stack.slots().await, stack.parked().len(), stack.guard.bodies().len()), (2, 0, 0));
    assert_eq!(stack.wechat.typing(), [json!(null); 0]);
}

#[tokio::test]
async fn a_transfer_in_time_is_the_answer_to_the_push_and_to_its_repeat() {
    let stack = Stack::start(says(transfer())).await;
    let message = text("1", "a person, please");
    for _ in 0..2 {
        assert!(is_transfer(stack.push(&message).await.answer()));
    }
    assert_eq!((stack.asked(), stack.wechat.texts().len()), (1, 0));
}

#[tokio::test]
async fn an_event_is_handed_on_and_what_its_handler_says_is_sent() {
    let stack = Stack::start(says(json!("welcome"))).await;
    assert_eq!(stack.push(&entering()).await.answer(), "success");
    stack.host.at_rest().await.unwrap();
    assert_eq!(stack.wechat.texts(), ["welcome"]);
    assert_eq!(stack.row().await["state"], "done");
}
