//! `--set`: a field of a push that is to be another one than the sample's or the file's.

use std::str::FromStr;

use serde_json::{Map, Value};

/// A field and its value. `Name=text` is a string, `Name:=…` any JSON.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SetField {
    name: String,
    value: Value,
}

/// Why a text sets no field.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoSetField {
    #[error("must be Name=text for a string, or Name:=JSON for any other value")]
    Form,
    #[error("{0}: what follows := must be JSON ({1})")]
    Json(String, #[source] serde_json::Error),
}

impl FromStr for SetField {
    type Err = NoSetField;

    fn from_str(text: &str) -> Result<Self, NoSetField> {
        let (name, value) = text.split_once('=').ok_or(NoSetField::Form)?;
        let (name, value) = match name.strip_suffix(':') {
            None => (name, value.into()),
            Some(name) => {
                (name, serde_json::from_str(value).map_err(|error| NoSetField::Json(name.to_owned(), error))?)
            }
        };
        if name.is_empty() { Err(NoSetField::Form) } else { Ok(Self { name: name.to_owned(), value }) }
    }
}

/// The fields that are set; of two with one name the last.
pub(crate) fn fields(set: Vec<SetField>) -> Map<String, Value> {
    set.into_iter().map(|SetField { name, value }| (name, value)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_is_a_string_unless_it_is_set_as_json() {
        for (text, name, value) in [
            ("SessionFrom=menu", "SessionFrom", json!("menu")),
            ("Query=a=1", "Query", json!("a=1")),
            ("Scene=1001", "Scene", json!("1001")),
            ("Scene:=1001", "Scene", json!(1001)),
            ("List:=[{\"TemplateId\": \"a=b\"}]", "List", json!([{"TemplateId": "a=b"}])),
            ("SessionFrom=", "SessionFrom", json!("")),
        ] {
            assert_eq!(text.parse::<SetField>().unwrap(), SetField { name: name.to_owned(), value }, "{text}");
        }
    }

    #[test]
    fn what_sets_no_field_is_refused() {
        for text in ["", "SessionFrom", "=menu", ":=1", "Scene:=many"] {
            assert!(text.parse::<SetField>().is_err(), "{text}");
        }
    }
}
