//! The control API over HTTP, and through it the simulator's API.

use std::time::Duration;

use axum::Router;
use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{Stage, start, text_of};
use crate::users::DEMO_OPENID;

#[tokio::test]
async fn a_pushed_text_is_recorded_and_opens_the_window() {
    let stage = Stage::set().await;
    let token = stage.access_token().await;
    assert_eq!(stage.send(&token, DEMO_OPENID).await, 45015);

    let delivery = stage.post("/simulator/push", json!({"message": {"MsgType": "text", "Content": "hi"}})).await;
    assert_eq!(delivery["outcome"], "answered");
    assert_eq!(delivery["message"]["FromUserName"], DEMO_OPENID);
    assert_eq!(delivery["attempts"][0]["attempt"], 1);
    assert_eq!(delivery["attempts"][0]["body"], "success");
    assert_eq!(delivery["attempts"][0]["reply"], Value::Null);
    assert_eq!(delivery["attempts"][0]["fault"], Value::Null);
    assert_eq!(stage.send(&token, DEMO_OPENID).await, 0);
}

#[tokio::test]
async fn a_forged_push_is_nobodys_act() {
    let stage = Stage::set().await;
    let token = stage.access_token().await;
    let mut order = text_of("oForged");
    order["bad_signature"] = json!(true);
    stage.post("/simulator/push", order).await;
    assert_eq!(stage.pushes.lock().unwrap().len(), 1);
    assert_eq!(stage.send(&token, "oForged").await, 40003);
}

#[tokio::test]
async fn a_push_goes_again_byte_for_byte_and_opens_nothing() {
    let stage = Stage::set().await;
    let token = stage.access_token().await;
    let first = stage.post("/simulator/push", text_of("oUser")).await;
    assert_eq!(stage.send(&token, "oUser").await, 0);
    let again = stage.post("/simulator/push/again", json!({"openid": "oUser"})).await;
    assert_eq!(first["message"], again["message"]);
    {
        let pushes = stage.pushes.lock().unwrap();
        assert_eq!(pushes.len(), 2);
        assert_eq!(pushes[0], pushes[1]);
    }
    for errcode in [0, 0, 0, 0, 45047] {
        assert_eq!(stage.send(&token, "oUser").await, errcode);
    }
}

#[tokio::test]
async fn calls_are_listed_without_credentials_and_cleared() {
    let stage = Stage::set().await;
    let token = stage.access_token().await;
    stage.send(&token, "oNobody").await;
    let listed = stage.get("/simulator/calls").await;
    assert_eq!(listed["calls"][0]["path"], "/cgi-bin/stable_token");
    let send = &listed["calls"][1];
    assert_eq!(send["path"], "/cgi-bin/message/custom/send");
    assert_eq!(send["body"]["text"]["content"], "hello");
    assert_eq!(send["errcode"], 40003);
    assert_eq!(send["openid"], "oNobody");
    let text = listed.to_string();
    assert!(!text.contains(&token) && !text.contains("an-app-secret"));

    stage.call(Method::DELETE, "/simulator/calls", json!({})).await;
    assert_eq!(stage.get("/simulator/calls").await, json!({"calls": []}));
}

#[tokio::test]
async fn a_revoked_token_is_refused_and_another_is_issued() {
    let stage = Stage::set().await;
    stage.post("/simulator/push", text_of("oUser")).await;
    let revoked = stage.access_token().await;
    stage.post("/simulator/access-token/revoke", json!({})).await;
    assert_eq!(stage.send(&revoked, "oUser").await, 40001);
    let token = stage.access_token().await;
    assert_eq!(stage.send(&token, "oUser").await, 0);
    assert_eq!(stage.get("/simulator/access-token").await, json!({"issued": 2, "forced": 0}));
}

#[tokio::test]
async fn a_token_that_is_kept_dead_comes_back_until_a_refresh_is_forced() {
    let stage = Stage::set().await;
    stage.post("/simulator/push", text_of("oUser")).await;
    let dead = stage.access_token().await;
    let revoked = stage.post("/simulator/access-token/revoke", json!({"keep": true})).await;
    assert_eq!(revoked, json!({"revoked": 1}));
    assert_eq!(stage.send(&dead, "oUser").await, 40001);
    assert_eq!(stage.access_token().await, dead);
    let credentials = json!({"grant_type": "client_credential", "appid": "wxba5fad812f8e6fb9",
        "secret": "an-app-secret", "force_refresh": true});
    let forced = stage.post("/cgi-bin/stable_token", credentials).await;
    assert_eq!(stage.send(forced["access_token"].as_str().unwrap(), "oUser").await, 0);
}

fn popup(status: &str) -> Value {
    let item = json!({"TemplateId": "TEMPLATE", "SubscribeStatusString": status, "PopupScene": "0"});
    json!({"openid": "oUser", "message": {"MsgType": "event", "Event": "subscribe_msg_popup_event", "List": item}})
}

#[tokio::test]
async fn an_accept_allows_one_subscription_message_whose_report_is_pushed_back() {
    let stage = Stage::set().await;
    let path = format!("/cgi-bin/message/subscribe/send?access_token={}", stage.access_token().await);
    let body = json!({"touser": "oUser", "template_id": "TEMPLATE", "data": {"thing1": {"value": "hello"}}});
    stage.post("/simulator/push", popup("accept")).await;
    let sent = stage.post(&path, body.clone()).await;
    assert_eq!(sent["errcode"], 0);
    assert_eq!(sent["msgid"].to_string().len(), 19);
    assert_eq!(stage.post(&path, body).await["errcode"], 43101);
    for _ in 0..100 {
        if stage.pushes.lock().unwrap().len() == 2 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no report was pushed");
}

#[tokio::test]
async fn uniform_messages_are_retired() {
    let stage = Stage::set().await;
    let token = stage.access_token().await;
    let path = format!("/cgi-bin/message/wxopen/template/uniform_send?access_token={token}");
    assert_eq!(stage.post(&path, json!({"touser": DEMO_OPENID})).await["errcode"], 45109);
}

#[tokio::test]
async fn a_picture_comes_back_byte_for_byte_with_its_type() {
    let stage = Stage::set().await;
    let token = stage.access_token().await;
    let upload = |content_type: &str, body: String| {
        let url = format!("{}/cgi-bin/media/upload?type=image&access_token={token}", stage.base);
        stage.client.post(url).header("content-type", content_type).body(body)
    };
    let head = "--b\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.gif\"";
    let body = format!("{head}\r\n\r\nGIF89a...\r\n--b--\r\n");
    let kept: Value = upload("multipart/form-data; boundary=b", body).send().await.unwrap().json().await.unwrap();
    let media_id = kept["media_id"].as_str().unwrap();
    let get = |media_id: &str| {
        stage.client.get(format!("{}/cgi-bin/media/get?media_id={media_id}&access_token={token}", stage.base))
    };
    let picture = get(media_id).send().await.unwrap();
    assert_eq!(picture.headers()["content-type"], "image/gif");
    assert_eq!(picture.headers()["content-disposition"], format!("attachment; filename=\"{media_id}.gif\""));
    assert_eq!(&picture.bytes().await.unwrap()[..], b"GIF89a...");

    let missing: Value = get("made-up").send().await.unwrap().json().await.unwrap();
    assert_eq!(missing["errcode"], 40007);
    let no_media: Value = upload("text/plain", "GIF89a".into()).send().await.unwrap().json().await.unwrap();
    assert_eq!(no_media["errcode"], 41005);
}

#[tokio::test]
async fn wrong_credentials_get_wechats_errcodes() {
    let stage = Stage::set().await;
    let good = json!({"grant_type": "client_credential", "appid": "wxba5fad812f8e6fb9", "secret": "an-app-secret"});
    for (field, value, errcode) in [
        ("grant_type", json!("password"), 40002),
        ("appid", json!(""), 41002),
        ("appid", json!("wxanother"), 40013),
        ("secret", Value::Null, 41004),
        ("secret", json!("guess"), 40125),
        ("force_refresh", json!("yes"), 47003),
    ] {
        let mut credentials = good.clone();
        credentials[field] = value;
        let answer = stage.post("/cgi-bin/stable_token", credentials).await;
        assert_eq!(answer["errcode"], errcode, "{field}");
    }
    let classic =
        stage.get("/cgi-bin/token?grant_type=client_credential&appid=wxba5fad812f8e6fb9&secret=an-app-secret").await;
    assert_eq!(classic["expires_in"], 7200);
    assert_eq!(stage.get("/cgi-bin/token?grant_type=client_credential").await["errcode"], 41002);
}

#[tokio::test]
async fn a_call_without_token_json_or_the_right_method_gets_its_errcode() {
    let stage = Stage::set().await;
    let token = stage.access_token().await;
    assert_eq!(stage.post("/cgi-bin/message/custom/send", json!({})).await["errcode"], 41001);
    let path = format!("/cgi-bin/message/custom/send?access_token={token}");
    assert_eq!(stage.post(&path, json!([])).await["errcode"], 47001);
    assert_eq!(stage.get(&path).await["errcode"], 43002);
    for typing in ["/cgi-bin/message/custom/typing", "/cgi-bin/message/custom/business/typing"] {
        let body = json!({"touser": DEMO_OPENID, "command": "Dance"});
        assert_eq!(stage.post(&format!("{typing}?access_token={token}"), body).await["errcode"], 45072);
    }
}

#[tokio::test]
async fn the_push_url_can_be_changed() {
    let stage = Stage::set().await;
    let elsewhere = start(Router::new().fallback(|| async { "no answer" })).await;
    let (status, _) = stage.call(Method::PUT, "/simulator/push-url", json!({"push_url": elsewhere})).await;
    assert_eq!(status, 200);
    assert_eq!(stage.post("/simulator/push", text_of("oUser")).await["outcome"], "fault_notice");
    assert!(stage.pushes.lock().unwrap().is_empty());
}

#[tokio::test]
async fn bad_input_is_refused_by_field_and_rule() {
    let stage = Stage::set().await;
    let message = json!({"MsgType": "text", "Content": "hi"});
    for (path, body, field) in [
        ("/simulator/push", json!([]), "the body"),
        ("/simulator/push", json!({}), "message"),
        ("/simulator/push", json!({"message": "hi"}), "message"),
        ("/simulator/push", json!({"message": {}}), "message.MsgType"),
        ("/simulator/push", json!({"message": message, "mode": "open"}), "mode"),
        ("/simulator/push", json!({"message": message, "format": 1}), "format"),
        ("/simulator/push", json!({"message": message, "openid": "a b"}), "openid"),
        ("/simulator/push", json!({"message": message, "bad_signature": 1}), "bad_signature"),
        ("/simulator/push", json!({"message": message, "bad_sign": true}), "bad_sign"),
        ("/simulator/push", json!({"message": message, "wait": "no"}), "wait"),
        ("/simulator/push", json!({"message": message, "fault": "explode"}), "fault"),
        ("/simulator/push", json!({"message": message, "fault": "drop", "fault_attempts": 5}), "fault_attempts"),
        ("/simulator/push/again", json!({"openid": "oNobody"}), "openid"),
    ] {
        let (status, answer) = stage.call(Method::POST, path, body.clone()).await;
        assert_eq!(status, 400, "{body}");
        assert!(answer["error"].as_str().unwrap().starts_with(&format!("{field}: ")), "{body}: {answer}");
    }
    for (path, body, field) in [
        ("/simulator/push-url", json!({"push_url": "push"}), "push_url"),
        ("/simulator/faults", json!({"fault": "drop"}), "path"),
        ("/simulator/faults", json!({"path": "/a"}), "fault"),
        ("/simulator/faults", json!({"path": "/a", "fault": "explode"}), "fault"),
        ("/simulator/faults", json!({"path": "/a", "fault": "errcode", "errcode": "x"}), "errcode"),
        ("/simulator/faults", json!({"path": "/a", "fault": "delay", "milliseconds": -1}), "milliseconds"),
        ("/simulator/faults", json!({"path": "/a", "fault": "drop", "times": 0}), "times"),
        ("/simulator/faults", json!({"path": "/a", "fault": "drop", "alone": 1}), "alone"),
    ] {
        let (status, answer) = stage.call(Method::PUT, path, body.clone()).await;
        assert_eq!(status, 400, "{body}");
        assert!(answer["error"].as_str().unwrap().starts_with(&format!("{field}: ")), "{body}: {answer}");
    }
    assert!(stage.pushes.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_and_the_next_push_has_no_fault() {
    let stage = Stage::set().await;
    let mut order = text_of("oUser");
    order["fault"] = json!("drop");
    order["fault_attempts"] = json!(2);
    let delivery = stage.post("/simulator/push", order).await;
    assert_eq!(delivery["attempts"].as_array().unwrap().len(), 3);
    assert_eq!(delivery["outcome"], "answered");
    let again = stage.post("/simulator/push/again", json!({"openid": "oUser"})).await;
    assert_eq!(again["attempts"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_picture_that_a_user_picks_is_kept_for_the_push_and_the_product() {
    let stage = Stage::set().await;
    let take =
        |bytes: &'static [u8]| stage.client.post(format!("{}/simulator/pictures", stage.base)).body(bytes).send();
    let kept: Value = take(b"GIF89a...").await.unwrap().json().await.unwrap();
    let shown = stage.client.get(kept["pic_url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(shown.headers()["content-type"], "image/gif");
    assert_eq!(&shown.bytes().await.unwrap()[..], b"GIF89a...");
    let path = format!("{}/cgi-bin/media/get?media_id=", stage.base) + kept["media_id"].as_str().unwrap();
    let path = format!("{path}&access_token={}", stage.access_token().await);
    assert_eq!(&stage.client.get(path).send().await.unwrap().bytes().await.unwrap()[..], b"GIF89a...");

    let refused = take(b"no picture").await.unwrap();
    assert_eq!(refused.status(), 400);
    assert_eq!(refused.json::<Value>().await.unwrap()["error"], "the picture: invalid file type");
    let missing = stage.client.get(format!("{}/simulator/pictures/made-up", stage.base)).send().await.unwrap();
    assert_eq!(missing.status(), 404);
}
