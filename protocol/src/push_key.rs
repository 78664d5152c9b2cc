//! The name by which a push is recognised when it comes again.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Equal for WeChat's retries of one push, different for any two pushes: 64 hex digits, from which nothing can be read
/// back.
///
/// From the page "客服消息 接入指引" (customer service guide): a message is told by its `MsgId`, an event by
/// `FromUserName` and `CreateTime`. Both have collided in the field, so a `MsgId` counts together with its
/// `FromUserName`, and an event with all that it says. Of an `xpay_*` event, `RetryTimes` is left out: it counts the
/// deliveries of one and the same event.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PushKey(String);

impl PushKey {
    /// The key of a message's fields.
    #[must_use]
    pub fn of(fields: &Map<String, Value>) -> Self {
        let mut sha256 = Sha256::new();
        let text = |name| fields.get(name).and_then(Value::as_str);
        if let Some(msg_id) = text("MsgId") {
            sha256.update(text("FromUserName").unwrap_or_default());
            sha256.update([0]);
            sha256.update(msg_id);
        } else {
            let mut said = fields.clone();
            if text("Event").is_some_and(|event| event.starts_with("xpay_")) {
                said.remove("RetryTimes");
            }
            sha256.update(Value::Object(said).to_string());
        }
        Self(hex::encode(sha256.finalize()))
    }

    /// The key of a push that cannot be read, by what WeChat repeats of it: equal for its retries.
    #[must_use]
    pub fn of_unreadable(timestamp: &str, nonce: &str, body: &[u8]) -> Self {
        let mut sha256 = Sha256::new();
        sha256.update(format!("unreadable {timestamp} {nonce} "));
        sha256.update(body);
        Self(hex::encode(sha256.finalize()))
    }

    /// The key under which one parked customer message is sent again, by the id that the failed queue gave it.
    #[must_use]
    pub fn of_resent(message_id: &str) -> Self {
        Self(hex::encode(Sha256::digest(format!("resent {message_id}"))))
    }

    /// The key as DynamoDB holds it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PushKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key(fields: &Value) -> PushKey {
        PushKey::of(fields.as_object().unwrap())
    }

    #[test]
    fn a_key_is_the_hash_of_the_sender_and_the_id() {
        let key = key(&json!({"FromUserName": "a", "MsgId": "7"}));
        assert_eq!(key.as_str(), "8cb6ee7a35dc7a51b87df5ff3305476773ba2e1949e784fe1bd2da1eeb9fafc5");
        assert_eq!(key.to_string(), key.as_str());
    }

    #[test]
    fn a_message_is_told_by_its_msg_id_and_its_sender() {
        let message = json!({"FromUserName": "a", "CreateTime": 1, "MsgId": "7", "Content": "x"});
        assert_eq!(key(&message), key(&json!({"FromUserName": "a", "CreateTime": 2, "MsgId": "7"})));
        assert_ne!(key(&message), key(&json!({"FromUserName": "b", "CreateTime": 1, "MsgId": "7", "Content": "x"})));
        assert_ne!(key(&message), key(&json!({"FromUserName": "a", "CreateTime": 1, "MsgId": "8", "Content": "x"})));
    }

    #[test]
    fn the_count_of_deliveries_is_no_part_of_a_payments_key() {
        let refund = |times: i64| json!({"Event": "xpay_refund_notify", "CreateTime": 1, "RetryTimes": times});
        assert_eq!(key(&refund(0)), key(&refund(3)));
        let other = |times: i64| json!({"Event": "debug_demo", "CreateTime": 1, "RetryTimes": times});
        assert_ne!(key(&other(0)), key(&other(3)));
    }

    #[test]
    fn two_events_of_one_user_in_one_second_are_told_apart() {
        let enter =
            json!({"FromUserName": "a", "CreateTime": 1, "Event": "user_enter_tempsession", "SessionFrom": "x"});
        let again =
            json!({"FromUserName": "a", "CreateTime": 1, "Event": "user_enter_tempsession", "SessionFrom": "y"});
        let other = json!({"FromUserName": "a", "CreateTime": 1, "Event": "subscribe_msg_popup_event"});
        assert_eq!(key(&enter), key(&enter.clone()));
        assert_ne!(key(&enter), key(&again));
        assert_ne!(key(&enter), key(&other));
    }
}
