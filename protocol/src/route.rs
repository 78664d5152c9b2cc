//! The function that a push is handed to: one row per <`MsgType`, `Event`>, as in WeChat's cloud-function model (page
//! "客服消息 接入指引").

use serde::Serialize;
use strum::{IntoStaticStr, VariantArray};

/// The row that a push falls into. Its name is that of its function, without `on-`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
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
    /// Every other type, known to WeChat or yet to come.
    Other,
}

impl Route {
    /// All rows.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// In capitals, as the environment variable that names its function has it: `USER_ENTER_TEMPSESSION`.
    #[must_use]
    pub fn in_capitals(self) -> &'static str {
        self.into()
    }

    /// The row of a `MsgType` and, for events, an `Event`.
    #[must_use]
    pub fn of(msg_type: &str, event: &str) -> Self {
        match (msg_type, event) {
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

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
            assert_eq!(Route::of(msg_type, event), route, "<{msg_type}, {event}>");
        }
        assert_eq!(HashSet::from(rows.map(|(_, _, route)| route)), Route::ALL.iter().copied().collect());
    }
}
