//! The name by which a push is recognised when it comes again.

use std::fmt;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Equal for WeChat's retries of one push, different for any two pushes: 64 hex digits, from which nothing can be read
/// back.
///
/// From the page "客服消息 接入指引" (customer service guide): a message is told by its `MsgId`, an event by
/// `FromUserName` and `CreateTime`. Both have collided in the field, so a `MsgId` counts together with its
/// `FromUserName`, and an event with all that it says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PushKey(String);

impl PushKey {
    /// The key of a message's fields.
    #[must_use]
    pub fn of(fields: &Map<String, Value>) -> Self {
        let mut sha256 = Sha256::new();
        let text = |name| fields.get(name).and_then(Value::as_str);
        match text("MsgId") {
            Some(msg_id) => {
                sha256.update(text("FromUserName").unwrap_or_default());
                sha256.update([0]);
                sha256.update(msg_id);
            }
            None => sha256.update(Value::Object(fields.clone()).to_string()),
        }
        Self(hex::encode(sha256.finalize()))
    }

    /// The key of a push that was parked in the failed queue, by the queue's own message id: handing it back is claimed
    /// as handling it is, and is not the same claim.
    #[must_use]
    pub fn of_parked(message_id: &str) -> Self {
        Self(hex::encode(Sha256::digest(format!("parked {message_id}"))))
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
    fn a_message_is_told_by_its_msg_id_and_its_sender() {
        let message = json!({"FromUserName": "a", "CreateTime": 1, "MsgId": "7", "Content": "x"});
        assert_eq!(key(&message), key(&json!({"FromUserName": "a", "CreateTime": 2, "MsgId": "7"})));
        assert_ne!(key(&message), key(&json!({"FromUserName": "b", "CreateTime": 1, "MsgId": "7", "Content": "x"})));
        assert_ne!(key(&message), key(&json!({"FromUserName": "a", "CreateTime": 1, "MsgId": "8", "Content": "x"})));
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
