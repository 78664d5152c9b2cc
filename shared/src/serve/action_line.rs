//! A call's line in the log, which is also its metrics: an action's, or a message that a push type sends of its own accord.

use lambda_http::http::StatusCode;
use protocol::appid::Appid;
use serde::Serialize;
use serde_json::Value;

use super::action::{ActionAnswer, ActionError, send_status};
use crate::host::causes::causes;
use crate::host::logs;
use crate::host::metrics::{self, Directive, Unit};
use crate::sending::customer_service::{AnsweredBy, SendError, Sent};
use crate::wechat::errcode::Errcode;

/// What the log tells of a call. Nothing in it is what the user is told.
#[derive(Debug, Default, Serialize)]
pub(super) struct ActionLine<'a> {
    message: &'static str,
    stack: &'a str,
    /// Empty for a push type's own message: the line of its invocation has it, beside the same openid.
    #[serde(skip_serializing_if = "String::is_empty")]
    request_id: String,
    /// The mini program; [`UNKNOWN`] until it is known to be one, since each value of a metric's dimension is paid for.
    appid: String,
    /// The function's name.
    action: &'static str,
    /// Of the user whom the call names.
    openid: Option<String>,
    status: u16,
    /// As text: a metric's dimension has to be.
    errcode: String,
    /// What follows from WeChat's answer.
    next: Option<String>,
    /// `local`, `wechat`
    refused_by: Option<&'static str>,
    error: Option<String>,
    pub(super) milliseconds: u64,
    sends: u8,
    window_refusals: u8,
}

/// The mini program of a call that names none of the stack's.
const UNKNOWN: &str = "unknown";

const SENDS: Directive<'_> = Directive {
    dimensions: &[&["stack"], &["stack", "appid"], &["stack", "action", "errcode"]],
    metrics: &[("sends", Unit::Count)],
};
const WINDOW_REFUSALS: Directive<'_> = Directive {
    dimensions: &[&["stack"], &["stack", "errcode", "refused_by"]],
    metrics: &[("window_refusals", Unit::Count)],
};

impl<'a> ActionLine<'a> {
    /// A call of the function `action`.
    pub(super) fn new(stack: &'a str, action: &'static str, request_id: String) -> Self {
        // The actions that send messages are named so.
        let sends = u8::from(action.starts_with("send-"));
        Self { message: "action", stack, request_id, appid: UNKNOWN.to_owned(), action, sends, ..Self::default() }
    }

    /// A message that the push type `function` sends to a user of its own accord.
    pub(super) fn own_message(stack: &'a str, function: &'static str, appid: &Appid, openid: &str) -> Self {
        let mut line = Self { sends: 1, ..Self::new(stack, function, String::new()) };
        line.is_for(appid);
        line.asked_for(Some(openid));
        line
    }

    pub(super) fn is_for(&mut self, appid: &Appid) {
        appid.as_str().clone_into(&mut self.appid);
    }

    pub(super) fn asked_for(&mut self, openid: Option<&str>) {
        self.openid = openid.map(logs::hashed);
    }

    pub(super) fn answered(&mut self, result: &Result<ActionAnswer, ActionError>) {
        match result {
            Ok(answer) => self.with_errcode(Errcode(answer.errcode()), answer.answered_by),
            Err(error) => {
                if matches!(error, ActionError::InvalidAppid) {
                    UNKNOWN.clone_into(&mut self.appid);
                }
                self.failed(error.status(), error.errcode(), error.causes());
            }
        }
    }

    pub(super) fn sent(&mut self, result: &Result<Sent, SendError>) {
        match result {
            Ok(sent) => self.with_errcode(sent.answer.errcode, sent.answered_by),
            Err(error) => self.failed(send_status(error), Errcode::BUSY, causes(error)),
        }
    }

    fn with_errcode(&mut self, errcode: Errcode, answered_by: AnsweredBy) {
        self.status = 200;
        self.errcode = errcode.to_string();
        self.next = Some(format!("{:?}", errcode.next()));
        if errcode != Errcode::OK {
            self.refused_by = Some(match answered_by {
                AnsweredBy::LocalState => "local",
                AnsweredBy::Wechat => "wechat",
            });
        }
        let is_window = matches!(errcode, Errcode::REPLY_WINDOW_EXPIRED | Errcode::REPLY_WINDOW_EXHAUSTED);
        self.window_refusals = u8::from(is_window);
    }

    fn failed(&mut self, status: StatusCode, errcode: Errcode, error: String) {
        self.status = status.as_u16();
        self.errcode = errcode.to_string();
        self.error = Some(error);
    }

    pub(super) fn write(&self) {
        logs::write(self, self.metrics());
    }

    fn metrics(&self) -> Option<Value> {
        let counted = [(self.sends, SENDS), (self.window_refusals, WINDOW_REFUSALS)];
        let directives: Vec<_> =
            counted.into_iter().filter(|(count, _)| *count > 0).map(|(_, directive)| directive).collect();
        (!directives.is_empty()).then(|| metrics::embedded(&directives))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;
    use crate::wechat::client::Answer;

    type Result = std::result::Result<ActionAnswer, ActionError>;

    fn appid() -> Appid {
        "wxba5fad812f8e6fb9".parse().unwrap()
    }

    fn line(action: &'static str, result: &Result) -> ActionLine<'static> {
        let mut line = ActionLine::new("test", action, "1".into());
        line.answered(result);
        line
    }

    fn wechats(errcode: Errcode) -> ActionAnswer {
        ActionAnswer::new(Map::from_iter([("errcode".to_owned(), errcode.0.into())]))
    }

    fn sent(errcode: Errcode) -> Sent {
        Sent { answer: Answer::refusal(errcode, ""), answered_by: AnsweredBy::Wechat, window: None }
    }

    /// The sets of dimensions of each metric; both stand in the line.
    fn counted(line: &ActionLine<'_>) -> Value {
        let fields = serde_json::to_value(line).unwrap();
        let metrics = line.metrics().unwrap_or_else(|| json!({"CloudWatchMetrics": []}));
        let mut counted = Map::new();
        for directive in metrics["CloudWatchMetrics"].as_array().unwrap() {
            let dimensions = directive["Dimensions"].as_array().unwrap();
            for dimension in dimensions.iter().flat_map(|set| set.as_array().unwrap()) {
                assert!(fields[dimension.as_str().unwrap()].is_string(), "{dimension} in {fields}");
            }
            let name = directive["Metrics"][0]["Name"].as_str().unwrap();
            assert_eq!(fields[name], 1);
            counted.insert(name.to_owned(), directive["Dimensions"].clone());
        }
        counted.into()
    }

    #[test]
    fn a_send_is_counted_by_action_and_errcode_whatever_came_of_it() {
        for (result, status, errcode) in [
            (Ok(wechats(Errcode::OK)), 200, "0"),
            (Ok(wechats(Errcode(48001))), 200, "48001"),
            (Err(ActionError::NotJson), 400, "47001"),
        ] {
            let line = line("send-customer-message", &result);
            assert_eq!((line.status, line.errcode.as_str()), (status, errcode));
            assert_eq!(counted(&line), json!({"sends": SENDS.dimensions}));
        }
    }

    #[test]
    fn a_mini_program_that_is_none_of_the_stacks_is_no_dimension() {
        for (result, expected) in [
            (Ok(wechats(Errcode::OK)), "wxba5fad812f8e6fb9"),
            (Err(ActionError::NotJson), "wxba5fad812f8e6fb9"),
            (Err(ActionError::InvalidAppid), "unknown"),
        ] {
            let mut line = ActionLine::new("test", "send-customer-message", "1".into());
            line.is_for(&appid());
            line.answered(&result);
            assert_eq!(line.appid, expected);
        }
    }

    #[test]
    fn a_push_types_own_message_is_counted_as_a_send() {
        let mut line = ActionLine::own_message("test", "on-text", &appid(), "oUser");
        line.sent(&Ok(sent(Errcode::OK)));
        assert_eq!(line.openid, Some(logs::hashed("oUser")));
        assert_eq!(counted(&line), json!({"sends": SENDS.dimensions}));
    }

    #[test]
    fn what_sends_nothing_and_meets_no_closed_window_is_not_counted() {
        assert_eq!(counted(&line("get-delivery", &Ok(wechats(Errcode::OK)))), json!({}));
    }

    #[test]
    fn a_window_refusal_is_counted_by_who_refused() {
        for errcode in [Errcode::REPLY_WINDOW_EXPIRED, Errcode::REPLY_WINDOW_EXHAUSTED] {
            for (answer, refused_by) in [(ActionAnswer::refusal(errcode, ""), "local"), (wechats(errcode), "wechat")] {
                let line = line("set-typing", &Ok(answer));
                assert_eq!(line.refused_by, Some(refused_by));
                assert_eq!(counted(&line), json!({"window_refusals": [["stack"], ["stack", "errcode", "refused_by"]]}));
            }
        }
    }

    #[test]
    fn another_refusal_is_told_and_not_counted_as_the_windows() {
        let line = line("set-typing", &Ok(ActionAnswer::refusal(Errcode::ALREADY_TYPING, "")));
        assert_eq!((line.refused_by, line.next.as_deref()), (Some("local"), Some("WaitForUser")));
        assert_eq!(counted(&line), json!({}));
    }

    #[test]
    fn the_user_is_told_by_a_hash() {
        let mut line = line("get-subscriptions", &Ok(wechats(Errcode::OK)));
        line.asked_for(Some("oUser"));
        assert_eq!(line.openid, Some(logs::hashed("oUser")));
        assert!(!serde_json::to_string(&line).unwrap().contains("oUser"));
    }
}
