//! WeChat writes the same field as a number on one page and as a string on the next: both are accepted.

use serde::{Deserialize, Deserializer, de::Error};

#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText {
    Integer(i64),
    Natural(u64),
    Text(String),
}

/// A text, or a whole number as the text of its digits.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match NumberOrText::deserialize(deserializer)? {
        NumberOrText::Integer(number) => number.to_string(),
        NumberOrText::Natural(number) => number.to_string(),
        NumberOrText::Text(text) => text,
    })
}

/// As [`text`], for a field that may be missing.
pub(crate) fn optional_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    text(deserializer).map(Some)
}

/// A whole number, or a text of its digits.
pub(crate) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    match NumberOrText::deserialize(deserializer)? {
        NumberOrText::Integer(number) => Ok(number),
        NumberOrText::Natural(_) => Err(D::Error::custom("a number beyond 64 bits")),
        NumberOrText::Text(text) => text.trim().parse().map_err(|_| D::Error::custom("a text that is no number")),
    }
}
