//! uniformMessage.send, from the page "消息订阅 统一服务消息 客服消息 消息推送". WeChat retired it on 2023-09-20 and answers
//! 45109; it is built as documented for mini programs that WeChat still lets use it.

use serde_json::{Map, Value};

use super::client::Answer;
use super::errcode::Next;
use super::malformed::{Malformed, optional_object, optional_text, required_id, required_object, required_text};

/// Where WeChat takes it.
pub const PATH: &str = "/cgi-bin/message/wxopen/template/uniform_send";

/// A uniform message that is worth sending: `touser` and at least one of the two messages are there and well-formed.
/// Fields beside them pass through.
#[derive(Debug, Clone, PartialEq)]
pub struct UniformMessage(Map<String, Value>);

impl UniformMessage {
    /// Checks a body as WeChat's page describes it.
    ///
    /// # Errors
    /// [`Malformed`], naming the first field that breaks its rule.
    pub fn from_body(body: Map<String, Value>) -> Result<Self, Malformed> {
        required_id(&body, "", "touser")?;
        // WeChat sends the mini program's own message where there is one; the other one is for an official account.
        let mini_program = optional_object(&body, "", "weapp_template_msg")?;
        if let Some(message) = mini_program {
            required_id(message, "weapp_template_msg", "template_id")?;
            required_object(message, "weapp_template_msg", "data")?;
        }
        match optional_object(&body, "", "mp_template_msg")? {
            Some(message) => check_official_account_message(message)?,
            None if mini_program.is_some() => {}
            None => return Err(Malformed::parameter("mp_template_msg", "is required")),
        }
        Ok(Self(body))
    }

    /// The body for WeChat.
    #[must_use]
    pub fn body(&self) -> &Map<String, Value> {
        &self.0
    }
}

fn check_official_account_message(message: &Map<String, Value>) -> Result<(), Malformed> {
    required_text(message, "mp_template_msg", "appid")?;
    required_id(message, "mp_template_msg", "template_id")?;
    required_object(message, "mp_template_msg", "data")?;
    optional_text(message, "mp_template_msg", "url")?;
    if let Some(target) = optional_object(message, "mp_template_msg", "miniprogram")? {
        required_text(target, "mp_template_msg.miniprogram", "appid")?;
        optional_text(target, "mp_template_msg.miniprogram", "pagepath")?;
    }
    Ok(())
}

/// WeChat's answer, where it says that the call is retired with what to use instead.
#[must_use]
pub fn explained(mut answer: Answer) -> Answer {
    if answer.errcode.next() == Next::Retired {
        answer.errmsg = format!(
            "uniformMessage.send is retired by WeChat, for good: use subscribeMessage.send ({})",
            answer.errmsg
        );
        answer.fields.insert("errmsg".into(), answer.errmsg.clone().into());
    }
    answer
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wechat::errcode::Errcode;

    fn documented() -> Value {
        json!({
            "touser": "OPENID",
            "mp_template_msg": {
                "appid": "APPID", "template_id": "TEMPLATE_ID", "url": "https://example.com/",
                "miniprogram": {"appid": "xiaochengxuappid12345", "pagepath": "index?foo=bar"},
                "data": {"first": {"value": "恭喜你购买成功！", "color": "#173177"}},
            },
        })
    }

    fn check(body: &Value) -> Result<UniformMessage, Malformed> {
        UniformMessage::from_body(body.as_object().unwrap().clone())
    }

    #[test]
    fn the_documented_messages_are_accepted_and_pass_through_whole() {
        let mut both = documented();
        both["weapp_template_msg"] = json!({"template_id": "T", "page": "page/page/index", "form_id": "F",
            "data": {"keyword1": {"value": "339208499"}}, "emphasis_keyword": "keyword1.DATA"});
        let mut mini_program_alone = both.clone();
        mini_program_alone.as_object_mut().unwrap().remove("mp_template_msg");
        for body in [documented(), both, mini_program_alone] {
            assert_eq!(Value::Object(check(&body).unwrap().body().clone()), body);
        }
    }

    #[test]
    fn what_is_malformed_is_named() {
        let with = |pointer: &str, value: Value| {
            let mut body = documented();
            *body.pointer_mut(pointer).unwrap() = value;
            check(&body).unwrap_err().to_string()
        };
        assert_eq!(check(&json!({"touser": "o"})).unwrap_err().to_string(), "mp_template_msg: is required");
        assert_eq!(with("/touser", json!("")), "touser: must not be empty");
        assert_eq!(with("/mp_template_msg", json!("x")), "mp_template_msg: must be an object");
        assert_eq!(with("/mp_template_msg/appid", json!(1)), "mp_template_msg.appid: must be a string");
        assert_eq!(with("/mp_template_msg/data", json!([])), "mp_template_msg.data: must be an object");
        assert_eq!(with("/mp_template_msg/miniprogram", json!({})), "mp_template_msg.miniprogram.appid: is required");
    }

    #[test]
    fn retirement_is_told_with_the_replacement() {
        let fields = json!({"errcode": 45109, "errmsg": "this api is offline"}).as_object().unwrap().clone();
        let answer = Answer { errcode: Errcode::RETIRED, errmsg: "this api is offline".into(), fields };
        let told = explained(answer).fields;
        assert_eq!(told["errcode"], 45109);
        assert_eq!(
            told["errmsg"],
            "uniformMessage.send is retired by WeChat, for good: use subscribeMessage.send (this api is offline)"
        );
    }
}
