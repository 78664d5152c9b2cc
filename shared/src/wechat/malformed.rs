//! A request that WeChat need not be asked about.

use serde_json::{Map, Value};

use super::errcode::Errcode;

/// Which field of a request breaks which rule. What the field holds is never repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {rule}")]
pub struct Malformed {
    /// The code that WeChat itself would answer, as far as it has one.
    pub errcode: Errcode,
    /// The field, as a path: `text.content`.
    pub field: String,
    /// The rule.
    pub rule: String,
}

impl Malformed {
    /// A field with the code that WeChat has for its rule.
    pub fn new(errcode: Errcode, field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self { errcode, field: field.into(), rule: rule.into() }
    }

    /// A field with WeChat's general code for a wrong parameter, 40035.
    pub fn parameter(field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self::new(Errcode::INVALID_PARAMETER, field, rule)
    }
}

/// A field that must be a text with something in it.
pub(crate) fn required_text<'a>(object: &'a Map<String, Value>, path: &str, name: &str) -> Result<&'a str, Malformed> {
    match object.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(Value::String(_)) => Err(Malformed::parameter(field(path, name), "must not be empty")),
        Some(_) => Err(Malformed::parameter(field(path, name), "must be a string")),
        None => Err(Malformed::parameter(field(path, name), "is required")),
    }
}

/// Longer than any id of WeChat's, and shorter than what DynamoDB takes as a key.
pub(crate) const MAX_ID_BYTES: usize = 128;

/// A field that must be an id of WeChat's: a text with something in it, and not too much.
pub(crate) fn required_id<'a>(object: &'a Map<String, Value>, path: &str, name: &str) -> Result<&'a str, Malformed> {
    let id = required_text(object, path, name)?;
    let fits = id.len() <= MAX_ID_BYTES;
    fits.then_some(id).ok_or_else(|| Malformed::parameter(field(path, name), "must not exceed 128 bytes"))
}

/// A field that may be left out, and must be a text if it is there.
pub(crate) fn optional_text<'a>(
    object: &'a Map<String, Value>,
    path: &str,
    name: &str,
) -> Result<Option<&'a str>, Malformed> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Malformed::parameter(field(path, name), "must be a string")),
    }
}

/// A field that must be an object.
pub(crate) fn required_object<'a>(
    object: &'a Map<String, Value>,
    path: &str,
    name: &str,
) -> Result<&'a Map<String, Value>, Malformed> {
    optional_object(object, path, name)?.ok_or_else(|| Malformed::parameter(field(path, name), "is required"))
}

/// A field that may be left out, and must be an object if it is there.
pub(crate) fn optional_object<'a>(
    object: &'a Map<String, Value>,
    path: &str,
    name: &str,
) -> Result<Option<&'a Map<String, Value>>, Malformed> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::Object(inner)) => Ok(Some(inner)),
        Some(_) => Err(Malformed::parameter(field(path, name), "must be an object")),
    }
}

fn field(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
