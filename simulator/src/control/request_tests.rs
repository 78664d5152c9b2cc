//! What is kept of a call as it came over the wire.

use serde_json::{Value, json};

use super::stage::Stage;

/// `request` of the last call.
async fn kept(stage: &Stage) -> Value {
    let calls = stage.get("/simulator/calls").await;
    calls["calls"].as_array().unwrap().last().unwrap()["request"].clone()
}

#[tokio::test]
async fn a_call_is_kept_with_its_raw_query_headers_and_body() {
    let stage = Stage::set().await;
    let token = stage.access_token().await;
    let url = format!("{}/wxa/some%2Fpath?b=2&b=%E6%B1%89+x&access_token={token}&a", stage.base);
    let call = stage.client.put(url).header("content-type", "image/png").header("x-mine", "yes");
    call.header("authorization", "hunter2").body(&b"\xFF\x00"[..]).send().await.unwrap();
    let request = kept(&stage).await;
    assert_eq!(request["method"], "PUT");
    assert_eq!(request["query"], "b=2&b=%E6%B1%89+x&access_token=REDACTED&a");
    assert_eq!(request["content_type"], "image/png");
    assert_eq!(request["bytes"], 2);
    assert_eq!(request["sha256"], "ea5dbf9596d187e9500f23e9a680109475341cf4e81f7e043f7d97152c10772f");
    assert_eq!(request["base64"], "/wA=");
    let headers = request["headers"].as_array().unwrap();
    for header in [json!(["x-mine", "yes"]), json!(["authorization", "REDACTED"]), json!(["content-length", "2"])] {
        assert!(headers.contains(&header), "{header}");
    }
    let calls = stage.get("/simulator/calls").await;
    assert_eq!(calls["calls"][1]["path"], "/wxa/some%2Fpath");
    assert!(!calls.to_string().contains(&token) && !calls.to_string().contains("hunter2"));
}

#[tokio::test]
async fn a_body_with_a_credential_in_it_is_kept_neither_as_hash_nor_in_base64() {
    let stage = Stage::set().await;
    stage.access_token().await;
    let request = kept(&stage).await;
    assert_eq!((&request["sha256"], &request["base64"]), (&Value::Null, &Value::Null));
    assert!(request["bytes"].as_u64().unwrap() > 50);
}

#[tokio::test]
async fn of_a_long_body_the_hash_is_kept_and_one_that_is_too_long_is_no_call() {
    let stage = Stage::set().await;
    let post = async |bytes: usize| {
        let call = stage.client.post(format!("{}/cgi-bin/media/uploadimg", stage.base)).body("x".repeat(bytes));
        call.send().await.unwrap().status().as_u16()
    };
    assert_eq!(post(6 << 20).await, 200);
    let request = kept(&stage).await;
    assert_eq!((&request["bytes"], &request["base64"]), (&json!(6 << 20), &Value::Null));
    assert_eq!(request["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(post((16 << 20) + 1).await, 413);
    assert_eq!(stage.get("/simulator/calls").await["calls"].as_array().unwrap().len(), 1);
}
