//! The calls that came in, for whoever drives the simulator. Neither access tokens nor secrets are kept.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::{Map, Value};

/// The most calls that are kept; older ones are dropped.
const KEPT: usize = 10_000;
/// Fields of a body that are credentials.
const CREDENTIALS: [&str; 2] = ["access_token", "secret"];

type Fields = Map<String, Value>;

/// One call and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Call {
    /// Unix seconds.
    at: i64,
    path: String,
    /// The body's JSON object without credentials; null if it was none.
    body: Option<Fields>,
    /// What was answered; 0 is success. Null where a fault kept the call from being acted upon.
    errcode: Option<i64>,
    /// What was answered, without credentials. Null where a fault kept the call from being acted upon.
    answer: Option<Fields>,
    /// To whom it was, if it named a user.
    openid: Option<String>,
    /// What kept it from being acted upon.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<&'static str>,
}

impl Call {
    /// A call that was answered.
    pub(crate) fn answered(at: i64, path: &str, body: Option<&Fields>, answer: &Value) -> Self {
        // WeChat leaves the errcode out of some answers that are fine.
        let errcode = answer.get("errcode").and_then(Value::as_i64).unwrap_or(0);
        let answer = answer.as_object().map(without_credentials);
        Self { errcode: Some(errcode), answer, ..Self::unanswered(at, path, body) }
    }

    /// A call that a fault kept from being acted upon.
    pub(crate) fn struck(at: i64, path: &str, body: Option<&Fields>, fault: &'static str) -> Self {
        Self { fault: Some(fault), ..Self::unanswered(at, path, body) }
    }

    fn unanswered(at: i64, path: &str, body: Option<&Fields>) -> Self {
        let body = body.map(without_credentials);
        let openid = body.as_ref().and_then(|body| body.get("touser")).and_then(Value::as_str).map(str::to_owned);
        Self { at, path: path.to_owned(), body, errcode: None, answer: None, openid, fault: None }
    }

    /// To whom it was, if it named a user.
    pub(crate) fn openid(&self) -> Option<&str> {
        self.openid.as_deref()
    }
}

fn without_credentials(fields: &Fields) -> Fields {
    let kept = fields.iter().filter(|(name, _)| !CREDENTIALS.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The latest calls, oldest first.
#[derive(Debug, Default)]
pub(crate) struct CallLog(VecDeque<Call>);

impl CallLog {
    /// Keeps a call.
    pub(crate) fn record(&mut self, call: Call) {
        if self.0.len() >= KEPT {
            self.0.pop_front();
        }
        self.0.push_back(call);
    }

    /// All that are kept.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Call> {
        self.0.iter()
    }

    /// Forgets them.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn credentials_are_left_out_and_faults_are_told() {
        let mut calls = CallLog::default();
        let body = json!({"touser": "oUser", "secret": "hunter2", "access_token": "hunter3"});
        let answer = json!({"access_token": "hunter4", "expires_in": 7200});
        calls.record(Call::answered(7, "/cgi-bin/stable_token", body.as_object(), &answer));
        calls.record(Call::struck(8, "/cgi-bin/stable_token", None, "drop"));
        let kept = json!(calls.all().collect::<Vec<_>>());
        let expected = json!([{
            "at": 7, "path": "/cgi-bin/stable_token", "body": {"touser": "oUser"}, "errcode": 0,
            "answer": {"expires_in": 7200}, "openid": "oUser",
        }, {
            "at": 8, "path": "/cgi-bin/stable_token", "body": null, "errcode": null, "answer": null, "openid": null,
            "fault": "drop",
        }]);
        assert_eq!(kept, expected);
    }

    #[test]
    fn the_oldest_calls_make_room() {
        let mut calls = CallLog::default();
        for at in 0..10_001 {
            calls.record(Call::answered(at, "/", None, &json!({})));
        }
        assert_eq!(calls.all().count(), 10_000);
        assert_eq!(calls.all().next().unwrap().at, 1);
    }
}
