//! The push's line in the log, which is also its metrics.

use lambda_http::http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};
use shared::lambda::metrics::{self, Directive, Unit};
use shared::lambda::{clock, logs};
use shared::push::envelope::{Refusal, Seal};
use shared::push::route::Route;

/// What the log tells of a push. Nothing in it is what a user wrote.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Line {
    /// When API Gateway took the push: what is left of its five seconds is counted from here.
    #[serde(skip)]
    pub(crate) arrived_milliseconds: i64,
    message: &'static str,
    stack: String,
    request_id: String,
    /// None for what is no push: the console's verification of the URL.
    route: Option<PushRoute>,
    msg_type: Option<String>,
    event: Option<String>,
    openid: Option<String>,
    mode: Option<String>,
    format: Option<String>,
    /// `replied`, `handed_on`, `duplicate`, `failed`, `late`, `url_verified`, `refused`, `unreadable`, `too_large`,
    /// `still_running`, `out_of_reach`
    pub(crate) outcome: &'static str,
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
}

/// Of our own table, since `MsgType` and `Event` may be anything; a metric's dimension.
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
    pub(crate) store: Option<u64>,
}

const PUSHES: Directive<'_> =
    Directive { dimensions: &[&["stack"], &["stack", "route", "outcome"]], metrics: &[("pushes", Unit::Count)] };
const ANSWERS: Directive<'_> = Directive {
    dimensions: &[&["stack"]],
    metrics: &[("answer_milliseconds", Unit::Milliseconds), ("duplicates", Unit::Count), ("late_replies", Unit::Count)],
};
const REFUSALS: Directive<'_> =
    Directive { dimensions: &[&["stack"], &["stack", "reason"]], metrics: &[("refusals", Unit::Count)] };

impl Line {
    pub(crate) fn new(stack: &str, request_id: String, arrived_milliseconds: i64) -> Self {
        Self { arrived_milliseconds, message: "push", stack: stack.to_owned(), request_id, ..Self::default() }
    }

    /// It is a push, of which nothing is known yet.
    pub(crate) fn is_push(&mut self) {
        self.route = Some(PushRoute::Unread);
    }

    pub(crate) fn read(&mut self, fields: &Map<String, Value>, seal: &Seal<'_>) {
        let text = |name| fields.get(name).and_then(Value::as_str);
        self.route = Some(PushRoute::Read(Route::of(fields)));
        self.msg_type = text("MsgType").map(str::to_owned);
        // Of a text message, an `Event` is something that the user smuggled in (see `shared::push::xml`).
        self.event = text("Event").filter(|_| text("MsgType") == Some("event")).map(str::to_owned);
        self.openid = text("FromUserName").map(logs::hashed);
        self.mode = Some(seal.mode.to_string());
        self.format = Some(seal.format.to_string());
    }

    pub(crate) fn refused(&mut self, refusal: Refusal) {
        self.outcome = "refused";
        self.reason = Some(refusal.to_string());
    }

    pub(crate) fn write(mut self, status: StatusCode) {
        self.status = status.as_u16();
        self.answer_milliseconds = clock::now_milliseconds().saturating_sub(self.arrived_milliseconds);
        self.pushes = u8::from(self.route.is_some());
        self.duplicates = u8::from(self.outcome == "duplicate");
        self.late_replies = u8::from(self.outcome == "late");
        self.refusals = u8::from(self.reason.is_some());
        let directives: &[Directive<'_>] = match (&self.route, self.outcome) {
            (Some(_), "refused") => &[PUSHES, REFUSALS],
            (None, "refused") => &[REFUSALS],
            // Not WeChat's: how long it took is nobody's answer time.
            (Some(_), "too_large") => &[PUSHES],
            (Some(_), _) => &[PUSHES, ANSWERS],
            (None, _) => &[],
        };
        logs::write(&self, (!directives.is_empty()).then(|| metrics::embedded(directives)));
    }
}
