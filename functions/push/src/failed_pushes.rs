//! Pushes that WeChat signed and nobody can read: parked in the failed queue as they came.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::BoxError;
use serde_json::json;

/// The failed queue.
#[derive(Debug)]
pub(crate) struct FailedPushes {
    sqs: Client,
    queue_url: String,
}

/// A push could not be parked.
#[derive(Debug, thiserror::Error)]
#[error("SQS did not take the push")]
pub(crate) struct ParkError(#[source] BoxError);

impl FailedPushes {
    pub(crate) fn new(sqs: Client, queue_url: String) -> Self {
        Self { sqs, queue_url }
    }

    /// Keeps a raw push together with the query that it was signed with.
    pub(crate) async fn park(&self, query: &[(&str, Option<&str>)], body: &str, reason: &str) -> Result<(), ParkError> {
        let query: serde_json::Map<_, _> =
            query.iter().filter_map(|(name, value)| Some(((*name).to_owned(), (*value)?.into()))).collect();
        let message = json!({"unreadable": reason, "query": query, "body": body});
        let send = self.sqs.send_message().queue_url(&self.queue_url).message_body(message.to_string());
        send.send().await.map(drop).map_err(|error| ParkError(error.into()))
    }
}
