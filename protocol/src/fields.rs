//! A body's top-level fields, whichever format it is in.

use serde_json::{Map, Value};

use crate::format::Format;
use crate::xml::{self, XmlError};

/// Why a body has no fields.
#[derive(Debug, thiserror::Error)]
pub enum FieldsError {
    /// It begins like neither format.
    #[error("the body must begin with '<' (XML) or '{{' (JSON)")]
    NeitherFormat,
    /// It begins like XML and is none.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// It begins like a JSON object and is none. What stands in it is not repeated.
    #[error("the JSON is broken at line {line}, column {column}")]
    Json {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
}

/// Reads a body's fields. The format is told by the first byte that is no white space (`Content-Type` says `text/xml`
/// for both), after a byte-order mark if there is one.
///
/// # Errors
/// [`FieldsError`] if it is neither a JSON object nor an `<xml>` element.
pub fn read(body: &[u8]) -> Result<(Format, Map<String, Value>), FieldsError> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body).trim_ascii_start();
    match body.first() {
        Some(b'<') => Ok((Format::Xml, xml::to_json(body)?)),
        Some(b'{') => serde_json::from_slice(body)
            .map(|fields| (Format::Json, fields))
            .map_err(|error| FieldsError::Json { line: error.line(), column: error.column() }),
        _ => Err(FieldsError::NeitherFormat),
    }
}
