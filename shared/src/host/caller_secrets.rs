//! The callers of the SDK gateway and their secrets, which `wechat-gateway` alone reads.
//!
//! The secret's text is `{"name": "secret", "name": ["new", "old"], …}`. An entry that breaks its rule breaks no other.

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::Client;
use protocol::caller::{CallerError, CallerName, CallerSecret};
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use super::secrets::{self, Rule, SecretError};

/// Cache lifetime. It bounds how long a caller that was removed is still served, also if Secrets Manager is out of reach.
const CACHE_SECONDS: i64 = 5 * 60;
/// Between two further reads, which tokens and secrets that do not verify cause.
const FURTHER_READ_PAUSE_SECONDS: i64 = 60;
/// Between two tries while Secrets Manager is out of reach.
const FAILED_READ_PAUSE_SECONDS: i64 = 5;
/// A caller's secrets while it is rotated: the new one and the old one.
const MAX_SECRETS: usize = 2;

/// The callers' secrets, as this process sees them: read at the first call and every five minutes, and once more if a token or a
/// secret does not verify, though not more than once a minute. A read for what then does not verify counts as one of those.
#[derive(Debug)]
pub struct CallerSecrets {
    client: Client,
    arn: String,
    cached: Mutex<Cached>,
}

/// The callers with the secrets that are valid now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Callers(BTreeMap<CallerName, Vec<CallerSecret>>);

/// What is in memory. Before the first read, all times are in the past.
#[derive(Debug)]
struct Cached {
    /// What was read, or the rule that the secret as a whole breaks.
    callers: Result<Callers, Rule>,
    until_seconds: i64,
    no_further_read_until_seconds: i64,
    /// After a read that failed.
    no_read_until_seconds: i64,
}

/// Why an entry is left out. Its secret is never repeated.
#[derive(Debug, thiserror::Error)]
enum EntryError {
    #[error(transparent)]
    Caller(#[from] CallerError),
    #[error("the secret must be a string, or a list of the new one and the old one")]
    Form,
    #[error("another caller has the same secret")]
    Shared,
}

impl CallerSecrets {
    /// The secret with this ARN.
    #[must_use]
    pub fn new(client: Client, arn: String) -> Self {
        let cached = Cached {
            callers: Ok(Callers::default()),
            until_seconds: 0,
            no_further_read_until_seconds: 0,
            no_read_until_seconds: 0,
        };
        Self { client, arn, cached: Mutex::new(cached) }
    }

    /// What `find` makes of the callers; if it finds nothing, what it makes of them after a further read, which happens no more
    /// than once a minute, nor sooner than five seconds after a read that failed.
    ///
    /// # Errors
    /// [`SecretError`] if Secrets Manager does not answer and nothing is cached, or the secret is not the object that it
    /// should be.
    pub async fn find<T>(
        &self,
        find: impl Fn(&Callers) -> Option<T> + Send,
        now_seconds: i64,
    ) -> Result<Option<T>, SecretError> {
        let mut cached = self.cached.lock().await;
        let is_read = cached.until_seconds <= now_seconds;
        if is_read {
            self.read(&mut cached, now_seconds).await?;
        }
        let found = cached.find(&find);
        if matches!(found, Ok(Some(_))) || cached.no_further_read_until_seconds > now_seconds {
            return found;
        }
        if !is_read {
            self.read(&mut cached, now_seconds).await?;
        }
        cached.no_further_read_until_seconds = now_seconds.saturating_add(FURTHER_READ_PAUSE_SECONDS);
        cached.find(&find)
    }

    async fn read(&self, cached: &mut Cached, now_seconds: i64) -> Result<(), SecretError> {
        if cached.no_read_until_seconds > now_seconds {
            return Err(SecretError::OutOfReach("it did not a moment ago".into()));
        }
        cached.no_read_until_seconds = now_seconds.saturating_add(FAILED_READ_PAUSE_SECONDS);
        let text = secrets::version(&self.client, &self.arn, "AWSCURRENT").await?;
        cached.callers = callers(text.as_deref());
        cached.until_seconds = now_seconds.saturating_add(CACHE_SECONDS);
        cached.no_read_until_seconds = now_seconds;
        Ok(())
    }
}

impl Cached {
    fn find<T>(&self, find: impl Fn(&Callers) -> Option<T>) -> Result<Option<T>, SecretError> {
        self.callers.as_ref().map(find).map_err(|rule| SecretError::NotSet(rule.clone()))
    }
}

impl Callers {
    /// A caller's secrets; none if there is no such caller.
    #[must_use]
    pub fn secrets_of(&self, name: &CallerName) -> &[CallerSecret] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// The caller whose secret this is, and the secret. It is compared with all of them, each in constant time.
    #[must_use]
    pub fn by_secret(&self, received: &str) -> Option<(&CallerName, &CallerSecret)> {
        let all = self.0.iter().flat_map(|(name, secrets)| secrets.iter().map(move |secret| (name, secret)));
        all.fold(None, |found, caller| if caller.1.is(received) { Some(caller) } else { found })
    }
}

fn callers(text: Option<&str>) -> Result<Callers, Rule> {
    let text = text.ok_or_else(|| Rule::new("it has no value"))?;
    let object: Map<String, Value> = serde_json::from_str(text).map_err(|_| secrets::not_the_object())?;
    let mut callers = BTreeMap::new();
    for (name, value) in &object {
        match (name.parse::<CallerName>(), caller_secrets(value)) {
            (Ok(name), Ok(secrets)) => drop(callers.insert(name, secrets)),
            (Ok(name), Err(error)) => left_out(&name, &error),
            // The name is not told: it may be a value that was pasted into the wrong place.
            (Err(error), _) => tracing::error!(%error, "a caller of the SDK gateway is left out"),
        }
    }
    let is_shared = |name: &CallerName, secrets: &[CallerSecret]| {
        callers.iter().any(|(other, others)| other != name && others.iter().any(|secret| secrets.contains(secret)))
    };
    let shared: Vec<CallerName> =
        callers.iter().filter(|(name, secrets)| is_shared(name, secrets)).map(|(name, _)| name.clone()).collect();
    for name in shared {
        left_out(&name, &EntryError::Shared);
        callers.remove(&name);
    }
    Ok(Callers(callers))
}

fn left_out(name: &CallerName, error: &EntryError) {
    tracing::error!(caller = %name, %error, "a caller of the SDK gateway is left out");
}

fn caller_secrets(value: &Value) -> Result<Vec<CallerSecret>, EntryError> {
    let texts = match value {
        Value::String(_) => std::slice::from_ref(value),
        Value::Array(texts) if (1..=MAX_SECRETS).contains(&texts.len()) => texts.as_slice(),
        _ => return Err(EntryError::Form),
    };
    texts.iter().map(|text| Ok(CallerSecret::new(text.as_str().ok_or(EntryError::Form)?)?)).collect()
}

#[cfg(test)]
#[path = "caller_secrets_tests.rs"]
mod tests;
