//! The API of SQS, in its JSON protocol.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode};
use md5::{Digest, Md5};
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::names;
use crate::queue::{Counts, Message, Queue, Queues};

/// The most that SQS delays a message.
const MAX_DELAY_SECONDS: u64 = 900;
/// The largest message.
const MAX_MESSAGE_BYTES: usize = 1024 * 1024;

/// The queue that a request is about.
pub(crate) fn queue_of(request: &Value) -> String {
    let url = request.get("QueueUrl").or_else(|| request.get("QueueName")).and_then(Value::as_str);
    names::queue_name(url.unwrap_or_default()).to_owned()
}

/// Answers one request.
pub(crate) async fn answer(queues: &Queues, operation: &str, request: &Value) -> Answer {
    let Some(queue) = queues.get(&queue_of(request)) else {
        let message = "The specified queue does not exist.";
        let query_error = HeaderValue::from_static("AWS.SimpleQueueService.NonExistentQueue;Sender");
        return Answer::aws_error(StatusCode::BAD_REQUEST, "com.amazonaws.sqs#QueueDoesNotExist", message)
            .with(HeaderName::from_static("x-amzn-query-error"), query_error);
    };
    match operation {
        "SendMessage" => send(&queue, request),
        "ReceiveMessage" => receive(&queue, request).await,
        "DeleteMessage" => {
            queue.delete(text(request, "ReceiptHandle"));
            ok(&json!({}))
        }
        "ChangeMessageVisibility" => change_visibility(&queue, request),
        "GetQueueAttributes" => ok(&json!({"Attributes": attributes(&queue)})),
        "GetQueueUrl" => ok(&json!({"QueueUrl": names::queue_url(&queue.name)})),
        _ => invalid("com.amazonaws.sqs#UnsupportedOperation", &format!("{operation} is not among what the host does")),
    }
}

fn send(queue: &Queue, request: &Value) -> Answer {
    let delay_seconds = seconds(request, "DelaySeconds").unwrap_or_default();
    if delay_seconds > MAX_DELAY_SECONDS {
        return invalid("InvalidParameterValue", "DelaySeconds must be between 0 and 900");
    }
    let body = text(request, "MessageBody").to_owned();
    if body.is_empty() {
        return invalid("MissingParameter", "MessageBody is required");
    }
    if body.len() > MAX_MESSAGE_BYTES {
        return invalid("InvalidParameterValue", "One or more parameters are invalid. Reason: Message must be shorter");
    }
    let attributes = request.get("MessageAttributes").and_then(Value::as_object).cloned().unwrap_or_default();
    let md5 = md5(&body);
    let id = queue.send_later(body, attributes, Duration::from_secs(delay_seconds));
    ok(&json!({"MessageId": id, "MD5OfMessageBody": md5}))
}

async fn receive(queue: &Arc<Queue>, request: &Value) -> Answer {
    let max = seconds(request, "MaxNumberOfMessages").and_then(|max| usize::try_from(max).ok()).unwrap_or(1);
    let visibility = seconds(request, "VisibilityTimeout").map(Duration::from_secs);
    let patience = Duration::from_secs(seconds(request, "WaitTimeSeconds").unwrap_or_default());
    let messages = if patience.is_zero() {
        queue.receive(max, visibility)
    } else {
        let receive = queue.receive_when_there_is_one(max, visibility);
        tokio::time::timeout(patience, receive).await.unwrap_or_default()
    };
    if messages.is_empty() {
        return ok(&json!({}));
    }
    let messages = messages.iter().map(|message| {
        json!({
            "MessageId": message.id,
            "ReceiptHandle": message.receipt_handle,
            "MD5OfBody": md5(&message.body),
            "Body": message.body,
            "Attributes": system_attributes(message),
            "MessageAttributes": message.attributes,
        })
    });
    ok(&json!({"Messages": messages.collect::<Vec<_>>()}))
}

fn change_visibility(queue: &Queue, request: &Value) -> Answer {
    let timeout = Duration::from_secs(seconds(request, "VisibilityTimeout").unwrap_or_default());
    if queue.change_visibility(text(request, "ReceiptHandle"), timeout) {
        ok(&json!({}))
    } else {
        invalid("com.amazonaws.sqs#ReceiptHandleIsInvalid", "no message has this receipt handle")
    }
}

/// What SQS tells of a received message beside its body.
pub(crate) fn system_attributes(message: &Message) -> Map<String, Value> {
    let first_received = message.first_received_milliseconds.unwrap_or_default();
    [
        ("SentTimestamp", message.sent_milliseconds.to_string()),
        ("ApproximateFirstReceiveTimestamp", first_received.to_string()),
        ("ApproximateReceiveCount", message.receive_count.to_string()),
        ("SenderId", names::ACCOUNT.to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), Value::String(value)))
    .into_iter()
    .collect()
}

fn attributes(queue: &Queue) -> Value {
    let Counts { visible, in_flight, delayed } = queue.counts();
    json!({
        "QueueArn": names::queue_arn(&queue.name),
        "ApproximateNumberOfMessages": visible.to_string(),
        "ApproximateNumberOfMessagesNotVisible": in_flight.to_string(),
        "ApproximateNumberOfMessagesDelayed": delayed.to_string(),
        "VisibilityTimeout": queue.visibility_timeout().as_secs().to_string(),
    })
}

/// The checksum by which SDKs tell a damaged message.
pub(crate) fn md5(body: &str) -> String {
    hex::encode(Md5::digest(body))
}

fn text<'a>(request: &'a Value, name: &str) -> &'a str {
    request.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn seconds(request: &Value, name: &str) -> Option<u64> {
    request.get(name).and_then(Value::as_u64)
}

fn ok(body: &Value) -> Answer {
    Answer::json(StatusCode::OK, body)
}

fn invalid(code: &str, message: &str) -> Answer {
    Answer::aws_error(StatusCode::BAD_REQUEST, code, message)
}
