//! The message inside a push: what the caller gave, completed to what WeChat sends.
//! Source: "接收消息和事件" (receive messages and events).

use protocol::message::{self, SubscribeMsgChange, SubscribeMsgPopup};
use serde_json::{Map, Value, json};

use super::payment;

/// What a user does by a message, as far as WeChat's own rules care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    /// Sends a text, an image or a mini-program card.
    Writes,
    /// Enters the customer-service session.
    EntersSession,
    /// Accepts or rejects messages of some templates.
    Subscribes(Vec<Choice>),
    /// Anything else.
    Other,
}

impl Action {
    /// Whether the user does it in the customer-service session, and so sees there what comes of it.
    pub(crate) const fn is_in_session(&self) -> bool {
        matches!(self, Self::Writes | Self::EntersSession)
    }
}

/// What a user chose for one template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) template_id: String,
    pub(crate) is_accepted: bool,
}

/// A complete message.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Message {
    pub(crate) openid: String,
    pub(crate) fields: Map<String, Value>,
    /// How the message is written, if it was written before and its bytes are to be kept.
    pub(crate) written: Option<Vec<u8>>,
    pub(crate) action: Action,
}

/// Which field of what the caller gave breaks which rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {rule}")]
pub(crate) struct BadMessage {
    field: &'static str,
    rule: &'static str,
}

const fn bad(field: &'static str, rule: &'static str) -> BadMessage {
    BadMessage { field, rule }
}

impl Message {
    /// Completes what the caller gave. Fields that are there stay as they are; `ToUserName`, `FromUserName`,
    /// `CreateTime` and (for messages, not events) a `MsgId` of 19 digits are filled in where missing. Payments that count
    /// their repeats begin with none.
    pub(crate) fn complete(
        given: Map<String, Value>,
        openid: &str,
        account: &str,
        now: i64,
        msg_id: u64,
    ) -> Result<Self, BadMessage> {
        let mut fields = given;
        let message_type = text(&fields, "MsgType")
            .ok_or(bad("message.MsgType", "a message needs one, a non-empty string"))?
            .to_owned();
        let is_event = message_type == "event";
        if is_event && text(&fields, "Event").is_none() {
            return Err(bad("message.Event", "an event needs one, a non-empty string"));
        }
        if message_type == "text" && !fields.get("Content").is_some_and(Value::is_string) {
            return Err(bad("message.Content", "a text needs one, a string"));
        }
        check_openid(openid)?;
        if fields.get("FromUserName").is_some_and(|from| from != openid) {
            return Err(bad("message.FromUserName", "must be the openid of the push"));
        }

        fill(&mut fields, "ToUserName", || account.into());
        fill(&mut fields, "FromUserName", || openid.into());
        fill(&mut fields, "CreateTime", || now.into());
        if !is_event {
            fill(&mut fields, "MsgId", || json!(msg_id));
        }
        payment::count(&mut fields, 0);

        let action = action(&fields)?;
        Ok(Self { openid: openid.to_owned(), fields, written: None, action })
    }

    /// A message that WeChat sent before, exactly as it was: nothing is filled in, and nothing that it lacks is missed.
    pub(crate) fn recorded(
        fields: Map<String, Value>,
        written: Option<Vec<u8>>,
        openid: &str,
    ) -> Result<Self, BadMessage> {
        check_openid(openid)?;
        let action = action(&fields).unwrap_or(Action::Other);
        Ok(Self { openid: openid.to_owned(), fields, written, action })
    }
}

/// What the user does by a message.
fn action(fields: &Map<String, Value>) -> Result<Action, BadMessage> {
    let event = text(fields, "Event");
    // An event that has no MsgType is one all the same.
    let message_type = text(fields, "MsgType").or(event.map(|_| "event"));
    Ok(match (message_type, event) {
        (Some("text" | "image" | "miniprogrampage"), _) => Action::Writes,
        (Some("event"), Some("user_enter_tempsession")) => Action::EntersSession,
        (Some("event"), Some("subscribe_msg_popup_event")) => {
            let event: SubscribeMsgPopup = read(fields)?;
            let choices = event.list.into_iter();
            Action::Subscribes(choices.map(|item| choice(item.template_id, &item.subscribe_status_string)).collect())
        }
        (Some("event"), Some("subscribe_msg_change_event")) => {
            let event: SubscribeMsgChange = read(fields)?;
            let choices = event.list.into_iter();
            Action::Subscribes(choices.map(|item| choice(item.template_id, &item.subscribe_status_string)).collect())
        }
        _ => Action::Other,
    })
}

fn read<T: serde::de::DeserializeOwned>(fields: &Map<String, Value>) -> Result<T, BadMessage> {
    let rule =
        "a subscription event needs it: TemplateId and SubscribeStatusString of one template, or a list of these";
    message::read(fields.clone()).map_err(|_| bad("message.List", rule))
}

fn choice(template_id: String, status: &str) -> Choice {
    Choice { template_id, is_accepted: status == "accept" }
}

fn check_openid(openid: &str) -> Result<(), BadMessage> {
    if is_openid(openid) { Ok(()) } else { Err(bad("openid", "must be 1 to 64 letters, digits, '_' or '-'")) }
}

fn is_openid(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn fill(fields: &mut Map<String, Value>, name: &str, value: impl FnOnce() -> Value) {
    fields.entry(name).or_insert_with(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(given: Value) -> Result<Message, BadMessage> {
        let Value::Object(given) = given else { panic!("an object") };
        Message::complete(given, "oUser", "gh_account", 1_700_000_000, 7)
    }

    #[test]
    fn what_is_missing_is_filled_in() {
        let message = complete(json!({"MsgType": "text", "Content": "hi"})).unwrap();
        assert_eq!(message.fields["ToUserName"], "gh_account");
        assert_eq!(message.fields["FromUserName"], "oUser");
        assert_eq!(message.fields["CreateTime"], 1_700_000_000);
        assert_eq!(message.fields["MsgId"], 7);
    }

    #[test]
    fn what_is_given_stays() {
        let given =
            json!({"MsgType": "text", "Content": "hi", "ToUserName": "gh_other", "CreateTime": "1", "MsgId": 7});
        let message = complete(given).unwrap();
        assert_eq!(message.fields["ToUserName"], "gh_other");
        assert_eq!(message.fields["CreateTime"], "1");
        assert_eq!(message.fields["MsgId"], 7);
    }

    #[test]
    fn an_event_has_no_msg_id() {
        let message = complete(json!({"MsgType": "event", "Event": "user_enter_tempsession"})).unwrap();
        assert_eq!(message.fields.get("MsgId"), None);
        assert_eq!(message.action, Action::EntersSession);
    }

    #[test]
    fn a_subscription_event_tells_what_the_user_chose_in_each_of_its_forms() {
        let item = json!({"TemplateId": "T", "SubscribeStatusString": "accept", "PopupScene": "0"});
        let accepted = Action::Subscribes(vec![Choice { template_id: "T".into(), is_accepted: true }]);
        let event = |name: &str, list: Value| {
            complete(json!({"MsgType": "event", "Event": "subscribe_msg_popup_event", name: list}))
        };
        assert_eq!(event("List", item.clone()).unwrap().action, accepted);
        assert_eq!(event("SubscribeMsgPopupEvent", json!([item])).unwrap().action, accepted);
        assert_eq!(event("SubscribeMsgPopupEvent", json!({"List": item})).unwrap().action, accepted);
        assert!(event("List", json!("T")).unwrap_err().to_string().starts_with("message.List: "));
        let rejected = json!({"MsgType": "event", "Event": "subscribe_msg_change_event",
            "List": {"TemplateId": "T", "SubscribeStatusString": "reject"}});
        let rejected_choice = Choice { template_id: "T".into(), is_accepted: false };
        assert_eq!(complete(rejected).unwrap().action, Action::Subscribes(vec![rejected_choice]));
    }

    #[test]
    fn only_the_three_messages_of_a_user_count_as_writing() {
        for (message_type, action) in
            [("image", Action::Writes), ("miniprogrampage", Action::Writes), ("wxa_media_check", Action::Other)]
        {
            assert_eq!(complete(json!({"MsgType": message_type})).unwrap().action, action, "{message_type}");
        }
    }

    #[test]
    fn a_recorded_message_lacks_what_it_lacked() {
        for (given, action) in [
            (json!({"MsgType": "text", "Content": "hi"}), Action::Writes),
            (json!({"Event": "user_enter_tempsession", "CreateTime": ""}), Action::EntersSession),
            (json!({"MsgType": "event", "Event": "subscribe_msg_popup_event"}), Action::Other),
            (json!({}), Action::Other),
        ] {
            let Value::Object(fields) = given else { panic!("an object") };
            let message = Message::recorded(fields.clone(), None, "oUser").unwrap();
            assert_eq!((message.fields, message.action), (fields, action));
        }
        assert!(Message::recorded(Map::new(), None, "a b").is_err());
    }

    #[test]
    fn a_bad_message_is_refused_by_field_and_rule() {
        for (given, field) in [
            (json!({}), "message.MsgType"),
            (json!({"MsgType": ""}), "message.MsgType"),
            (json!({"MsgType": 1}), "message.MsgType"),
            (json!({"MsgType": "event"}), "message.Event"),
            (json!({"MsgType": "text"}), "message.Content"),
            (json!({"MsgType": "text", "Content": 1}), "message.Content"),
            (json!({"MsgType": "image", "FromUserName": "oOther"}), "message.FromUserName"),
        ] {
            let refusal = complete(given.clone()).unwrap_err().to_string();
            assert!(refusal.starts_with(field), "{given}: {refusal}");
        }
    }

    #[test]
    fn an_openid_has_letters_digits_and_two_signs() {
        for openid in ["", "a b", "汉", &"x".repeat(65)] {
            assert!(!is_openid(openid), "{openid:?}");
        }
        assert!(is_openid("o9AgO5Kd5ggOC-bXrbNODIiE3bGY"));
    }
}
