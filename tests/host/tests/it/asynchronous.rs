//! Asynchronous invocations.

use std::time::Duration;

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use lambda_host::{Call, Effect, Host, PassedCall, Point, Service, function_arn};
use serde_json::{Value, json};

use crate::aws_clients;
use crate::scripted::{calls, count_up, fails, returns, scripted};

async fn send_event(host: &Host, function: &str, payload: &Value) {
    let lambda = aws_clients::lambda(host).await;
    let invoke = lambda.invoke().function_name(function).invocation_type(InvocationType::Event);
    let output = invoke.payload(Blob::new(payload.to_string())).send().await.unwrap();
    assert_eq!(output.status_code, 202);
}

#[tokio::test]
async fn an_event_that_fails_is_retried_twice_and_then_recorded_in_the_queue() {
    let host = Host::start().await.unwrap();
    let failed = host.queue("failed");
    host.function("one", scripted().retry_delays([Duration::ZERO; 2]).on_failure("failed"));
    send_event(&host, "one", &fails("no luck")).await;
    let record: Value = serde_json::from_str(&failed.take().await.unwrap()).unwrap();
    assert_eq!(record["requestPayload"], fails("no luck"));
    assert_eq!(record["responsePayload"]["errorMessage"], "no luck");
    assert_eq!(record["responseContext"]["functionError"], "Unhandled");
    let context = &record["requestContext"];
    assert_eq!(context["condition"], "RetriesExhausted");
    assert_eq!(context["approximateInvokeCount"], 3);
    assert_eq!(context["functionArn"], format!("{}:$LATEST", function_arn("one")));
    assert_eq!(record["version"], "1.0");
    host.at_rest().await.unwrap();
    assert_eq!(host.count(&Call::any(Service::Runtime).from("one")), 3);
    assert_eq!(failed.counts().visible, 0);
}

#[tokio::test]
async fn an_event_whose_process_is_killed_is_run_again_in_another_process() {
    let host = Host::start().await.unwrap();
    host.table("counters", &["id"]).await.unwrap();
    host.queue("failed");
    host.function("one", scripted().retry_delays([Duration::ZERO; 2]).on_failure("failed"));
    let kill = host.kill_when(Point::after(Call::dynamodb("UpdateItem").from("one")));
    send_event(&host, "one", &calls([count_up("counters", "a")])).await;
    kill.applied().await.unwrap();
    host.at_rest().await.unwrap();
    assert_eq!(host.items("counters").await.unwrap()[0]["times"], 2);
    assert_eq!(host.queue("failed").bodies(), [""; 0]);
}

#[tokio::test]
async fn an_event_waits_for_an_environment_instead_of_being_throttled() {
    let host = Host::start().await.unwrap();
    host.function("one", scripted().max_environments(1));
    let mut pause = host.pause_when(Point::before(Call::response().from("one")));
    send_event(&host, "one", &returns("first")).await;
    let held = pause.reached().await.unwrap();
    send_event(&host, "one", &returns("second")).await;
    held.resume();
    host.at_rest().await.unwrap();
    let responses: Vec<_> = host.calls_to(&Call::response()).iter().map(PassedCall::json).collect();
    assert_eq!(responses, [json!("first"), json!("second")]);
}

#[tokio::test]
async fn an_event_whose_acceptance_is_lost_runs_all_the_same() {
    let host = Host::start().await.unwrap();
    host.function("one", scripted());
    let lambda = aws_clients::lambda(&host).await;
    host.when(Point::after(Call::invoke_event("one").from("test")), Effect::Cut);
    let invoke = lambda.invoke().function_name("one").invocation_type(InvocationType::Event);
    let error = invoke.payload(Blob::new(returns("ran").to_string())).send().await.unwrap_err();
    assert!(error.as_service_error().is_none(), "{error:?}");
    assert_eq!(host.called(&Call::response().from("one")).await.unwrap().json(), json!("ran"));
}
