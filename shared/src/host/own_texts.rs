//! What single mini programs say in their own words: the secret `OwnTexts`, which is changed without a build.
//!
//! It holds `{"wx…": {"welcome_text": "…", "replies": […]}, …}`; what a mini program has no entry for is said as in all others.
//! Nothing in it is secret. It is kept where the credentials of a mini program are kept, so that one is added in one place, and
//! because a parameter of Systems Manager would hold 4 KB at most and need a client of its own in the functions.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_secretsmanager::Client;
use protocol::appid::Appid;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use super::causes::causes;
use super::clients;
use super::clock;
use super::secrets;
use super::settings;

/// How long a text may still be said after it was changed.
const CACHE_SECONDS: i64 = 5 * 60;

/// The entries of all mini programs, as far as a function reads them: `T` is its part of an entry.
#[derive(Debug)]
pub struct OwnTexts<T> {
    secret: Option<(Client, String)>,
    read: Mutex<Read<T>>,
}

#[derive(Debug)]
struct Read<T> {
    at_seconds: Option<i64>,
    entries: BTreeMap<Appid, Arc<T>>,
}

impl<T: DeserializeOwned> OwnTexts<T> {
    /// The secret that `OWN_TEXTS_SECRET_ARN` names. Without it no mini program has texts of its own.
    pub async fn from_environment() -> Self {
        let secret = match settings::optional_text("OWN_TEXTS_SECRET_ARN") {
            Some(arn) => Some((Client::new(&clients::sdk_config().await), arn)),
            None => None,
        };
        Self { secret, read: Mutex::new(Read { at_seconds: None, entries: BTreeMap::new() }) }
    }

    /// A mini program's own entry, if it has one. The secret is read every five minutes. If it cannot be read, or an entry is
    /// broken, that is logged, and what was read before or what is said in all mini programs holds.
    pub async fn of(&self, appid: Option<&Appid>) -> Option<Arc<T>> {
        let (appid, (client, arn)) = (appid?, self.secret.as_ref()?);
        let mut read = self.read.lock().await;
        let now_seconds = clock::now_seconds();
        if read.at_seconds.is_none_or(|at_seconds| now_seconds.saturating_sub(at_seconds) >= CACHE_SECONDS) {
            read.at_seconds = Some(now_seconds);
            match secrets::version(client, arn, "AWSCURRENT").await {
                Ok(text) => read.entries = by_appid(text.as_deref().unwrap_or("{}"), &read.entries),
                Err(error) => tracing::warn!(error = causes(&error), "own texts not read again; cached"),
            }
        }
        read.entries.get(appid).cloned()
    }
}

/// Takes the text apart. A broken entry leaves its mini program with what it had `before`.
fn by_appid<T: DeserializeOwned>(text: &str, before: &BTreeMap<Appid, Arc<T>>) -> BTreeMap<Appid, Arc<T>> {
    // A secret that was never set, or emptied.
    if text.trim().is_empty() {
        return BTreeMap::new();
    }
    let Ok(object) = serde_json::from_str::<Map<String, Value>>(text) else {
        tracing::error!("the secret OwnTexts is not a JSON object");
        return before.clone();
    };
    let mut entries = BTreeMap::new();
    for (name, value) in object {
        let appid = match name.parse::<Appid>() {
            Ok(appid) => appid,
            Err(rule) => {
                tracing::error!(name, %rule, "an entry of the secret OwnTexts is not named by an appid");
                continue;
            }
        };
        match serde_json::from_value(value) {
            Ok(entry) => drop(entries.insert(appid, Arc::new(entry))),
            Err(error) => {
                tracing::error!(%appid, %error, "an entry of the secret OwnTexts is broken");
                if let Some(before) = before.get(&appid) {
                    entries.insert(appid, before.clone());
                }
            }
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: &str = "wxba5fad812f8e6fb9";
    const CLUB: &str = "wx00112233445566ff";

    fn texts(text: &str, before: &BTreeMap<Appid, Arc<String>>) -> Vec<(String, String)> {
        by_appid::<String>(text, before).iter().map(|(appid, text)| (appid.to_string(), text.to_string())).collect()
    }

    fn has(appid: &str, text: &str) -> (String, String) {
        (appid.to_owned(), text.to_owned())
    }

    #[test]
    fn a_broken_entry_leaves_its_mini_program_with_what_it_had_and_others_alone() {
        let before = by_appid::<String>(&format!(r#"{{"{SHOP}":"a","{CLUB}":"b"}}"#), &BTreeMap::new());
        let broken = format!(r#"{{"{SHOP}":"newer","{CLUB}":1,"x":"c"}}"#);
        assert_eq!(texts(&broken, &before), [has(CLUB, "b"), has(SHOP, "newer")]);
        assert_eq!(texts(&broken, &BTreeMap::new()), [has(SHOP, "newer")]);
        assert_eq!(texts("{", &before), [has(CLUB, "b"), has(SHOP, "a")]);
        for emptied in ["{}", "", " "] {
            assert_eq!(texts(emptied, &before), []);
        }
    }
}
