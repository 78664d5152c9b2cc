//! customerServiceMessage.setTyping, from the page "消息订阅 统一服务消息 客服消息 消息推送": shown to the user for 15 seconds,
//! or until a message is sent. It needs a message between the two within the last 30 seconds.

use serde_json::{Map, Value};

use super::errcode::Errcode;
use super::malformed::{Malformed, required_id, required_text};

/// Where WeChat takes it, unless `TypingPath` says otherwise.
pub const PATH: &str = "/cgi-bin/message/custom/typing";
/// Where newer pages say that it is taken.
pub const NEWER_PATH: &str = "/cgi-bin/message/custom/business/typing";

/// What is to be done with the typing state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Shown.
    Typing,
    /// Taken away.
    CancelTyping,
}

/// A command that is worth sending: `touser` and `command` are there and well-formed. Fields beside them pass through.
#[derive(Debug, Clone, PartialEq)]
pub struct SetTyping {
    command: Command,
    body: Map<String, Value>,
}

impl SetTyping {
    /// Checks a body as WeChat's page describes it.
    ///
    /// # Errors
    /// [`Malformed`], naming the first field that breaks its rule.
    pub fn from_body(body: Map<String, Value>) -> Result<Self, Malformed> {
        required_id(&body, "", "touser")?;
        let command = match required_text(&body, "", "command")? {
            "Typing" => Command::Typing,
            "CancelTyping" => Command::CancelTyping,
            _ => {
                let rule = "must be Typing or CancelTyping";
                return Err(Malformed::new(Errcode::INVALID_COMMAND, "command", rule));
            }
        };
        Ok(Self { command, body })
    }

    /// Whom it is for.
    #[must_use]
    pub fn openid(&self) -> &str {
        self.body.get("touser").and_then(Value::as_str).unwrap_or_default()
    }

    /// What is to be done.
    #[must_use]
    pub fn command(&self) -> Command {
        self.command
    }

    /// The body for WeChat.
    #[must_use]
    pub fn body(&self) -> &Map<String, Value> {
        &self.body
    }
}

/// Shows the user that somebody is typing.
#[must_use]
pub fn typing(openid: &str) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("touser".into(), openid.into());
    body.insert("command".into(), "Typing".into());
    body
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(body: &Value) -> Result<SetTyping, Malformed> {
        SetTyping::from_body(body.as_object().unwrap().clone())
    }

    #[test]
    fn both_commands_are_accepted_and_pass_through_whole() {
        for (name, command) in [("Typing", Command::Typing), ("CancelTyping", Command::CancelTyping)] {
            let body = json!({"touser": "o", "command": name, "new": 1});
            let typing = check(&body).unwrap();
            assert_eq!((typing.openid(), typing.command()), ("o", command));
            assert_eq!(Value::Object(typing.body().clone()), body);
        }
        assert_eq!(SetTyping::from_body(typing("o")).unwrap().command(), Command::Typing);
    }

    #[test]
    fn what_is_malformed_is_named_by_field_rule_and_code() {
        for (body, errcode, message) in [
            (json!({"command": "Typing"}), 40035, "touser: is required"),
            (json!({"touser": "o"}), 40035, "command: is required"),
            (json!({"touser": "o", "command": 1}), 40035, "command: must be a string"),
            (json!({"touser": "o", "command": "typing"}), 45072, "command: must be Typing or CancelTyping"),
        ] {
            let malformed = check(&body).unwrap_err();
            assert_eq!((malformed.errcode.0, malformed.to_string().as_str()), (errcode, message), "{body}");
        }
    }
}
