//! The calls that an SDK makes beside sending: over HTTP, with the token check, the record and the faults of all calls.

use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{Stage, Watcher, text_of};
use crate::api::paths;

/// A call with this token.
async fn call(stage: &Stage, method: Method, path: &str, token: &str, body: Value) -> Value {
    let (status, answer) = stage.call(method, &format!("{path}?access_token={token}"), body).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

#[tokio::test]
async fn each_call_checks_the_token_and_the_method_and_is_kept() {
    let stage = Stage::set().await;
    let token = stage.access_token().await;
    stage.call(Method::DELETE, "/simulator/calls", json!({})).await;
    for (path, method, other, errcode) in [
        ("/cgi-bin/getcallbackip", Method::GET, Method::POST, 43001),
        ("/cgi-bin/get_api_domain_ip", Method::GET, Method::POST, 43001),
        ("/cgi-bin/callback/check", Method::POST, Method::GET, 43002),
        ("/cgi-bin/openapi/quota/get", Method::POST, Method::GET, 43002),
        ("/cgi-bin/clear_quota", Method::POST, Method::GET, 43002),
        ("/wxa/getwxacodeunlimit", Method::POST, Method::GET, 43002),
        ("/wxa/msg_sec_check", Method::POST, Method::GET, 43002),
    ] {
        assert_eq!(call(&stage, method.clone(), path, "made-up", json!({})).await["errcode"], 40001, "{path}");
        assert_eq!(call(&stage, other, path, &token, json!({})).await["errcode"], errcode, "{path}");
        let order = json!({"path": path, "fault": "errcode", "errcode": 45009, "times": 1});
        stage.call(Method::PUT, "/simulator/faults", order).await;
        assert_eq!(call(&stage, method.clone(), path, &token, json!({})).await["errcode"], 45009, "{path}");
        if method == Method::POST {
            let url = format!("{}{path}?access_token={token}", stage.base);
            let empty: Value = stage.client.post(&url).send().await.unwrap().json().await.unwrap();
            assert_eq!(empty["errcode"], 44002, "{path}");
            let latin: Value =
                stage.client.post(url).body(&b"{\"a\":\"\xE9\"}"[..]).send().await.unwrap().json().await.unwrap();
            assert_eq!(latin["errcode"], 47001, "{path}");
        }
    }
    let calls = stage.get("/simulator/calls").await;
    assert_eq!(calls["calls"].as_array().unwrap().len(), 7 * 3 + 5 * 2);
}

#[tokio::test]
async fn every_path_that_is_known_is_served() {
    let stage = Stage::set().await;
    for (known, other, errcode) in [(&paths::GET[..], Method::POST, 43001), (&paths::POST[..], Method::GET, 43002)] {
        for path in known {
            assert_eq!(stage.call(other.clone(), path, json!({})).await.1["errcode"], errcode, "{path}");
        }
    }
}

#[tokio::test]
async fn the_addresses_are_told_and_stay_the_same() {
    let stage = Stage::set().await;
    let token = stage.access_token().await;
    for path in ["/cgi-bin/getcallbackip", "/cgi-bin/get_api_domain_ip"] {
        let told = call(&stage, Method::GET, path, &token, json!({})).await;
        assert!(told["ip_list"].as_array().unwrap().iter().all(Value::is_string) && told.get("errcode").is_none());
        assert_eq!(call(&stage, Method::GET, path, &token, json!({})).await, told);
    }
    let check = json!({"action": "dns", "check_operator": "DEFAULT"});
    let checked = call(&stage, Method::POST, "/cgi-bin/callback/check", &token, check).await;
    assert_eq!(checked["dns"][0]["ip"], "203.0.113.40");
}

#[tokio::test]
async fn what_was_acted_upon_is_counted_until_the_counts_are_cleared() {
    const ADDRESSES: &str = "/cgi-bin/getcallbackip";
    let stage = Stage::set().await;
    let token = stage.access_token().await;
    let used = async || {
        let body = json!({"cgi_path": ADDRESSES});
        call(&stage, Method::POST, "/cgi-bin/openapi/quota/get", &token, body).await["quota"]["used"].clone()
    };
    for token in [&*token, &*token, "made-up"] {
        call(&stage, Method::GET, ADDRESSES, token, json!({})).await;
    }
    assert_eq!(used().await, 2);
    stage.call(Method::DELETE, "/simulator/calls", json!({})).await;
    assert_eq!(used().await, 2, "what is kept of the calls is another thing");
    let clear = json!({"appid": "wxba5fad812f8e6fb9"});
    assert_eq!(
        call(&stage, Method::POST, "/cgi-bin/clear_quota", &token, clear).await,
        json!({"errcode": 0, "errmsg": "ok"})
    );
    assert_eq!(used().await, 0);
}

#[tokio::test]
async fn a_mini_program_code_is_a_picture_and_a_refusal_is_json() {
    const CODE: &str = "/wxa/getwxacodeunlimit";
    let stage = Stage::set().await;
    let url = format!("{}{CODE}?access_token={}", stage.base, stage.access_token().await);
    let picture = stage.client.post(&url).body(json!({"scene": "a=1", "width": 280}).to_string()).send().await.unwrap();
    assert_eq!(picture.headers()["content-type"], "image/png");
    assert_eq!(picture.headers()["content-disposition"], "attachment; filename=\"QRCode.png\"");
    let bytes = picture.bytes().await.unwrap();
    assert!(bytes.starts_with(b"\x89PNG\r\n\x1A\n"));
    let calls = stage.get("/simulator/calls").await;
    let kept = calls["calls"].as_array().unwrap().last().unwrap();
    assert_eq!(kept["answer"], json!({"content_type": "image/png", "bytes": bytes.len()}));
    assert_eq!((&kept["errcode"], &kept["body"]["scene"]), (&json!(0), &json!("a=1")));

    let refused = stage.client.post(url).body(json!({"scene": ""}).to_string()).send().await.unwrap();
    assert_eq!(refused.headers()["content-type"], "application/json");
    let errmsg = "invalid length for scene, or the data is not json string";
    assert_eq!(refused.json::<Value>().await.unwrap(), json!({"errcode": 40169, "errmsg": errmsg}));
}

#[tokio::test]
async fn a_text_is_checked_for_a_user_who_was_there_and_who_watches_learns_of_it() {
    const CHECK: &str = "/wxa/msg_sec_check";
    let stage = Stage::set().await;
    let token = stage.access_token().await;
    let body = json!({"version": 2, "openid": "oUser", "scene": 1, "content": "simulated-risky"});
    assert_eq!(call(&stage, Method::POST, CHECK, &token, body.clone()).await["errcode"], 40003);
    stage.post("/simulator/push", text_of("oUser")).await;
    let mut watcher = Watcher::of(&stage, None).await;
    let answer = call(&stage, Method::POST, CHECK, &token, body).await;
    assert_eq!(answer["result"]["suggest"], "risky");
    // What came before is replayed: the token, and the check of somebody unknown.
    watcher.until("call").await;
    watcher.until("call").await;
    let told = watcher.until("call").await["call"].clone();
    assert_eq!((&told["path"], &told["openid"], &told["answer"]), (&json!(CHECK), &json!("oUser"), &answer));
}
