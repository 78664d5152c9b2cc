//! What a user is to do and how the push of it is to travel.

use protocol::format::Format;
use protocol::mode::Mode;
use serde_json::{Map, Value};

use super::fields::{flag, number, parsed, text};
use super::refusal::Refusal;
use crate::push::answer_fault::AnswerFault;
use crate::push::sealed::{Signature, Style};
use crate::users::DEMO_OPENID;

/// What to push.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) style: Style,
    pub(super) openid: String,
    pub(super) message: Map<String, Value>,
    pub(super) fault: Option<AnswerFault>,
    /// Whether the order is answered only when the delivery is over.
    pub(super) waits: bool,
}

impl Order {
    /// The fields that an order may have.
    pub(super) const FIELDS: [&str; 8] =
        ["mode", "format", "openid", "message", "bad_signature", "fault", "fault_attempts", "wait"];

    pub(super) fn read(mut fields: Map<String, Value>) -> Result<Self, Refusal> {
        let mode = parsed(&fields, "mode")?.unwrap_or(Mode::Safe);
        let format = parsed(&fields, "format")?.unwrap_or(Format::Json);
        let signature = signature(&fields)?;
        let openid = text(&fields, "openid")?.map(str::to_owned);
        let Some(Value::Object(message)) = fields.remove("message") else {
            return Err(Refusal::Field { field: "message", rule: "is needed, a JSON object".to_owned() });
        };
        let fault = answer_fault(&fields)?;
        let waits = waits(&fields)?;
        let openid = openid
            .or_else(|| message.get("FromUserName").and_then(Value::as_str).map(str::to_owned))
            .unwrap_or_else(|| DEMO_OPENID.to_owned());
        Ok(Self { style: Style { mode, format, signature }, openid, message, fault, waits })
    }
}

/// Whether the order is answered only when the delivery is over: unless `wait` is false.
pub(super) fn waits(fields: &Map<String, Value>) -> Result<bool, Refusal> {
    Ok(flag(fields, "wait")?.unwrap_or(true))
}

/// Whose signatures the push has: a forger's if `bad_signature` is true.
pub(super) fn signature(fields: &Map<String, Value>) -> Result<Signature, Refusal> {
    Ok(if flag(fields, "bad_signature")? == Some(true) { Signature::Forged } else { Signature::Genuine })
}

/// What becomes of the answers: `fault`, for the first `fault_attempts` of them or all.
pub(super) fn answer_fault(fields: &Map<String, Value>) -> Result<Option<AnswerFault>, Refusal> {
    let attempts = number(fields, "fault_attempts")?;
    let Some(kind) = parsed(fields, "fault")? else { return Ok(None) };
    let fault = AnswerFault::new(kind, attempts);
    fault.map(Some).map_err(|error| Refusal::Field { field: "fault_attempts", rule: error.to_string() })
}
