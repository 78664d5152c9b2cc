//! A service is out of reach for longer than a moment.

use std::time::Duration;

use http::StatusCode;
use lambda_host::{Answer, Call, Effect, Point, Rule, Service};
use serde_json::{Value, json};

use crate::calls::{has_it_handled, marks_the_next, reads_the_secret, sends};
use crate::handlers::says;
use crate::stack::{Attempt, Stack, entering, is_transfer, text};

/// `push` waits so long before it gives up, for WeChat repeats at once what fails.
const AT_LEAST: Duration = Duration::from_secs(4);

fn dynamodb_is(stack: &Stack, effect: Effect) -> Rule {
    stack.host.when(Point::before(Call::any(Service::DynamoDb).every()), effect)
}

fn assert_no_fast_failure(attempts: &[Attempt]) {
    for attempt in attempts {
        assert_eq!(attempt.status(), 503, "{attempt:?}");
        assert!(attempt.took >= AT_LEAST, "{attempt:?}");
    }
}

#[tokio::test]
async fn a_push_that_cannot_be_claimed_is_parked_in_wechats_third_attempt() {
    let stack = Stack::start(says(json!("hello"))).await;
    dynamodb_is(&stack, Effect::Fail);
    let pushed = stack.push(&text("1", "hi")).await;
    assert!(is_transfer(pushed.answer()), "{pushed:?}");
    let (last, before) = pushed.attempts.split_last().unwrap();
    assert_eq!(before.len(), 2, "{pushed:?}");
    assert_no_fast_failure(before);
    assert!(last.took >= AT_LEAST, "{last:?}");
    assert_parked(&stack, "out_of_reach");
}

fn assert_parked(stack: &Stack, reason: &str) {
    let parked = stack.parked();
    assert_eq!(parked.len(), 1, "{parked:?}");
    assert_eq!((&parked[0]["reason"], &parked[0]["requestPayload"]["MsgId"]), (&json!(reason), &json!("1")));
    assert_eq!((stack.asked(), stack.wechat.sent()), (0, Vec::<Value>::new()));
}

#[tokio::test]
async fn a_push_that_dynamodb_throttles_or_does_not_answer_at_all_is_answered_in_time() {
    for effect in [Effect::Throttle, Effect::Delay(Duration::from_hours(1)), Effect::Cut] {
        let stack = Stack::start(says(json!("hello"))).await;
        dynamodb_is(&stack, effect);
        let message = text("1", "hi");
        let (young, old) = tokio::join!(stack.push_once(&message, 0), stack.push_once(&message, 8));
        assert_no_fast_failure(&[young]);
        let (status, answer) = old.answer.unwrap();
        assert!(status == 200 && is_transfer(&answer) && old.took >= AT_LEAST, "{status} {answer}");
        assert_parked(&stack, "out_of_reach");
    }
}

#[tokio::test]
async fn a_push_whose_signature_cannot_be_checked_is_not_refused_fast() {
    let stack = Stack::start(says(json!("hello"))).await;
    let away = stack.host.when(Point::before(reads_the_secret().every()), Effect::Fail);
    let message = text("1", "hi");
    assert_no_fast_failure(&[stack.push_once(&message, 0).await]);
    away.end();
    assert_eq!(stack.push(&message).await.answer(), "success");
    assert_eq!(stack.wechat.texts(), ["hello"]);
}

#[tokio::test]
async fn a_push_is_handled_when_dynamodb_comes_back_within_its_time() {
    let stack = Stack::start(says(json!("hello"))).await;
    let away = dynamodb_is(&stack, Effect::Fail);
    let message = text("1", "hi");
    let (pushed, ()) = tokio::join!(stack.push(&message), async {
        // Beyond the tries that the SDK makes by itself.
        stack.host.called(&Call::dynamodb("UpdateItem").from("push").to("push-dedupe").nth(5)).await.unwrap();
        away.end();
    });
    assert_eq!((pushed.answer(), pushed.attempts.len()), ("success", 1));
    assert_eq!(stack.wechat.texts(), ["hello"]);
}

#[tokio::test]
async fn an_invocation_that_lambda_throttles_is_tried_again_within_the_delivery() {
    let stack = Stack::start(says(json!("hello"))).await;
    for nth in 1..=3 {
        stack.host.when(Point::before(has_it_handled().nth(nth)), Effect::Throttle);
    }
    let pushed = stack.push(&text("1", "hi")).await;
    assert_eq!((pushed.answer(), pushed.attempts.len()), ("success", 1));
    assert!(pushed.attempts[0].took < AT_LEAST);
    assert_eq!((stack.wechat.texts(), stack.asked()), (vec!["hello".to_owned()], 1));
    assert_eq!(stack.row().await["attempt"], 1);
}

#[tokio::test]
async fn a_push_that_lambda_does_not_take_is_parked_in_wechats_third_attempt() {
    let stack = Stack::start(says(json!("hello"))).await;
    stack.host.when(Point::before(has_it_handled().every()), Effect::Throttle);
    let message = text("1", "hi");
    let pushed = stack.push(&message).await;
    assert!(is_transfer(pushed.answer()), "{pushed:?}");
    assert_eq!(pushed.attempts.len(), 3);
    assert_no_fast_failure(&pushed.attempts[..2]);
    assert_parked(&stack, "out_of_reach");
    let row = stack.row().await;
    assert_eq!((&row["state"], &row["attempt"]), (&json!("failed"), &json!(3)));
    // A repeat is answered with the same transfer.
    assert_eq!(stack.push(&message).await.answer(), pushed.answer());
}

#[tokio::test]
async fn a_reply_whose_run_loses_dynamodb_between_two_messages_is_carried_on_later() {
    let stack = Stack::start(says(json!(["one", "two"]))).await;
    let away = stack.host.when(Point::before(marks_the_next().every()), Effect::Fail);
    assert_eq!(stack.push(&text("1", "hi")).await.answer(), "success");
    stack.host.at_rest().await.unwrap();
    assert_eq!((&stack.row().await["state"], stack.wechat.texts()), (&json!("recorded"), vec!["one".to_owned()]));
    away.end();
    stack.leases_end().await;
    assert_eq!(stack.assert_kept("carried on", &["one", "two"]).await, ["one"]);
    assert_eq!((stack.wechat.texts(), stack.asked()), (vec!["one".to_owned(), "two".to_owned()], 1));
}

#[tokio::test]
async fn an_event_that_lambda_throttles_is_handed_on_within_the_delivery() {
    let stack = Stack::start(says(json!("welcome"))).await;
    stack.host.when(Point::before(has_it_handled()), Effect::Throttle);
    let pushed = stack.push(&entering()).await;
    assert_eq!((pushed.answer(), pushed.attempts.len()), ("success", 1));
    stack.host.at_rest().await.unwrap();
    assert_eq!((stack.wechat.texts(), stack.asked()), (vec!["welcome".to_owned()], 1));
}

#[tokio::test]
async fn a_user_whose_messages_wechat_refuses_is_handed_to_an_agent() {
    let stack = Stack::start(says(json!(["one", "two"]))).await;
    let refusal = json!({"errcode": 45015, "errmsg": "response out of time limit"});
    let refusal = Answer::json(StatusCode::OK, &refusal);
    stack.host.when(Point::before(sends().every()), Effect::Answer(refusal));
    assert!(is_transfer(stack.push(&text("1", "hi")).await.answer()));
    assert_eq!((stack.host.count(&sends()), stack.wechat.texts().len()), (1, 0));
    assert_eq!(stack.row().await["state"], "done");
}
