//! Sends a recorded push anew.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use protocol::mode::Mode;
use serde_json::{Map, Value, json};

use super::fields::{flag, parsed, text};
use super::mini_program;
use super::order::{answer_fault, signature, waits};
use super::pushes::act;
use super::refusal::Refusal;
use crate::mini_programs::MiniPrograms;
use crate::push::message::Message;
use crate::push::recorded::Recorded;
use crate::push::sealed::{Chance, SealedPush, Style};
use crate::users::DEMO_OPENID;
use crate::{clock, random};

const FIELDS: [&str; 10] =
    ["mode", "format", "openid", "body", "set", "fresh", "bad_signature", "fault", "fault_attempts", "wait"];

/// Encrypts and signs the message in `body` anew and pushes it, with all its fields but those in `set`, and unless `openid`
/// names another user. The user acts as by any push.
pub(super) async fn replay(State(mini_programs): State<Arc<MiniPrograms>>, body: Bytes) -> Result<Response, Refusal> {
    let (wechat, mut order) = mini_program::order(&mini_programs, &body, &FIELDS)?;
    let (fault, waits) = (answer_fault(&order)?, waits(&order)?);
    let body = text(&order, "body")?.ok_or(Refusal::Field { field: "body", rule: "is needed, a string".to_owned() })?;
    let mut recorded = Recorded::open(body.as_bytes(), &wechat.identity)?;
    let now = clock::now();
    if flag(&order, "fresh")? == Some(true) {
        recorded.renew(now, clock::growing_id());
    }
    if let Some(openid) = text(&order, "openid")? {
        recorded.set(Map::from_iter([("FromUserName".to_owned(), json!(openid))]));
    }
    if let Some(format) = parsed(&order, "format")? {
        recorded.rewrite(format);
    }
    let style = Style {
        mode: parsed(&order, "mode")?.unwrap_or(Mode::Safe),
        format: recorded.format,
        signature: signature(&order)?,
    };
    match order.remove("set") {
        None | Some(Value::Null) => {}
        Some(Value::Object(set)) => recorded.set(set),
        Some(_) => return Err(Refusal::Field { field: "set", rule: "must be a JSON object".to_owned() }),
    }
    let openid = recorded.openid().unwrap_or(DEMO_OPENID).to_owned();
    let message = Message::recorded(recorded.fields, recorded.written, &openid)?;
    let chance = Chance { nonce: random::bytes()?, encryption: random::bytes()? };
    let push = SealedPush::seal(message, style, &wechat.identity, now, chance)?;
    act(wechat, push, now, fault, waits).await
}
