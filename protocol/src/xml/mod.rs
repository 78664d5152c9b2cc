//! WeChat's XML and the JSON that says the same.
//!
//! WeChat wraps fields in `<xml>`, texts in CDATA, and repeats an element for a list. [`to_json`] reads it, [`from_json`]
//! writes it.

mod error;
mod fields;
mod read;
mod tail;
mod write;

pub use error::XmlError;
pub use read::to_json;
pub use write::from_json;

#[cfg(test)]
#[path = "xml_tests.rs"]
mod tests;
