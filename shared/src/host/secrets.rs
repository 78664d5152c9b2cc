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

/// How long what was read is believed, so that a pair that was withdrawn ends.
const BELIEVED_SECONDS: i64 = 5 * 60;
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
            if now_seconds.saturating_sub(read.at_seconds) >= BELIEVED_SECONDS {
                read.at_seconds = now_seconds;
                match self.fetch().await {
                    Ok(pairs) => read.pairs = pairs,
                    Err(error) => tracing::warn!(error = causes(&error), "the push secret is believed for longer"),
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
        // The pause holds for a read that fails, too.
        before.further_read_at_seconds = Some(now_seconds);
        let pairs = self.fetch().await?;
        if pairs == before.pairs {
            return Ok(None);
        }
        before.pairs.clone_from(&pairs);
        Ok(Some(pairs))
    }

    async fn fetch(&self) -> Result<Vec<Credentials>, SecretError> {
        let (current, previous) = tokio::join!(self.version("AWSCURRENT"), self.version("AWSPREVIOUS"));
        let current = current?.ok_or_else(|| SecretError::NotSet("it has no value".into()))?;
        let mut pairs = vec![parse::<Credentials>(&current)?];
        // A previous value that is no pair, somebody's first try, verifies nothing and hinders nothing.
        pairs.extend(previous?.and_then(|text| parse(&text).ok()));
        Ok(pairs)
    }

    async fn version(&self, stage: &str) -> Result<Option<String>, SecretError> {
        get(&self.client, &self.arn, stage).await
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
