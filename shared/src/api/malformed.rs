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
    pub rule: &'static str,
}

impl Malformed {
    /// A field with WeChat's general code for a wrong parameter, 40035.
    pub(crate) fn parameter(field: impl Into<String>, rule: &'static str) -> Self {
        Self { errcode: Errcode::INVALID_PARAMETER, field: field.into(), rule }
    }
}

/// A field that must be a text with something in it.
pub(crate) fn required_text<'a>(object: &'a Map<String, Value>, path: &str, name: &str) -> Result<&'a str, Malformed> {
    let field = || if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match object.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(Value::String(_)) => Err(Malformed::parameter(field(), "must not be empty")),
        Some(_) => Err(Malformed::parameter(field(), "must be a string")),
        None => Err(Malformed::parameter(field(), "is required")),
    }
}
