//! subscribeMessage.send: takes one of the messages that a user accepted.
//! Source: "消息订阅 统一服务消息 客服消息 消息推送", subscribe/send.

use serde_json::{Map, Value, json};

use super::refusal::Refusal;
use crate::users::Users;

/// Sends a message. An accepted one is taken only for a message that is well-formed.
pub(crate) fn send(body: &Map<String, Value>, users: &mut Users, msg_id: u64) -> Result<Value, Refusal> {
    let user = text(body, "touser").and_then(|openid| users.find_mut(openid)).ok_or(Refusal::Openid)?;
    let template_id = text(body, "template_id").filter(|id| is_template(id)).ok_or(Refusal::Template)?;
    let data = body.get("data").and_then(Value::as_object).ok_or(Refusal::Argument("data must be an object"))?;
    if let Some(key) = data.iter().find_map(|(key, entry)| (!is_fine(key, entry)).then_some(key)) {
        return Err(Refusal::Value { key: key.clone() });
    }
    let accepted = user.accepted.get_mut(template_id).ok_or(Refusal::NotSubscribed)?;
    *accepted = accepted.checked_sub(1).ok_or(Refusal::NotSubscribed)?;
    Ok(json!({"errcode": 0, "errmsg": "ok", "msgid": msg_id}))
}

/// The event that tells what became of the message.
pub(crate) fn sent_event(template_id: &str, msg_id: u64) -> Map<String, Value> {
    let item = json!({
        "TemplateId": template_id,
        "MsgID": msg_id.to_string(),
        "ErrorCode": "0",
        "ErrorStatus": "success",
    });
    let mut event = Map::new();
    event.insert("MsgType".to_owned(), "event".into());
    event.insert("Event".to_owned(), "subscribe_msg_sent_event".into());
    event.insert("SubscribeMsgSentEvent".to_owned(), json!({"List": item}));
    event
}

fn is_template(id: &str) -> bool {
    id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

/// Whether a value keeps to the length and the characters of its key's kind.
fn is_fine(key: &str, entry: &Value) -> bool {
    let value = match entry.get("value") {
        Some(Value::String(value)) => value.clone(),
        Some(Value::Number(value)) => value.to_string(),
        _ => return false,
    };
    let is_han = |any: char| any.is_alphabetic() && any > '\u{2E7F}';
    let (longest, allowed): (usize, fn(char) -> bool) = match key.trim_end_matches(|last: char| last.is_ascii_digit()) {
        "thing" => (20, |_| true),
        "number" => (33, |any| any.is_ascii_digit() || any == '.'),
        "letter" => (32, |any| any.is_ascii_alphabetic()),
        "symbol" => (5, |any| !any.is_alphanumeric()),
        "character_string" => (32, |any| any.is_ascii_alphanumeric() || !any.is_alphanumeric()),
        "phone_number" => (17, |any| any.is_ascii_digit() || !any.is_alphanumeric()),
        "amount" => (13, |any| any.is_ascii_digit() || any == '元' || !any.is_alphanumeric()),
        "car_number" => (8, char::is_alphanumeric),
        "name" => (if value.chars().any(is_han) { 10 } else { 20 }, |any| !any.is_numeric()),
        "phrase" => (5, |any| any.is_alphabetic() && !any.is_ascii()),
        "time" | "date" => (64, |any| any.is_ascii_digit() || "年月日:~-/. ".contains(any)),
        _ => return true,
    };
    (1..=longest).contains(&value.chars().count()) && value.chars().all(allowed)
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::push::message::{Action, Choice};

    const NOW: i64 = 1_700_000_000;

    fn choose(users: &mut Users, is_accepted: bool) {
        let choice = Choice { template_id: "TEMPLATE".into(), is_accepted };
        users.act("oUser", Action::Subscribes(vec![choice]), NOW);
    }

    fn send_to(users: &mut Users, body: &Value) -> i64 {
        send(body.as_object().unwrap(), users, 7).map_or_else(|refusal| refusal.errcode(), |_| 0)
    }

    fn hello() -> Value {
        json!({"touser": "oUser", "template_id": "TEMPLATE", "data": {"thing1": {"value": "hello"}}})
    }

    #[test]
    fn each_accept_is_one_message_and_a_reject_none() {
        let mut users = Users::new(2);
        choose(&mut users, true);
        choose(&mut users, true);
        let errcodes: Vec<_> = (0..3).map(|_| send_to(&mut users, &hello())).collect();
        assert_eq!(errcodes, [0, 0, 43101]);
        choose(&mut users, true);
        choose(&mut users, false);
        assert_eq!(send_to(&mut users, &hello()), 43101);
    }

    #[test]
    fn what_is_malformed_takes_nothing() {
        let mut users = Users::new(2);
        choose(&mut users, true);
        for (field, value, errcode) in [
            ("touser", json!("oNobody"), 40003),
            ("template_id", json!("no template"), 40037),
            ("data", json!([]), 47003),
            ("data", json!({"thing1": {"value": "汉".repeat(21)}}), 47003),
            ("data", json!({"number2": {"value": "many"}}), 47003),
            ("data", json!({"phrase3": {"value": "ok"}}), 47003),
            ("data", json!({"date4": {"value": "soon"}}), 47003),
            ("data", json!({"thing1": "hello"}), 47003),
        ] {
            let mut body = hello();
            body[field] = value;
            assert_eq!(send_to(&mut users, &body), errcode, "{body}");
        }
        assert_eq!(send_to(&mut users, &hello()), 0);
    }

    #[test]
    fn a_bad_value_is_named() {
        let mut users = Users::new(2);
        choose(&mut users, true);
        let mut body = hello();
        body["data"]["phrase2"] = json!({"value": "too long"});
        let refusal = send(body.as_object().unwrap(), &mut users, 7).unwrap_err();
        assert_eq!(refusal.to_string(), "argument invalid! data.phrase2.value is invalid");
    }
}
