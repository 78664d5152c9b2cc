//! Delivers a push: up to four attempts, each cut after five seconds, and the notice that the user sees if none works.
//! Source: "客服消息 接入指引" (customer-service guide).
//!
//! Each attempt follows the one before at once. A product that answers with a bad status spends all four within a second,
//! as published logs of WeChat's requests show; one that does not answer has five seconds each time. Payment events have
//! more attempts and pauses between them.

use std::error::Error;
use std::time::{Duration, Instant};

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::answer::{self, Abnormal, Answer, Asked};
use super::answer_fault::{AnswerFault, AnswerFaultKind};
use super::attempt::{ATTEMPTS, Attempt, AttemptFaultKind};
use super::payment::{self, NotDone};
use super::sealed::{SealedPush, Signature};
use crate::identity::Identity;

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

impl Delivery {
    /// Of a message that an agent got.
    pub(crate) const fn to_agent(message: Map<String, Value>) -> Self {
        Self { outcome: Outcome::ToAgent, notice: None, message, attempts: Vec::new() }
    }
}

/// What it came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// Acknowledged or replied to.
    Answered,
    /// WeChat got no answer that it takes. [`Delivery::notice`] is what the user sees of it.
    FaultNotice,
    /// An agent has the session and got the message. Nothing was pushed.
    ToAgent,
}

/// How a push gets to the product, and its answer back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way<'a> {
    pub(crate) url: &'a Url,
    pub(crate) client: &'a Client,
    pub(crate) timing: Timing,
    pub(crate) fault: Option<AnswerFault>,
}

/// How long WeChat waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timing {
    /// For an answer.
    pub(crate) cut: Duration,
    /// Before it repeats the push of a payment for the first time; each further time by as much longer.
    pub(crate) payment_pause: Duration,
}

impl Timing {
    /// WeChat's own five seconds for an answer; for payments a pause that a person can watch, where WeChat takes hours.
    pub(crate) const WECHAT: Self = Self { cut: Duration::from_secs(5), payment_pause: Duration::from_millis(200) };
}

/// How far a delivery is.
#[derive(Debug)]
pub(crate) enum Progress<'a> {
    /// The attempt of this number is on its way.
    Starts(u32),
    Ends(&'a Attempt),
}

/// Delivers a push and tells how far it is. It is sent again, the same byte for byte, when no answer came within
/// [`Timing::cut`] and when the answer is none that WeChat takes. A payment that says which repeat it is is encrypted and
/// signed anew for that, with the same timestamp and nonce. A forged push goes out once: it is WeChat that repeats, and the
/// forger is not WeChat.
pub(crate) async fn deliver(
    push: &SealedPush,
    mut way: Way<'_>,
    identity: &Identity,
    tell: impl Fn(Progress<'_>),
) -> Delivery {
    let message = push.message.fields.clone();
    let is_genuine = push.signature == Signature::Genuine;
    let is_payment = payment::is_payment(&message);
    let most = match (is_genuine, is_payment) {
        (false, _) => 1,
        (true, false) => ATTEMPTS,
        (true, true) => payment::ATTEMPTS,
    };
    way.timing.cut = payment::cut(&message, way.timing.cut);
    let mut attempts = Vec::new();
    for number in 1..=most {
        if is_payment && number > 1 {
            tokio::time::sleep(payment::pause_after(number - 1, way.timing.payment_pause)).await;
        }
        tell(Progress::Starts(number));
        let attempt = try_once(number, &push.repeated(number - 1, identity), way, identity).await;
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
        tokio::time::sleep(way.timing.cut.saturating_sub(started.elapsed())).await;
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
            let cut = way.timing.cut.as_secs_f64();
            let why = format!("no answer within {cut} s, the connection is cut (simulated)");
            return no_answer(AttemptFaultKind::Timeout, why);
        }
        (None, Ok(answer)) => answer,
        (None, Err(error)) if error.is_timeout() => {
            let why = format!("no answer within {} s, the connection is cut", way.timing.cut.as_secs_f64());
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
                Abnormal::NotDone(NotDone::ErrCode(_)) => AttemptFaultKind::ErrCode,
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
        .timeout(way.timing.cut);
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
