//! API Gateway in front of a function.

use std::future::pending;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use lambda_host::{Function, Host};
use serde_json::{Value, json};

use crate::scripted::scripted;

fn returning(result: Value) -> Function {
    Function::handler(move |_| {
        let result = result.clone();
        async move { Ok(result) }
    })
}

#[tokio::test]
async fn a_request_becomes_the_event_of_a_proxy_integration() {
    let host = Host::start().await.unwrap();
    let echo = |event: Value| async move { Ok(json!({"statusCode": 200, "body": event.to_string()})) };
    host.function("push", Function::handler(echo));
    host.route("/push/{appid}", "push");
    let answer = host.post("/push/wx1?nonce=1&echostr=a%20b", "<xml/>").await;
    let event: Value = serde_json::from_str(&answer.text()).unwrap();
    assert_eq!((&event["httpMethod"], &event["path"]), (&json!("POST"), &json!("/push/wx1")));
    assert_eq!(event["resource"], "/push/{appid}");
    assert_eq!(event["pathParameters"], json!({"appid": "wx1"}));
    assert_eq!(event["queryStringParameters"], json!({"nonce": "1", "echostr": "a b"}));
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("PHhtbC8+"), &json!(true)));
    assert!(event["requestContext"]["requestTimeEpoch"].is_u64());

    let event: Value = serde_json::from_str(&host.get("/push/wx1").await.text()).unwrap();
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&Value::Null, &json!(false)));
    assert_eq!(event["queryStringParameters"], Value::Null);
}

#[tokio::test]
async fn the_result_becomes_the_http_answer() {
    let host = Host::start().await.unwrap();
    let result =
        json!({"statusCode": 403, "headers": {"content-type": "text/plain"}, "body": "bm8=", "isBase64Encoded": true});
    host.function("push", returning(result));
    host.route("/push", "push");
    let answer = host.post("/push", "").await;
    assert_eq!((answer.status, answer.text().as_str()), (StatusCode::FORBIDDEN, "no"));
    assert_eq!(answer.headers["content-type"], "text/plain");
    assert_eq!(host.post("/elsewhere", "").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_api_is_served_over_http_too() {
    let host = Host::start().await.unwrap();
    host.function("push", returning(json!({"statusCode": 200, "body": "success"})));
    host.route("/push", "push");
    let client: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let response = client.get(format!("{}/push?nonce=1", host.url()).parse().unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "success");
}

#[tokio::test]
async fn a_function_that_fails_or_returns_no_http_answer_is_502_and_one_that_is_throttled_500() {
    let host = Host::start().await.unwrap();
    host.route("/push", "push");
    host.function("push", scripted());
    // The event of a request is none of the orders that the function takes.
    assert_eq!(host.post("/push", "").await.status, StatusCode::BAD_GATEWAY);
    host.function("push", returning(json!("success")));
    assert_eq!(host.post("/push", "").await.status, StatusCode::BAD_GATEWAY);
    host.function("push", scripted().max_environments(0));
    assert_eq!(host.post("/push", "").await.status, StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test(start_paused = true)]
async fn a_function_that_takes_longer_than_29_seconds_is_504() {
    let host = Host::start().await.unwrap();
    host.route("/push", "push");
    host.function("push", Function::handler(|_| pending()).timeout(Duration::from_mins(1)));
    let started = tokio::time::Instant::now();
    assert_eq!(host.post("/push", "").await.status, StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(started.elapsed().as_secs(), 29);
}
