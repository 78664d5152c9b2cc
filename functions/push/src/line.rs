//! The push's line in the log, which is also its metrics.

use lambda_http::http::StatusCode;
use protocol::appid::Appid;
use protocol::credentials::Credentials;
use protocol::envelope::{Refusal, Seal};
use protocol::push::Push;
use protocol::route::Route;
use serde::Serialize;
use shared::host::metrics::{self, Directive, Unit};
use shared::host::{clock, logs};

use crate::outcome::Outcome;

/// What the log tells of a push. Nothing in it is what a user wrote.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Line {
    /// When API Gateway took the push: what is left of its five seconds is counted from here.
    #[serde(skip)]
    pub(crate) arrived_milliseconds: i64,
    message: &'static str,
    stack: String,
    request_id: String,
    /// The mini program; [`UNKNOWN`] unless it is one of the stack's, since each value of a metric's dimension is paid for.
    appid: String,
    /// None for what is no push: the console's verification of the URL.
    route: Option<PushRoute>,
    msg_type: Option<String>,
    event: Option<String>,
    openid: Option<String>,
    mode: Option<String>,
    format: Option<String>,
    pub(crate) outcome: Option<Outcome>,
    /// Why it was refused.
    reason: Option<String>,
    /// 1 for the first time that the push was handled.
    pub(crate) attempt: Option<i64>,
    pub(crate) error: Option<String>,
    status: u16,
    /// Since API Gateway took the push.
    answer_milliseconds: i64,
    pub(crate) steps: Steps,
    pushes: u8,
    duplicates: u8,
    late_replies: u8,
    refusals: u8,
    /// 1 if a payment was left to WeChat's next attempt because nobody could be asked.
    pub(crate) failed_payments: u8,
}

/// A metric's dimension: of the table of routes, since `MsgType` and `Event` may hold any text.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum PushRoute {
    /// It was refused, or could not be read, or nothing could be read.
    Unread,
    #[serde(untagged)]
    Read(Route),
}

/// How many milliseconds each step took.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Steps {
    pub(crate) secret: Option<u64>,
    pub(crate) open: Option<u64>,
    pub(crate) claim: Option<u64>,
    pub(crate) invoke: Option<u64>,
}

/// The mini program of a push that is addressed to none of the stack's.
const UNKNOWN: &str = "unknown";

const PUSHES: Directive<'_> = Directive {
    dimensions: &[&["stack"], &["stack", "appid"], &["stack", "route", "outcome"]],
    metrics: &[("pushes", Unit::Count)],
};
const ANSWERS: Directive<'_> = Directive {
    dimensions: &[&["stack"]],
    metrics: &[("answer_milliseconds", Unit::Milliseconds), ("duplicates", Unit::Count), ("late_replies", Unit::Count)],
};
const FAILED_PAYMENTS: Directive<'_> =
    Directive { dimensions: &[&["stack"]], metrics: &[("failed_payments", Unit::Count)] };
const REFUSALS: Directive<'_> =
    Directive { dimensions: &[&["stack"], &["stack", "reason"]], metrics: &[("refusals", Unit::Count)] };

impl Line {
    pub(crate) fn new(stack: &str, request_id: String, arrived_milliseconds: i64) -> Self {
        Self {
            arrived_milliseconds,
            message: "push",
            stack: stack.to_owned(),
            request_id,
            appid: UNKNOWN.to_owned(),
            ..Self::default()
        }
    }

    /// Notes that it is a push, of which nothing is known yet.
    pub(crate) fn is_push(&mut self) {
        self.route = Some(PushRoute::Unread);
    }

    /// Notes which mini program it is addressed to, if that has credentials.
    pub(crate) fn is_for(&mut self, appid: &Appid, credentials: &[Credentials]) {
        if !credentials.is_empty() {
            appid.as_str().clone_into(&mut self.appid);
        }
    }

    pub(crate) fn read(&mut self, push: &Push, seal: &Seal<'_>) {
        self.route = Some(PushRoute::Read(push.route()));
        self.msg_type = Some(push.msg_type().to_owned());
        self.event = push.event().map(str::to_owned);
        self.openid = push.openid().map(logs::hashed);
        self.mode = Some(seal.mode.to_string());
        self.format = Some(seal.format.to_string());
    }

    pub(crate) fn refused(&mut self, refusal: Refusal) {
        self.outcome = Some(Outcome::Refused);
        self.reason = Some(refusal.to_string());
    }

    pub(crate) fn write(mut self, status: StatusCode) {
        self.status = status.as_u16();
        self.answer_milliseconds = clock::now_milliseconds().saturating_sub(self.arrived_milliseconds);
        self.pushes = u8::from(self.route.is_some());
        self.duplicates = u8::from(self.outcome == Some(Outcome::Duplicate));
        self.late_replies = u8::from(self.outcome == Some(Outcome::Late));
        self.refusals = u8::from(self.reason.is_some());
        let directives: &[Directive<'_>] = match (&self.route, self.outcome) {
            (Some(_), Some(Outcome::Refused)) => &[PUSHES, REFUSALS],
            (None, Some(Outcome::Refused)) => &[REFUSALS],
            // WeChat never sends so much: the time that it took is no answer time.
            (Some(_), Some(Outcome::TooLarge)) => &[PUSHES],
            (Some(_), _) if self.failed_payments > 0 => &[PUSHES, ANSWERS, FAILED_PAYMENTS],
            (Some(_), _) => &[PUSHES, ANSWERS],
            (None, _) => &[],
        };
        logs::write(&self, (!directives.is_empty()).then(|| metrics::embedded(directives)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mini_program_without_credentials_is_no_dimension() {
        let appid: Appid = "wxba5fad812f8e6fb9".parse().unwrap();
        let key = "A".repeat(43);
        let pair = serde_json::json!({"token": "abc", "encoding_aes_key": key});
        let pair: Credentials = serde_json::from_value(pair).unwrap();
        let mut line = Line::new("test", "1".into(), 0);
        line.is_for(&appid, &[]);
        assert_eq!(line.appid, "unknown");
        line.is_for(&appid, &[pair]);
        assert_eq!(line.appid, appid.as_str());
    }
}
