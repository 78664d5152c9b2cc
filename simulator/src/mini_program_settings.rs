//! The settings of the mini programs beside the first one, as `--mini-programs` gives them: a JSON array of objects.

use std::collections::BTreeSet;

use reqwest::Url;
use serde_json::{Map, Value};

use crate::identity::{Identity, IdentityError};
use crate::push_url::{self, BadPushUrl};

const FIELDS: [&str; 5] = ["appid", "app_secret", "token", "encoding_aes_key", "push_url"];

/// Why a text is no list of mini programs. Each message names the field and the rule and never repeats a value.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("must be a JSON array of objects ({0})")]
    NotJson(#[source] serde_json::Error),
    #[error("must be a JSON array of objects")]
    NotAnArray,
    #[error("[{0}]: must be a JSON object")]
    NotAnObject(usize),
    #[error("[{index}].{field}: unknown field; known fields are {}", FIELDS.join(", "))]
    UnknownField { index: usize, field: String },
    #[error("[{index}].{field}: {rule}")]
    NotAString { index: usize, field: &'static str, rule: &'static str },
    #[error("[{index}].{}: {source}", source.field())]
    Identity { index: usize, source: IdentityError },
    #[error("[{index}].push_url: {source}")]
    PushUrl { index: usize, source: BadPushUrl },
    #[error("[{0}].appid: another mini program has the same")]
    Twice(usize),
}

/// Reads the settings of each: who it is, and where its pushes go, if that is given. `first`: the appid of the first one,
/// which is not among them.
pub(crate) fn read(text: &str, first: &str) -> Result<Vec<(Identity, Option<Url>)>, SettingsError> {
    let Value::Array(list) = serde_json::from_str(text).map_err(SettingsError::NotJson)? else {
        return Err(SettingsError::NotAnArray);
    };
    let mut appids = BTreeSet::from([first.to_owned()]);
    let one = |(index, value): (usize, &Value)| {
        let (identity, push_url) = mini_program(index, value)?;
        if appids.insert(identity.appid.clone()) { Ok((identity, push_url)) } else { Err(SettingsError::Twice(index)) }
    };
    list.iter().enumerate().map(one).collect()
}

fn mini_program(index: usize, value: &Value) -> Result<(Identity, Option<Url>), SettingsError> {
    let fields = value.as_object().ok_or(SettingsError::NotAnObject(index))?;
    if let Some(field) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(SettingsError::UnknownField { index, field: field.clone() });
    }
    let needed = |field| {
        string(index, fields, field)?.ok_or(SettingsError::NotAString { index, field, rule: "is needed, a string" })
    };
    let [appid, app_secret, token, encoding_aes_key] =
        [needed("appid")?, needed("app_secret")?, needed("token")?, needed("encoding_aes_key")?];
    let identity = Identity::new(appid, app_secret, token, encoding_aes_key)
        .map_err(|source| SettingsError::Identity { index, source })?;
    let push_url = string(index, fields, "push_url")?
        .map(|text| push_url::parse(text).map_err(|source| SettingsError::PushUrl { index, source }))
        .transpose()?;
    Ok((identity.with_account_of_its_own(), push_url))
}

/// A string; none if the field is missing or null.
fn string<'a>(
    index: usize,
    fields: &'a Map<String, Value>,
    field: &'static str,
) -> Result<Option<&'a str>, SettingsError> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(SettingsError::NotAString { index, field, rule: "must be a string" }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FIRST: &str = "wxba5fad812f8e6fb9";

    fn club() -> Value {
        json!({"appid": "wx00000000000c10b0", "app_secret": "hunter2", "token": "CLUB", "encoding_aes_key": "C".repeat(43)})
    }

    #[test]
    fn each_is_read_with_or_without_a_push_url() {
        let mut shop = club();
        shop["appid"] = json!("wx000000000005209a");
        shop["push_url"] = json!("http://127.0.0.1:3000/push/wx000000000005209a");
        let read = read(&json!([club(), shop]).to_string(), FIRST).unwrap();
        let told: Vec<_> = read
            .iter()
            .map(|(identity, push_url)| (identity.appid.as_str(), push_url.as_ref().map(Url::path)))
            .collect();
        assert_eq!(told, [("wx00000000000c10b0", None), ("wx000000000005209a", Some("/push/wx000000000005209a"))],);
        assert_ne!(read[0].0.account, read[1].0.account, "each has an original id of its own");
    }

    #[test]
    fn what_is_malformed_is_named_by_field_and_rule_and_not_repeated() {
        for (text, expected) in [
            ("hunter2", "must be a JSON array of objects ("),
            (r#"{"appid": "hunter2"}"#, "must be a JSON array of objects"),
            (r#"["hunter2"]"#, "[0]: must be a JSON object"),
        ] {
            let message = read(text, FIRST).unwrap_err().to_string();
            assert!(message.starts_with(expected) && !message.contains("hunter"), "{message}");
        }
        for (field, value, expected) in [
            ("appid", Value::Null, "[1].appid: is needed, a string"),
            ("appid", json!(""), "[1].appid: must be letters and digits"),
            ("appid", json!(FIRST), "[1].appid: another mini program has the same"),
            ("appid", club()["appid"].clone(), "[1].appid: another mini program has the same"),
            ("app_secret", json!(""), "[1].app_secret: must not be empty"),
            ("token", json!("hunter 2"), "[1].token: "),
            ("token", json!(5), "[1].token: must be a string"),
            ("encoding_aes_key", json!("hunter2"), "[1].encoding_aes_key: "),
            ("push_url", json!("hunter2"), "[1].push_url: must be an absolute"),
            ("secret", json!("hunter2"), "[1].secret: unknown field; known fields are appid, app_secret"),
        ] {
            let mut another = club();
            another["appid"] = json!("wx000000000005209a");
            another[field] = value;
            let message = read(&json!([club(), another]).to_string(), FIRST).unwrap_err().to_string();
            assert!(message.starts_with(expected) && !message.contains("hunter"), "{message}");
        }
    }
}
