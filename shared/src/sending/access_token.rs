//! The access token for a call: from memory, else from the row, else from the function `access-token`, which alone may
//! ask WeChat for one.

use std::time::Duration;

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

/// What the function `access-token` is invoked with; a schedule's event reads as one without a refused token.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRequest {
    /// [`fingerprint`] of the token that WeChat refused and that is to be replaced; without it, whatever is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_token_sha256: Option<String>,
    /// Whether any token that has not ended will do. The schedule leaves it out: it replaces the token before its end.
    #[serde(default)]
    pub only_if_ended: bool,
}

/// Why there is no access token; nothing was sent then.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The row could not be read.
    #[error(transparent)]
    State(#[from] StateError),
    /// The function `access-token` could not be invoked.
    #[error("the function access-token was not reached")]
    Invoke(#[from] InvocationError),
    /// The function `access-token` got none; its log says why.
    #[error("the function access-token got no token")]
    NotRefreshed,
    /// It did not come in the time that the caller has.
    #[error("the access token did not come in time")]
    OutOfTime,
}

/// Where a process has its access token from.
#[derive(Debug)]
pub(crate) struct TokenSource {
    tokens: AccessTokens,
    refresher: Function,
    cached: Mutex<Option<(Secret, i64)>>,
}

impl TokenSource {
    /// The shared row, and the function `access-token`, which writes it.
    #[must_use]
    pub(crate) fn new(tokens: AccessTokens, refresher: Function) -> Self {
        Self { tokens, refresher, cached: Mutex::default() }
    }

    /// A token that has not ended.
    ///
    /// # Errors
    /// [`TokenError`] where there is none to be had.
    pub(crate) async fn current(&self) -> Result<Secret, TokenError> {
        let mut cached = self.cached.lock().await;
        if let Some((token, expires_at)) = cached.as_ref()
            && *expires_at > clock::now_seconds()
        {
            return Ok(token.clone());
        }
        let request = TokenRequest { only_if_ended: true, ..TokenRequest::default() };
        self.read_or_request(&mut cached, None, request).await
    }

    /// A token other than the one that WeChat refused.
    ///
    /// # Errors
    /// [`TokenError`] where there is none to be had.
    pub(crate) async fn replacement(&self, refused: &Secret) -> Result<Secret, TokenError> {
        let mut cached = self.cached.lock().await;
        let request = TokenRequest { refused_token_sha256: Some(fingerprint(refused)), only_if_ended: false };
        self.read_or_request(&mut cached, Some(refused), request).await
    }

    async fn read_or_request(
        &self,
        cached: &mut Option<(Secret, i64)>,
        refused: Option<&Secret>,
        request: TokenRequest,
    ) -> Result<Secret, TokenError> {
        let is_good = |stored: &Stored| {
            stored.token.clone().filter(|(token, expires_at)| {
                *expires_at > clock::now_seconds() && refused.is_none_or(|refused| refused != token)
            })
        };
        let good = if let Some(good) = is_good(&self.tokens.read().await?) {
            good
        } else {
            self.request(request).await?;
            is_good(&self.tokens.read().await?).ok_or(TokenError::NotRefreshed)?
        };
        Ok(cached.insert(good).0.clone())
    }

    async fn request(&self, request: TokenRequest) -> Result<(), TokenError> {
        match self.refresher.ask(&request, PATIENCE).await? {
            Output::Returned(_) => Ok(()),
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
