//! Delivers a push: up to four attempts, each cut after five seconds, and the notice that the user sees if none works.
//! Source: "客服消息 接入指引" (customer-service guide).

use std::error::Error;
use std::time::{Duration, Instant};

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::answer::{self, Abnormal, Answer, Asked};
use super::answer_fault::{AnswerFault, AnswerFaultKind};
use super::attempt::{ATTEMPTS, Attempt, AttemptFaultKind};
use super::sealed::{SealedPush, Signature};
use crate::identity::Identity;

/// How long WeChat waits for an answer.
pub(crate) const CUT: Duration = Duration::from_secs(5);
/// More than any reply needs; the rest of a longer body is not read.
const LONGEST_BODY: usize = 1 << 20;

/// What a user sees in the customer-service session when a push of what was done there fails.
pub(crate) const FAULT_NOTICE: &str = "该小程序客服暂时无法提供服务，请稍后再试";

/// How a push went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) outcome: Outcome,
    /// What the user sees of a failure, if anything: [`FAULT_NOTICE`].
    pub(crate) notice: Option<String>,
    /// The message that was pushed, in JSON whatever its format.
    pub(crate) message: Map<String, Value>,
    pub(crate) attempts: Vec<Attempt>,
}

/// What it came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// Acknowledged or replied to.
    Answered,
    /// WeChat got no answer that it takes. [`Delivery::notice`] is what the user sees of it.
    FaultNotice,
}

/// How a push gets to the product, and its answer back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way<'a> {
    pub(crate) url: &'a Url,
    pub(crate) client: &'a Client,
    /// How long an answer may take.
    pub(crate) cut: Duration,
    pub(crate) fault: Option<AnswerFault>,
}

/// How far a delivery is.
#[derive(Debug)]
pub(crate) enum Progress<'a> {
    /// The attempt of this number is on its way.
    Starts(u32),
    Ends(&'a Attempt),
}

/// Delivers a push and tells how far it is. It is sent again, the same byte for byte, when no answer came within
/// [`Way::cut`] or the server failed (5xx); an abnormal answer is final.
pub(crate) async fn deliver(
    push: &SealedPush,
    way: Way<'_>,
    identity: &Identity,
    tell: impl Fn(Progress<'_>),
) -> Delivery {
    let message = push.message.fields.clone();
    let mut attempts = Vec::new();
    for number in 1..=ATTEMPTS {
        tell(Progress::Starts(number));
        let (attempt, is_asked_again) = try_once(number, push, way, identity).await;
        tell(Progress::Ends(&attempt));
        let is_answered = attempt.fault.is_none();
        attempts.push(attempt);
        if is_answered {
            return Delivery { outcome: Outcome::Answered, notice: None, message, attempts };
        }
        if !is_asked_again {
            break;
        }
    }
    // A forger's push fails unseen: the user, in whose name it is, did nothing.
    let is_seen = push.message.action.is_in_session() && push.signature == Signature::Genuine;
    let notice = is_seen.then(|| FAULT_NOTICE.to_owned());
    Delivery { outcome: Outcome::FaultNotice, notice, message, attempts }
}

/// One attempt, and whether WeChat asks again after it.
async fn try_once(number: u32, push: &SealedPush, way: Way<'_>, identity: &Identity) -> (Attempt, bool) {
    let started = Instant::now();
    let answer = exchange(push, way).await;
    let fault = way.fault.filter(|fault| fault.strikes(number)).map(|fault| fault.kind);
    if fault == Some(AnswerFaultKind::Slow) {
        tokio::time::sleep(way.cut.saturating_sub(started.elapsed())).await;
    }
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let attempt =
        Attempt { number, status: None, milliseconds, body: String::new(), reply: None, fault: None, fault_kind: None };

    let no_answer = |kind: AttemptFaultKind, why: String| (attempt.clone().failed(kind, why), true);
    let (status, body) = match (fault, answer) {
        (Some(AnswerFaultKind::Drop), _) => {
            return no_answer(AttemptFaultKind::Lost, "no answer: it was lost on its way (simulated)".to_owned());
        }
        (Some(AnswerFaultKind::Slow), _) => {
            let cut = way.cut.as_secs_f64();
            let why = format!("no answer within {cut} s, the connection is cut (simulated)");
            return no_answer(AttemptFaultKind::Timeout, why);
        }
        (None, Ok(answer)) => answer,
        (None, Err(error)) if error.is_timeout() => {
            let why = format!("no answer within {} s, the connection is cut", way.cut.as_secs_f64());
            return no_answer(AttemptFaultKind::Timeout, why);
        }
        (None, Err(error)) => {
            let kind = if error.is_connect() { AttemptFaultKind::Unreachable } else { AttemptFaultKind::Lost };
            return no_answer(kind, format!("no answer: {}", chain(error)));
        }
    };

    let asked = Asked { mode: push.mode, format: push.format, message: &push.message.fields };
    let judged = answer::judge(status, &body, asked, identity);
    let attempt = Attempt { status: Some(status), body: String::from_utf8_lossy(&body).into_owned(), ..attempt };
    match judged {
        Ok(Answer::Acknowledged) => (attempt, false),
        Ok(Answer::Reply(reply)) => (Attempt { reply: Some(reply), ..attempt }, false),
        Err(abnormal) => {
            let kind = match abnormal {
                Abnormal::Status(_) => AttemptFaultKind::Status,
                _ => AttemptFaultKind::Abnormal,
            };
            (attempt.failed(kind, abnormal.to_string()), abnormal.is_asked_again())
        }
    }
}

/// Sends the push and reads the answer. Both formats go as `text/xml`: WeChat's Content-Type says nothing.
async fn exchange(push: &SealedPush, way: Way<'_>) -> Result<(u16, Vec<u8>), reqwest::Error> {
    let request = way
        .client
        .post(way.url.clone())
        .query(&push.query)
        .header(CONTENT_TYPE, "text/xml")
        .body(push.body.clone())
        .timeout(way.cut);
    let mut response = request.send().await?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while body.len() < LONGEST_BODY
        && let Some(chunk) = response.chunk().await?
    {
        body.extend_from_slice(&chunk);
    }
    Ok((status, body))
}

/// An error with its causes, without the URL, which would repeat the signature.
fn chain(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::body::Bytes;
    use axum::http::{HeaderMap, StatusCode, Uri};
    use protocol::format::Format;
    use protocol::mode::Mode;
    use serde_json::json;
    use tokio::net::TcpListener;

    use super::*;
    use crate::http_clients::HttpClients;
    use crate::identity::published;
    use crate::push::message::Message;
    use crate::push::sealed::{Chance, Signature, Style};

    /// What a product does with one attempt.
    #[derive(Clone, Copy)]
    enum Does {
        Answers(u16, &'static str),
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
                Does::Answers(status, body) => (StatusCode::from_u16(status).unwrap(), body),
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
        let fields = json!({"MsgType": "text", "Content": "hi"}).as_object().unwrap().clone();
        let message = Message::complete(fields, "oUser", "gh_account", 1_700_000_000, 7).unwrap();
        let style = Style { mode: Mode::Safe, format: Format::Json, signature: Signature::Genuine };
        let chance = Chance { nonce: [1; 4], encryption: [2; 16] };
        let push = SealedPush::seal(message, style, &published(), 1_700_000_000, chance).unwrap();
        let clients = HttpClients::new();
        let client = clients.for_url(url).unwrap();
        let way = Way { url, client, cut: Duration::from_millis(200), fault };
        deliver(&push, way, &published(), |_| {}).await
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
        for (kind, least, told) in [
            (AnswerFaultKind::Drop, 0, AttemptFaultKind::Lost),
            (AnswerFaultKind::Slow, 200, AttemptFaultKind::Timeout),
        ] {
            let (url, seen) = product(vec![Does::Answers(200, "success"); 2]).await;
            let delivery = deliver_with(&url, Some(AnswerFault { kind, attempts: 1 })).await;
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
        let delivery = deliver_with(&url, Some(AnswerFault { kind: AnswerFaultKind::Drop, attempts: 4 })).await;
        assert_eq!((delivery.outcome, seen.lock().unwrap().len()), (Outcome::FaultNotice, 4));
    }

    #[tokio::test]
    async fn it_is_told_when_each_attempt_starts_and_ends() {
        let (url, _) = product(vec![Does::Answers(503, ""), Does::Answers(200, "")]).await;
        let fields = json!({"MsgType": "text", "Content": "hi"}).as_object().unwrap().clone();
        let message = Message::complete(fields, "oUser", "gh_account", 1_700_000_000, 7).unwrap();
        let style = Style { mode: Mode::Plain, format: Format::Json, signature: Signature::Genuine };
        let chance = Chance { nonce: [1; 4], encryption: [2; 16] };
        let push = SealedPush::seal(message, style, &published(), 1_700_000_000, chance).unwrap();
        let clients = HttpClients::new();
        let way = Way { url: &url, client: clients.for_url(&url).unwrap(), cut: CUT, fault: None };
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
    async fn an_abnormal_answer_is_final() {
        for (abnormal, kind) in [
            (Does::Answers(403, ""), AttemptFaultKind::Status),
            (Does::Answers(201, "success"), AttemptFaultKind::Status),
            (Does::Answers(200, "\"success\""), AttemptFaultKind::Abnormal),
        ] {
            let (url, _) = product(vec![abnormal; 4]).await;
            let delivery = deliver_to(&url).await;
            assert_eq!(delivery.outcome, Outcome::FaultNotice);
            assert_eq!(kinds(&delivery), [Some(kind)]);
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
        let (url, seen) = product(vec![Does::Answers(302, "")]).await;
        assert_eq!(deliver_to(&url).await.outcome, Outcome::FaultNotice);
        assert_eq!(seen.lock().unwrap().len(), 1);
    }
}
