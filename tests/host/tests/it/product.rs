//! The product's own functions on the host.

use lambda_host::{Call, Point};

use crate::stack::{Stack, text};

#[tokio::test]
async fn a_push_is_answered_and_its_repeat_is_not_handled_again() {
    let stack = Stack::start().await;
    let message = text("1", "地址");
    for _ in 0..2 {
        assert_eq!(stack.push(&message).await.unwrap().text(), "success");
    }
    let sent = stack.wechat.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0]["touser"], "o1");
    assert_eq!(stack.host.count(&Call::invoke("on-text").from("push")), 1);
    assert_eq!(stack.host.items("reply-window").await.unwrap()[0]["openid"], "o1");
}

#[tokio::test]
async fn a_push_whose_process_is_killed_after_its_claim_is_answered_when_wechat_repeats_it() {
    let stack = Stack::start().await;
    let claim = Call::dynamodb("UpdateItem").from("push").to("push-dedupe");
    let kill = stack.host.kill_when(Point::after(claim));
    let answer = stack.push(&text("2", "地址")).await.unwrap();
    kill.applied().await.unwrap();
    assert_eq!(answer.text(), "success");
    assert_eq!(stack.wechat.sent().len(), 1);
    assert_eq!(stack.host.count(&Call::invoke("on-text")), 1);
    assert_eq!(stack.host.items("push-dedupe").await.unwrap()[0]["attempt"], 2);
}
