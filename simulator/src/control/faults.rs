//! Lets the calls of a path go wrong.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::fields::{flag, known, number, parsed, text};
use super::mini_program::{self, Asked};
use super::refusal::Refusal;
use crate::api::fault::Fault;
use crate::api::raw_answer::RawAnswer;
use crate::clock;
use crate::mini_programs::MiniPrograms;

/// Switches a fault on; with `alone`, all others off in the same step.
pub(super) async fn set(State(mini_programs): State<Arc<MiniPrograms>>, body: Bytes) -> Result<Json<Value>, Refusal> {
    let known = ["path", "fault", "errcode", "milliseconds", "answer", "times", "alone"];
    let (wechat, fields) = mini_program::order(&mini_programs, &body, &known)?;
    let path = text(&fields, "path")?.ok_or(needed("path"))?;
    let fault = fault(&fields)?;
    let times = number(&fields, "times")?;
    if times == Some(0) {
        return Err(Refusal::Field { field: "times", rule: "must be 1 or more".to_owned() });
    }
    let alone = flag(&fields, "alone")?.unwrap_or(false);
    let mut memory = wechat.memory();
    if alone {
        memory.faults.clear();
    }
    memory.faults.set(path, fault, times);
    memory.tell_faults(clock::now());
    Ok(Json(Value::Object(fields)))
}

/// Switches all faults off.
pub(super) async fn clear(Asked(wechat): Asked) -> Json<Value> {
    let mut memory = wechat.memory();
    memory.faults.clear();
    memory.tell_faults(clock::now());
    Json(json!({}))
}

/// The fault with what is said of it.
fn fault(fields: &Map<String, Value>) -> Result<Fault, Refusal> {
    let fault = parsed(fields, "fault")?.ok_or(needed("fault"))?;
    let milliseconds = number(fields, "milliseconds")?;
    Ok(match (fault, milliseconds, fields.get("errcode")) {
        (Fault::Answer(_), _, _) => Fault::Answer(Arc::new(raw_answer(fields)?)),
        (Fault::Delay(_), Some(milliseconds), _) => Fault::Delay(Duration::from_millis(milliseconds)),
        (Fault::Errcode(_), _, Some(errcode)) => Fault::Errcode(
            errcode.as_i64().ok_or(Refusal::Field { field: "errcode", rule: "must be a whole number".to_owned() })?,
        ),
        (fault, _, _) => fault,
    })
}

/// The answer that is sent in place of WeChat's.
fn raw_answer(fields: &Map<String, Value>) -> Result<RawAnswer, Refusal> {
    let answer = fields.get("answer").and_then(Value::as_object);
    let answer = answer.ok_or(Refusal::Field { field: "answer", rule: "is needed, an object".to_owned() })?;
    known(answer, &["status", "content_type", "content_disposition", "body", "body_base64"])?;
    let status = number(answer, "status")?.unwrap_or(200);
    let status = u16::try_from(status).ok().filter(|status| (200..600).contains(status));
    let status = status.and_then(|status| StatusCode::from_u16(status).ok());
    let header = |field| match text(answer, field)? {
        Some(text) if HeaderValue::from_str(text).is_err() => {
            Err(Refusal::Field { field, rule: "must be fit for a header".to_owned() })
        }
        text => Ok(text.map(str::to_owned)),
    };
    let body = match (text(answer, "body")?, text(answer, "body_base64")?) {
        (Some(_), Some(_)) => {
            return Err(Refusal::Field { field: "body", rule: "must not stand beside body_base64".to_owned() });
        }
        (Some(body), None) => body.to_owned().into_bytes(),
        (None, Some(body)) => {
            STANDARD.decode(body).map_err(|error| Refusal::Field { field: "body_base64", rule: error.to_string() })?
        }
        (None, None) => Vec::new(),
    };
    Ok(RawAnswer {
        status: status.ok_or(Refusal::Field { field: "status", rule: "must be 200 to 599".to_owned() })?,
        content_type: header("content_type")?,
        content_disposition: header("content_disposition")?,
        body: body.into(),
    })
}

fn needed(field: &'static str) -> Refusal {
    Refusal::Field { field, rule: "is needed, a string".to_owned() }
}
