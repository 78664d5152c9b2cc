//! subscribeMessage.send, from the page "消息订阅 统一服务消息 客服消息 消息推送": one message to a user who accepted it.

use serde_json::{Map, Value};

use super::client::Answer;
use super::errcode::Errcode;
use super::malformed::{Malformed, optional_text, required_id, required_object};
use super::template_value::Kind;

/// Where WeChat takes it.
pub const PATH: &str = "/cgi-bin/message/subscribe/send";

const MINIPROGRAM_STATES: [&str; 3] = ["developer", "trial", "formal"];
const LANGUAGES: [&str; 4] = ["zh_CN", "en_US", "zh_HK", "zh_TW"];

/// A subscription message that is worth sending: `touser`, `template_id` and `data` are there, and each value keeps the
/// rule of its key. Fields beside them pass through.
#[derive(Debug, Clone, PartialEq)]
pub struct SubscribeMessage(Map<String, Value>);

impl SubscribeMessage {
    /// Checks a body as WeChat's page describes it.
    ///
    /// # Errors
    /// [`Malformed`], naming the first field that breaks its rule. Of a value, it tells the length alone.
    pub fn from_body(body: Map<String, Value>) -> Result<Self, Malformed> {
        required_id(&body, "", "touser")?;
        required_id(&body, "", "template_id")?;
        for (key, entry) in required_object(&body, "", "data")? {
            check_value(key, entry)?;
        }
        optional_text(&body, "", "page")?;
        one_of(&body, "miniprogram_state", &MINIPROGRAM_STATES)?;
        one_of(&body, "lang", &LANGUAGES)?;
        Ok(Self(body))
    }

    /// Whom it is for.
    #[must_use]
    pub fn openid(&self) -> &str {
        self.0.get("touser").and_then(Value::as_str).unwrap_or_default()
    }

    /// What the user must have accepted.
    #[must_use]
    pub fn template_id(&self) -> &str {
        self.0.get("template_id").and_then(Value::as_str).unwrap_or_default()
    }

    /// The body for WeChat.
    #[must_use]
    pub fn body(&self) -> &Map<String, Value> {
        &self.0
    }
}

/// The `msgid` of an answer, which names the message in the `subscribe_msg_sent_event`. It has 19 digits, too many for a
/// double, and is kept as text.
#[must_use]
pub fn msg_id(answer: &Answer) -> Option<String> {
    match answer.fields.get("msgid")? {
        Value::String(digits) if !digits.is_empty() => Some(digits.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn check_value(key: &str, entry: &Value) -> Result<(), Malformed> {
    let field = || format!("data.{key}.value");
    let value = match entry {
        Value::Object(entry) => entry.get("value"),
        _ => return Err(Malformed::parameter(format!("data.{key}"), "must be an object with a value")),
    };
    let text = match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(_) => return Err(Malformed::new(Errcode::INVALID_VALUE, field(), "must be a string or a number")),
        None => return Err(Malformed::new(Errcode::INVALID_VALUE, field(), "is required")),
    };
    match Kind::of(key) {
        Some(kind) if !kind.allows(&text) => {
            let rule = format!("must be {}; it has {} characters", kind.rule(), text.chars().count());
            Err(Malformed::new(Errcode::INVALID_VALUE, field(), rule))
        }
        _ => Ok(()),
    }
}

fn one_of(body: &Map<String, Value>, name: &str, known: &[&str]) -> Result<(), Malformed> {
    match optional_text(body, "", name)? {
        Some(text) if !known.contains(&text) => {
            Err(Malformed::parameter(name, format!("must be one of {}", known.join(", "))))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn documented() -> Value {
        json!({
            "touser": "OPENID",
            "template_id": "TEMPLATE_ID",
            "page": "index?foo=bar",
            "miniprogram_state": "developer",
            "lang": "zh_CN",
            "data": {
                "number01": {"value": "339208499"},
                "date01": {"value": "01月05日"},
                "site01": {"value": "TIT创意园"},
                "site02": {"value": "广州市新港中路397号"},
            },
        })
    }

    fn check(body: &Value) -> Result<SubscribeMessage, Malformed> {
        SubscribeMessage::from_body(body.as_object().unwrap().clone())
    }

    #[test]
    fn the_documented_message_is_accepted_and_passes_through_whole() {
        let mut body = documented();
        body["new"] = json!(1);
        body["data"]["number02"] = json!({"value": 39.8});
        let message = check(&body).unwrap();
        assert_eq!((message.openid(), message.template_id()), ("OPENID", "TEMPLATE_ID"));
        assert_eq!(Value::Object(message.body().clone()), body);
    }

    #[test]
    fn a_value_that_breaks_its_rule_is_named_by_key_rule_and_length_and_never_shown() {
        for (key, value, rule) in [
            ("thing1", "汉".repeat(21), "must be 1 to 20 characters; it has 21 characters"),
            ("phrase3", "on its way".into(), "must be 1 to 5 Chinese characters; it has 10 characters"),
            (
                "name01",
                String::new(),
                "must be 1 to 10 characters, some of them Chinese, or 1 to 20 letters or symbols; it has 0 characters",
            ),
        ] {
            let mut body = documented();
            body["data"][key] = json!({"value": value});
            let malformed = check(&body).unwrap_err();
            assert_eq!(malformed.errcode, Errcode::INVALID_VALUE);
            assert_eq!(malformed.to_string(), format!("data.{key}.value: {rule}"));
        }
    }

    #[test]
    fn a_key_of_an_unknown_kind_passes() {
        let mut body = documented();
        body["data"]["const1"] = json!({"value": "x".repeat(100)});
        assert!(check(&body).is_ok());
    }

    #[test]
    fn what_else_is_malformed_is_named_by_field_rule_and_code() {
        for (field, value, errcode, message) in [
            ("touser", Value::Null, 40035, "touser: must be a string"),
            ("template_id", json!(""), 40035, "template_id: must not be empty"),
            ("data", json!([]), 40035, "data: must be an object"),
            ("data", json!({"thing1": "x"}), 40035, "data.thing1: must be an object with a value"),
            ("data", json!({"thing1": {}}), 47003, "data.thing1.value: is required"),
            ("data", json!({"thing1": {"value": {}}}), 47003, "data.thing1.value: must be a string or a number"),
            ("page", json!(1), 40035, "page: must be a string"),
            ("miniprogram_state", json!("beta"), 40035, "miniprogram_state: must be one of developer, trial, formal"),
            ("lang", json!("fr_FR"), 40035, "lang: must be one of zh_CN, en_US, zh_HK, zh_TW"),
        ] {
            let mut body = documented();
            body[field] = value;
            let malformed = check(&body).unwrap_err();
            assert_eq!((malformed.errcode.0, malformed.to_string().as_str()), (errcode, message));
        }
    }

    #[test]
    fn a_msgid_of_19_digits_is_kept_digit_by_digit_as_number_or_text() {
        for msgid in ["1864323726461255680", "\"1864323726461255680\""] {
            let fields: Map<String, Value> =
                serde_json::from_str(&format!(r#"{{"errcode":0,"errmsg":"ok","msgid":{msgid}}}"#)).unwrap();
            let answer = Answer { errcode: Errcode::OK, errmsg: "ok".into(), fields };
            assert_eq!(msg_id(&answer).as_deref(), Some("1864323726461255680"));
        }
    }
}
