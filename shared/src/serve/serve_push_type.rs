//! Serves a push type: a message as WeChat's JSON in, what is to be said out.

use std::future::Future;
use std::time::Instant;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use protocol::message;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::host::clock;
use crate::host::logs;
use crate::serve::diagnostic::diagnostic;

/// Runs the function: each message, typed, is handed to `handle`. What `handle` fails with reaches the log and, after
/// Lambda's retries, the failed queue; it must not repeat what the user wrote.
///
/// # Errors
/// Only where the Lambda runtime itself cannot go on.
pub async fn serve_push_type<M, E, F, H>(handle: F) -> Result<(), Error>
where
    M: DeserializeOwned,
    E: std::error::Error + 'static,
    F: Fn(M) -> H,
    H: Future<Output = Result<Value, E>>,
{
    lambda_runtime::run(service_fn(|event: LambdaEvent<Map<String, Value>>| {
        let started = Instant::now();
        let request_id = event.context.request_id;
        let openid = event.payload.get("FromUserName").and_then(Value::as_str).map(logs::hashed);
        let message = message::read::<M>(event.payload).map(&handle);
        async move {
            let result = match message {
                Ok(handling) => handling.await.map_err(|error| diagnostic("HandlerFailed", &error)),
                Err(error) => Err(diagnostic("MessageMalformed", &error)),
            };
            let milliseconds = clock::milliseconds_since(started);
            match &result {
                Ok(reply) => {
                    let has_reply = !reply.is_null() && reply != "success";
                    tracing::info!(request_id, openid, has_reply, milliseconds, "push type");
                }
                Err(failure) => {
                    tracing::error!(request_id, openid, error = failure.error_message, milliseconds, "push type");
                }
            }
            result
        }
    }))
    .await
}
