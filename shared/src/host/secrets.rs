//! Secrets Manager, and the forms in which a secret holds what each mini program has.
//!
//! | form | text |
//! |---|---|
//! | keyed | `{"wx…": {…}, "wx…": {…}}`: one entry for each mini program |
//! | flat | `{…}`: the fields of one entry, which is that of the parameter `AppId` |
//!
//! In the flat form other mini programs may have entries beside the fields. If `AppId` has both, its entry counts.

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{BoxError, SdkError};
use protocol::appid::Appid;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Why there is no secret. What it holds is never repeated.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager did not hand it out.
    #[error("Secrets Manager did not answer")]
    OutOfReach(#[source] BoxError),
    /// It does not hold what it should; until it is set after the first deployment, it does not.
    #[error("the secret is not set: {0}")]
    NotSet(Rule),
}

/// The rule that a secret or one of its entries breaks, with the field if there is one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Rule(String);

/// What a secret holds: of each mini program its entry, or the rule that the entry breaks.
pub(super) type Entries<T> = BTreeMap<Appid, Result<T, Rule>>;

impl Rule {
    pub(super) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// With the mini program whose entry it is.
    #[must_use]
    pub(super) fn of(&self, appid: &Appid) -> Self {
        Self(format!("{appid}: {self}"))
    }
}

/// Reads one version of a secret's text; nothing if it has none.
pub(super) async fn version(client: &Client, arn: &str, stage: &str) -> Result<Option<String>, SecretError> {
    match client.get_secret_value().secret_id(arn).version_stage(stage).send().await {
        Ok(output) => Ok(output.secret_string),
        Err(SdkError::ServiceError(error)) if error.err().is_resource_not_found_exception() => Ok(None),
        Err(error) => Err(SecretError::OutOfReach(error.into())),
    }
}

/// Takes a secret's text apart. `fields` are those of an entry, by which the flat form is known.
pub(super) fn entries<T: DeserializeOwned>(
    text: Option<&str>,
    fields: &[&str],
    default_appid: &Appid,
) -> Result<Entries<T>, Rule> {
    let text = text.ok_or_else(|| Rule::new("it has no value"))?;
    let object: Map<String, Value> = serde_json::from_str(text).map_err(|_| not_the_object())?;
    let (flat, keyed): (Map<_, _>, Map<_, _>) =
        object.into_iter().partition(|(name, _)| fields.contains(&name.as_str()));
    let mut entries = Entries::new();
    for (name, value) in keyed {
        match name.parse::<Appid>() {
            Ok(appid) => drop(entries.insert(appid, entry(value))),
            // The name is not told: it may be a value that was pasted into the wrong place.
            Err(rule) if value.is_object() => {
                tracing::error!(%rule, "an entry of a secret is not named by an appid");
            }
            Err(_) => {}
        }
    }
    if !flat.is_empty() {
        entries.entry(default_appid.clone()).or_insert_with(|| entry(Value::Object(flat)));
    }
    if entries.is_empty() { Err(not_the_object()) } else { Ok(entries) }
}

fn entry<T: DeserializeOwned>(value: Value) -> Result<T, Rule> {
    serde_json::from_value(value).map_err(|error| {
        // The kinds whose message is our own or serde's, never the secret's text.
        let reason = error.to_string();
        let is_safe = ["token: ", "encoding_aes_key: ", "app_secret: ", "missing field"];
        if is_safe.iter().any(|start| reason.starts_with(start)) { Rule(reason) } else { not_the_object() }
    })
}

pub(super) fn not_the_object() -> Rule {
    Rule::new("it is not the JSON object that it should be")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Entry {
        token: String,
    }

    const SHOP: &str = "wxba5fad812f8e6fb9";
    const CLUB: &str = "wx00112233445566ff";

    /// An appid, with its token or the rule that its entry breaks.
    type Read = (String, Result<String, String>);

    fn read(text: &str) -> Result<Vec<Read>, String> {
        let entries = entries::<Entry>(Some(text), &["token"], &SHOP.parse().unwrap());
        let entries = entries.map_err(|rule| rule.to_string())?.into_iter();
        Ok(entries
            .map(|(appid, entry)| (appid.into(), entry.map(|entry| entry.token).map_err(|rule| rule.to_string())))
            .collect())
    }

    fn has(appid: &str, token: &str) -> Read {
        (appid.to_owned(), Ok(token.to_owned()))
    }

    #[test]
    fn the_flat_form_is_the_entry_of_the_default_mini_program() {
        assert_eq!(read(r#"{"token":"a","note":"x"}"#).unwrap(), [has(SHOP, "a")]);
    }

    #[test]
    fn the_keyed_form_has_an_entry_for_each_and_need_not_have_the_default_one() {
        let both = format!(r#"{{"{SHOP}":{{"token":"a"}},"{CLUB}":{{"token":"b"}}}}"#);
        assert_eq!(read(&both).unwrap(), [has(CLUB, "b"), has(SHOP, "a")]);
        assert_eq!(read(&format!(r#"{{"{CLUB}":{{"token":"b"}}}}"#)).unwrap(), [has(CLUB, "b")]);
    }

    #[test]
    fn beside_the_flat_form_others_have_entries_and_an_own_entry_counts_more() {
        let beside = format!(r#"{{"token":"a","{CLUB}":{{"token":"b"}}}}"#);
        assert_eq!(read(&beside).unwrap(), [has(CLUB, "b"), has(SHOP, "a")]);
        let both = format!(r#"{{"token":"a","{SHOP}":{{"token":"c"}}}}"#);
        assert_eq!(read(&both).unwrap(), [has(SHOP, "c")]);
    }

    #[test]
    fn a_broken_entry_breaks_no_other_and_its_value_is_not_told() {
        let text = format!(r#"{{"{CLUB}":"hunter2","{SHOP}":{{"token":"a"}},"hunter3":{{"token":"c"}}}}"#);
        let read = read(&text).unwrap();
        assert_eq!(read[1], has(SHOP, "a"));
        assert_eq!(read[0], (CLUB.to_owned(), Err("it is not the JSON object that it should be".to_owned())));
        assert_eq!(read.len(), 2);
    }

    #[test]
    fn a_text_that_names_no_mini_program_is_no_secret() {
        for text in ["", "{", "[]", "{}", r#"{"a":1}"#, r#"{"hunter3":{"token":"c"}}"#] {
            assert_eq!(read(text).unwrap_err(), "it is not the JSON object that it should be", "{text}");
        }
    }
}
