//! Lambda's Invoke API, synchronous and asynchronous.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use serde_json::Value;

use crate::answer::Answer;
use crate::call::DRY_RUN;
use crate::events;
use crate::functions::Functions;
use crate::invocation::{Invocation, Outcome};
use crate::names;
use crate::pool::{AllBusy, Throttled};
use crate::queue::Queues;
use crate::work::Work;

/// The most that a synchronous invocation takes.
const MAX_PAYLOAD_BYTES: usize = 6 * 1024 * 1024;
/// The most that an asynchronous invocation takes.
const MAX_EVENT_BYTES: usize = 1024 * 1024;

/// The Invoke API.
pub(crate) struct InvokeApi {
    pub(crate) functions: Arc<Functions>,
    pub(crate) queues: Arc<Queues>,
    pub(crate) work: Work,
}

/// The name of the function that a request wants to invoke; nothing if the request is not for this API.
pub(crate) fn invoked_function(request: &Request<Bytes>) -> Option<String> {
    let path = request.uri().path().strip_prefix("/2015-03-31/functions/")?;
    let segment = path.strip_suffix("/invocations").filter(|_| request.method() == Method::POST)?;
    Some(names::function_name(segment))
}

/// The type of invocation that a request asks for.
pub(crate) fn invocation_type(request: &Request<Bytes>) -> &str {
    header(request, "x-amz-invocation-type").unwrap_or("RequestResponse")
}

impl InvokeApi {
    pub(crate) async fn answer(&self, name: &str, request: &Request<Bytes>) -> Answer {
        let Some(function) = self.functions.get(name) else {
            let message = format!("Function not found: {}", names::function_arn(name));
            return Answer::aws_error(StatusCode::NOT_FOUND, "ResourceNotFoundException", &message);
        };
        if invocation_type(request) == DRY_RUN {
            return Answer::new(StatusCode::NO_CONTENT, "");
        }
        let payload = if request.body().is_empty() { Bytes::from_static(b"{}") } else { request.body().clone() };
        let is_event = invocation_type(request) == "Event";
        let max_bytes = if is_event { MAX_EVENT_BYTES } else { MAX_PAYLOAD_BYTES };
        if payload.len() > max_bytes {
            let message = format!("Request must be smaller than {max_bytes} bytes for the InvokeFunction operation");
            return Answer::aws_error(StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException", &message);
        }
        if serde_json::from_slice::<Value>(&payload).is_err() {
            let code = "InvalidRequestContentException";
            return Answer::aws_error(StatusCode::BAD_REQUEST, code, "Could not parse request body into json");
        }
        let client_context = header(request, "x-amz-client-context").and_then(decoded);
        let invocation = Invocation::new(payload, client_context);
        if is_event {
            events::accept(function, invocation, self.queues.clone(), &self.work);
            return executed(Answer::new(StatusCode::ACCEPTED, ""));
        }
        match function.run(invocation, AllBusy::Throttle).await {
            Ok(Outcome::Returned(payload)) => executed(Answer::new(StatusCode::OK, payload)),
            Ok(Outcome::Failed(payload)) => {
                let name = HeaderName::from_static("x-amz-function-error");
                executed(Answer::new(StatusCode::OK, payload).with(name, HeaderValue::from_static("Unhandled")))
            }
            Err(Throttled) => {
                Answer::aws_error(StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", "Rate Exceeded.")
            }
        }
    }
}

fn executed(answer: Answer) -> Answer {
    answer.with(HeaderName::from_static("x-amz-executed-version"), HeaderValue::from_static("$LATEST"))
}

fn header<'a>(request: &'a Request<Bytes>, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

fn decoded(base64: &str) -> Option<String> {
    String::from_utf8(BASE64_STANDARD.decode(base64).ok()?).ok()
}
