//! The messages that users cause, typed.
//!
//! Fields, names and samples from the pages "接收消息和事件" (receiving messages and events) and "消息订阅 统一服务消息
//! 客服消息 消息推送" (subscriptions). A field that WeChat adds is ignored, so that a new one breaks nothing; what has no
//! type here is an [`Other`] and keeps all its fields.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::appid::Appid;
use crate::scalar;

/// What every push carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Header {
    /// The mini program's original id, `gh_…`.
    pub to_user_name: String,
    /// The user's openid.
    pub from_user_name: String,
    /// When the user acted, seconds since the epoch.
    #[serde(deserialize_with = "scalar::integer")]
    pub create_time: i64,
    /// `text`, `image`, `event`, … An `Event` without it is an event.
    #[serde(default = "event")]
    pub msg_type: String,
    /// Which event, where `MsgType` is `event`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// The message's id: 64 bits in digits, or any text in the cloud-function form. Events have none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "scalar::optional_text")]
    pub msg_id: Option<String>,
    /// What the stack adds: whose push it is.
    #[serde(default, rename = "userInfo", skip_serializing_if = "Option::is_none")]
    pub user_info: Option<UserInfo>,
}

/// As in WeChat's cloud functions: the mini program and the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserInfo {
    /// The mini program.
    pub app_id: Appid,
    /// The user's openid. Some events concern no user.
    #[serde(default)]
    pub open_id: Option<String>,
}

impl Header {
    /// The mini program; none in an event that did not come by the stack.
    #[must_use]
    pub fn appid(&self) -> Option<&Appid> {
        self.user_info.as_ref().map(|user_info| &user_info.app_id)
    }
}

/// A text that the user typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Text {
    /// What every push carries.
    #[serde(flatten)]
    pub header: Header,
    /// The text, exactly as typed.
    pub content: String,
}

/// A picture that the user sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Image {
    /// What every push carries.
    #[serde(flatten)]
    pub header: Header,
    /// Where WeChat serves the picture.
    pub pic_url: String,
    /// What getTempMedia takes, for three days. One page spells it `Mediaid`.
    #[serde(alias = "Mediaid")]
    pub media_id: String,
}

/// A mini-program card that the user sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Miniprogrampage {
    /// What every push carries.
    #[serde(flatten)]
    pub header: Header,
    /// The card's title.
    pub title: String,
    /// The mini program that the card opens.
    pub app_id: String,
    /// The page that the card opens.
    pub page_path: String,
    /// Where WeChat serves the cover for a while; may be empty.
    #[serde(default)]
    pub thumb_url: String,
    /// The cover as temporary media; may be empty.
    #[serde(default)]
    pub thumb_media_id: String,
}

/// The user opened the customer service conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserEnterTempsession {
    /// What every push carries.
    #[serde(flatten)]
    pub header: Header,
    /// The `session-from` of the button that was tapped.
    #[serde(default)]
    pub session_from: String,
}

/// The user answered a subscription dialog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SubscribeMsgPopup {
    /// What every push carries.
    #[serde(flatten)]
    pub header: Header,
    /// One answer per template.
    #[serde(alias = "SubscribeMsgPopupEvent", deserialize_with = "one_or_many")]
    pub list: Vec<PopupAnswer>,
}

/// The user's answer for one template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PopupAnswer {
    /// The template.
    pub template_id: String,
    /// `accept` or `reject`.
    pub subscribe_status_string: String,
    /// Where the dialog was shown: `0` on a page of the mini program.
    #[serde(default, deserialize_with = "scalar::text")]
    pub popup_scene: String,
}

/// The user changed a subscription in the settings. WeChat reports only rejections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SubscribeMsgChange {
    /// What every push carries.
    #[serde(flatten)]
    pub header: Header,
    /// One change per template.
    #[serde(alias = "SubscribeMsgChangeEvent", deserialize_with = "one_or_many")]
    pub list: Vec<SubscriptionChange>,
}

/// The change for one template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SubscriptionChange {
    /// The template.
    pub template_id: String,
    /// `reject`.
    pub subscribe_status_string: String,
}

/// What became of a subscription message that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SubscribeMsgSent {
    /// What every push carries.
    #[serde(flatten)]
    pub header: Header,
    /// One result per message.
    #[serde(alias = "SubscribeMsgSentEvent", deserialize_with = "one_or_many")]
    pub list: Vec<Delivery>,
}

/// The result of one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Delivery {
    /// The template.
    pub template_id: String,
    /// The `msgid` that the send returned, 19 digits.
    #[serde(rename = "MsgID", deserialize_with = "scalar::text")]
    pub msg_id: String,
    /// 0 where it was delivered.
    #[serde(deserialize_with = "scalar::integer")]
    pub error_code: i64,
    /// What the code means.
    #[serde(default)]
    pub error_status: String,
}

/// A push of any other type, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Other {
    /// As they came.
    pub fields: Map<String, Value>,
}

impl Other {
    /// `MsgType`, and `Event` if it is one. An `Event` without `MsgType` is an event.
    #[must_use]
    pub fn msg_type_and_event(&self) -> (&str, &str) {
        let text = |name| self.fields.get(name).and_then(Value::as_str);
        match (text("MsgType"), text("Event")) {
            (None | Some("event"), Some(event)) => ("event", event),
            (msg_type, _) => (msg_type.unwrap_or_default(), ""),
        }
    }
}

/// Why fields are not the message that they should be.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MessageError {
    /// A field is missing.
    #[error("{0}")]
    Missing(String),
    /// A field has another type than its page gives. Which one is not known where it would show its value.
    #[error("a field of the message has another type than WeChat documents")]
    WrongType,
}

/// Reads a message's fields as a message of one type: what a push-type function takes.
///
/// # Errors
/// [`MessageError`], which never repeats what a field holds.
pub fn read<T: DeserializeOwned>(fields: Map<String, Value>) -> Result<T, MessageError> {
    serde_json::from_value(Value::Object(fields)).map_err(|error| {
        let reason = error.to_string();
        if reason.starts_with("missing field") { MessageError::Missing(reason) } else { MessageError::WrongType }
    })
}

fn event() -> String {
    "event".to_owned()
}

/// The items of a subscription event. WeChat writes one as an object and several as an array, at the top level as
/// `List`, or inside the event's own element with or without a `List` around them.
fn one_or_many<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let mut value = Value::deserialize(deserializer)?;
    if let Some(list) = value.get_mut("List") {
        value = list.take();
    }
    let items = match value {
        Value::Array(items) => items,
        one => vec![one],
    };
    items.into_iter().map(|item| serde_json::from_value(item).map_err(D::Error::custom)).collect()
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
