//! A call to WeChat with a mini program's shared access token, repeated only where WeChat certainly did not act.

use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use protocol::appid::Appid;
use serde_json::{Map, Value};

use super::access_token::{TokenError, TokenSource};
use super::settings::WechatSettings;
use crate::host::connections::opened;
use crate::host::invoke::Function;
use crate::host::settings::SettingError;
use crate::host::tls::{self, Servers};
use crate::host::{clients, random};
use crate::secret::Secret;
use crate::state::access_token::AccessTokens;
use crate::wechat::call_error::CallError;
use crate::wechat::client::{Answer, CONNECT_TIMEOUT, Download, WechatApi};
use crate::wechat::errcode::{Errcode, Next};
use crate::wechat::pass_through::{PassThrough, PassedAnswer};
use crate::wechat::temp_media::Picture;

/// First try and two repetitions, for WeChat out of reach or busy.
const MAX_TRIES: u32 = 3;
/// A busy WeChat, and one out of reach, are not asked again after this. A refused token is replaced also later, since the call
/// would stay refused: at the very worst a call (5 s), a new token (8 s and two reads of 2.5 s), the call once more and a write to a
/// table before and one after still end before `serve_action` gives up at 27 s; a picture (15 s) may be cut off.
const REPEAT_WITHIN: Duration = Duration::from_secs(4);
/// Before the first repetition, on average; doubled before the next.
const PAUSE: Duration = Duration::from_millis(100);

/// WeChat's API, called with the shared access token of whichever mini program a call is for.
#[derive(Debug)]
pub struct AuthorizedApi {
    api: WechatApi,
    tokens: TokenSource,
    repeat_within: Duration,
}

/// Why WeChat gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum AuthorizedCallError {
    /// There is no access token; nothing was sent.
    #[error("no access token is available")]
    Token(#[from] TokenError),
    /// The call failed.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl AuthorizedCallError {
    /// Whether WeChat may have acted all the same.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(self, Self::Call(error) if error.is_outcome_unknown())
    }
}

impl AuthorizedApi {
    /// WeChat's API, with tokens from a source.
    #[must_use]
    pub(crate) fn new(api: WechatApi, tokens: TokenSource) -> Self {
        Self { api, tokens, repeat_within: REPEAT_WITHIN }
    }

    /// WeChat's API as the settings name it, with the shared access tokens. Whatever in the process calls WeChat shares it: its
    /// connections and the tokens in memory are those of one.
    ///
    /// # Errors
    /// [`SettingError`] where `WECHAT_API_BASE_URL` is no base URL.
    pub fn from_settings(config: &SdkConfig, settings: &WechatSettings) -> Result<Arc<Self>, SettingError> {
        let api = wechat_api(&settings.api_base_url)?;
        let dynamodb = aws_sdk_dynamodb::Client::new(config);
        let tokens = AccessTokens::new(dynamodb, settings.access_token_table.clone());
        let refresher = Function::new(clients::lambda_once(config), settings.access_token_function_arn.clone());
        Ok(Arc::new(Self::new(api, TokenSource::new(tokens, refresher))))
    }

    /// Opens the connections that a call needs, and reads the token of the mini program that most calls are for. Nothing fails
    /// if a service is out of reach.
    pub async fn open_connections(&self, appid: &Appid) {
        tokio::join!(opened("DynamoDB", self.tokens.read_ahead(appid)), opened("WeChat", self.api.connect()));
    }

    /// Opens a connection to Lambda. That is worth a call for a function that invokes others than `access-token`, which is asked
    /// once in hours.
    pub async fn open_connection_to_lambda(&self) {
        opened("Lambda", self.tokens.connect()).await;
    }

    /// Posts JSON for a mini program. A refused token is replaced once, however long WeChat took to refuse it; connect failures and
    /// `-1` are repeated twice, after a pause, within the first four seconds.
    ///
    /// # Errors
    /// [`AuthorizedCallError`] where there is no answer. An answer with an `errcode` is an answer.
    pub async fn post(
        &self,
        appid: &Appid,
        path: &str,
        body: &Map<String, Value>,
    ) -> Result<Answer, AuthorizedCallError> {
        self.post_until(appid, path, body, None).await
    }

    /// As [`Self::post`], for a caller who has until `last_try_ends`: a token is waited for no longer, and no further try
    /// begins that might not end before.
    ///
    /// # Errors
    /// As [`Self::post`].
    pub async fn post_until(
        &self,
        appid: &Appid,
        path: &str,
        body: &Map<String, Value>,
        last_try_ends: Option<Instant>,
    ) -> Result<Answer, AuthorizedCallError> {
        let ask = |token| async move { self.api.post(path, Some(&token), body).await };
        self.repeat(appid, ask, |answer: &Answer| answer.errcode, last_try_ends).await
    }

    /// Uploads a picture, repeated as in [`Self::post`].
    ///
    /// # Errors
    /// As [`Self::post`].
    pub async fn upload(&self, appid: &Appid, path: &str, picture: &Picture) -> Result<Answer, AuthorizedCallError> {
        let ask = |token| async move { self.api.upload(path, &token, picture).await };
        self.repeat(appid, ask, |answer: &Answer| answer.errcode, None).await
    }

    /// Gets a file, repeated as in [`Self::post`]. One of more than `max_bytes` is withheld.
    ///
    /// # Errors
    /// As [`Self::post`].
    pub async fn get(
        &self,
        appid: &Appid,
        path: &str,
        query: &[(&str, &str)],
        max_bytes: usize,
    ) -> Result<Download, AuthorizedCallError> {
        let ask = |token| async move { self.api.get(path, &token, query, max_bytes).await };
        let errcode = |download: &Download| match download {
            Download::File(_) => Errcode::OK,
            Download::Answer(answer) => answer.errcode,
        };
        self.repeat(appid, ask, errcode, None).await
    }

    /// Passes a call on, repeated as in [`Self::post`], and counts the tries. An answer of more than `max_bytes` is withheld.
    ///
    /// # Errors
    /// As [`Self::post`].
    pub async fn pass(
        &self,
        appid: &Appid,
        call: &PassThrough,
        max_bytes: usize,
    ) -> (Result<PassedAnswer, AuthorizedCallError>, u32) {
        let tries = AtomicU32::new(0);
        let ask = |token| {
            tries.fetch_add(1, Ordering::Relaxed);
            async move { self.api.pass(call, &token, max_bytes).await }
        };
        let result = self.repeat(appid, ask, |answer: &PassedAnswer| answer.errcode, None).await;
        (result, tries.into_inner())
    }

    /// Makes sure that there is a token of this mini program.
    ///
    /// # Errors
    /// [`AuthorizedCallError::Token`] if there is none to be had.
    pub async fn ensure_token(&self, appid: &Appid) -> Result<(), AuthorizedCallError> {
        self.tokens.current(appid).await?;
        Ok(())
    }

    async fn repeat<T, F>(
        &self,
        appid: &Appid,
        ask: impl Fn(Secret) -> F,
        errcode: impl Fn(&T) -> Errcode,
        last_try_ends: Option<Instant>,
    ) -> Result<T, AuthorizedCallError>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        let started = Instant::now();
        let mut token = within(last_try_ends, self.tokens.current(appid)).await?;
        let mut is_replaced = false;
        let mut tries = 1;
        loop {
            let result = ask(token.clone()).await;
            if last_try_ends.is_some_and(|end| Instant::now() + CONNECT_TIMEOUT > end) {
                return Ok(result?);
            }
            let may_repeat = match result.as_ref().map(|answer| errcode(answer).next()) {
                Ok(Next::ReplaceToken) if !is_replaced => {
                    is_replaced = true;
                    token = within(last_try_ends, self.tokens.replacement(appid, &token)).await?;
                    continue;
                }
                Ok(next) => next == Next::Repeat,
                Err(CallError::OutOfReach(_)) => true,
                Err(_) => false,
            };
            if !may_repeat || tries == MAX_TRIES || started.elapsed() > self.repeat_within {
                return Ok(result?);
            }
            tokio::time::sleep(pause_before(tries)).await;
            tries += 1;
        }
    }
}

/// WeChat's API at this base URL.
///
/// # Errors
/// [`SettingError`] where `WECHAT_API_BASE_URL` is no base URL.
pub fn wechat_api(base_url: &str) -> Result<WechatApi, SettingError> {
    let not_usable = |error: &dyn Display| SettingError::new("WECHAT_API_BASE_URL", error);
    let tls = tls::client_config(Servers::of_wechat(base_url)).map_err(|error| not_usable(&error))?;
    WechatApi::new(base_url, tls).map_err(|error| not_usable(&error))
}

/// Waits for a token, though not past `end`.
async fn within(
    end: Option<Instant>,
    token: impl Future<Output = Result<Secret, TokenError>>,
) -> Result<Secret, TokenError> {
    match end {
        Some(end) => tokio::time::timeout_at(end.into(), token).await.unwrap_or(Err(TokenError::OutOfTime)),
        None => token.await,
    }
}

/// Anywhere between none and twice the average, so that callers which failed together do not come back together.
fn pause_before(repetition: u32) -> Duration {
    let longest = PAUSE.saturating_mul(2_u32.saturating_pow(repetition));
    let share = random::random_bytes().map_or(0.5, |bytes| f64::from(bytes[0]) / 255.0);
    longest.mul_f64(share)
}

#[cfg(test)]
#[path = "authorized_api_tests.rs"]
mod tests;
