//! Which function a push is handed to: one row per <`MsgType`, `Event`>, as in WeChat's cloud-function model (page
//! "客服消息 接入指引").

use serde::Serialize;
use serde_json::{Map, Value};

/// The row that a push falls into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// `text`
    Text,
    /// `image`
    Image,
    /// `miniprogrampage`
    Miniprogrampage,
    /// `event`, `user_enter_tempsession`
    UserEnterTempsession,
    /// `event`, `subscribe_msg_popup_event`
    SubscribeMsgPopup,
    /// `event`, `subscribe_msg_change_event`
    SubscribeMsgChange,
    /// `event`, `subscribe_msg_sent_event`
    SubscribeMsgSent,
    /// Whatever else there is, or will be.
    Other,
}

impl Route {
    /// All rows.
    pub const ALL: [Self; 8] = [
        Self::Text,
        Self::Image,
        Self::Miniprogrampage,
        Self::UserEnterTempsession,
        Self::SubscribeMsgPopup,
        Self::SubscribeMsgChange,
        Self::SubscribeMsgSent,
        Self::Other,
    ];

    /// The row of a message's fields.
    #[must_use]
    pub fn of(fields: &Map<String, Value>) -> Self {
        match (msg_type(fields), event(fields)) {
            ("text", _) => Self::Text,
            ("image", _) => Self::Image,
            ("miniprogrampage", _) => Self::Miniprogrampage,
            ("event", "user_enter_tempsession") => Self::UserEnterTempsession,
            ("event", "subscribe_msg_popup_event") => Self::SubscribeMsgPopup,
            ("event", "subscribe_msg_change_event") => Self::SubscribeMsgChange,
            ("event", "subscribe_msg_sent_event") => Self::SubscribeMsgSent,
            _ => Self::Other,
        }
    }
}

/// Whether it is something that the user said, of whatever type, and no event: it opens the reply window.
#[must_use]
pub fn is_user_message(fields: &Map<String, Value>) -> bool {
    msg_type(fields) != "event"
}

/// Whether WeChat does something with the answer: transfers the message, or takes note that an `xpay_*` event was
/// handled. Everything else is only acknowledged.
#[must_use]
pub fn is_answered(fields: &Map<String, Value>) -> bool {
    is_user_message(fields) || event(fields).starts_with("xpay_")
}

fn msg_type(fields: &Map<String, Value>) -> &str {
    fields.get("MsgType").and_then(Value::as_str).unwrap_or_default()
}

fn event(fields: &Map<String, Value>) -> &str {
    fields.get("Event").and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::json;

    use super::*;

    fn fields(msg_type: &str, event: &str) -> Map<String, Value> {
        json!({"MsgType": msg_type, "Event": event}).as_object().unwrap().clone()
    }

    #[test]
    fn each_row_of_the_table_has_its_route_and_the_unknown_go_to_other() {
        let rows = [
            ("text", "", Route::Text),
            ("image", "", Route::Image),
            ("miniprogrampage", "", Route::Miniprogrampage),
            ("event", "user_enter_tempsession", Route::UserEnterTempsession),
            ("event", "subscribe_msg_popup_event", Route::SubscribeMsgPopup),
            ("event", "subscribe_msg_change_event", Route::SubscribeMsgChange),
            ("event", "subscribe_msg_sent_event", Route::SubscribeMsgSent),
            ("event", "debug_demo", Route::Other),
            ("event", "xpay_goods_deliver_notify", Route::Other),
            ("voice", "", Route::Other),
            ("", "text", Route::Other),
        ];
        for (msg_type, event, route) in rows {
            assert_eq!(Route::of(&fields(msg_type, event)), route, "<{msg_type}, {event}>");
        }
        assert_eq!(HashSet::from(rows.map(|(_, _, route)| route)), HashSet::from(Route::ALL));
    }

    #[test]
    fn messages_and_xpay_events_are_answered_and_other_events_acknowledged() {
        assert!(is_answered(&fields("text", "")));
        assert!(is_answered(&fields("voice", "")));
        assert!(is_answered(&fields("event", "xpay_goods_deliver_notify")));
        assert!(!is_answered(&fields("event", "user_enter_tempsession")));
        assert!(!is_user_message(&fields("event", "xpay_goods_deliver_notify")));
    }
}
