//! The calls that came in, for whoever drives the simulator. Neither access tokens nor secrets are kept.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::{Map, Value};

/// The most calls that are kept; older ones are dropped.
const KEPT: usize = 10_000;
/// Fields of a body that are credentials.
const CREDENTIALS: [&str; 2] = ["access_token", "secret"];

/// One call and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Call {
    /// Unix seconds.
    at: i64,
    path: String,
    /// The body's JSON object without credentials; null if it was none.
    body: Option<Map<String, Value>>,
    /// What was answered; 0 is success. Null where a fault kept the call from being acted upon.
    errcode: Option<i64>,
    /// To whom it was, if it named a user.
    openid: Option<String>,
    /// What kept it from being acted upon.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<&'static str>,
}

/// The latest calls, oldest first.
#[derive(Debug, Default)]
pub(crate) struct CallLog(VecDeque<Call>);

impl CallLog {
    /// Keeps a call.
    pub(crate) fn record(&mut self, at: i64, path: &str, body: Option<&Map<String, Value>>, errcode: i64) {
        self.keep(at, path, body, Some(errcode), None);
    }

    /// Keeps a call that a fault kept from being acted upon.
    pub(crate) fn record_fault(&mut self, at: i64, path: &str, body: Option<&Map<String, Value>>, fault: &'static str) {
        self.keep(at, path, body, None, Some(fault));
    }

    fn keep(
        &mut self,
        at: i64,
        path: &str,
        body: Option<&Map<String, Value>>,
        errcode: Option<i64>,
        fault: Option<&'static str>,
    ) {
        let mut body = body.cloned();
        if let Some(body) = &mut body {
            body.retain(|name, _| !CREDENTIALS.contains(&name.as_str()));
        }
        let openid = body.as_ref().and_then(|body| body.get("touser")).and_then(Value::as_str).map(str::to_owned);
        if self.0.len() >= KEPT {
            self.0.pop_front();
        }
        self.0.push_back(Call { at, path: path.to_owned(), body, errcode, openid, fault });
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
        calls.record(7, "/cgi-bin/stable_token", body.as_object(), 0);
        calls.record_fault(8, "/cgi-bin/stable_token", None, "drop");
        let kept = json!(calls.all().collect::<Vec<_>>());
        let expected = json!([{
            "at": 7, "path": "/cgi-bin/stable_token", "body": {"touser": "oUser"}, "errcode": 0, "openid": "oUser",
        }, {
            "at": 8, "path": "/cgi-bin/stable_token", "body": null, "errcode": null, "openid": null, "fault": "drop",
        }]);
        assert_eq!(kept, expected);
    }

    #[test]
    fn the_oldest_calls_make_room() {
        let mut calls = CallLog::default();
        for at in 0..10_001 {
            calls.record(at, "/", None, 0);
        }
        assert_eq!(calls.all().count(), 10_000);
        assert_eq!(calls.all().next().unwrap().at, 1);
    }
}
