//! The calls that came in, for whoever drives the simulator. Neither access tokens nor secrets are kept.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::credentials::left_out;
use super::fault::Fault;
use super::received::Received;

/// The most calls that are kept; older ones are dropped.
const KEPT: usize = 10_000;

type Fields = Map<String, Value>;

/// The appid of the mini program that a call is for, if its access token or its credentials say so.
#[derive(Debug, Clone)]
pub(crate) struct Named(pub(crate) Option<String>);

/// Which call came in.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) path: String,
    /// The appid of the mini program that it is for, if it names one.
    pub(crate) appid: Option<String>,
    /// The fault that strikes it.
    pub(crate) fault: Option<Fault>,
    /// What it brought.
    pub(crate) received: Arc<Received>,
}

impl<S: Sync> FromRequestParts<S> for Incoming {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let appid = parts.extensions.get().and_then(|Named(appid)| appid.clone());
        let received = parts.extensions.get().cloned().unwrap_or_default();
        Ok(Self { path: parts.uri.path().to_owned(), appid, fault: parts.extensions.get().cloned(), received })
    }
}

/// One call and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Call {
    /// Unix seconds.
    at: i64,
    /// The mini program that it was for; null if neither its access token nor its credentials said so.
    appid: Option<String>,
    path: String,
    /// What it brought, as it came over the wire.
    #[serde(serialize_with = "shared")]
    request: Arc<Received>,
    /// The body's JSON object without credentials; null if it was none.
    body: Option<Fields>,
    /// What the caller was told; 0 is success. Null if it was told none.
    errcode: Option<i64>,
    /// What the caller got, without credentials; null if nothing arrived whole. What is no JSON object is described by
    /// its `content_type`, its `bytes`, and its `status` where that is not 200.
    answer: Option<Fields>,
    /// Whether WeChat did what was asked, whatever the caller got to see of it.
    acted: bool,
    /// To whom it was, if it named a user.
    openid: Option<String>,
    /// The fault that struck it.
    fault: Option<&'static str>,
}

impl Call {
    /// A call whose caller got nothing, unless [`Self::with_answer`] says what.
    pub(crate) fn new(at: i64, incoming: &Incoming, body: Option<&Fields>, acted: bool) -> Self {
        let body = body.map(left_out);
        let named = body.as_ref().and_then(|body| body.get("touser").or_else(|| body.get("openid")));
        let openid = named.and_then(Value::as_str).map(str::to_owned);
        let Incoming { path, appid, fault, received } = incoming;
        Self {
            at,
            appid: appid.clone(),
            path: path.clone(),
            request: received.clone(),
            body,
            errcode: None,
            answer: None,
            acted,
            openid,
            fault: fault.as_ref().map(Fault::name),
        }
    }

    /// The call with what its caller got.
    pub(crate) fn with_answer(self, answer: &Value) -> Self {
        // WeChat leaves the errcode out of some answers that are fine.
        let fine = self.acted.then_some(0);
        let errcode = answer.get("errcode").and_then(Value::as_i64).or(fine);
        Self { errcode, answer: answer.as_object().map(left_out), ..self }
    }

    /// To whom it was, if it named a user.
    pub(crate) fn openid(&self) -> Option<&str> {
        self.openid.as_deref()
    }
}

fn shared<S: Serializer>(received: &Arc<Received>, serializer: S) -> Result<S::Ok, S::Error> {
    received.as_ref().serialize(serializer)
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

    fn incoming(fault: Option<Fault>) -> Incoming {
        let path = "/cgi-bin/stable_token".to_owned();
        Incoming { path, appid: Some("wx1".to_owned()), fault, received: Arc::default() }
    }

    #[test]
    fn credentials_are_left_out_and_faults_are_told() {
        let mut calls = CallLog::default();
        let body = json!({"touser": "oUser", "secret": "hunter2", "access_token": "hunter3"});
        let answer = json!({"access_token": "hunter4", "expires_in": 7200});
        calls.record(Call::new(7, &incoming(None), body.as_object(), true).with_answer(&answer));
        calls.record(Call::new(8, &incoming(Some(Fault::Drop)), None, false));
        let nothing = json!(Received::default());
        let kept = json!(calls.all().collect::<Vec<_>>());
        let expected = json!([{
            "at": 7, "appid": "wx1", "path": "/cgi-bin/stable_token", "request": nothing,
            "body": {"touser": "oUser"}, "errcode": 0, "answer": {"expires_in": 7200}, "acted": true, "openid": "oUser", "fault": null,
        }, {
            "at": 8, "appid": "wx1", "path": "/cgi-bin/stable_token", "request": nothing,
            "body": null, "errcode": null, "answer": null, "acted": false, "openid": null, "fault": "drop",
        }]);
        assert_eq!(kept, expected);
    }

    #[test]
    fn the_oldest_calls_make_room() {
        let mut calls = CallLog::default();
        for at in 0..10_001 {
            calls.record(Call::new(at, &incoming(None), None, true));
        }
        assert_eq!(calls.all().count(), 10_000);
        assert_eq!(calls.all().next().unwrap().at, 1);
    }
}
