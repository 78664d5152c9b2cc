//! A payment is acknowledged only once its handler has said so, however the run is disturbed.

use futures_util::future::join_all;
use http::StatusCode;
use lambda_host::{Answer, Call, Effect, Point};
use serde_json::{Value, json};

use crate::calls::{around, asks, claims, has_it_handled, records, returns, turns_late};
use crate::handlers::{says, says_late};
use crate::stack::{Stack, paying};

fn booked() -> Value {
    json!({"ErrCode": 0, "ErrMsg": "success"})
}

/// WeChat repeats a payment until it is answered with `ErrCode` 0, and takes `success` for that.
async fn push_until_booked(stack: &Stack, payment: &Value, what: &str) {
    for _ in 0..4 {
        let pushed = stack.push(payment).await;
        let answer: Value = serde_json::from_str(pushed.answer()).unwrap_or_else(|_| panic!("{what}: {pushed:?}"));
        if answer["ErrCode"] == 0 {
            assert_eq!(answer, booked(), "{what}");
            return;
        }
    }
    panic!("{what}: not booked");
}

#[tokio::test]
async fn a_payment_is_booked_whichever_process_dies() {
    let calls = [claims(), has_it_handled(), returns("push"), asks(), records(), returns("deliver-reply")];
    join_all(calls.into_iter().flat_map(around).map(|point| async {
        let what = point.to_string();
        let stack = Stack::start(says(booked())).await;
        let kill = stack.host.kill_when(point);
        let payment = paying();
        push_until_booked(&stack, &payment, &what).await;
        kill.applied().await.unwrap();
        stack.host.at_rest().await.unwrap();
        assert!(stack.asked() <= 2, "{what}");
        push_until_booked(&stack, &payment, &what).await;
        assert_eq!((&stack.row().await["state"], stack.parked().len()), (&json!("done"), 0), "{what}");
        assert!(stack.asked() <= 2, "{what}");
    }))
    .await;
}

#[tokio::test]
async fn a_late_payment_is_booked_by_its_next_repeat_although_answers_are_lost() {
    let late = Call::dynamodb("UpdateItem").from("deliver-reply").to("push-dedupe");
    join_all([turns_late(), late.clone(), late.nth(2)].map(|call| async {
        let what = call.to_string();
        let (handler, gate) = says_late(booked());
        let stack = Stack::start(handler).await;
        let cut = stack.host.when(Point::after(call), Effect::Cut);
        let payment = paying();
        for _ in 0..2 {
            let pushed = stack.push(&payment).await;
            assert_eq!(serde_json::from_str::<Value>(pushed.answer()).unwrap()["ErrCode"], 1, "{what}");
        }
        gate.open();
        stack.host.at_rest().await.unwrap();
        cut.applied().await.unwrap();
        push_until_booked(&stack, &payment, &what).await;
        assert_eq!((stack.asked(), stack.guard.bodies().len()), (1, 0), "{what}");
    }))
    .await;
}

#[tokio::test]
async fn a_payment_that_its_handler_perhaps_has_is_given_to_it_again_only_when_wechat_repeats_it() {
    let page = Answer::json(StatusCode::BAD_GATEWAY, &json!({"message": "Bad Gateway"}));
    join_all([Effect::Cut, Effect::Fail, Effect::Answer(page)].map(|lost| async {
        let what = format!("{lost:?}");
        let stack = Stack::start(says(booked())).await;
        let lost = stack.host.when(Point::after(asks()), lost);
        let payment = paying();
        let pushed = stack.push(&payment).await;
        assert_eq!(serde_json::from_str::<Value>(pushed.answer()).unwrap()["ErrCode"], 1, "{what}");
        lost.applied().await.unwrap();
        stack.host.at_rest().await.unwrap();
        assert_eq!(stack.asked(), 1, "{what}");
        push_until_booked(&stack, &payment, &what).await;
        assert_eq!(stack.asked(), 2, "{what}");
    }))
    .await;
}

#[tokio::test]
async fn a_payment_whose_late_run_dies_is_asked_about_again_once_its_time_is_over() {
    let (handler, gate) = says_late(booked());
    let stack = Stack::start(handler).await;
    let payment = paying();
    let pushed = stack.push(&payment).await;
    assert_eq!(serde_json::from_str::<Value>(pushed.answer()).unwrap()["ErrCode"], 1);
    assert_eq!(stack.host.kill("deliver-reply").await.unwrap(), 1);
    gate.open();
    stack.host.at_rest().await.unwrap();
    let pushed = stack.push(&payment).await;
    assert_eq!(serde_json::from_str::<Value>(pushed.answer()).unwrap()["ErrCode"], 1);
    assert_eq!(stack.asked(), 1);
    stack.leases_are_over().await;
    push_until_booked(&stack, &payment, "after its time").await;
    assert_eq!(stack.asked(), 2);
}
