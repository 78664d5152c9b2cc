//! Environments and the Runtime API.

use std::time::Duration;

use aws_sdk_lambda::primitives::Blob;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use lambda_host::{Call, Function, Host, Invoked, Point, function_arn};
use serde_json::{Value, json};

use crate::aws_clients;
use crate::scripted::{calls, count_up, fails, invokes, returns, scripted};

fn returned(invoked: Invoked) -> Value {
    match invoked {
        Invoked::Returned(value) => value,
        other => panic!("{other:?}"),
    }
}

fn failed(invoked: Invoked) -> Value {
    match invoked {
        Invoked::Failed(value) => value,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_function_is_told_its_deadline_its_arn_and_its_request_id() {
    let host = Host::start().await.unwrap();
    host.function("one", scripted().timeout(Duration::from_secs(7)));
    let told = returned(host.invoke("one", json!("tell")).await.unwrap());
    assert_eq!(told["arn"], function_arn("one"));
    assert_eq!(told["request_id"].as_str().unwrap().len(), 36);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let left = u128::from(told["deadline"].as_u64().unwrap()) - now;
    assert!((5_000..=7_000).contains(&left), "{left}");
    assert_eq!(told["client_context"], Value::Null);
}

#[tokio::test]
async fn a_client_context_reaches_the_function() {
    let host = Host::start().await.unwrap();
    host.function("one", scripted());
    let lambda = aws_clients::lambda(&host).await;
    let context = BASE64_STANDARD.encode(json!({"custom": {"who": "me"}}).to_string());
    let invoke = lambda.invoke().function_name(function_arn("one")).client_context(context);
    let output = invoke.payload(Blob::new(json!("tell").to_string())).send().await.unwrap();
    let told: Value = serde_json::from_slice(output.payload.unwrap().as_ref()).unwrap();
    assert_eq!(told["client_context"]["custom"]["who"], "me");
    assert_eq!((output.status_code, output.function_error), (200, None));
}

#[tokio::test]
async fn an_environment_is_kept_warm_and_a_second_one_is_started_only_when_it_is_needed() {
    let host = Host::start().await.unwrap();
    host.function("one", scripted());
    let process = |told: Value| told["process"].clone();
    let first = process(returned(host.invoke("one", json!("tell")).await.unwrap()));
    for _ in 0..20 {
        assert_eq!(process(returned(host.invoke("one", json!("tell")).await.unwrap())), first);
    }
    assert_eq!(host.environments("one").unwrap(), 1);
    let responses = host.calls_to(&Call::response());
    assert!(responses.iter().all(|response| response.environment == Some(1)), "{responses:?}");

    let mut pause = host.pause_when(Point::before(Call::response().from("one")));
    let (slow, ()) = tokio::join!(host.invoke("one", returns("slow")), async {
        let held = pause.reached().await.unwrap();
        assert_ne!(process(returned(host.invoke("one", json!("tell")).await.unwrap())), first);
        held.resume();
    });
    assert_eq!(returned(slow.unwrap()), "slow");
    assert_eq!(host.environments("one").unwrap(), 2);
    let last = host.calls_to(&Call::response()).pop().unwrap();
    assert_eq!((last.environment, last.json()["request_id"].as_str()), (Some(2), last.request_id.as_deref()));
}

#[tokio::test]
async fn an_invocation_beyond_the_maximum_of_environments_is_throttled() {
    let host = Host::start().await.unwrap();
    host.function("one", scripted().max_environments(1));
    let lambda = aws_clients::lambda(&host).await;
    let mut pause = host.pause_when(Point::before(Call::response().from("one")));
    let (first, ()) = tokio::join!(host.invoke("one", returns("first")), async {
        let held = pause.reached().await.unwrap();
        let error = lambda.invoke().function_name("one").send().await.unwrap_err().into_service_error();
        assert!(error.is_too_many_requests_exception(), "{error:?}");
        held.resume();
    });
    assert_eq!(returned(first.unwrap()), "first");
}

#[tokio::test]
async fn what_a_function_throws_is_told_to_its_caller() {
    let host = Host::start().await.unwrap();
    host.function("one", scripted());
    let lambda = aws_clients::lambda(&host).await;
    let invoke = lambda.invoke().function_name("one").payload(Blob::new(fails("no luck").to_string()));
    let output = invoke.send().await.unwrap();
    assert_eq!(output.function_error.as_deref(), Some("Unhandled"));
    let error: Value = serde_json::from_slice(output.payload.unwrap().as_ref()).unwrap();
    assert_eq!(error["errorMessage"], "no luck");
    // The process lives on.
    assert_eq!(host.environments("one").unwrap(), 1);
}

#[tokio::test]
async fn a_process_that_ends_fails_its_invocation_and_the_next_one_gets_a_new_process() {
    let host = Host::start().await.unwrap();
    host.function("one", scripted());
    let error = failed(host.invoke("one", json!("exit")).await.unwrap());
    assert_eq!(error["errorType"], "Runtime.ExitError");
    assert!(error["errorMessage"].as_str().unwrap().contains("exit status: 1"), "{error}");
    assert_eq!(returned(host.invoke("one", returns("again")).await.unwrap()), "again");
}

#[tokio::test]
async fn a_function_that_takes_too_long_is_killed() {
    let host = Host::start().await.unwrap();
    host.function("one", scripted().timeout(Duration::from_millis(200)));
    let error = failed(host.invoke("one", json!("hang")).await.unwrap());
    assert_eq!(error["errorType"], "Sandbox.Timedout");
    assert!(error["errorMessage"].as_str().unwrap().ends_with("Task timed out after 0.20 seconds"), "{error}");
    assert_eq!(host.environments("one").unwrap(), 0);
}

#[tokio::test]
async fn a_function_that_does_not_start_fails_its_invocation() {
    let host = Host::start().await.unwrap();
    host.function("silent", scripted().variable("DOES_NOT_START", "1"));
    let error = failed(host.invoke("silent", json!("tell")).await.unwrap());
    assert_eq!(error, json!({"errorType": "NotStarted", "errorMessage": "told not to start"}));
    host.logged("silent", "does not start").await.unwrap();

    host.function("missing", Function::new("/no/such/bootstrap"));
    let error = failed(host.invoke("missing", json!("tell")).await.unwrap());
    assert!(error["errorMessage"].as_str().unwrap().contains("/no/such/bootstrap"), "{error}");
}

#[tokio::test]
async fn a_function_may_be_a_closure_of_the_test() {
    let host = Host::start().await.unwrap();
    host.function("echo", Function::handler(|event| async move { Ok(json!({"got": event})) }));
    host.function("broken", Function::handler(|_| async { Err("thrown".to_owned()) }));
    assert_eq!(returned(host.invoke("echo", json!(1)).await.unwrap()), json!({"got": 1}));
    assert_eq!(failed(host.invoke("broken", json!(1)).await.unwrap())["errorMessage"], "thrown");
}

#[tokio::test]
async fn a_function_runs_on_when_the_process_that_invoked_it_is_killed() {
    let host = Host::start().await.unwrap();
    host.table("counters", &["id"]).await.unwrap();
    host.function("caller", scripted());
    host.function("called", scripted());
    let mut pause = host.pause_when(Point::before(Call::dynamodb("UpdateItem").from("called")));
    let order = invokes("called", &calls([count_up("counters", "a")]));
    let (invoked, ()) = tokio::join!(host.invoke("caller", order), async {
        let held = pause.reached().await.unwrap();
        assert_eq!(host.kill("caller").await.unwrap(), 1);
        held.resume();
    });
    assert_eq!(failed(invoked.unwrap())["errorType"], "Runtime.ExitError");
    host.at_rest().await.unwrap();
    assert_eq!(host.items("counters").await.unwrap()[0]["times"], 1);
}

#[tokio::test]
async fn a_function_that_is_replaced_runs_its_new_code() {
    let host = Host::start().await.unwrap();
    host.function("one", Function::handler(|_| async { Err("not mended".to_owned()) }));
    failed(host.invoke("one", returns("old")).await.unwrap());
    host.function("one", scripted());
    assert_eq!(returned(host.invoke("one", returns("new")).await.unwrap()), "new");
}
