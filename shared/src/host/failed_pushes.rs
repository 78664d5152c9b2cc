//! The failed queue: pushes and messages that nobody could handle are parked there, as records like Lambda's own of a
//! failed invocation (AWS Lambda docs: asynchronous invocation records).

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::BoxError;
use protocol::appid::Appid;
use protocol::push::Push;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The failed queue.
#[derive(Debug, Clone)]
pub struct FailedPushes {
    sqs: Client,
    queue_url: String,
}

/// Something could not be parked.
#[derive(Debug, thiserror::Error)]
#[error("SQS did not take the push")]
pub struct ParkError(#[source] BoxError);

/// Why a push or a message of its reply is parked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Its function failed, also when it was tried again.
    HandlerFailed,
    /// Its function returned what it may not.
    ReplyRefused,
    /// A text of its reply is longer than may be sent.
    TextTooLong,
    /// An AWS service was out of reach in each of WeChat's attempts.
    OutOfReach,
    /// A message of its reply certainly was not sent.
    NotSent,
    /// A message of its reply was perhaps sent.
    Unknown,
}

/// A push, or one message of its reply, to be parked.
#[derive(Debug)]
pub struct Parked<'a> {
    /// The mini program.
    pub appid: &'a Appid,
    /// The push.
    pub push: &'a Push,
    /// Why.
    pub reason: Reason,
    /// The error: what the function ended with, or [`error`].
    pub error: Value,
    /// The message alone that is parked, where the push itself was handled.
    pub customer_message: Option<ParkedMessage<'a>>,
}

/// A message of a reply that is parked.
#[derive(Debug, Clone, Copy)]
pub struct ParkedMessage<'a> {
    /// Drawn once for each time that it is parked. If the answer of SQS is lost, the record is sent again, and the queue may hold
    /// it twice: the id tells that it is the same one, so that a redrive sends the message once.
    pub id: &'a str,
    /// A customer message with `touser`.
    pub message: &'a Map<String, Value>,
}

/// An error of the product's own, in the form of a function's.
#[must_use]
pub fn error(reason: Reason, words: &str) -> Value {
    json!({"errorType": reason, "errorMessage": words})
}

impl FailedPushes {
    /// The queue with this URL.
    #[must_use]
    pub fn new(sqs: Client, queue_url: String) -> Self {
        Self { sqs, queue_url }
    }

    /// Keeps a push or a message of its reply.
    ///
    /// # Errors
    /// [`ParkError`] where SQS does not answer; it may be parked then.
    pub async fn park(&self, parked: &Parked<'_>) -> Result<(), ParkError> {
        let mut record = json!({
            "requestContext": {"condition": "RetriesExhausted"},
            "requestPayload": parked.push,
            "responsePayload": parked.error,
            "appid": parked.appid,
            "reason": parked.reason,
        });
        if let (Some(ParkedMessage { id, message }), Some(record)) = (parked.customer_message, record.as_object_mut()) {
            record.insert("customerMessage".into(), Value::Object(message.clone()));
            record.insert("parkedId".into(), id.into());
        }
        self.send(&record).await
    }

    /// Keeps a push that cannot be read as it came, together with the query that it was signed with.
    ///
    /// # Errors
    /// As [`Self::park`].
    pub async fn park_unreadable(
        &self,
        appid: &Appid,
        query: &[(&str, Option<&str>)],
        body: &str,
        why: &str,
        arrived_at_seconds: i64,
    ) -> Result<(), ParkError> {
        let query: Map<String, Value> =
            query.iter().filter_map(|(name, value)| Some(((*name).to_owned(), (*value)?.into()))).collect();
        let record = json!({
            "unreadable": why, "appid": appid, "query": query, "body": body, "arrivedAt": arrived_at_seconds,
        });
        self.send(&record).await
    }

    async fn send(&self, record: &Value) -> Result<(), ParkError> {
        let send = self.sqs.send_message().queue_url(&self.queue_url).message_body(record.to_string());
        send.send().await.map(drop).map_err(|error| ParkError(error.into()))
    }
}
