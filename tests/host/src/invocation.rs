//! One run of a function: what it is given and what comes of it.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;

/// What a function is given.
#[derive(Debug, Clone)]
pub(crate) struct Invocation {
    pub(crate) request_id: String,
    pub(crate) payload: Bytes,
    /// The caller's client context, as JSON.
    pub(crate) client_context: Option<String>,
}

/// What comes of an invocation.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// The function returned this.
    Returned(Bytes),
    /// It failed, ended or ran out of time; the payload says which, as Lambda writes it.
    Failed(Bytes),
}

impl Invocation {
    pub(crate) fn new(payload: Bytes, client_context: Option<String>) -> Self {
        Self { request_id: uuid::Uuid::new_v4().to_string(), payload, client_context }
    }
}

impl Outcome {
    /// The function's process ended while it ran.
    pub(crate) fn exited(request_id: &str, how: &str) -> Self {
        Self::failed(request_id, "Runtime.ExitError", &format!("Runtime exited with error: {how}"))
    }

    /// The function took longer than it may.
    pub(crate) fn timed_out(request_id: &str, limit: Duration) -> Self {
        let seconds = limit.as_secs_f64();
        Self::failed(request_id, "Sandbox.Timedout", &format!("Task timed out after {seconds:.2} seconds"))
    }

    fn failed(request_id: &str, error_type: &str, message: &str) -> Self {
        let message = format!("RequestId: {request_id} Error: {message}");
        Self::Failed(json!({"errorType": error_type, "errorMessage": message}).to_string().into())
    }
}
