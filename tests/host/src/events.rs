//! Asynchronous invocations: accepted at once, run when there is an environment, retried, and recorded in a queue if they
//! fail for good.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::functions::Registered;
use crate::invocation::{Invocation, Outcome};
use crate::names::function_arn;
use crate::pool::AllBusy;
use crate::queue::Queues;
use crate::work::Work;

/// Accepts an event. It counts as work until it has succeeded or is given up.
pub(crate) fn accept(function: Arc<Registered>, invocation: Invocation, queues: Arc<Queues>, work: &Work) {
    let under_way = work.begin();
    tokio::spawn(async move {
        let _under_way = under_way;
        let mut attempts = 1_usize;
        let error = loop {
            // Only a closure whose semaphore is closed could refuse, which never happens.
            match function.run(invocation.clone(), AllBusy::Wait).await {
                Ok(Outcome::Failed(error)) => {
                    let Some(delay) = function.function.retry_delays.get(attempts - 1) else { break error };
                    tokio::time::sleep(*delay).await;
                    attempts += 1;
                }
                Ok(Outcome::Returned(_)) | Err(_) => return,
            }
        };
        if let Some(queue) = function.function.failed_queue.as_deref().and_then(|name| queues.get(name)) {
            queue.send(failure_record(&function.name, &invocation, attempts, &error).to_string());
        }
    });
}

/// The record that Lambda sends to a failure destination.
fn failure_record(function: &str, invocation: &Invocation, attempts: usize, error: &Bytes) -> Value {
    let json = |bytes: &Bytes| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
    json!({
        "version": "1.0",
        "timestamp": OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default(),
        "requestContext": {
            "requestId": invocation.request_id,
            "functionArn": format!("{}:$LATEST", function_arn(function)),
            "condition": "RetriesExhausted",
            "approximateInvokeCount": attempts,
        },
        "requestPayload": json(&invocation.payload),
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": json(error),
    })
}
