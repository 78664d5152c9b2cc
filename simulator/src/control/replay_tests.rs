//! Orders to replay, over HTTP: what of a recorded push reaches the product.

use reqwest::Method;
use serde_json::{Value, json};

use super::stage::Stage;
use crate::identity::published;

const XML: &str = "<xml>\n   <FromUserName><![CDATA[oUser]]></FromUserName>\n   <CreateTime>1482048670</CreateTime>\
                   <MsgType><![CDATA[text]]></MsgType><Content><![CDATA[a\u{1}b]]></Content><MsgId>7</MsgId>\n</xml>";

/// The message of the last push, as the product decrypts it.
fn pushed(stage: &Stage) -> String {
    let pushes = stage.pushes.lock().unwrap();
    let (_, body) = pushes.last().unwrap();
    let encrypt = |fields: serde_json::Map<String, Value>| fields["Encrypt"].as_str().unwrap().to_owned();
    let (_, fields) = protocol::fields::read(body).unwrap();
    String::from_utf8(published().aes_key.decrypt(&encrypt(fields), "wxba5fad812f8e6fb9").unwrap()).unwrap()
}

#[tokio::test]
async fn a_recorded_message_is_encrypted_anew_and_reaches_the_product_byte_for_byte() {
    let stage = Stage::set().await;
    let delivery = stage.post("/simulator/replay", json!({"body": XML})).await;
    assert_eq!((&delivery["outcome"], &delivery["message"]["MsgId"]), (&json!("answered"), &json!("7")));
    assert_eq!(pushed(&stage), XML);
    stage.post("/simulator/replay", json!({"body": XML, "mode": "plain"})).await;
    let pushes = stage.pushes.lock().unwrap();
    assert_eq!(pushes[1].1, XML);
    assert!(pushes[0].0.contains("msg_signature=") && !pushes[1].0.contains("msg_signature="));
}

#[tokio::test]
async fn a_body_as_it_came_is_opened_and_sent_with_signatures_of_now() {
    let stage = Stage::set().await;
    stage.post("/simulator/replay", json!({"body": XML})).await;
    let (query, body) = stage.pushes.lock().unwrap()[0].clone();
    stage.post("/simulator/replay", json!({"body": String::from_utf8(body.to_vec()).unwrap()})).await;
    assert_eq!(pushed(&stage), XML);
    assert_ne!(stage.pushes.lock().unwrap()[1].0, query);
}

#[tokio::test]
async fn a_replay_may_change_user_fields_format_and_identity() {
    let stage = Stage::set().await;
    let order =
        json!({"body": XML, "openid": "oOther", "format": "json", "fresh": true, "set": {"Content": "changed"}});
    stage.post("/simulator/replay", order).await;
    let message: Value = serde_json::from_str(&pushed(&stage)).unwrap();
    assert_eq!((&message["FromUserName"], &message["Content"]), (&json!("oOther"), &json!("changed")));
    assert_ne!(message["MsgId"], "7");
    assert!(message["CreateTime"].as_i64().unwrap() > 1_482_048_670);
    assert!(stage.pushes.lock().unwrap()[0].0.contains("openid=oOther"));
}

#[tokio::test]
async fn the_user_of_a_replayed_text_has_written_and_an_event_without_a_user_concerns_nobody_else() {
    let stage = Stage::set().await;
    let token = stage.access_token().await;
    stage.post("/simulator/replay", json!({"body": XML})).await;
    assert_eq!(stage.send(&token, "oUser").await, 0);
    stage.post("/simulator/replay", json!({"body": r#"{"Event": "trade_manage_remind_access_api"}"#})).await;
    assert_eq!(pushed(&stage), r#"{"Event": "trade_manage_remind_access_api"}"#);
}

#[tokio::test]
async fn what_cannot_be_replayed_is_refused_by_field_and_rule() {
    let stage = Stage::set().await;
    for (order, field) in [
        (json!({}), "body: is needed"),
        (json!({"body": "hello"}), "body: "),
        (json!({"body": r#"{"Encrypt": "AAAA"}"#}), "body: Encrypt: "),
        (json!({"body": r#"{"FromUserName": "a b"}"#}), "openid: "),
        (json!({"body": XML, "set": 1}), "set: "),
        (json!({"body": XML, "fresh": 1}), "fresh: "),
        (json!({"body": XML, "message": {}}), "message: unknown field"),
    ] {
        let (status, answer) = stage.call(Method::POST, "/simulator/replay", order.clone()).await;
        assert_eq!(status, 400, "{order}");
        assert!(answer["error"].as_str().unwrap().starts_with(field), "{order}: {answer}");
    }
    assert!(stage.pushes.lock().unwrap().is_empty());
}
