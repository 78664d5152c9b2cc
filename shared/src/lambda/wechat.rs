//! A call to WeChat with the shared access token, repeated only where WeChat certainly did not act.

use std::future::Future;
use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use serde_json::{Map, Value};

use super::settings::{self, SettingError};
use super::token_source::{TokenError, TokenSource};
use super::{chance, clients};
use crate::api::client::{Answer, CallError, Download, WechatApi};
use crate::api::errcode::{Errcode, Next};
use crate::api::temp_media::Picture;
use crate::secret::Secret;
use crate::state::access_token::AccessTokens;

/// First try and two repetitions, for WeChat out of reach or busy.
const MAX_TRIES: u32 = 3;
/// Nothing is repeated after this. At the very worst a new token (8 s and two reads of 2.5 s), a call (5 s) and a write to a
/// table before and one after still end in time, before `serve_action` gives up at 27 s; a picture (15 s) may be cut off.
const REPEAT_WITHIN: Duration = Duration::from_secs(4);
/// Before the first repetition, on average; doubled before the next.
const PAUSE: Duration = Duration::from_millis(100);

/// WeChat, for functions that hold the shared access token.
#[derive(Debug)]
pub struct Wechat {
    api: WechatApi,
    tokens: TokenSource,
}

/// Why WeChat gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum WechatError {
    /// There is no access token; nothing was sent.
    #[error("there is no access token")]
    Token(#[from] TokenError),
    /// The call failed.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl WechatError {
    /// Whether WeChat may have acted all the same.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(self, Self::Call(CallError::Unknown(_) | CallError::Unreadable { .. }))
    }
}

impl Wechat {
    /// WeChat at a base URL, with tokens from a source.
    #[must_use]
    pub(crate) fn new(api: WechatApi, tokens: TokenSource) -> Self {
        Self { api, tokens }
    }

    /// As the environment variables say that the template sets for functions which call WeChat: `APP_ID`,
    /// `WECHAT_API_BASE_URL`, `ACCESS_TOKEN_TABLE`, `ACCESS_TOKEN_FUNCTION_ARN`.
    ///
    /// # Errors
    /// [`SettingError`] where one is missing or wrong.
    pub fn from_settings(config: &SdkConfig) -> Result<Self, SettingError> {
        let api = WechatApi::new(&settings::text("WECHAT_API_BASE_URL")?)
            .map_err(|error| SettingError::new("WECHAT_API_BASE_URL", error))?;
        let dynamodb = aws_sdk_dynamodb::Client::new(config);
        let tokens = AccessTokens::new(dynamodb, settings::text("ACCESS_TOKEN_TABLE")?, settings::text("APP_ID")?);
        let lambda = clients::lambda_once(config);
        Ok(Self::new(api, TokenSource::new(tokens, lambda, settings::text("ACCESS_TOKEN_FUNCTION_ARN")?)))
    }

    /// Posts JSON. A refused token is replaced once; connect failures and `-1` are repeated twice, after a pause. All
    /// that within the first four seconds.
    ///
    /// # Errors
    /// [`WechatError`] where there is no answer. An answer with an `errcode` is an answer.
    pub async fn post(&self, path: &str, body: &Map<String, Value>) -> Result<Answer, WechatError> {
        self.repeat(|token| async move { self.api.post(path, Some(&token), body).await }, |answer| answer.errcode).await
    }

    /// Uploads a picture, repeated as in [`Self::post`].
    ///
    /// # Errors
    /// As [`Self::post`].
    pub async fn upload(&self, path: &str, picture: &Picture) -> Result<Answer, WechatError> {
        self.repeat(|token| async move { self.api.upload(path, &token, picture).await }, |answer| answer.errcode).await
    }

    /// Gets a file, repeated as in [`Self::post`].
    ///
    /// # Errors
    /// As [`Self::post`].
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Download, WechatError> {
        let errcode = |download: &Download| match download {
            Download::File(_) => Errcode::OK,
            Download::Answer(answer) => answer.errcode,
        };
        self.repeat(|token| async move { self.api.get(path, &token, query).await }, errcode).await
    }

    async fn repeat<T, F>(&self, ask: impl Fn(Secret) -> F, errcode: impl Fn(&T) -> Errcode) -> Result<T, WechatError>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        let started = Instant::now();
        let mut token = self.tokens.current().await?;
        let mut is_replaced = false;
        let mut tries = 1;
        loop {
            let result = ask(token.clone()).await;
            if started.elapsed() > REPEAT_WITHIN {
                return Ok(result?);
            }
            let may_repeat = match result.as_ref().map(|answer| errcode(answer).next()) {
                Ok(Next::ReplaceToken) if !is_replaced => {
                    is_replaced = true;
                    token = self.tokens.replacement(&token).await?;
                    continue;
                }
                Ok(next) => next == Next::Repeat,
                Err(CallError::OutOfReach(_)) => true,
                Err(_) => false,
            };
            if !may_repeat || tries == MAX_TRIES {
                return Ok(result?);
            }
            tokio::time::sleep(pause_before(tries)).await;
            tries += 1;
        }
    }
}

/// Anywhere between none and twice the average, so that callers which failed together do not come back together.
fn pause_before(repetition: u32) -> Duration {
    let longest = PAUSE.saturating_mul(2_u32.saturating_pow(repetition));
    let share = chance::random_bytes().map_or(0.5, |bytes| f64::from(bytes[0]) / 255.0);
    longest.mul_f64(share)
}

#[cfg(test)]
#[path = "wechat_tests.rs"]
mod tests;
