//! A call to WeChat with the shared access token, repeated only where WeChat certainly did not act.

use std::time::Duration;

use serde_json::{Map, Value};

use super::chance;
use super::token_source::{TokenError, TokenSource};
use crate::api::client::{Answer, CallError, WechatApi};
use crate::api::errcode::Errcode;

/// First try and two repetitions, for WeChat out of reach or busy.
const MAX_TRIES: u32 = 3;
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
    pub fn new(api: WechatApi, tokens: TokenSource) -> Self {
        Self { api, tokens }
    }

    /// Posts JSON. A refused token is replaced once; connect failures and `-1` are repeated twice, after a pause.
    ///
    /// # Errors
    /// [`WechatError`] where there is no answer. An answer with an `errcode` is an answer.
    pub async fn post(&self, path: &str, body: &Map<String, Value>) -> Result<Answer, WechatError> {
        let mut token = self.tokens.current().await?;
        let mut is_replaced = false;
        let mut tries = 1;
        loop {
            let result = self.api.post(path, Some(&token), body).await;
            let may_repeat = match &result {
                Ok(answer) if answer.errcode.refuses_access_token() && !is_replaced => {
                    is_replaced = true;
                    token = self.tokens.replacement(&token).await?;
                    continue;
                }
                Ok(answer) => answer.errcode == Errcode::BUSY,
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
