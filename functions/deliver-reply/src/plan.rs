//! What is to be done for a push: its function's return value, checked. It stands in the dedupe row as JSON.

use protocol::push::{Kind, Push};
use protocol::reply::Reply;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::invalid_reply::InvalidReply;
use crate::settings::LongText;
use crate::spoken::{MAX_REPLY_BYTES, Spoken, spoken};

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Plan {
    /// Nothing is said.
    Nothing,
    /// The user is handed to an agent, with this as the passive reply.
    Transfer(Map<String, Value>),
    /// These are sent, in order.
    Messages(Vec<Spoken>),
    /// A payment is answered with this.
    Answer(Map<String, Value>),
}

impl Plan {
    /// Reads what the function of a push returned.
    pub(crate) fn of(push: &Push, output: Value, long_text: LongText) -> Result<Self, InvalidReply> {
        let plan = if push.kind() == Kind::Payment {
            payment(output, push.is_query())?
        } else {
            conversation(push, output, long_text)?
        };
        if serde_json::to_vec(&plan).map_or(usize::MAX, |json| json.len()) > MAX_REPLY_BYTES {
            return Err(InvalidReply::TooLarge);
        }
        Ok(plan)
    }

    /// Whether WeChat is to be told the same when it repeats the payment.
    pub(crate) fn is_remembered(push: &Push, answer: &Map<String, Value>) -> bool {
        answer.get("ErrCode").and_then(Value::as_i64) == Some(0) || push.is_query()
    }
}

/// Whether WeChat cannot take an answer for another: an empty one, and one whose `ErrCode` is 0 in XML alone, reads as booked.
fn is_clear(answer: &Map<String, Value>) -> bool {
    answer.get("ErrCode").is_some_and(Value::is_i64)
        && !answer.contains_key("MsgType")
        && !answer.contains_key("msgtype")
}

fn payment(output: Value, is_query: bool) -> Result<Plan, InvalidReply> {
    match output {
        Value::Object(answer) if is_query || is_clear(&answer) => Ok(Plan::Answer(answer)),
        _ => Err(InvalidReply::NoErrCode),
    }
}

fn conversation(push: &Push, output: Value, long_text: LongText) -> Result<Plan, InvalidReply> {
    let items = match output {
        Value::Null => return Ok(Plan::Nothing),
        Value::String(text) if text.is_empty() || text == "success" => return Ok(Plan::Nothing),
        Value::Object(fields) if fields.contains_key("msgtype") => vec![Value::Object(fields)],
        Value::Object(fields) => match fields.get("MsgType").and_then(Value::as_str) {
            Some("transfer_customer_service") => return Ok(Plan::Transfer(fields)),
            Some("text" | "image") => vec![converted(&fields).ok_or(InvalidReply::MsgType)?],
            Some(_) => return Err(InvalidReply::MsgType),
            None => return Err(InvalidReply::Form("an object without either")),
        },
        Value::String(text) => vec![Value::String(text)],
        Value::Array(items) => items,
        Value::Number(_) => return Err(InvalidReply::Form("a number")),
        Value::Bool(_) => return Err(InvalidReply::Form("a boolean")),
    };
    if items.is_empty() {
        return Ok(Plan::Nothing);
    }
    let openid = push.openid().ok_or(InvalidReply::NoUser)?;
    let mut messages = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        messages.extend(spoken(openid, item, long_text, index.saturating_add(1))?);
    }
    Ok(Plan::Messages(messages))
}

/// A passive text or image, which WeChat ignores of a mini program, as the customer message that says the same.
fn converted(fields: &Map<String, Value>) -> Option<Value> {
    if let Some(content) = fields.get("Content").and_then(Value::as_str) {
        return Some(serde_json::json!({"msgtype": "text", "text": {"content": content}}));
    }
    let media_id = fields.get("Image").and_then(|image| image.get("MediaId")).or_else(|| fields.get("MediaId"))?;
    Some(serde_json::json!({"msgtype": "image", "image": {"media_id": media_id.as_str()?}}))
}

/// The transfer as it is answered, addressed.
pub(crate) fn transfer(push: &Push, fields: Option<Map<String, Value>>, now_seconds: i64) -> Value {
    let reply = fields.map_or_else(Reply::transfer_customer_service, Reply::Passive);
    reply.addressed(push, now_seconds).into_output()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(push: Value, output: Value) -> Result<Plan, InvalidReply> {
        Plan::of(&serde_json::from_value(push).unwrap(), output, LongText::Split)
    }

    fn to_a_message(output: Value) -> Result<Plan, InvalidReply> {
        of(json!({"MsgType": "text", "FromUserName": "o1"}), output)
    }

    fn bodies(plan: Plan) -> Vec<Value> {
        let Plan::Messages(messages) = plan else { panic!("no messages: {plan:?}") };
        messages.into_iter().map(|message| Value::Object(message.body)).collect()
    }

    #[test]
    fn nothing_in_each_of_its_forms_is_nothing() {
        for output in [json!(null), json!(""), json!("success"), json!([])] {
            assert_eq!(to_a_message(output), Ok(Plan::Nothing));
        }
    }

    #[test]
    fn strings_objects_and_arrays_of_both_become_messages_for_the_user() {
        let text = |content: &str| json!({"touser": "o1", "msgtype": "text", "text": {"content": content}});
        assert_eq!(bodies(to_a_message(json!("hi")).unwrap()), [text("hi")]);
        let image = json!({"msgtype": "image", "image": {"media_id": "M"}});
        let sent = json!({"touser": "o1", "msgtype": "image", "image": {"media_id": "M"}});
        assert_eq!(bodies(to_a_message(image.clone()).unwrap()), std::slice::from_ref(&sent));
        assert_eq!(bodies(to_a_message(json!(["a", image, "b"])).unwrap()), [text("a"), sent, text("b")]);
    }

    #[test]
    fn passive_texts_and_images_are_converted_and_a_transfer_stays_one() {
        let text = json!({"touser": "o1", "msgtype": "text", "text": {"content": "hi"}});
        assert_eq!(bodies(to_a_message(json!({"MsgType": "text", "Content": "hi"})).unwrap()), [text]);
        let image = json!({"touser": "o1", "msgtype": "image", "image": {"media_id": "M"}});
        for passive in
            [json!({"MsgType": "image", "Image": {"MediaId": "M"}}), json!({"MsgType": "image", "MediaId": "M"})]
        {
            assert_eq!(bodies(to_a_message(passive).unwrap()), std::slice::from_ref(&image));
        }
        let transfer = json!({"MsgType": "transfer_customer_service", "TransInfo": {"KfAccount": "a@b"}});
        assert_eq!(to_a_message(transfer.clone()), Ok(Plan::Transfer(transfer.as_object().unwrap().clone())));
    }

    #[test]
    fn a_long_text_is_split_or_refused() {
        let push: Push = serde_json::from_value(json!({"MsgType": "text", "FromUserName": "o1"})).unwrap();
        let Ok(Plan::Messages(parts)) = Plan::of(&push, json!("x".repeat(5000)), LongText::Split) else { panic!() };
        assert_eq!(parts.iter().map(|part| part.following).collect::<Vec<_>>(), [2, 1, 0]);
        let refused = Plan::of(&push, json!(["a", "x".repeat(5000)]), LongText::Refuse);
        assert_eq!(refused, Err(InvalidReply::TextTooLong(2)));
    }

    #[test]
    fn what_may_not_be_returned_is_refused_by_its_rule() {
        for (output, words) in [
            (json!(1), "and returned a number"),
            (json!(true), "and returned a boolean"),
            (json!({"Content": "x"}), "and returned an object without either"),
            (json!({"MsgType": "news"}), "MsgType: must be"),
            (json!({"MsgType": "text"}), "MsgType: must be"),
            (json!([["a"]]), "an array"),
            (json!([null]), "null"),
            (json!(["a", {"msgtype": "voice"}]), "message 2: msgtype: must be text, image, link or miniprogrampage"),
            (json!({"msgtype": "text", "text": {}}), "message 1: text.content: is required"),
            (
                json!({"msgtype": "text", "touser": "o2", "text": {"content": "x"}}),
                "message 1: touser must be left out",
            ),
            (json!(["  "]), "message 1: text.content: must not be blank"),
            (json!("x".repeat(70_000)), "must not exceed 65536 bytes"),
        ] {
            let error = to_a_message(output.clone()).unwrap_err().to_string();
            assert!(error.contains(words), "{output}: {error}");
        }
        let nobody = of(json!({"MsgType": "event", "Event": "debug_demo"}), json!("hi"));
        assert_eq!(nobody, Err(InvalidReply::NoUser));
    }

    #[test]
    fn a_payment_is_answered_with_an_object_of_which_only_errcode_0_is_remembered() {
        let payment = json!({"MsgType": "event", "Event": "xpay_goods_deliver_notify"});
        let query = json!({"Event": "xpay_subscribe_ios_refund_query_notify"});
        for output in [
            json!(null),
            json!("success"),
            json!("hi"),
            json!([]),
            json!({}),
            json!({"any": "thing"}),
            json!({"ErrCode": "0"}),
            json!({"ErrCode": 0.0}),
            json!({"ErrCode": 0, "MsgType": "transfer_customer_service"}),
        ] {
            assert_eq!(of(payment.clone(), output.clone()), Err(InvalidReply::NoErrCode), "{output}");
        }
        for (push, output, is_remembered) in [
            (&payment, json!({"ErrCode": 0}), true),
            (&payment, json!({"ErrCode": 1}), false),
            (&query, json!({"any": "thing"}), true),
        ] {
            let Ok(Plan::Answer(answer)) = of(push.clone(), output.clone()) else { panic!("no answer") };
            let push = serde_json::from_value(push.clone()).unwrap();
            assert_eq!(Plan::is_remembered(&push, &answer), is_remembered, "{output}");
        }
    }
}
