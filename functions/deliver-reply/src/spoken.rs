//! One message of a reply, ready to be sent.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shared::wechat::customer_message::CustomerMessage;

use crate::invalid_reply::InvalidReply;
use crate::long_text;
use crate::settings::LongText;

/// The dedupe row holds no more of a reply than this: DynamoDB's own limit is 400 KB.
pub(crate) const MAX_REPLY_BYTES: usize = 64 * 1024;

/// A customer message, addressed and checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Spoken {
    /// The body for WeChat.
    pub(crate) body: Map<String, Value>,
    /// How many parts of the same text follow.
    #[serde(default, skip_serializing_if = "is_none")]
    pub(crate) following: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_none(following: &i64) -> bool {
    *following == 0
}

/// The messages that one item of a function's return value is, `number` counted from 1: a text or a customer message.
pub(crate) fn spoken(
    openid: &str,
    item: Value,
    long_text: LongText,
    number: usize,
) -> Result<Vec<Spoken>, InvalidReply> {
    let mut body = match item {
        Value::String(content) => text(&content),
        Value::Object(body) if body.contains_key("msgtype") => body,
        Value::Object(_) => return Err(InvalidReply::Form("an array with an object without msgtype")),
        Value::Array(_) => return Err(InvalidReply::Form("an array in an array")),
        Value::Null => return Err(InvalidReply::Form("an array with null")),
        Value::Number(_) => return Err(InvalidReply::Form("an array with a number")),
        Value::Bool(_) => return Err(InvalidReply::Form("an array with a boolean")),
    };
    if body.get("touser").is_some_and(|touser| touser != openid) {
        return Err(InvalidReply::OtherUser(number));
    }
    body.insert("touser".into(), openid.into());
    let malformed = |malformed: String| InvalidReply::Message { number, malformed };
    let bodies = match content(&body) {
        Some(content) if content.trim().is_empty() => return Err(malformed("text.content: must not be blank".into())),
        Some(content) if content.len() > MAX_REPLY_BYTES => return Err(InvalidReply::TooLarge),
        Some(content) if content.len() > long_text::MAX_BYTES => match long_text {
            LongText::Split => long_text::split(content).into_iter().map(|part| with_content(&body, part)).collect(),
            LongText::Refuse => return Err(InvalidReply::TextTooLong(number)),
        },
        _ => vec![body],
    };
    let mut following = i64::try_from(bodies.len()).unwrap_or(i64::MAX);
    let mut messages = Vec::with_capacity(bodies.len());
    for body in bodies {
        let message = CustomerMessage::from_body(body).map_err(|error| malformed(error.to_string()))?;
        following = following.saturating_sub(1);
        messages.push(Spoken { body: message.body().clone(), following });
    }
    Ok(messages)
}

fn text(content: &str) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("msgtype".into(), "text".into());
    body.insert("text".into(), serde_json::json!({"content": content}));
    body
}

/// The text of a text message.
pub(crate) fn content(body: &Map<String, Value>) -> Option<&str> {
    (body.get("msgtype")? == "text").then(|| body.get("text")?.get("content")?.as_str()).flatten()
}

/// The same text message with another text.
pub(crate) fn with_content(body: &Map<String, Value>, content: &str) -> Map<String, Value> {
    let mut part = body.clone();
    if let Some(text) = part.get_mut("text").and_then(Value::as_object_mut) {
        text.insert("content".into(), content.into());
    }
    part
}
