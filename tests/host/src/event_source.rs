//! An event source mapping: what arrives in a queue is handed to a function, in batches.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::functions::Functions;
use crate::invocation::{Invocation, Outcome};
use crate::names;
use crate::pool::AllBusy;
use crate::queue::{Message, Queue};
use crate::sqs;
use crate::work::Work;

/// How a queue feeds a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventSource {
    /// The most messages in one invocation.
    pub batch_size: usize,
    /// Whether the function says which messages of a batch failed (`batchItemFailures`). Otherwise a batch succeeds or
    /// fails as a whole.
    pub reports_item_failures: bool,
}

impl Default for EventSource {
    fn default() -> Self {
        Self { batch_size: 10, reports_item_failures: false }
    }
}

/// Feeds the function as long as the task runs. What fails becomes visible again after the queue's visibility timeout.
pub(crate) async fn feed(
    queue: Arc<Queue>,
    function: String,
    functions: Arc<Functions>,
    source: EventSource,
    work: Work,
) {
    loop {
        // The count begins before the messages leave the queue: in between, the host must not seem to be at rest.
        let (messages, under_way) = queue.receive_guarded(source.batch_size, None, || work.begin()).await;
        let (queue, function) = (queue.clone(), functions.get(&function));
        let Some(function) = function else { continue };
        tokio::spawn(async move {
            let _under_way = under_way;
            let invocation = Invocation::new(event(&queue, &messages).to_string().into(), None);
            if let Ok(Outcome::Returned(returned)) = function.run(invocation, AllBusy::Wait).await {
                let failed = if source.reports_item_failures { item_failures(&returned) } else { HashSet::new() };
                let done = messages.iter().filter(|message| !failed.contains(&message.id));
                done.for_each(|message| queue.delete(&message.receipt_handle));
            }
        });
    }
}

fn event(queue: &Queue, messages: &[Message]) -> Value {
    let records = messages.iter().map(|message| {
        json!({
            "messageId": message.id,
            "receiptHandle": message.receipt_handle,
            "body": message.body,
            "attributes": sqs::system_attributes(message),
            "messageAttributes": message.attributes,
            "md5OfBody": sqs::md5(&message.body),
            "eventSource": "aws:sqs",
            "eventSourceARN": names::queue_arn(&queue.name),
            "awsRegion": names::REGION,
        })
    });
    json!({"Records": records.collect::<Vec<_>>()})
}

fn item_failures(returned: &[u8]) -> HashSet<String> {
    let returned: Value = serde_json::from_slice(returned).unwrap_or_default();
    let failures = returned.get("batchItemFailures").and_then(Value::as_array);
    let ids = failures.into_iter().flatten().filter_map(|failure| failure.get("itemIdentifier")?.as_str());
    ids.map(str::to_owned).collect()
}
