//! A push: one thing that a user did, or one report of WeChat's, as WeChat's JSON says it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::push_key::PushKey;
use crate::route::Route;

/// The fields of a push, of which it is known what they are: a message of a user's, or an event.
///
/// The fields stay as WeChat wrote them, but for `MsgId`: one that came as a number becomes the text of its digits,
/// since it has up to 64 bits, of which JavaScript and many JSON parsers keep 53. As JSON it is the object of its fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>", into = "Map<String, Value>")]
pub struct Push {
    fields: Map<String, Value>,
}

/// Who waits for the answer to a push, and for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A message of a user's, of any type: it opens the reply window, and the answer may hand the user to an agent.
    Message,
    /// An `xpay_*` event: WeChat repeats it until it is answered with `ErrCode` 0.
    Payment,
    /// Any other event: it is only acknowledged.
    Event,
}

/// Neither `MsgType` nor `Event` is a text, so that nothing says what the push is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("MsgType is missing or not a string")]
pub struct NoMsgType;

const EVENT: &str = "event";

impl Push {
    /// Takes the fields of a message or of an event.
    ///
    /// # Errors
    /// [`NoMsgType`] where `MsgType` is no text. It may be missing beside an `Event`.
    pub fn new(mut fields: Map<String, Value>) -> Result<Self, NoMsgType> {
        match (fields.get("MsgType"), fields.get("Event")) {
            (Some(Value::String(_)), _) | (None, Some(Value::String(_))) => {}
            _ => return Err(NoMsgType),
        }
        if let Some(msg_id) = fields.get_mut("MsgId")
            && let Value::Number(number) = msg_id
        {
            *msg_id = Value::String(number.to_string());
        }
        Ok(Self { fields })
    }

    /// The function that it is for.
    #[must_use]
    pub fn route(&self) -> Route {
        Route::of(self.msg_type(), self.event().unwrap_or_default())
    }

    /// `MsgType`. An `Event` without one is an event.
    #[must_use]
    pub fn msg_type(&self) -> &str {
        self.text("MsgType").unwrap_or(EVENT)
    }

    /// `Event`, if it is one. A message has none: there the field would be one that the user wrote into their text.
    #[must_use]
    pub fn event(&self) -> Option<&str> {
        self.text("Event").filter(|_| self.msg_type() == EVENT)
    }

    /// The user's openid, `FromUserName`. Some events concern no user.
    #[must_use]
    pub fn openid(&self) -> Option<&str> {
        self.text("FromUserName")
    }

    /// When the user acted, `CreateTime`, in seconds since the epoch; nothing if it is missing or no whole number.
    #[must_use]
    pub fn created_at(&self) -> Option<i64> {
        match self.fields.get("CreateTime")? {
            Value::Number(number) => number.as_i64(),
            Value::String(digits) => digits.trim().parse().ok(),
            _ => None,
        }
    }

    /// `MsgId`, which messages have and events lack.
    #[must_use]
    pub fn msg_id(&self) -> Option<&str> {
        self.text("MsgId")
    }

    /// The name by which it is recognised when WeChat sends it again.
    #[must_use]
    pub fn key(&self) -> PushKey {
        PushKey::of(&self.fields)
    }

    /// Who waits for the answer.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.event() {
            Some(event) if event.starts_with("xpay_") => Kind::Payment,
            _ if self.msg_type() == EVENT => Kind::Event,
            _ => Kind::Message,
        }
    }

    /// Whether it asks for something: a payment of which any answer is one, and for which WeChat waits 3 seconds.
    #[must_use]
    pub fn is_query(&self) -> bool {
        self.event() == Some("xpay_subscribe_ios_refund_query_notify")
    }

    /// The fields.
    #[must_use]
    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(Value::as_str)
    }
}

impl TryFrom<Map<String, Value>> for Push {
    type Error = NoMsgType;

    fn try_from(fields: Map<String, Value>) -> Result<Self, NoMsgType> {
        Self::new(fields)
    }
}

impl From<Push> for Map<String, Value> {
    fn from(push: Push) -> Self {
        push.fields
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn push(fields: Value) -> Push {
        serde_json::from_value(fields).unwrap()
    }

    #[test]
    fn a_push_is_a_message_a_payment_or_another_event() {
        for (fields, kind) in [
            (json!({"MsgType": "text"}), Kind::Message),
            (json!({"MsgType": "voice"}), Kind::Message),
            (json!({"MsgType": "text", "Event": "xpay_goods_deliver_notify"}), Kind::Message),
            (json!({"MsgType": "event", "Event": "xpay_goods_deliver_notify"}), Kind::Payment),
            (json!({"Event": "xpay_goods_deliver_notify"}), Kind::Payment),
            (json!({"MsgType": "event", "Event": "user_enter_tempsession"}), Kind::Event),
        ] {
            assert_eq!(push(fields.clone()).kind(), kind, "{fields}");
        }
    }

    #[test]
    fn a_push_names_its_user_if_it_has_one() {
        assert_eq!(push(json!({"MsgType": "text", "FromUserName": "o"})).openid(), Some("o"));
        assert_eq!(push(json!({"MsgType": "text"})).openid(), None);
    }

    #[test]
    fn a_payment_that_asks_whether_to_refund_is_a_query_and_no_other_is() {
        for (event, is_query) in [("xpay_subscribe_ios_refund_query_notify", true), ("xpay_refund_notify", false)] {
            assert_eq!(push(json!({"Event": event})).is_query(), is_query);
            assert!(!push(json!({"MsgType": "text", "Event": event})).is_query());
        }
    }

    #[test]
    fn an_event_without_msg_type_is_an_event() {
        let push = push(json!({"Event": "user_enter_tempsession", "FromUserName": "o"}));
        assert_eq!((push.msg_type(), push.event()), ("event", Some("user_enter_tempsession")));
        assert_eq!(push.route(), Route::UserEnterTempsession);
        assert_eq!(push.kind(), Kind::Event);
        assert_eq!(push.fields().get("MsgType"), None, "the fields stay as WeChat wrote them");
    }

    #[test]
    fn an_event_that_a_user_wrote_into_a_message_is_none() {
        let push = push(json!({"MsgType": "text", "Event": "xpay_goods_deliver_notify"}));
        assert_eq!((push.event(), push.route()), (None, Route::Text));
    }

    #[test]
    fn fields_that_do_not_say_what_they_are_are_refused() {
        for fields in [json!({}), json!({"MsgType": 1}), json!({"Event": 1}), json!({"MsgType": 1, "Event": "e"})] {
            let Value::Object(fields) = fields else { panic!("no object") };
            assert_eq!(Push::new(fields.clone()), Err(NoMsgType), "{fields:?}");
        }
    }

    #[test]
    fn created_at_is_read_from_a_number_or_its_digits_and_from_nothing_else() {
        for (create_time, expected) in [
            (json!(1_714_112_445), Some(1_714_112_445)),
            (json!("1714112445"), Some(1_714_112_445)),
            (json!(12_344_555_555_i64), Some(12_344_555_555)),
            (json!(""), None),
            (json!(1.5), None),
            (json!(null), None),
        ] {
            assert_eq!(push(json!({"MsgType": "text", "CreateTime": create_time})).created_at(), expected);
        }
        assert_eq!(push(json!({"MsgType": "text"})).created_at(), None);
    }

    #[test]
    fn a_fraction_is_the_same_after_any_number_of_readings() {
        let once: Push = serde_json::from_str(r#"{"Event": "e", "Latitude": 9.999999999999999e+129}"#).unwrap();
        let text = serde_json::to_string(&once).unwrap();
        assert_eq!(text, r#"{"Event":"e","Latitude":9.999999999999999e+129}"#);
        assert_eq!(serde_json::from_str::<Push>(&text).unwrap().key(), once.key());
    }

    #[test]
    fn a_number_as_msg_id_keeps_all_its_digits() {
        let push = push(json!({"MsgType": "text", "MsgId": 18_446_744_073_709_551_615_u64}));
        assert_eq!(push.msg_id(), Some("18446744073709551615"));
    }
}
