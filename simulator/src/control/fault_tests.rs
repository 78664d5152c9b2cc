//! Faults of the API over HTTP: what the caller gets, and what is kept of the call.

use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{Stage, Watcher, text_of};

const SEND: &str = "/cgi-bin/message/custom/send";

/// Status and body of a call; none if no whole answer came.
async fn asked(request: reqwest::RequestBuilder) -> Option<(u16, String)> {
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    Some((status, response.text().await.ok()?))
}

async fn strike_once(stage: &Stage, path: &str, fault: &str) {
    let order = json!({"path": path, "fault": fault, "times": 1, "milliseconds": 10});
    assert_eq!(stage.call(Method::PUT, "/simulator/faults", order).await.0, 200);
}

/// The last call: fault, whether it was acted upon, errcode and answer.
async fn kept(stage: &Stage) -> [Value; 4] {
    let calls = stage.get("/simulator/calls").await;
    let call = calls["calls"].as_array().unwrap().last().unwrap();
    ["fault", "acted", "errcode", "answer"].map(|field| call[field].clone())
}

#[tokio::test]
async fn each_fault_looks_to_the_caller_as_its_name_says_and_is_kept_so() {
    const ERRCODE: &str = r#"{"errcode":-1,"errmsg":"simulated fault"}"#;
    const PAGE: &str = "<!DOCTYPE html><title>Gateway</title>";
    const FINE: &str = r#"{"errcode":0,"errmsg":"ok"}"#;
    let stage = Stage::set().await;
    stage.post("/simulator/push", text_of("oUser")).await;
    let url = format!("{}{SEND}?access_token={}", stage.base, stage.access_token().await);
    let body = json!({"touser": "oUser", "msgtype": "text", "text": {"content": "hello"}});
    let page = json!({"content_type": "text/html; charset=utf-8", "bytes": PAGE.len()});
    for (fault, got, acted, errcode, answer) in [
        ("drop", None, false, Value::Null, Value::Null),
        ("drop_after_body", None, true, Value::Null, Value::Null),
        ("errcode", Some((200, ERRCODE)), false, json!(-1), serde_json::from_str(ERRCODE).unwrap()),
        ("html", Some((200, PAGE)), false, Value::Null, page),
        ("empty", Some((200, "")), false, Value::Null, json!({"bytes": 0})),
        ("half", None, true, Value::Null, Value::Null),
        ("status_500", Some((500, "")), false, Value::Null, json!({"status": 500, "bytes": 0})),
        ("delay", Some((200, FINE)), true, json!(0), serde_json::from_str(FINE).unwrap()),
    ] {
        let remaining =
            |stage: &Stage| json!(stage.wechat.memory().users.state("oUser"))["window"]["remaining"].clone();
        let before = remaining(&stage);
        strike_once(&stage, SEND, fault).await;
        let came = asked(stage.client.post(&url).body(body.to_string())).await;
        assert_eq!(came.as_ref().map(|(status, body)| (*status, body.as_str())), got, "{fault}");
        assert_eq!(remaining(&stage) != before, acted, "{fault}");
        assert_eq!(kept(&stage).await, [json!(fault), json!(acted), errcode, answer], "{fault}");
    }
    let calls = stage.get("/simulator/calls").await;
    let struck = calls["calls"].as_array().unwrap().iter().filter(|call| call["path"] == SEND);
    assert!(struck.clone().all(|call| call["openid"] == "oUser" && call["body"] == body));
    assert_eq!(struck.count(), 8);
}

#[tokio::test]
async fn what_wechat_refused_is_not_acted_upon_though_the_answer_is_lost() {
    let stage = Stage::set().await;
    let url = format!("{}{SEND}", stage.base);
    strike_once(&stage, SEND, "drop_after_body").await;
    assert_eq!(asked(stage.client.post(&url).body("{}")).await, None);
    assert_eq!(kept(&stage).await, [json!("drop_after_body"), json!(false), Value::Null, Value::Null]);
    asked(stage.client.post(&url).body("{}")).await.unwrap();
    let answer = json!({"errcode": 41001, "errmsg": "access_token missing"});
    assert_eq!(kept(&stage).await, [Value::Null, json!(false), json!(41001), answer]);
}

#[tokio::test]
async fn a_picture_that_is_got_is_kept_as_its_kind_and_size_and_only_if_it_arrived() {
    const GET: &str = "/cgi-bin/media/get";
    let stage = Stage::set().await;
    let picture = stage.client.post(format!("{}/simulator/pictures", stage.base)).body(&b"GIF89a..."[..]);
    let media_id = picture.send().await.unwrap().json::<Value>().await.unwrap()["media_id"].clone();
    let token = stage.access_token().await;
    let url = format!("{}{GET}?media_id={}&access_token={token}", stage.base, media_id.as_str().unwrap());
    assert_eq!(asked(stage.client.get(&url)).await.unwrap().1, "GIF89a...");
    let answer = json!({"content_type": "image/gif", "bytes": 9});
    assert_eq!(kept(&stage).await, [Value::Null, json!(true), json!(0), answer]);
    strike_once(&stage, GET, "half").await;
    assert_eq!(asked(stage.client.get(&url)).await, None);
    assert_eq!(kept(&stage).await, [json!("half"), json!(true), Value::Null, Value::Null]);
}

#[tokio::test]
async fn a_call_by_the_wrong_method_or_of_an_unknown_path_is_kept_and_told() {
    const UNKNOWN: &str = "/cgi-bin/user/info/update";
    let stage = Stage::set().await;
    let mut watcher = Watcher::of(&stage, None).await;
    stage.get(SEND).await;
    let answer = json!({"errcode": 43002, "errmsg": "require POST method"});
    assert_eq!(kept(&stage).await, [Value::Null, json!(false), json!(43002), answer]);
    assert_eq!(watcher.until("call").await["call"]["path"], SEND);

    let body = json!({"touser": "oUser", "access_token": "hunter2"});
    let (status, answer) = stage.call(Method::POST, UNKNOWN, body).await;
    assert_eq!((status, &answer), (200, &json!({"errcode": 40066, "errmsg": "invalid url"})));
    assert_eq!(kept(&stage).await, [Value::Null, json!(false), json!(40066), answer]);
    let told = watcher.until("call").await["call"].clone();
    assert_eq!((&told["path"], &told["body"]), (&json!(UNKNOWN), &json!({"touser": "oUser"})));

    let (status, _) = stage.call(Method::GET, "/simulator/call", json!({})).await;
    assert_eq!(status, 404, "that is a mistaken order and no call");
    assert_eq!(stage.get("/sns/../simulator").await["errcode"], 40066);

    strike_once(&stage, UNKNOWN, "status_500").await;
    assert_eq!(asked(stage.client.get(format!("{}{UNKNOWN}", stage.base))).await, Some((500, String::new())));
    assert_eq!(kept(&stage).await[0], "status_500");
}

#[tokio::test]
async fn a_fault_stays_until_it_is_cleared() {
    let stage = Stage::set().await;
    let order = json!({"path": SEND, "fault": "errcode", "errcode": 45009});
    stage.call(Method::PUT, "/simulator/faults", order).await;
    for _ in 0..2 {
        assert_eq!(stage.post(SEND, json!({})).await["errcode"], 45009);
    }
    stage.call(Method::DELETE, "/simulator/faults", json!({})).await;
    assert_eq!(stage.post(SEND, json!({})).await["errcode"], 41001);
}

#[tokio::test]
async fn a_fault_may_replace_all_others_in_one_step() {
    let stage = Stage::set().await;
    let mut watcher = Watcher::of(&stage, None).await;
    for (path, alone, faults) in [
        ("/a", false, json!({"/a": "drop"})),
        ("/b", false, json!({"/a": "drop", "/b": "drop"})),
        ("/c", true, json!({"/c": "drop"})),
    ] {
        stage.call(Method::PUT, "/simulator/faults", json!({"path": path, "fault": "drop", "alone": alone})).await;
        assert_eq!(watcher.next_happening().await.1["faults"], faults, "{path}");
    }
}

async fn answer_once(stage: &Stage, path: &str, answer: Value) {
    let order = json!({"path": path, "fault": "answer", "times": 1, "answer": answer});
    let (status, refused) = stage.call(Method::PUT, "/simulator/faults", order).await;
    assert_eq!(status, 200, "{refused}");
}

#[tokio::test]
async fn an_ordered_answer_is_sent_as_it_is_and_the_next_one_is_wechats() {
    let stage = Stage::set().await;
    let answer =
        json!({"status": 502, "content_type": "image/x-icon", "content_disposition": "inline", "body_base64": "/wAK"});
    answer_once(&stage, SEND, answer).await;
    let sent = stage.client.post(format!("{}{SEND}", stage.base)).body("{}").send().await.unwrap();
    assert_eq!(sent.status(), 502);
    assert_eq!(sent.headers()["content-type"], "image/x-icon");
    assert_eq!(sent.headers()["content-disposition"], "inline");
    assert_eq!(&sent.bytes().await.unwrap()[..], b"\xFF\x00\n");
    let told = json!({"status": 502, "content_type": "image/x-icon", "bytes": 3});
    assert_eq!(kept(&stage).await, [json!("answer"), json!(false), Value::Null, told]);
    assert_eq!(stage.post(SEND, json!({})).await["errcode"], 41001);
}

#[tokio::test]
async fn an_ordered_answer_may_name_the_access_token_which_is_not_kept() {
    const ANYWHERE: &str = "/wxa/business/anything";
    let stage = Stage::set().await;
    let token = stage.access_token().await;
    let body = r#"{"errcode":7,"leak":"<{access_token}>"}"#;
    answer_once(&stage, ANYWHERE, json!({"body": body, "content_disposition": "x; filename={access_token}"})).await;
    let url = format!("{}{ANYWHERE}?a=1&access_token={token}", stage.base);
    let sent = stage.client.get(url).send().await.unwrap();
    assert!(!sent.headers().contains_key("content-type"));
    assert_eq!(sent.headers()["content-disposition"], format!("x; filename={token}"));
    assert_eq!(sent.text().await.unwrap(), body.replace("{access_token}", &token));
    let told = json!({"errcode": 7, "leak": "<{access_token}>"});
    assert_eq!(kept(&stage).await, [json!("answer"), json!(false), json!(7), told]);
    assert!(!stage.get("/simulator/calls").await.to_string().contains(&token));
}

#[tokio::test]
async fn an_ordered_answer_may_be_ten_megabytes_long() {
    let stage = Stage::set().await;
    answer_once(&stage, SEND, json!({"body": "x".repeat(10 << 20)})).await;
    let sent = stage.client.post(format!("{}{SEND}", stage.base)).send().await.unwrap();
    assert_eq!(sent.bytes().await.unwrap().len(), 10 << 20);
}

#[tokio::test]
async fn an_answer_that_cannot_be_sent_is_refused_by_field_and_rule() {
    let stage = Stage::set().await;
    for (answer, field) in [
        (Value::Null, "answer"),
        (json!({"status": 101}), "status"),
        (json!({"status": "200"}), "status"),
        (json!({"content_type": "a\nb"}), "content_type"),
        (json!({"body_base64": "?"}), "body_base64"),
        (json!({"body": "a", "body_base64": "YQ=="}), "body"),
        (json!({"headers": {}}), "headers"),
    ] {
        let order = json!({"path": SEND, "fault": "answer", "answer": answer});
        let (status, refused) = stage.call(Method::PUT, "/simulator/faults", order).await;
        assert_eq!(status, 400, "{answer}");
        assert!(refused["error"].as_str().unwrap().starts_with(&format!("{field}: ")), "{refused}");
    }
}
