//! The push secret, which `push` uses and `doctor` checks: Token and `EncodingAESKey` of each mini program.

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::Client;
use protocol::appid::Appid;
use protocol::credentials::Credentials;
use tokio::sync::Mutex;

use super::secrets::{self, Entries, Rule, SecretError};
use crate::host::causes::causes;
use crate::host::clock;

/// Cache lifetime. It bounds how long a revoked pair is still accepted.
const CACHE_SECONDS: i64 = 5 * 60;
/// Between two further reads of the push secret, which pushes that do not verify cause. The pushes of mini programs that have a
/// pair and those of all others have a pause each, so that whoever is unknown or broken cannot delay a rotation.
const FURTHER_READ_PAUSE_SECONDS: i64 = 60;
/// The same after a read that failed: until one succeeds, nothing is known of a rotation.
const FAILED_READ_PAUSE_SECONDS: i64 = 1;
/// The fields of an entry.
const FIELDS: [&str; 2] = ["token", "encoding_aes_key"];

/// The mini programs that AWSCURRENT names, each with the rule that its entry breaks, if it breaks one.
pub type PushSecretEntries = BTreeMap<Appid, Result<(), Rule>>;

/// The push secret, as `push` sees it: read at the first push and every five minutes, and once more where a push does not
/// verify, though not more than once a minute.
#[derive(Debug)]
pub struct PushSecret {
    client: Client,
    arn: String,
    default_appid: Appid,
    read: Mutex<Option<Read>>,
}

#[derive(Debug)]
struct Read {
    at_seconds: i64,
    pairs: Entries<Vec<Credentials>>,
    /// Until when it is not read once more, for mini programs that have a pair and for all others: the first time is at once, for
    /// a secret that was just rotated.
    pauses: Pauses,
}

#[derive(Debug, Default)]
struct Pauses {
    with_pair: Pause,
    without_pair: Pause,
}

#[derive(Debug, Default, Clone, Copy)]
struct Pause {
    until_seconds: i64,
    /// Whether it is because the read failed.
    has_failed: bool,
}

impl Read {
    fn of(&self, appid: &Appid) -> Result<Vec<Credentials>, SecretError> {
        match self.pairs.get(appid) {
            Some(Ok(pairs)) => Ok(pairs.clone()),
            Some(Err(rule)) => Err(SecretError::NotSet(rule.of(appid))),
            None => Ok(Vec::new()),
        }
    }
}

impl PushSecret {
    /// The secret with this ARN, of the stack whose parameter `AppId` is `default_appid`.
    #[must_use]
    pub fn new(client: Client, arn: String, default_appid: Appid) -> Self {
        Self { client, arn, default_appid, read: Mutex::default() }
    }

    /// A mini program's current pair, then its previous one while a rotation is under way; nothing if it is none of the
    /// stack's.
    ///
    /// # Errors
    /// [`SecretError`] where Secrets Manager does not answer, or the secret or the mini program's entry is not set.
    pub async fn credentials(&self, appid: &Appid) -> Result<Vec<Credentials>, SecretError> {
        let mut read = self.read.lock().await;
        let now_seconds = clock::now_seconds();
        let read = if let Some(read) = read.as_mut() {
            if now_seconds.saturating_sub(read.at_seconds) >= CACHE_SECONDS {
                read.at_seconds = now_seconds;
                match self.fetch().await {
                    Ok(pairs) => read.pairs = pairs,
                    Err(error) => tracing::warn!(error = causes(&error), "push secret not read again; cached"),
                }
            }
            read
        } else {
            let pairs = self.fetch().await?;
            read.insert(Read { at_seconds: now_seconds, pairs, pauses: Pauses::default() })
        };
        if matches!(read.pairs.get(appid), Some(Err(_))) {
            self.read_further(read, appid, now_seconds).await?;
        }
        read.of(appid)
    }

    /// A mini program's pairs read once more, if they are others than before: at once, then no more than once a minute.
    ///
    /// # Errors
    /// As [`Self::credentials`].
    pub async fn newer_credentials(&self, appid: &Appid) -> Result<Option<Vec<Credentials>>, SecretError> {
        let mut read = self.read.lock().await;
        let Some(read) = read.as_mut() else { return Ok(None) };
        let before = read.pairs.get(appid).cloned();
        self.read_further(read, appid, clock::now_seconds()).await?;
        if read.pairs.get(appid) == before.as_ref() {
            return Ok(None);
        }
        read.of(appid).map(Some)
    }

    async fn read_further(&self, read: &mut Read, appid: &Appid, now_seconds: i64) -> Result<(), SecretError> {
        let has_pair = matches!(read.pairs.get(appid), Some(Ok(_)));
        let pauses = &mut read.pauses;
        let pause = if has_pair { &mut pauses.with_pair } else { &mut pauses.without_pair };
        if pause.until_seconds > now_seconds {
            let failure = pause.has_failed.then(|| SecretError::OutOfReach("it did not a moment ago".into()));
            return failure.map_or(Ok(()), Err);
        }
        *pause = Pause { until_seconds: now_seconds.saturating_add(FAILED_READ_PAUSE_SECONDS), has_failed: true };
        let pairs = self.fetch().await?;
        *pause = Pause { until_seconds: now_seconds.saturating_add(FURTHER_READ_PAUSE_SECONDS), has_failed: false };
        read.pairs = pairs;
        Ok(())
    }

    async fn fetch(&self) -> Result<Entries<Vec<Credentials>>, SecretError> {
        let version = |stage| secrets::version(&self.client, &self.arn, stage);
        let (current, previous) = tokio::join!(version("AWSCURRENT"), version("AWSPREVIOUS"));
        pairs(current?.as_deref(), previous?.as_deref(), &self.default_appid)
    }
}

/// Checks each entry of AWSCURRENT. `push` itself gets by with AWSPREVIOUS for a while if one is broken.
///
/// # Errors
/// [`SecretError`] where Secrets Manager does not answer or the secret is not set.
pub async fn check_push_secret(
    client: &Client,
    arn: &str,
    default_appid: &Appid,
) -> Result<PushSecretEntries, SecretError> {
    let text = secrets::version(client, arn, "AWSCURRENT").await?;
    check_push_secret_text(text.as_deref(), default_appid)
}

/// As [`check_push_secret`], of the secret's text.
///
/// # Errors
/// [`SecretError::NotSet`] if it names no mini program.
pub fn check_push_secret_text(text: Option<&str>, default_appid: &Appid) -> Result<PushSecretEntries, SecretError> {
    let entries = secrets::entries::<Credentials>(text, &FIELDS, default_appid).map_err(SecretError::NotSet)?;
    Ok(entries.into_iter().map(|(appid, entry)| (appid, entry.map(drop))).collect())
}

/// The pairs that verify: of each mini program the current one, then the previous one. A current entry that is broken by hand
/// does not stop what the previous one still verifies; a previous value that is no pair, such as a first try, is left out. A
/// mini program that has no current entry was removed.
///
/// If no mini program has a pair, that is an error, so that nothing is cached until one has.
fn pairs(
    current: Option<&str>,
    previous: Option<&str>,
    default_appid: &Appid,
) -> Result<Entries<Vec<Credentials>>, SecretError> {
    let entries = |text| secrets::entries::<Credentials>(text, &FIELDS, default_appid);
    let mut previous: BTreeMap<Appid, Credentials> = entries(previous)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|(appid, entry)| Some((appid, entry.ok()?)))
        .collect();
    let current = match entries(current) {
        Ok(current) => current,
        Err(rule) if previous.is_empty() => return Err(SecretError::NotSet(rule)),
        Err(rule) => {
            tracing::error!(%rule, "AWSCURRENT of the push secret is broken; AWSPREVIOUS is used");
            return Ok(previous.into_iter().map(|(appid, pair)| (appid, Ok(vec![pair]))).collect());
        }
    };
    let mut first_broken = None;
    let mut pairs = Entries::new();
    for (appid, entry) in current {
        let previous = previous.remove(&appid);
        let found = match (entry, previous) {
            (Ok(current), previous) => Ok([current].into_iter().chain(previous).collect()),
            (Err(rule), previous) => {
                let is_previous_used = previous.is_some();
                tracing::error!(%appid, %rule, is_previous_used, "an entry in AWSCURRENT of the push secret is broken");
                first_broken.get_or_insert_with(|| rule.of(&appid));
                previous.map(|previous| vec![previous]).ok_or(rule)
            }
        };
        pairs.insert(appid, found);
    }
    for appid in previous.keys() {
        tracing::warn!(%appid, "AWSCURRENT of the push secret does not name this mini program any more: its pushes are refused");
    }
    match first_broken {
        Some(rule) if pairs.values().all(Result::is_err) => Err(SecretError::NotSet(rule)),
        _ => Ok(pairs),
    }
}

#[cfg(test)]
#[path = "push_secret_tests.rs"]
mod tests;
