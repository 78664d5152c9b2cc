//! Secrets Manager: each secret is read by one function alone.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{BoxError, SdkError};
use protocol::credentials::Credentials;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

use crate::host::causes::causes;
use crate::host::clock;
use crate::secret::Secret;

/// Cache lifetime. It bounds how long a revoked pair is still accepted.
const CACHE_SECONDS: i64 = 5 * 60;
/// Between two further reads of the push secret, which signatures that do not verify cause.
const FURTHER_READ_PAUSE_SECONDS: i64 = 60;

/// Why there is no secret. What it holds is never repeated.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager did not hand it out.
    #[error("Secrets Manager did not answer")]
    OutOfReach(#[source] BoxError),
    /// It does not hold what it should; until it is set after the first deployment, it does not.
    #[error("the secret is not set: {0}")]
    NotSet(String),
}

/// The push secret, as `push` sees it: read at the first push and every five minutes, and once more where a signature does
/// not verify, though not more than once a minute.
#[derive(Debug)]
pub struct PushSecret {
    client: Client,
    arn: String,
    read: Mutex<Option<Read>>,
}

#[derive(Debug, Clone)]
struct Read {
    at_seconds: i64,
    pairs: Vec<Credentials>,
    /// When it was last read once more, if ever: the first time is at once, for a secret that was just rotated.
    further_read_at_seconds: Option<i64>,
}

impl PushSecret {
    /// The secret with this ARN.
    #[must_use]
    pub fn new(client: Client, arn: String) -> Self {
        Self { client, arn, read: Mutex::default() }
    }

    /// The current pair, then the previous one while a rotation is under way.
    ///
    /// # Errors
    /// [`SecretError`] where Secrets Manager does not answer or the secret is not set.
    pub async fn credentials(&self) -> Result<Vec<Credentials>, SecretError> {
        let mut read = self.read.lock().await;
        let now_seconds = clock::now_seconds();
        if let Some(read) = read.as_mut() {
            if now_seconds.saturating_sub(read.at_seconds) >= CACHE_SECONDS {
                read.at_seconds = now_seconds;
                match self.fetch().await {
                    Ok(pairs) => read.pairs = pairs,
                    Err(error) => tracing::warn!(error = causes(&error), "push secret not read again; cached"),
                }
            }
            return Ok(read.pairs.clone());
        }
        let pairs = self.fetch().await?;
        *read = Some(Read { at_seconds: now_seconds, pairs: pairs.clone(), further_read_at_seconds: None });
        Ok(pairs)
    }

    /// The pairs read once more, if they are others than before: at once, then no more than once a minute.
    ///
    /// # Errors
    /// As [`Self::credentials`].
    pub async fn newer_credentials(&self) -> Result<Option<Vec<Credentials>>, SecretError> {
        let mut read = self.read.lock().await;
        let Some(before) = read.as_mut() else { return Ok(None) };
        let now_seconds = clock::now_seconds();
        let is_too_soon = before
            .further_read_at_seconds
            .is_some_and(|at_seconds| now_seconds.saturating_sub(at_seconds) < FURTHER_READ_PAUSE_SECONDS);
        if is_too_soon {
            return Ok(None);
        }
        // A read that fails is tried again at once: until it succeeds, nothing is known of a rotation.
        let pairs = self.fetch().await?;
        before.further_read_at_seconds = Some(now_seconds);
        if pairs == before.pairs {
            return Ok(None);
        }
        before.pairs.clone_from(&pairs);
        Ok(Some(pairs))
    }

    async fn fetch(&self) -> Result<Vec<Credentials>, SecretError> {
        let (current, previous) = tokio::join!(self.version("AWSCURRENT"), self.version("AWSPREVIOUS"));
        pairs(current?.as_deref(), previous?.as_deref())
    }

    async fn version(&self, stage: &str) -> Result<Option<String>, SecretError> {
        get(&self.client, &self.arn, stage).await
    }
}

/// The pairs that verify: the current one, then the previous one. A current value that is broken by hand does not stop
/// what the previous one still verifies; a previous value that is no pair, such as a first try, is left out.
fn pairs(current: Option<&str>, previous: Option<&str>) -> Result<Vec<Credentials>, SecretError> {
    let current = current.ok_or_else(|| SecretError::NotSet("it has no value".into())).and_then(parse::<Credentials>);
    let previous = previous.and_then(|text| parse::<Credentials>(text).ok());
    match (current, previous) {
        (Ok(current), previous) => Ok([current].into_iter().chain(previous).collect()),
        (Err(error), Some(previous)) => {
            tracing::error!(error = causes(&error), "AWSCURRENT of the push secret is broken; AWSPREVIOUS is used");
            Ok(vec![previous])
        }
        (Err(error), None) => Err(error),
    }
}

/// Reads the AppSecret. Not kept: it is wanted once in two hours.
///
/// # Errors
/// [`SecretError`] where Secrets Manager does not answer or the secret is not set.
pub async fn app_secret(client: &Client, arn: &str) -> Result<Secret, SecretError> {
    #[derive(Deserialize)]
    struct Text {
        app_secret: String,
    }

    let text = get(client, arn, "AWSCURRENT").await?.ok_or_else(|| SecretError::NotSet("it has no value".into()))?;
    let Text { app_secret } = parse(&text)?;
    if app_secret.is_empty() {
        return Err(SecretError::NotSet("app_secret: must not be empty".into()));
    }
    Ok(Secret::new(app_secret))
}

async fn get(client: &Client, arn: &str, stage: &str) -> Result<Option<String>, SecretError> {
    match client.get_secret_value().secret_id(arn).version_stage(stage).send().await {
        Ok(output) => Ok(output.secret_string),
        Err(SdkError::ServiceError(error)) if error.err().is_resource_not_found_exception() => Ok(None),
        Err(error) => Err(SecretError::OutOfReach(error.into())),
    }
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, SecretError> {
    serde_json::from_str(text).map_err(|error| {
        // The one kind whose message is our own or serde's, never the secret's text.
        let reason = error.to_string();
        let is_safe = reason.starts_with("token: ")
            || reason.starts_with("encoding_aes_key: ")
            || reason.starts_with("missing field");
        SecretError::NotSet(if is_safe { reason } else { "it is not the JSON object that it should be".into() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn text(token: &str) -> String {
        format!(r#"{{"token":"{token}","encoding_aes_key":"{KEY}"}}"#)
    }

    fn pair(token: &str) -> Credentials {
        serde_json::from_str(&text(token)).unwrap()
    }

    #[test]
    fn the_current_pair_comes_first_and_the_previous_one_beside_it() {
        assert_eq!(pairs(Some(&text("newer")), Some(&text("older"))).unwrap(), [pair("newer"), pair("older")]);
        assert_eq!(pairs(Some(&text("newer")), None).unwrap(), [pair("newer")]);
        assert_eq!(pairs(Some(&text("newer")), Some("a first try")).unwrap(), [pair("newer")]);
    }

    #[test]
    fn a_broken_current_value_does_not_stop_what_the_previous_one_verifies() {
        for broken in [None, Some(""), Some("{"), Some("[]"), Some(r#"{"token":"newer"}"#), Some(text("a b").as_str())]
        {
            assert_eq!(pairs(broken, Some(&text("older"))).unwrap(), [pair("older")], "{broken:?}");
        }
    }

    #[test]
    fn where_neither_is_a_pair_the_current_values_fault_is_told_without_the_value() {
        assert_eq!(pairs(None, None).unwrap_err().to_string(), "the secret is not set: it has no value");
        let error = pairs(Some(&text("hunter 2")), Some("{")).unwrap_err().to_string();
        assert!(error.contains("token: ") && !error.contains("hunter"), "{error}");
    }
}
