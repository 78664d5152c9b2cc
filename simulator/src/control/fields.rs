//! Reads the JSON object that an order is.

use serde_json::{Map, Value};

use super::refusal::Refusal;

/// Reads an object of known fields. No body at all is an empty object.
pub(super) fn object(body: &[u8], names: &[&str]) -> Result<Map<String, Value>, Refusal> {
    let body = if body.is_empty() { b"{}" } else { body };
    let fields: Map<String, Value> = serde_json::from_slice(body).map_err(Refusal::NotAnObject)?;
    known(&fields, names)?;
    Ok(fields)
}

/// Refuses an object with a field that is none of these.
pub(super) fn known(fields: &Map<String, Value>, names: &[&str]) -> Result<(), Refusal> {
    match fields.keys().find(|name| !names.contains(&name.as_str())) {
        Some(unknown) => Err(Refusal::UnknownField(unknown.clone(), names.join(", "))),
        None => Ok(()),
    }
}

/// A string; none if the field is missing or null.
pub(super) fn text<'a>(fields: &'a Map<String, Value>, field: &'static str) -> Result<Option<&'a str>, Refusal> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Refusal::Field { field, rule: "must be a string".to_owned() }),
    }
}

/// True or false; none if the field is missing or null.
pub(super) fn flag(fields: &Map<String, Value>, field: &'static str) -> Result<Option<bool>, Refusal> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(Refusal::Field { field, rule: "must be true or false".to_owned() }),
    }
}

/// A whole number of 0 or more; none if the field is missing or null.
pub(super) fn number(fields: &Map<String, Value>, field: &'static str) -> Result<Option<u64>, Refusal> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value
            .as_u64()
            .map(Some)
            .ok_or(Refusal::Field { field, rule: "must be a whole number of 0 or more".to_owned() }),
    }
}

/// What a string stands for; none if the field is missing or null.
pub(super) fn parsed<T: std::str::FromStr<Err: ToString>>(
    fields: &Map<String, Value>,
    field: &'static str,
) -> Result<Option<T>, Refusal> {
    let parse = |text: &str| text.parse().map_err(|error: T::Err| Refusal::Field { field, rule: error.to_string() });
    text(fields, field)?.map(parse).transpose()
}
