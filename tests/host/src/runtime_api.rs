//! The Runtime API (version 2018-06-01), over which a bootstrap gets its invocations and hands in its results.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use serde_json::json;

use crate::answer::Answer;
use crate::clock::now_milliseconds;
use crate::environment::Environment;
use crate::invocation::{Invocation, Outcome};
use crate::names::function_arn;

/// What a request to the Runtime API wants.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RuntimeCall {
    Next,
    Response(String),
    Error(String),
    InitError,
}

impl RuntimeCall {
    /// Nothing if the request is not for the Runtime API.
    pub(crate) fn of(request: &Request<Bytes>) -> Option<Self> {
        let path = request.uri().path().strip_prefix("/2018-06-01/runtime/")?;
        let segments: Vec<_> = path.split('/').collect();
        match (request.method(), segments.as_slice()) {
            (&Method::GET, ["invocation", "next"]) => Some(Self::Next),
            (&Method::POST, ["invocation", id, "response"]) => Some(Self::Response((*id).to_owned())),
            (&Method::POST, ["invocation", id, "error"]) => Some(Self::Error((*id).to_owned())),
            (&Method::POST, ["init", "error"]) => Some(Self::InitError),
            _ => None,
        }
    }

    /// The name under which the call is recorded.
    pub(crate) fn operation(&self) -> &'static str {
        match self {
            Self::Next => "Next",
            Self::Response(_) => "Response",
            Self::Error(_) => "Error",
            Self::InitError => "InitError",
        }
    }

    /// Answers the process of an environment.
    pub(crate) async fn answer(self, environment: &Environment, body: Bytes) -> Answer {
        let is_known = match self {
            Self::Next => return next(environment).await,
            Self::Response(id) => environment.complete(&id, Outcome::Returned(body)),
            Self::Error(id) => environment.complete(&id, Outcome::Failed(body)),
            Self::InitError => {
                environment.fail_init(body);
                true
            }
        };
        if is_known {
            Answer::json(StatusCode::ACCEPTED, &json!({"status": "OK"}))
        } else {
            let error = json!({"errorType": "InvalidRequestID", "errorMessage": "no such invocation is running here"});
            Answer::json(StatusCode::BAD_REQUEST, &error)
        }
    }
}

async fn next(environment: &Environment) -> Answer {
    let Some(Invocation { request_id, payload, client_context }) = environment.next().await else {
        return Answer::new(StatusCode::INTERNAL_SERVER_ERROR, "the environment has ended");
    };
    let limit = u64::try_from(environment.timeout.as_millis()).unwrap_or(u64::MAX);
    let headers = [
        ("lambda-runtime-aws-request-id", Some(request_id)),
        ("lambda-runtime-deadline-ms", Some(now_milliseconds().saturating_add(limit).to_string())),
        ("lambda-runtime-invoked-function-arn", Some(function_arn(&environment.function))),
        ("lambda-runtime-client-context", client_context),
    ];
    let mut answer = Answer::new(StatusCode::OK, payload);
    for (name, value) in headers {
        // Text that a header cannot hold is left out, as the service refuses it earlier.
        if let Some(Ok(value)) = value.map(|value| HeaderValue::from_str(&value)) {
            answer = answer.with(HeaderName::from_static(name), value);
        }
    }
    answer
}
