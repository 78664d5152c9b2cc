//! A mini program's access token for a call: from memory, else from the row, else from the function `access-token`, which
//! alone may ask WeChat for one, and alone knows which mini programs the stack has an AppSecret of.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use protocol::appid::Appid;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use crate::host::clock;
use crate::host::invoke::{Function, InvocationError, Output};
use crate::secret::Secret;
use crate::state::StateError;
use crate::state::access_token::{AccessTokens, Stored};

/// How long the function `access-token` is waited for. It ends what it began all the same.
const PATIENCE: Duration = Duration::from_secs(8);

/// For how long a process remembers that the stack has no AppSecret of a mini program.
const NOT_CONFIGURED_SECONDS: i64 = 60;

/// What the function `access-token` is invoked with. A request without any of these, as which a schedule's event reads, is for
/// whatever is due of all mini programs.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRequest {
    /// The mini program. If the request says anything else, the one of the parameter `AppId` may be left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appid: Option<Appid>,
    /// [`fingerprint`] of the token that WeChat refused and that is to be replaced; without it, whatever is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_token_sha256: Option<String>,
    /// Whether any token that has not ended will do. The schedule leaves it out: it replaces the token before its end.
    #[serde(default)]
    pub only_if_ended: bool,
    /// Whether WeChat is asked for the token of each mini program that has an AppSecret, although none is due. What comes of it is
    /// returned as [`TokenChecks`].
    #[serde(default, skip_serializing_if = "is_false")]
    pub check: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// What the function `access-token` returns to a request with `check`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenChecks(pub BTreeMap<Appid, TokenCheck>);

/// What came of the check of one mini program. None of the texts holds the AppSecret or the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenCheck {
    /// WeChat issued a token, which is stored.
    Issued,
    /// The entry of the app secret breaks this rule; WeChat was not asked.
    BrokenEntry {
        /// The field and its rule.
        rule: String,
    },
    /// WeChat refused.
    Refused {
        /// Why.
        errcode: i64,
        /// Why, in words. Of 40164 they name the address that called.
        errmsg: String,
    },
    /// WeChat or an AWS service did not answer, or not in time.
    Failed {
        /// The error.
        error: String,
    },
}

/// What came of a request for one mini program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenOutcome {
    /// The token was not due, or somebody else replaced it.
    NotDue,
    /// WeChat was asked and a token is stored.
    Refreshed,
    /// As `Refreshed`, by a forced refresh.
    Forced,
    /// The stack has no AppSecret of this mini program.
    NotConfigured,
}

/// Why there is no access token; nothing was sent then.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The row could not be read.
    #[error(transparent)]
    State(#[from] StateError),
    /// The function `access-token` could not be invoked.
    #[error("the function access-token could not be invoked")]
    Invoke(#[from] InvocationError),
    /// The function `access-token` got none; its log says why.
    #[error("the function access-token could not get a token")]
    NotRefreshed,
    /// The stack has no AppSecret of the mini program.
    #[error("the stack has no AppSecret of this mini program")]
    NotConfigured,
    /// It did not come in the time that the caller has.
    #[error("the access token was not available in time")]
    OutOfTime,
}

/// Where a process has its access tokens from.
#[derive(Debug)]
pub(crate) struct TokenSource {
    tokens: AccessTokens,
    refresher: Function,
    cached: Mutex<HashMap<Appid, Cached>>,
}

/// What a process remembers of a mini program.
#[derive(Debug)]
struct Cached {
    /// The token; none if the stack has no AppSecret.
    token: Option<Secret>,
    until_seconds: i64,
}

impl TokenSource {
    /// The shared rows, and the function `access-token`, which writes them.
    #[must_use]
    pub(crate) fn new(tokens: AccessTokens, refresher: Function) -> Self {
        Self { tokens, refresher, cached: Mutex::default() }
    }

    /// Reads a mini program's token into memory, if there is one that has not ended.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer.
    pub(crate) async fn read_ahead(&self, appid: &Appid) -> Result<(), StateError> {
        let mut cached = self.cached.lock().await;
        let stored = self.tokens.read(appid).await?;
        if let Some((token, until_seconds)) = stored.token.filter(|(_, until)| *until > clock::now_seconds()) {
            cached.insert(appid.clone(), Cached { token: Some(token), until_seconds });
        }
        Ok(())
    }

    /// Opens the connection over which the function `access-token` is invoked.
    ///
    /// # Errors
    /// [`InvocationError`] where Lambda did not answer.
    pub(crate) async fn connect(&self) -> Result<(), InvocationError> {
        self.refresher.dry_run().await
    }

    /// A mini program's token that has not ended.
    ///
    /// # Errors
    /// [`TokenError`] where there is none to be had.
    pub(crate) async fn current(&self, appid: &Appid) -> Result<Secret, TokenError> {
        let mut cached = self.cached.lock().await;
        if let Some(cached) = cached.get(appid).filter(|cached| cached.until_seconds > clock::now_seconds()) {
            return cached.token.clone().ok_or(TokenError::NotConfigured);
        }
        self.read_or_request(&mut cached, appid, None).await
    }

    /// A token other than the one that WeChat refused.
    ///
    /// # Errors
    /// [`TokenError`] where there is none to be had.
    pub(crate) async fn replacement(&self, appid: &Appid, refused: &Secret) -> Result<Secret, TokenError> {
        let mut cached = self.cached.lock().await;
        self.read_or_request(&mut cached, appid, Some(refused)).await
    }

    async fn read_or_request(
        &self,
        cached: &mut HashMap<Appid, Cached>,
        appid: &Appid,
        refused: Option<&Secret>,
    ) -> Result<Secret, TokenError> {
        let is_good = |stored: Stored| {
            stored.token.filter(|(token, expires_at)| {
                *expires_at > clock::now_seconds() && refused.is_none_or(|refused| refused != token)
            })
        };
        let (token, until_seconds) = if let Some(good) = is_good(self.tokens.read(appid).await?) {
            good
        } else {
            let request = TokenRequest {
                appid: Some(appid.clone()),
                refused_token_sha256: refused.map(fingerprint),
                only_if_ended: refused.is_none(),
                check: false,
            };
            if self.request(&request).await? == Some(TokenOutcome::NotConfigured) {
                let now_seconds = clock::now_seconds();
                // A caller may name any number of mini programs that do not exist.
                cached.retain(|_, cached| cached.until_seconds > now_seconds);
                let until_seconds = now_seconds.saturating_add(NOT_CONFIGURED_SECONDS);
                cached.insert(appid.clone(), Cached { token: None, until_seconds });
                return Err(TokenError::NotConfigured);
            }
            is_good(self.tokens.read(appid).await?).ok_or(TokenError::NotRefreshed)?
        };
        cached.insert(appid.clone(), Cached { token: Some(token.clone()), until_seconds });
        Ok(token)
    }

    async fn request(&self, request: &TokenRequest) -> Result<Option<TokenOutcome>, TokenError> {
        match self.refresher.ask(request, PATIENCE).await? {
            Output::Returned(mut returned) => {
                let outcome = returned.get_mut("outcome").map(serde_json::Value::take).unwrap_or_default();
                Ok(serde_json::from_value(outcome).ok())
            }
            Output::Throttled => Err(InvocationError::Refused("too many requests".into()).into()),
            Output::Failed(_) | Output::Late => Err(TokenError::NotRefreshed),
        }
    }
}

/// A token's SHA-256 in hex: names a token without telling it.
#[must_use]
pub fn fingerprint(token: &Secret) -> String {
    hex::encode(Sha256::digest(token.expose()))
}
