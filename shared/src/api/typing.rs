//! customerServiceMessage.setTyping, from the page "消息订阅 统一服务消息 客服消息 消息推送": shown to the user for 15 seconds,
//! or until a message is sent.

use serde_json::{Map, Value};

/// Where WeChat takes it, unless `TypingPath` says otherwise.
pub const PATH: &str = "/cgi-bin/message/custom/typing";

/// Shows the user that somebody is typing.
#[must_use]
pub fn typing(openid: &str) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("touser".into(), openid.into());
    body.insert("command".into(), "Typing".into());
    body
}
