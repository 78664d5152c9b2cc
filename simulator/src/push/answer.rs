//! Judges what the product answers to a push, as WeChat does.
//! Source: "接收消息和事件" and "消息推送": `success` or nothing acknowledges, in plain text in every mode; anything else must
//! be a reply in the push's own format, encrypted where the push was. All else shows the user a fault. Of the replies that
//! are messages, a mini program's user gets none: WeChat obeys the transfer to an agent and ignores the others.

use protocol::crypto::DecryptError;
use protocol::format::Format;
use protocol::mode::Mode;
use protocol::signature;
use protocol::xml::{self, XmlError};
use serde_json::{Map, Value};

use super::payment::{self, NotDone};
use crate::identity::Identity;

/// The `MsgType` of the one reply that does something: it puts the user into the queue for an agent.
pub(crate) const TRANSFER: &str = "transfer_customer_service";

/// What a push's answer is judged against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) mode: Mode,
    pub(crate) format: Format,
    /// The fields of the message that was pushed.
    pub(crate) message: &'a Map<String, Value>,
}

/// An answer that WeChat takes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    /// `success`, or nothing.
    Acknowledged,
    /// A reply, decrypted.
    Reply(Map<String, Value>),
    /// A reply, decrypted, that WeChat takes without a word and then ignores: the user sees nothing.
    Ignored(Map<String, Value>),
}

/// Why an answer is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Abnormal {
    #[error("HTTP status {0}, only 200 is an answer")]
    Status(u16),
    #[error("\"success\" in quotes: it must be the seven bytes alone")]
    QuotedSuccess,
    #[error("an encrypted \"success\": it must be plain in every mode")]
    EncryptedSuccess,
    #[error("neither \"success\", nor empty, nor a reply in JSON like the push: {0}")]
    NotJson(serde_json::Error),
    #[error("neither \"success\", nor empty, nor a reply in XML like the push: {0}")]
    NotXml(XmlError),
    #[error("the reply is not encrypted, but the push was")]
    NotEncrypted,
    #[error("{field}: {rule}")]
    Field { field: &'static str, rule: &'static str },
    #[error("MsgSignature: does not fit the Token, TimeStamp, Nonce and Encrypt")]
    Signature,
    #[error("Encrypt: {0}")]
    Decrypt(#[from] DecryptError),
    #[error(transparent)]
    NotDone(#[from] NotDone),
}

/// Judges a status and a body.
pub(crate) fn judge(status: u16, body: &[u8], asked: Asked<'_>, identity: &Identity) -> Result<Answer, Abnormal> {
    if status != 200 {
        return Err(Abnormal::Status(status));
    }
    match body {
        b"" | b"success" => return Ok(Answer::Acknowledged),
        b"\"success\"" | b"\"\"" => return Err(Abnormal::QuotedSuccess),
        _ => {}
    }
    let fields = read(asked.format, body)?;
    let reply = match asked.mode {
        Mode::Plain => fields,
        Mode::Compat | Mode::Safe => open(&fields, asked.format, identity)?,
    };
    if payment::is_payment(asked.message) {
        payment::judge(&reply, asked.message)?;
        return Ok(Answer::Reply(reply));
    }
    check_addresses(&reply, asked.message)?;
    Ok(if is_ignored(&reply, asked.message) { Answer::Ignored(reply) } else { Answer::Reply(reply) })
}

/// Whether nothing comes of a reply. Of those to a user's message, the transfer alone is obeyed. An event may be answered in
/// a form of its own, without `MsgType`; there is nothing that a message in answer to it could do.
fn is_ignored(reply: &Map<String, Value>, pushed: &Map<String, Value>) -> bool {
    let is_event = pushed.get("MsgType").is_some_and(|message_type| message_type == "event");
    match reply.get("MsgType") {
        Some(message_type) => is_event || message_type != TRANSFER,
        None => !is_event,
    }
}

/// Verifies and decrypts the envelope of a reply.
fn open(envelope: &Map<String, Value>, format: Format, identity: &Identity) -> Result<Map<String, Value>, Abnormal> {
    const STRING: &str = "the envelope of a reply needs it, a string";
    let encrypt = envelope.get("Encrypt").and_then(Value::as_str).ok_or(Abnormal::NotEncrypted)?;
    let msg_signature = string(envelope, "MsgSignature", STRING)?;
    let nonce = string(envelope, "Nonce", STRING)?;
    let timestamp = match (envelope.get("TimeStamp"), format) {
        (Some(Value::Number(number)), Format::Json) if number.is_i64() => number.to_string(),
        (Some(Value::String(text)), Format::Xml) if text.parse::<i64>().is_ok() => text.clone(),
        _ => return Err(Abnormal::Field { field: "TimeStamp", rule: "the envelope of a reply needs it, a number" }),
    };
    if signature::sign_encrypted(&identity.token, &timestamp, nonce, encrypt) != msg_signature {
        return Err(Abnormal::Signature);
    }
    let message = identity.aes_key.decrypt(encrypt, &identity.appid)?;
    if message.trim_ascii() == b"success" {
        return Err(Abnormal::EncryptedSuccess);
    }
    read(format, &message)
}

/// A reply that is a message goes back where the push came from. One without `MsgType` has no addresses.
fn check_addresses(reply: &Map<String, Value>, pushed: &Map<String, Value>) -> Result<(), Abnormal> {
    if !reply.contains_key("MsgType") {
        return Ok(());
    }
    string(reply, "MsgType", "must be a string")?;
    let wrong = |field, rule| Err(Abnormal::Field { field, rule });
    if reply.get("ToUserName") != pushed.get("FromUserName") {
        return wrong("ToUserName", "must be the openid that the push came from");
    }
    if reply.get("FromUserName") != pushed.get("ToUserName") {
        return wrong("FromUserName", "must be the mini program's gh_ id that the push went to");
    }
    match reply.get("CreateTime") {
        Some(Value::Number(number)) if number.is_i64() => Ok(()),
        Some(Value::String(text)) if text.parse::<i64>().is_ok() => Ok(()),
        _ => wrong("CreateTime", "must be a whole number of seconds"),
    }
}

fn string<'a>(fields: &'a Map<String, Value>, field: &'static str, rule: &'static str) -> Result<&'a str, Abnormal> {
    fields.get(field).and_then(Value::as_str).ok_or(Abnormal::Field { field, rule })
}

fn read(format: Format, body: &[u8]) -> Result<Map<String, Value>, Abnormal> {
    match format {
        Format::Json => serde_json::from_slice(body).map_err(Abnormal::NotJson),
        Format::Xml => xml::to_json(body).map_err(Abnormal::NotXml),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::identity::published;

    fn pushed() -> Map<String, Value> {
        object(&json!({"ToUserName": "gh_account", "FromUserName": "oUser", "MsgType": "text"}))
    }

    fn transfer() -> Map<String, Value> {
        object(&json!({
            "ToUserName": "oUser", "FromUserName": "gh_account", "CreateTime": 1_713_424_427,
            "MsgType": "transfer_customer_service",
        }))
    }

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn judge_200(body: impl AsRef<[u8]>, mode: Mode, format: Format) -> Result<Answer, Abnormal> {
        judge(200, body.as_ref(), Asked { mode, format, message: &pushed() }, &published())
    }

    /// What is wrong with an answer to a safe JSON push.
    fn fault(body: impl AsRef<[u8]>) -> String {
        judge_200(body, Mode::Safe, Format::Json).unwrap_err().to_string()
    }

    fn envelope(message: &[u8], appid: &str) -> Map<String, Value> {
        let encrypt = published().aes_key.encrypt([7; 16], message, appid);
        let msg_signature = signature::sign_encrypted(&published().token, "1713424427", "415670741", &encrypt);
        object(&json!({
            "Encrypt": encrypt, "MsgSignature": msg_signature, "TimeStamp": 1_713_424_427, "Nonce": "415670741",
        }))
    }

    fn sealed(message: &[u8]) -> String {
        json!(envelope(message, "wxba5fad812f8e6fb9")).to_string()
    }

    #[test]
    fn the_published_encrypted_reply_is_read() {
        let published_reply = r#"{
            "Encrypt": "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==",
            "MsgSignature": "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1",
            "TimeStamp": 1713424427,
            "Nonce": "415670741"
        }"#;
        let event = object(&json!({"ToUserName": "gh_account", "MsgType": "event", "Event": "debug_demo"}));
        let asked = Asked { mode: Mode::Safe, format: Format::Json, message: &event };
        let answer = judge(200, published_reply.as_bytes(), asked, &published()).unwrap();
        assert_eq!(answer, Answer::Reply(object(&json!({"demo_resp": "good luck"}))));
    }

    #[test]
    fn the_published_safe_mode_push_decrypts_the_same_way() {
        let encrypt = "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04=";
        let envelope = object(&json!({
            "Encrypt": encrypt, "MsgSignature": "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
            "TimeStamp": 1_714_112_445, "Nonce": "415670741",
        }));
        let message = open(&envelope, Format::Json, &published()).unwrap();
        assert_eq!(message["debug_str"], "hello world");
    }

    #[test]
    fn success_and_nothing_acknowledge_in_every_mode() {
        for mode in [Mode::Plain, Mode::Compat, Mode::Safe] {
            for format in [Format::Json, Format::Xml] {
                for body in ["", "success"] {
                    assert_eq!(judge_200(body, mode, format).unwrap(), Answer::Acknowledged);
                }
            }
        }
    }

    #[test]
    fn an_encrypted_reply_is_taken_in_the_pushs_format() {
        let json_reply = sealed(json!(transfer()).to_string().as_bytes());
        assert!(matches!(judge_200(json_reply, Mode::Safe, Format::Json), Ok(Answer::Reply(_))));

        let inner = xml::from_json(&transfer()).unwrap();
        let xml_reply = xml::from_json(&envelope(inner.as_bytes(), "wxba5fad812f8e6fb9")).unwrap();
        let answer = judge_200(xml_reply, Mode::Compat, Format::Xml).unwrap();
        assert!(matches!(answer, Answer::Reply(reply) if reply["MsgType"] == "transfer_customer_service"));
    }

    #[test]
    fn a_plain_reply_answers_a_plain_push_only() {
        let body = json!(transfer()).to_string();
        assert!(matches!(judge_200(&body, Mode::Plain, Format::Json), Ok(Answer::Reply(_))));
        for mode in [Mode::Compat, Mode::Safe] {
            assert!(matches!(judge_200(&body, mode, Format::Json), Err(Abnormal::NotEncrypted)));
        }
    }

    #[test]
    fn a_reply_in_the_other_format_is_a_fault() {
        let body = json!(transfer()).to_string();
        assert!(matches!(judge_200(body, Mode::Plain, Format::Xml), Err(Abnormal::NotXml(_))));
        let body = xml::from_json(&transfer()).unwrap();
        assert!(matches!(judge_200(body, Mode::Plain, Format::Json), Err(Abnormal::NotJson(_))));
        let body = sealed(xml::from_json(&transfer()).unwrap().as_bytes());
        assert!(matches!(judge_200(body, Mode::Safe, Format::Json), Err(Abnormal::NotJson(_))));
    }

    #[test]
    fn a_status_other_than_200_is_a_fault_even_with_success() {
        let asked = Asked { mode: Mode::Safe, format: Format::Json, message: &pushed() };
        for status in [201, 204, 302, 403, 503] {
            let abnormal = judge(status, b"success", asked, &published()).unwrap_err();
            assert!(matches!(abnormal, Abnormal::Status(given) if given == status));
        }
    }

    #[test]
    fn success_in_quotes_is_a_fault() {
        for mode in [Mode::Plain, Mode::Safe] {
            assert!(matches!(judge_200(r#""success""#, mode, Format::Json), Err(Abnormal::QuotedSuccess)));
        }
    }

    #[test]
    fn an_encrypted_success_is_a_fault() {
        assert!(fault(sealed(b"success")).contains("encrypted \"success\""));
    }

    #[test]
    fn other_text_is_a_fault() {
        for body in ["ok", "success\n", "SUCCESS", "[]", "null", "<html>"] {
            assert!(judge_200(body, Mode::Safe, Format::Json).is_err(), "{body:?}");
            assert!(judge_200(body, Mode::Plain, Format::Json).is_err(), "{body:?}");
        }
    }

    #[test]
    fn a_tampered_envelope_is_a_fault() {
        for field in ["MsgSignature", "Nonce"] {
            let mut envelope = envelope(b"{}", "wxba5fad812f8e6fb9");
            envelope.insert(field.to_owned(), json!("0"));
            assert!(fault(json!(envelope).to_string()).starts_with("MsgSignature"), "{field}");
        }
    }

    #[test]
    fn an_incomplete_envelope_names_the_field() {
        for field in ["MsgSignature", "Nonce", "TimeStamp"] {
            let mut envelope = envelope(b"{}", "wxba5fad812f8e6fb9");
            envelope.remove(field);
            assert!(fault(json!(envelope).to_string()).starts_with(field), "{field}");
        }
    }

    #[test]
    fn a_timestamp_in_quotes_is_a_fault_in_json() {
        let mut envelope = envelope(b"{}", "wxba5fad812f8e6fb9");
        envelope.insert("TimeStamp".to_owned(), json!("1713424427"));
        assert!(fault(json!(envelope).to_string()).starts_with("TimeStamp"));
    }

    #[test]
    fn a_reply_for_another_appid_is_a_fault() {
        let body = json!(envelope(b"{}", "wxanother")).to_string();
        assert!(matches!(judge_200(body, Mode::Safe, Format::Json), Err(Abnormal::Decrypt(DecryptError::Appid))));
    }

    #[test]
    fn a_transfer_must_go_back_where_the_push_came_from() {
        for (field, value) in [
            ("ToUserName", json!("gh_account")),
            ("FromUserName", json!("oUser")),
            ("CreateTime", json!(1.5)),
            ("MsgType", json!(1)),
        ] {
            let mut reply = transfer();
            reply.insert(field.to_owned(), value);
            assert!(fault(sealed(json!(reply).to_string().as_bytes())).starts_with(field), "{field}");
        }
    }

    #[test]
    fn a_reply_that_is_no_message_needs_no_addresses() {
        let body = sealed(br#"{"ErrCode":0,"ErrMsg":"success"}"#);
        assert!(judge_200(body, Mode::Safe, Format::Json).is_ok());
    }

    #[test]
    fn a_passive_reply_other_than_the_transfer_is_ignored_in_every_mode_and_format() {
        let mut reply = transfer();
        reply.insert("MsgType".to_owned(), json!("text"));
        reply.insert("Content".to_owned(), json!("We open at nine."));
        let (json_reply, xml_reply) = (json!(reply).to_string(), xml::from_json(&reply).unwrap());
        let envelope = envelope(xml_reply.as_bytes(), "wxba5fad812f8e6fb9");
        for (body, mode, format) in [
            (json_reply.clone(), Mode::Plain, Format::Json),
            (xml_reply.clone(), Mode::Plain, Format::Xml),
            (sealed(json_reply.as_bytes()), Mode::Safe, Format::Json),
            (xml::from_json(&envelope).unwrap(), Mode::Compat, Format::Xml),
        ] {
            let answer = judge_200(body, mode, format).unwrap();
            assert!(matches!(answer, Answer::Ignored(reply) if reply["MsgType"] == "text"), "{mode} {format}");
        }
        let no_message = judge_200(r#"{"text": "We open at nine."}"#, Mode::Plain, Format::Json);
        assert!(matches!(no_message, Ok(Answer::Ignored(_))));
    }

    #[test]
    fn a_payment_event_wants_err_code_0_in_its_own_format() {
        let event = object(&json!({"ToUserName": "gh_account", "MsgType": "event", "Event": "xpay_refund_notify"}));
        let judge_payment = |body: &str, format| {
            let asked = Asked { mode: Mode::Plain, format, message: &event };
            judge(200, body.as_bytes(), asked, &published())
        };
        for (json, xml, is_done) in [
            ("success", "", true),
            (r#"{"ErrCode":0,"ErrMsg":"success"}"#, "<xml><ErrCode>0</ErrCode></xml>", true),
            (r#"{"ErrCode":1,"ErrMsg":"later"}"#, "<xml><ErrCode>1</ErrCode></xml>", false),
            ("<xml><ErrCode>0</ErrCode></xml>", r#"{"ErrCode":0}"#, false),
        ] {
            assert_eq!(judge_payment(json, Format::Json).is_ok(), is_done, "{json}");
            assert_eq!(judge_payment(xml, Format::Xml).is_ok(), is_done, "{xml}");
        }
    }

    #[test]
    fn a_transfer_answers_a_users_message_and_is_ignored_in_answer_to_an_event() {
        let event =
            object(&json!({"ToUserName": "gh_account", "FromUserName": "oUser", "MsgType": "event", "Event": "e"}));
        let body = json!(transfer()).to_string();
        for (message, is_ignored) in [(pushed(), false), (event, true)] {
            let asked = Asked { mode: Mode::Plain, format: Format::Json, message: &message };
            let answer = judge(200, body.as_bytes(), asked, &published()).unwrap();
            assert_eq!(matches!(answer, Answer::Ignored(_)), is_ignored, "{message:?}");
        }
    }
}
