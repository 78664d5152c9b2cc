//! A reply that comes after WeChat had its answer.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::StatusCode;
use lambda_host::{Answer, Call, Counts, Effect, Function, Point};
use serde_json::json;
use tokio::time::{Instant, sleep_until};

use crate::calls::{reads_the_token, sends};
use crate::handlers::{says, says_late, throws, throws_late, transfer};
use crate::stack::{Stack, is_transfer, text};
use crate::wechat::TYPING;

#[tokio::test]
async fn a_late_message_is_sent_once_however_often_the_push_comes() {
    let (handler, gate) = says_late(json!("late"));
    let stack = Stack::start(handler).await;
    let message = text("1", "hi");
    let started = Instant::now();
    let again = |seconds| {
        let (stack, message) = (&stack, &message);
        async move {
            sleep_until(started + Duration::from_secs(seconds)).await;
            stack.push(message).await
        }
    };
    let (first, second, fifth, sixth) = tokio::join!(again(0), again(2), again(5), again(6));
    for pushed in [first, second, fifth, sixth] {
        assert_eq!((pushed.answer(), pushed.attempts.len()), ("success", 1));
    }
    assert!(stack.wechat.texts().is_empty());
    gate.open();
    stack.host.at_rest().await.unwrap();
    assert_eq!(stack.wechat.texts(), ["late"]);
    assert_eq!((stack.asked(), stack.slots().await), (1, 1));
    assert_eq!(stack.row().await["state"], "done");
    // The guard finds nothing to do.
    stack.leases_end().await;
    assert_eq!((stack.wechat.texts().len(), stack.asked()), (1, 1));
}

#[tokio::test]
async fn the_user_sees_the_typing_state_while_a_handler_takes_its_time() {
    let (handler, gate) = says_late(json!("hello"));
    let stack = Stack::start(handler).await;
    let mut typing = stack.host.pause_when(Point::after(Call::wechat(TYPING)));
    let message = text("1", "hi");
    let (pushed, ()) = tokio::join!(stack.push(&message), async {
        typing.reached().await.unwrap().resume();
        gate.open();
    });
    assert_eq!((pushed.answer(), pushed.attempts.len()), ("success", 1));
    assert_eq!(stack.wechat.typing(), [json!({"touser": "o1", "command": "Typing"})]);
    assert_eq!(stack.wechat.texts(), ["hello"]);
    assert_eq!(stack.guard.bodies().len(), 0);
}

#[tokio::test]
async fn a_guard_message_that_comes_too_early_is_put_again() {
    let (handler, gate) = says_late(json!("late"));
    let stack = Stack::start(handler).await;
    assert_eq!(stack.push(&text("1", "hi")).await.answer(), "success");
    let delayed = Counts { delayed: 1, ..Counts::default() };
    assert_eq!(stack.guard.counts(), delayed);
    stack.guard.make_all_visible();
    stack.host.logged("resume-replies", "too early").await.unwrap();
    gate.open();
    stack.host.at_rest().await.unwrap();
    assert_eq!((stack.guard.counts(), stack.asked()), (delayed, 1));
}

#[tokio::test]
async fn a_late_transfer_is_the_answer_to_the_users_next_message_alone() {
    let (handler, gate) = says_late(transfer());
    let stack = Stack::start(handler).await;
    assert_eq!(stack.push(&text("1", "hi")).await.answer(), "success");
    gate.open();
    stack.host.at_rest().await.unwrap();
    stack.host.function("handler", says(json!("hello")));
    let second = text("2", "anybody?");
    for _ in 0..2 {
        assert!(is_transfer(stack.push(&second).await.answer()));
    }
    assert_eq!(stack.asked(), 1);
    assert_eq!(stack.push(&text("3", "hi")).await.answer(), "success");
    assert_eq!(stack.wechat.texts(), ["hello"]);
}

#[tokio::test]
async fn a_handler_that_fails_late_has_the_push_parked_and_the_next_message_transferred() {
    let (handler, gate) = throws_late();
    let stack = Stack::start(handler).await;
    assert_eq!(stack.push(&text("1", "hi")).await.answer(), "success");
    gate.open();
    stack.host.at_rest().await.unwrap();
    assert_eq!(stack.row().await["state"], "failed");
    let parked = stack.parked();
    assert_eq!((parked.len(), &parked[0]["reason"]), (1, &json!("handler_failed")));
    assert_eq!(parked[0]["requestPayload"]["MsgId"], "1");
    assert!(is_transfer(stack.push(&text("2", "anybody?")).await.answer()));
    // A repeat of the first is answered as it was.
    assert_eq!(stack.push(&text("1", "hi")).await.answer(), "success");
}

#[tokio::test]
async fn push_answers_while_a_message_is_being_sent_and_the_run_goes_on() {
    let stack = Stack::start(says(json!(["one", "two"]))).await;
    let mut pause = stack.host.pause_when(Point::before(sends()));
    let message = text("1", "hi");
    let (pushed, held) = tokio::join!(stack.push(&message), pause.reached());
    assert_eq!((pushed.answer(), pushed.attempts.len()), ("success", 1));
    assert_eq!((&stack.row().await["state"], &stack.row().await["answered"]), (&json!("recorded"), &json!(true)));
    held.unwrap().resume();
    stack.host.at_rest().await.unwrap();
    assert!(stack.assert_kept("answered meanwhile", &["one", "two"]).await.is_empty());
    assert_eq!(stack.wechat.texts(), ["one", "two"]);
}

#[tokio::test]
async fn a_message_that_wechat_refuses_after_push_has_answered_has_the_next_one_transferred() {
    let stack = Stack::start(says(json!("one"))).await;
    let mut pause = stack.host.pause_when(Point::before(sends()));
    let refusal = json!({"errcode": 45015, "errmsg": "response out of time limit"});
    stack.host.when(Point::before(sends()), Effect::Answer(Answer::json(StatusCode::OK, &refusal)));
    let message = text("1", "hi");
    let (pushed, held) = tokio::join!(stack.push(&message), pause.reached());
    assert_eq!((pushed.answer(), pushed.attempts.len()), ("success", 1));
    held.unwrap().resume();
    stack.host.at_rest().await.unwrap();
    assert_eq!(stack.row().await["state"], "done");
    assert!(is_transfer(stack.push(&text("2", "anybody?")).await.answer()));
    assert_eq!((stack.asked(), stack.wechat.texts().len()), (1, 0));
}

#[tokio::test]
async fn a_message_whose_token_comes_after_the_deadline_is_sent_all_the_same() {
    let stack = Stack::start_with(takes(Duration::from_secs(2), "hello"), &[("TYPING_AFTER_MILLISECONDS", "0")]).await;
    // The start gives up after a second, so that the token is read when the message is sent.
    stack.host.when(Point::before(reads_the_token()), Effect::Delay(Duration::from_hours(1)));
    let mut pause = stack.host.pause_when(Point::before(reads_the_token().nth(2)));
    let message = text("1", "hi");
    let (pushed, held) = tokio::join!(stack.push(&message), pause.reached());
    assert_eq!((pushed.answer(), pushed.attempts.len()), ("success", 1));
    drop(held);
    stack.host.at_rest().await.unwrap();
    assert!(stack.assert_kept("a slow token", &["hello"]).await.is_empty());
    assert_eq!(stack.wechat.texts(), ["hello"]);
}

/// A handler that takes this long.
fn takes(time: Duration, output: &'static str) -> Function {
    Function::handler(move |_| async move {
        tokio::time::sleep(time).await;
        Ok(json!(output))
    })
}

#[tokio::test]
async fn a_handler_that_keeps_failing_has_the_push_parked_by_lambda_with_retry() {
    let stack = Stack::start_with(throws(), &[("WHEN_HANDLER_FAILS", "retry")]).await;
    assert_eq!(stack.push(&text("1", "hi")).await.answer(), "success");
    stack.host.at_rest().await.unwrap();
    assert_eq!(stack.parked().len(), 0);
    stack.leases_end().await;
    let parked = stack.parked();
    assert_eq!((parked.len(), &parked[0]["requestContext"]["approximateInvokeCount"]), (1, &json!(3)));
    assert_eq!(parked[0]["requestPayload"]["push"]["MsgId"], "1");
    // Three tries in time, and three in each of Lambda's three runs.
    assert_eq!((stack.asked(), stack.wechat.texts().len()), (12, 0));
    assert_eq!(stack.push(&text("1", "hi")).await.answer(), "success");
}

#[tokio::test]
async fn a_handler_that_fails_is_asked_again_later_with_retry() {
    let stack = Stack::start_with(fails_three_times(), &[("WHEN_HANDLER_FAILS", "retry")]).await;
    assert_eq!(stack.push(&text("1", "hi")).await.answer(), "success");
    stack.host.at_rest().await.unwrap();
    stack.leases_end().await;
    assert_eq!((stack.wechat.texts(), stack.asked()), (vec!["mended".to_owned()], 4));
    assert_eq!((&stack.row().await["state"], stack.parked().len()), (&json!("done"), 0));
}

/// A handler that fails as often as it is tried in time.
fn fails_three_times() -> Function {
    let times = AtomicUsize::new(0);
    Function::handler(move |_| {
        let time = times.fetch_add(1, Ordering::Relaxed);
        async move { if time < 3 { Err("no luck".to_owned()) } else { Ok(json!("mended")) } }
    })
}
