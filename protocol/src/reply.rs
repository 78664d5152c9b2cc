//! What is answered to a push: `success`, or a passive reply written, signed and encrypted as the push was.
//!
//! From the page "客服消息 接入指引" (customer service guide): `success` is plain even in safe mode; an encrypted or
//! quoted one makes WeChat show the user a fault.

use serde_json::{Map, Value, json};

use crate::envelope::Seal;
use crate::format::Format;
use crate::mode::Mode;
use crate::push::Push;
use crate::signature;
use crate::xml::{self, XmlError};

/// What a push-type function wants answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Taken note of.
    Success,
    /// A passive reply, such as `{"MsgType": "transfer_customer_service"}`.
    Passive(Map<String, Value>),
}

/// What a push-type function returned is no answer.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a push-type function must return null, \"\", \"success\" or a JSON object, and returned a {0}")]
pub struct NoReply(&'static str);

/// A body for WeChat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The `Content-Type` to send it with.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

impl Reply {
    /// Hands the message on to a human agent: only for messages, never for events.
    #[must_use]
    pub fn transfer_customer_service() -> Self {
        let mut fields = Map::new();
        fields.insert("MsgType".into(), "transfer_customer_service".into());
        Self::Passive(fields)
    }

    /// Reads what a push-type function returned, as in WeChat's cloud-function model.
    ///
    /// # Errors
    /// [`NoReply`] for anything but `null`, `""`, `"success"` or an object.
    pub fn from_output(output: Value) -> Result<Self, NoReply> {
        match output {
            Value::Null => Ok(Self::Success),
            Value::String(text) if text.is_empty() || text == "success" => Ok(Self::Success),
            Value::Object(fields) => Ok(Self::Passive(fields)),
            Value::String(_) => Err(NoReply("string that is neither")),
            Value::Array(_) => Err(NoReply("array")),
            Value::Number(_) => Err(NoReply("number")),
            Value::Bool(_) => Err(NoReply("boolean")),
        }
    }

    /// What [`Self::from_output`] reads back.
    #[must_use]
    pub fn into_output(self) -> Value {
        match self {
            Self::Success => "success".into(),
            Self::Passive(fields) => Value::Object(fields),
        }
    }

    /// Addresses a reply message to whom the push came from, where its function left that out. An object without
    /// `MsgType` is no message (`{"ErrCode": 0}` for `xpay_*`) and stays as it is.
    #[must_use]
    pub fn addressed(self, push: &Push, now_seconds: i64) -> Self {
        let Self::Passive(mut fields) = self else { return self };
        if fields.contains_key("MsgType") {
            for (name, from) in [("ToUserName", "FromUserName"), ("FromUserName", "ToUserName")] {
                if let (false, Some(value)) = (fields.contains_key(name), push.fields().get(from)) {
                    fields.insert(name.into(), value.clone());
                }
            }
            fields.entry("CreateTime").or_insert(now_seconds.into());
        }
        Self::Passive(fields)
    }

    /// Writes the body. `random` must be fresh each time.
    ///
    /// # Errors
    /// [`XmlError`] where a field's name cannot be written in XML.
    pub fn encode(&self, seal: &Seal<'_>, now_seconds: i64, random: [u8; 16]) -> Result<Encoded, XmlError> {
        let Self::Passive(fields) = self else {
            return Ok(Encoded { content_type: "text/plain", body: "success".into() });
        };
        let message = write(seal.format, fields)?;
        let body = if seal.mode == Mode::Plain { message } else { encrypt(seal, &message, now_seconds, random)? };
        let content_type = match seal.format {
            Format::Json => "application/json",
            Format::Xml => "application/xml",
        };
        Ok(Encoded { content_type, body })
    }
}

fn encrypt(seal: &Seal<'_>, message: &str, now_seconds: i64, random: [u8; 16]) -> Result<String, XmlError> {
    let encrypt = seal.credentials.encoding_aes_key.encrypt(random, message.as_bytes(), seal.appid);
    let timestamp = now_seconds.to_string();
    let msg_signature = signature::sign_encrypted(&seal.credentials.token, &timestamp, seal.nonce, &encrypt);
    let mut envelope = Map::new();
    envelope.insert("Encrypt".into(), encrypt.into());
    envelope.insert("MsgSignature".into(), msg_signature.into());
    envelope.insert("TimeStamp".into(), json!(now_seconds));
    envelope.insert("Nonce".into(), seal.nonce.into());
    write(seal.format, &envelope)
}

fn write(format: Format, fields: &Map<String, Value>) -> Result<String, XmlError> {
    match format {
        Format::Json => Ok(json!(fields).to_string()),
        Format::Xml => xml::from_json(fields),
    }
}

#[cfg(test)]
#[path = "reply_tests.rs"]
mod tests;
