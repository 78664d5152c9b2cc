//! The answer of SQS to a parked message is lost: the record is sent again, and the failed queue holds it twice.

use http::StatusCode;
use lambda_host::{Answer, Effect, Function, Invoked, Point, function_arn, queue_url};
use serde_json::json;

use crate::calls::{parks, sends};
use crate::handlers::says;
use crate::stack::{APP_ID, Stack, text};

fn redrive() -> Function {
    Function::product("redrive-failed-pushes").unwrap().variables([
        ("APP_ID", APP_ID.to_owned()),
        ("FAILED_PUSHES_QUEUE_URL", queue_url("failed")),
        ("DELIVER_REPLY_FUNCTION_ARN", function_arn("deliver-reply")),
        ("PUSH_FUNCTION_ARN", function_arn("push")),
    ])
}

/// A message whose record is in the failed queue twice, after this answer of WeChat's.
async fn parked_twice(answer: Effect) -> Stack {
    let stack = Stack::start(says(json!("one"))).await;
    stack.host.function("redrive-failed-pushes", redrive().timeout(std::time::Duration::from_secs(55)));
    let refused = stack.host.when(Point::before(sends().every()), answer);
    let cut = stack.host.when(Point::after(parks()), Effect::Cut);
    stack.push(&text("1", "hi")).await;
    cut.applied().await.unwrap();
    stack.host.at_rest().await.unwrap();
    refused.end();
    let parked = stack.parked();
    assert!(parked.len() == 2 && parked[0] == parked[1], "{parked:?}");
    stack
}

#[tokio::test]
async fn a_message_that_was_not_sent_is_redriven_once() {
    let busy = Answer::json(StatusCode::OK, &json!({"errcode": -1, "errmsg": "system error"}));
    let stack = parked_twice(Effect::Answer(busy)).await;
    let redriven = stack.host.invoke("redrive-failed-pushes", json!({})).await.unwrap();
    assert!(matches!(redriven, Invoked::Returned(report) if report["handed_on"] == 2));
    stack.host.at_rest().await.unwrap();
    assert_eq!(stack.wechat.texts(), ["one"]);
    assert!(stack.parked().is_empty(), "{:?}", stack.parked());
}

#[tokio::test]
async fn a_message_with_an_unknown_outcome_is_resent_once_by_either_id_or_both() {
    let stack = parked_twice(Effect::Cut).await;
    let ids: Vec<_> = stack.failed.messages().into_iter().map(|(id, _)| id).collect();
    stack.host.invoke("redrive-failed-pushes", json!({"resend": ids})).await.unwrap();
    stack.host.at_rest().await.unwrap();
    assert_eq!(stack.wechat.texts(), ["one"]);
    assert!(stack.parked().is_empty(), "{:?}", stack.parked());
}
