//! How a push is delivered, over HTTP: what is asked again, and what the user sees in the end.

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect};
use protocol::format::Format;
use protocol::mode::Mode;
use reqwest::Url;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::answer_fault::{AnswerFault, AnswerFaultKind};
use super::attempt::AttemptFaultKind;
use super::delivery::{Delivery, FAULT_NOTICE, Outcome, Progress, Timing, Way, deliver};
use super::message::Message;
use super::sealed::{Chance, SealedPush, Signature, Style};
use crate::http_clients::HttpClients;
use crate::identity::published;

const SHORT: Timing = Timing { cut: Duration::from_millis(200), payment_pause: Duration::from_millis(2) };

/// What a product does with one attempt.
#[derive(Clone, Copy)]
enum Does {
    Answers(u16, &'static str),
    Redirects,
    Hangs,
}

/// Query, content type and body of each attempt.
type Seen = Arc<Mutex<Vec<(String, String, Bytes)>>>;

/// A product that follows a script, one entry an attempt.
async fn product(script: Vec<Does>) -> (Url, Seen) {
    let seen = Seen::default();
    let log = seen.clone();
    let answer = move |uri: Uri, headers: HeaderMap, body: Bytes| async move {
        let content_type = headers["content-type"].to_str().unwrap().to_owned();
        let does = {
            let mut log = log.lock().unwrap();
            log.push((uri.query().unwrap().to_owned(), content_type, body));
            script[log.len() - 1]
        };
        match does {
            Does::Answers(status, body) => (StatusCode::from_u16(status).unwrap(), body).into_response(),
            Does::Redirects => Redirect::temporary("/elsewhere?fixed=1").into_response(),
            Does::Hangs => pending().await,
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/push?fixed=1", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    (url, seen)
}

fn kinds(delivery: &Delivery) -> Vec<Option<AttemptFaultKind>> {
    delivery.attempts.iter().map(|attempt| attempt.fault_kind).collect()
}

async fn deliver_to(url: &Url) -> Delivery {
    deliver_with(url, None).await
}

async fn deliver_with(url: &Url, fault: Option<AnswerFault>) -> Delivery {
    let push = sealed(&json!({"MsgType": "text", "Content": "hi"}), Mode::Safe, Signature::Genuine);
    deliver_push(&push, url, fault).await
}

fn sealed(message: &Value, mode: Mode, signature: Signature) -> SealedPush {
    let fields = message.as_object().unwrap().clone();
    let message = Message::complete(fields, "oUser", "gh_account", 1_700_000_000, 7).unwrap();
    let style = Style { mode, format: Format::Json, signature };
    let chance = Chance { nonce: [1; 4], encryption: [2; 16] };
    SealedPush::seal(message, style, &published(), 1_700_000_000, chance).unwrap()
}

async fn deliver_push(push: &SealedPush, url: &Url, fault: Option<AnswerFault>) -> Delivery {
    let clients = HttpClients::new();
    let client = clients.for_url(url).unwrap();
    let way = Way { url, client, timing: SHORT, fault };
    deliver(push, way, &published(), |_| {}).await
}

#[tokio::test]
async fn an_acknowledged_push_takes_one_attempt() {
    let (url, seen) = product(vec![Does::Answers(200, "success")]).await;
    let delivery = deliver_to(&url).await;
    assert_eq!(delivery.outcome, Outcome::Answered);
    assert_eq!(delivery.attempts.len(), 1);
    assert_eq!(delivery.attempts[0].status, Some(200));
    assert_eq!(delivery.attempts[0].body, "success");
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0].1, "text/xml");
    assert!(seen[0].0.starts_with("fixed=1&signature="), "{}", seen[0].0);
}

#[tokio::test]
async fn a_failing_product_is_asked_again_with_the_same_bytes() {
    let script = vec![Does::Answers(503, ""), Does::Hangs, Does::Answers(200, "")];
    let (url, seen) = product(script).await;
    let delivery = deliver_to(&url).await;
    assert_eq!(delivery.outcome, Outcome::Answered);
    let statuses: Vec<_> = delivery.attempts.iter().map(|attempt| attempt.status).collect();
    assert_eq!(statuses, [Some(503), None, Some(200)]);
    assert_eq!(kinds(&delivery), [Some(AttemptFaultKind::Status), Some(AttemptFaultKind::Timeout), None]);
    assert_eq!(delivery.notice, None);
    assert!(delivery.attempts[1].milliseconds >= 200);
    let seen = seen.lock().unwrap();
    assert!(seen.iter().all(|attempt| *attempt == seen[0]));
}

#[tokio::test]
async fn after_three_retries_the_user_sees_the_fault_notice() {
    let (url, seen) = product(vec![Does::Hangs; 5]).await;
    let delivery = deliver_to(&url).await;
    assert_eq!(delivery.outcome, Outcome::FaultNotice);
    assert_eq!(seen.lock().unwrap().len(), 4);
    let numbers: Vec<_> = delivery.attempts.iter().map(|attempt| attempt.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
    assert!(delivery.attempts.iter().all(|attempt| attempt.fault.is_some()));
    assert_eq!(kinds(&delivery), [Some(AttemptFaultKind::Timeout); 4]);
    assert_eq!(delivery.notice.as_deref(), Some(FAULT_NOTICE));
}

#[tokio::test]
async fn an_answer_that_is_lost_or_late_is_asked_for_again_though_the_product_gave_one() {
    for (kind, least, told) in
        [(AnswerFaultKind::Drop, 0, AttemptFaultKind::Lost), (AnswerFaultKind::Slow, 200, AttemptFaultKind::Timeout)]
    {
        let (url, seen) = product(vec![Does::Answers(200, "success"); 2]).await;
        let delivery = deliver_with(&url, Some(AnswerFault::new(kind, Some(1)).unwrap())).await;
        assert_eq!(delivery.outcome, Outcome::Answered, "{kind:?}");
        let faults: Vec<_> = delivery.attempts.iter().map(|attempt| attempt.fault.is_some()).collect();
        assert_eq!(faults, [true, false], "{kind:?}");
        assert_eq!(kinds(&delivery), [Some(told), None], "{kind:?}");
        assert_eq!(delivery.attempts[0].body, "");
        assert!(delivery.attempts[0].milliseconds >= least, "{kind:?}");
        let seen = seen.lock().unwrap();
        assert!(seen.len() == 2 && seen[0] == seen[1], "{kind:?}");
    }
}

#[tokio::test]
async fn the_user_sees_the_fault_notice_when_every_answer_is_lost() {
    let (url, seen) = product(vec![Does::Answers(200, "success"); 4]).await;
    let delivery = deliver_with(&url, Some(AnswerFault::new(AnswerFaultKind::Drop, Some(4)).unwrap())).await;
    assert_eq!((delivery.outcome, seen.lock().unwrap().len()), (Outcome::FaultNotice, 4));
}

#[tokio::test]
async fn it_is_told_when_each_attempt_starts_and_ends() {
    let (url, _) = product(vec![Does::Answers(503, ""), Does::Answers(200, "")]).await;
    let push = sealed(&json!({"MsgType": "text", "Content": "hi"}), Mode::Plain, Signature::Genuine);
    let clients = HttpClients::new();
    let way = Way { url: &url, client: clients.for_url(&url).unwrap(), timing: Timing::WECHAT, fault: None };
    let told = Mutex::new(Vec::new());
    deliver(&push, way, &published(), |progress| {
        told.lock().unwrap().push(match progress {
            Progress::Starts(number) => (number, None),
            Progress::Ends(attempt) => (attempt.number, attempt.status),
        });
    })
    .await;
    assert_eq!(*told.lock().unwrap(), [(1, None), (1, Some(503)), (2, None), (2, Some(200))]);
}

#[tokio::test]
async fn a_bad_status_and_a_wrong_form_are_asked_again_at_once_with_the_same_bytes() {
    for (abnormal, kind) in [
        (Does::Answers(403, ""), AttemptFaultKind::Status),
        (Does::Answers(201, "success"), AttemptFaultKind::Status),
        (Does::Answers(302, ""), AttemptFaultKind::Status),
        (Does::Answers(503, ""), AttemptFaultKind::Status),
        (Does::Answers(200, "\"success\""), AttemptFaultKind::Abnormal),
    ] {
        let (url, seen) = product(vec![abnormal; 4]).await;
        let started = Instant::now();
        let delivery = deliver_to(&url).await;
        assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
        assert_eq!((delivery.outcome, delivery.notice.as_deref()), (Outcome::FaultNotice, Some(FAULT_NOTICE)));
        assert_eq!(kinds(&delivery), [Some(kind); 4]);
        let seen = seen.lock().unwrap();
        assert!(seen.iter().all(|attempt| *attempt == seen[0]));
    }
}

#[tokio::test]
async fn an_answer_in_a_wrong_form_may_be_followed_by_a_good_one() {
    let (url, _) = product(vec![Does::Answers(200, "ok"), Does::Answers(200, "success")]).await;
    let delivery = deliver_to(&url).await;
    assert_eq!((delivery.outcome, delivery.notice), (Outcome::Answered, None));
    assert_eq!(delivery.attempts.len(), 2);
}

#[tokio::test]
async fn a_forged_push_is_not_repeated() {
    let (url, _) = product(vec![Does::Answers(403, ""); 4]).await;
    let push = sealed(&json!({"MsgType": "text", "Content": "hi"}), Mode::Safe, Signature::Forged);
    let delivery = deliver_push(&push, &url, None).await;
    assert_eq!((kinds(&delivery), delivery.notice), (vec![Some(AttemptFaultKind::Status)], None));
}

#[tokio::test]
async fn a_passive_reply_that_wechat_ignores_is_an_answer_and_is_marked() {
    for (message_type, is_ignored) in [("text", true), ("transfer_customer_service", false)] {
        let reply = json!({"ToUserName": "oUser", "FromUserName": "gh_account", "CreateTime": 1_700_000_001,
            "MsgType": message_type, "Content": "We open at nine."});
        let (url, _) = product(vec![Does::Answers(200, reply.to_string().leak())]).await;
        let push = sealed(&json!({"MsgType": "text", "Content": "hi"}), Mode::Plain, Signature::Genuine);
        let delivery = deliver_push(&push, &url, None).await;
        assert_eq!((delivery.outcome, delivery.notice), (Outcome::Answered, None), "{message_type}");
        assert_eq!(delivery.attempts[0].is_ignored, is_ignored, "{message_type}");
        assert_eq!(delivery.attempts[0].reply.as_ref().unwrap()["MsgType"], message_type);
    }
}

#[tokio::test]
async fn a_product_that_is_not_there_is_asked_four_times() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let delivery = deliver_to(&url).await;
    assert_eq!(delivery.outcome, Outcome::FaultNotice);
    assert_eq!(kinds(&delivery), [Some(AttemptFaultKind::Unreachable); 4]);
    let fault = delivery.attempts[0].fault.as_deref().unwrap();
    assert!(fault.starts_with("no answer: ") && !fault.contains("signature"), "{fault}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (url, _) = product(vec![Does::Redirects, Does::Answers(200, "success")]).await;
    let statuses: Vec<_> = deliver_to(&url).await.attempts.iter().map(|attempt| attempt.status).collect();
    assert_eq!(statuses, [Some(307), Some(200)]);
}

/// The messages that a product got, from a payment whose attempts it answers by this script.
async fn pay(event: &str, script: Vec<Does>) -> (Delivery, Vec<Value>) {
    let (url, seen) = product(script).await;
    let push = sealed(&json!({"MsgType": "event", "Event": event}), Mode::Plain, Signature::Genuine);
    let delivery = deliver_push(&push, &url, None).await;
    let bodies = seen.lock().unwrap().iter().map(|(_, _, body)| serde_json::from_slice(body).unwrap()).collect();
    (delivery, bodies)
}

#[tokio::test]
async fn a_payment_comes_again_until_its_err_code_is_0() {
    let script = vec![
        Does::Answers(200, r#"{"ErrCode":1,"ErrMsg":"later"}"#),
        Does::Answers(200, "ok"),
        Does::Answers(503, ""),
        Does::Hangs,
        Does::Answers(200, "{}"),
        Does::Answers(200, r#"{"ErrCode":0,"ErrMsg":"success"}"#),
    ];
    let (delivery, messages) = pay("xpay_goods_deliver_notify", script).await;
    assert_eq!(delivery.outcome, Outcome::Answered);
    let abnormal = Some(AttemptFaultKind::Abnormal);
    let [err_code, status, timeout] =
        [AttemptFaultKind::ErrCode, AttemptFaultKind::Status, AttemptFaultKind::Timeout].map(Some);
    assert_eq!(kinds(&delivery), [err_code, abnormal, status, timeout, abnormal, None]);
    assert!(messages.iter().all(|message| *message == messages[0]), "{messages:?}");
}

#[tokio::test]
async fn success_and_an_empty_answer_end_a_payment() {
    for body in ["success", ""] {
        let (delivery, messages) = pay("xpay_refund_notify", vec![Does::Answers(200, body)]).await;
        assert_eq!((delivery.outcome, messages.len()), (Outcome::Answered, 1), "{body:?}");
    }
}

#[tokio::test]
async fn a_payment_that_nobody_deals_with_comes_15_more_times_ever_later_and_the_user_sees_nothing() {
    let started = Instant::now();
    let (delivery, messages) =
        pay("xpay_refund_notify", vec![Does::Answers(200, r#"{"ErrCode":-1,"ErrMsg":"no"}"#); 17]).await;
    assert!(started.elapsed() >= 120 * SHORT.payment_pause, "{:?}", started.elapsed());
    assert_eq!((delivery.outcome, delivery.notice), (Outcome::FaultNotice, None));
    let retries: Vec<_> = messages.iter().map(|message| message["RetryTimes"].as_u64().unwrap()).collect();
    assert_eq!(retries, (0..=15).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_fault_of_all_answers_strikes_every_attempt_of_a_payment() {
    let (url, _) = product(vec![Does::Answers(200, "success"); 16]).await;
    let push = sealed(&json!({"MsgType": "event", "Event": "xpay_refund_notify"}), Mode::Safe, Signature::Genuine);
    let fault = AnswerFault::new(AnswerFaultKind::Drop, None).unwrap();
    let delivery = deliver_push(&push, &url, Some(fault)).await;
    assert_eq!(kinds(&delivery), [Some(AttemptFaultKind::Lost); 16]);
}
