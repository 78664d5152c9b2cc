//! Delivers a push: up to four attempts, each cut after five seconds, and the notice that the user sees if none works.
//! Source: "客服消息 接入指引" (customer-service guide).
//!
//! Each attempt follows the one before at once. A product that answers with a bad status spends all four within a second,
//! as published logs of WeChat's requests show; one that does not answer has five seconds each time.

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
/// [`Way::cut`] and when the answer is none that WeChat takes. A forged push goes out once: it is WeChat that repeats, and
/// the forger is not WeChat.
pub(crate) async fn deliver(
    push: &SealedPush,
    way: Way<'_>,
    identity: &Identity,
    tell: impl Fn(Progress<'_>),
) -> Delivery {
    let message = push.message.fields.clone();
    let is_genuine = push.signature == Signature::Genuine;
    let mut attempts = Vec::new();
    for number in 1..=if is_genuine { ATTEMPTS } else { 1 } {
        tell(Progress::Starts(number));
        let attempt = try_once(number, push, way, identity).await;
        tell(Progress::Ends(&attempt));
        let is_answered = attempt.fault.is_none();
        attempts.push(attempt);
        if is_answered {
            return Delivery { outcome: Outcome::Answered, notice: None, message, attempts };
        }
    }
    // A forger's push fails unseen: the user, in whose name it is, did nothing.
    let is_seen = push.message.action.is_in_session() && is_genuine;
    let notice = is_seen.then(|| FAULT_NOTICE.to_owned());
    Delivery { outcome: Outcome::FaultNotice, notice, message, attempts }
}

/// One attempt.
async fn try_once(number: u32, push: &SealedPush, way: Way<'_>, identity: &Identity) -> Attempt {
    let started = Instant::now();
    let answer = exchange(push, way).await;
    let fault = way.fault.filter(|fault| fault.strikes(number)).map(|fault| fault.kind);
    if fault == Some(AnswerFaultKind::Slow) {
        tokio::time::sleep(way.cut.saturating_sub(started.elapsed())).await;
    }
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let attempt = Attempt {
        number,
        status: None,
        milliseconds,
        body: String::new(),
        reply: None,
        is_ignored: false,
        fault: None,
        fault_kind: None,
    };

    let no_answer = |kind: AttemptFaultKind, why: String| attempt.clone().failed(kind, why);
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
        Ok(Answer::Acknowledged) => attempt,
        Ok(Answer::Reply(reply)) => Attempt { reply: Some(reply), ..attempt },
        Ok(Answer::Ignored(reply)) => Attempt { reply: Some(reply), is_ignored: true, ..attempt },
        Err(abnormal) => {
            let kind = match abnormal {
                Abnormal::Status(_) => AttemptFaultKind::Status,
                _ => AttemptFaultKind::Abnormal,
            };
            attempt.failed(kind, abnormal.to_string())
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
