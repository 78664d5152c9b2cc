//! What a function does before its first invocation.

use std::time::Duration;

use lambda_host::{Call, Effect, Point, Service};
use serde_json::json;

use crate::handlers::says;
use crate::stack::{Stack, text};

/// The calls with which `push` opens its connections.
fn opening_calls() -> [Call; 5] {
    let secret = |nth| Call::secret().from("push").nth(nth);
    let row = |nth| Call::dynamodb("GetItem").from("push").to("push-dedupe").nth(nth);
    [secret(1), secret(2), row(1), row(2), Call::dry_run("deliver-reply").from("push")]
}

#[tokio::test]
async fn push_reads_the_secret_and_opens_its_connections_before_it_asks_for_work() {
    let stack = Stack::start(says(json!("hello"))).await;
    assert_eq!(stack.push(&text("1", "hi")).await.answer(), "success");
    let by_push = stack.host.calls().into_iter().filter(|call| call.caller == "push");
    let (before, after): (Vec<_>, Vec<_>) = by_push.partition(|call| call.request_id.is_none());
    let mut before: Vec<_> = before.into_iter().map(|call| call.operation).collect();
    before.sort();
    assert_eq!(before, ["DryRun", "GetItem", "GetItem", "GetSecretValue", "GetSecretValue"]);
    assert!(after.iter().all(|call| call.service != Service::SecretsManager), "{after:?}");
}

#[tokio::test]
async fn a_start_that_no_service_answers_is_a_second_late_and_serves() {
    let stack = Stack::start(says(json!("hello"))).await;
    for call in opening_calls() {
        stack.host.when(Point::before(call), Effect::Delay(Duration::from_hours(1)));
    }
    let pushed = stack.push(&text("1", "hi")).await;
    assert_eq!((pushed.answer(), pushed.attempts.len()), ("success", 1));
    assert!(pushed.attempts[0].took < Duration::from_secs(3), "{pushed:?}");
    assert_eq!(stack.wechat.texts(), ["hello"]);
}

#[tokio::test]
async fn a_start_whose_calls_are_refused_serves() {
    let stack = Stack::start(says(json!("hello"))).await;
    for call in opening_calls() {
        stack.host.when(Point::before(call), Effect::Fail);
    }
    let pushed = stack.push(&text("1", "hi")).await;
    assert_eq!((pushed.answer(), pushed.attempts.len()), ("success", 1));
    assert_eq!(stack.wechat.texts(), ["hello"]);
}
