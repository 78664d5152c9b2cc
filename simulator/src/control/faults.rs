//! Lets the calls of a path go wrong.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde_json::{Map, Value, json};

use super::fields::{flag, number, parsed, text};
use super::mini_program::{self, Asked};
use super::refusal::Refusal;
use crate::api::fault::Fault;
use crate::clock;
use crate::mini_programs::MiniPrograms;

/// Switches a fault on; with `alone`, all others off in the same step.
pub(super) async fn set(State(mini_programs): State<Arc<MiniPrograms>>, body: Bytes) -> Result<Json<Value>, Refusal> {
    let known = ["path", "fault", "errcode", "milliseconds", "times", "alone"];
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
        (Fault::Delay(_), Some(milliseconds), _) => Fault::Delay(Duration::from_millis(milliseconds)),
        (Fault::Errcode(_), _, Some(errcode)) => Fault::Errcode(
            errcode.as_i64().ok_or(Refusal::Field { field: "errcode", rule: "must be a whole number".to_owned() })?,
        ),
        _ => fault,
    })
}

fn needed(field: &'static str) -> Refusal {
    Refusal::Field { field, rule: "is needed, a string".to_owned() }
}
