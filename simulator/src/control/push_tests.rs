//! Orders to push, over HTTP: which are waited for, and what the user sees when one fails.

use axum::Router;
use axum::http::StatusCode;
use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{Stage, Watcher, start, text_of};
use crate::push::delivery::FAULT_NOTICE;

fn unawaited(mut order: Value) -> Value {
    order["wait"] = json!(false);
    order
}

#[tokio::test]
async fn an_order_that_does_not_wait_is_answered_before_the_product_is() {
    let stage = Stage::set().await;
    let mut watcher = Watcher::of(&stage, None).await;
    let mut slow = unawaited(text_of("oUser"));
    slow["fault"] = json!("slow");
    assert_eq!(stage.call(Method::POST, "/simulator/push", slow).await, (202, json!({})));
    let (told, _) = stage.wechat.memory().timeline.watch(0);
    assert!(told.iter().any(|entry| entry.text.contains(r#""what":"push_starts""#)));
    assert!(told.iter().all(|entry| !entry.text.contains(r#""what":"attempt_ends""#)));

    let again = unawaited(json!({"openid": "oUser"}));
    assert_eq!(stage.call(Method::POST, "/simulator/push/again", again).await, (202, json!({})));
    let end = watcher.until("push_ends").await;
    assert_eq!((&end["push"], &end["outcome"]), (&json!(2), &json!("answered")));
}

#[tokio::test]
async fn an_order_that_does_not_wait_is_refused_all_the_same_and_then_nothing_happened() {
    let stage = Stage::set().await;
    let push_url = stage.wechat.memory().push_url.clone();
    let mut bad_mode = text_of("oUser");
    bad_mode["mode"] = json!("open");
    stage.post("/simulator/push", text_of("oOther")).await;
    let (told, _) = stage.wechat.memory().timeline.watch(0);
    for (path, order, url, error) in [
        ("/simulator/push", bad_mode, &push_url, "mode: "),
        ("/simulator/push/again", json!({"openid": "oUser"}), &push_url, "openid: "),
        ("/simulator/push", text_of("oUser"), &None, "push_url: "),
        ("/simulator/push/again", json!({"openid": "oOther"}), &None, "push_url: "),
    ] {
        stage.wechat.memory().push_url.clone_from(url);
        let (status, answer) = stage.call(Method::POST, path, unawaited(order)).await;
        assert_eq!(status, 400, "{path}: {error}");
        assert!(answer["error"].as_str().unwrap().starts_with(error), "{answer}");
    }
    assert_eq!(stage.wechat.memory().timeline.watch(0).0, told);
    assert!(stage.wechat.memory().users.state("oUser").is_none());
}

#[tokio::test]
async fn the_user_sees_a_failure_of_what_was_done_in_the_session() {
    let stage = Stage::set().await;
    let mut watcher = Watcher::of(&stage, None).await;
    let refuses = start(Router::new().fallback(|| async { StatusCode::FORBIDDEN })).await;
    stage.call(Method::PUT, "/simulator/push-url", json!({"push_url": refuses})).await;
    let item = json!({"TemplateId": "TEMPLATE", "SubscribeStatusString": "accept", "PopupScene": "0"});
    let text = json!({"MsgType": "text", "Content": "hi"});
    for (message, bad_signature, notice) in [
        (text.clone(), false, json!(FAULT_NOTICE)),
        (json!({"MsgType": "event", "Event": "user_enter_tempsession"}), false, json!(FAULT_NOTICE)),
        (json!({"MsgType": "event", "Event": "subscribe_msg_popup_event", "List": item}), false, Value::Null),
        (text, true, Value::Null),
    ] {
        let delivery = stage.post("/simulator/push", json!({"message": message, "bad_signature": bad_signature})).await;
        assert_eq!((&delivery["outcome"], &delivery["notice"]), (&json!("fault_notice"), &notice), "{message}");
        let attempt = watcher.until("attempt_ends").await["attempt"].clone();
        assert_eq!((&attempt["status"], &attempt["fault_kind"]), (&json!(403), &json!("status")));
        let end = watcher.until("push_ends").await;
        assert_eq!((&end["outcome"], &end["notice"]), (&json!("fault_notice"), &notice), "{message}");
    }
}
