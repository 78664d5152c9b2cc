//! A caller token: what an SDK gets from the SDK gateway in place of WeChat's access token. It is signed and holds all that
//! must be known, so that nothing is stored.
//!
//! ```text
//! bytes  MAC (32) | expires_at, i64 big-endian (8) | appid (18) | the caller's name (1 to 64)
//! MAC    HMAC-SHA256, keyed with the caller's secret, of the label and all that follows the MAC
//! text   base64url without padding; spare bits are zero, so that each token has one text
//! ```

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::appid::Appid;
use crate::caller::{CallerName, CallerSecret};

/// How long a token lives: as long as one of WeChat's.
pub const LIFETIME_SECONDS: i64 = 7200;

/// By how much the clocks of the machine that signed and of the one that checks may differ.
const CLOCK_DIFFERENCE_SECONDS: i64 = 60;
/// Stands before what is signed, so that a signature made with the same secret for another purpose is not accepted as a token's.
const LABEL: &[u8] = b"wechat-gateway caller token v1";
/// The longest text that is looked at.
const MAX_TEXT_BYTES: usize = 256;
const MAC_BYTES: usize = 32;
const EXPIRES_AT_BYTES: usize = 8;
const APPID_BYTES: usize = 18;

/// What a token says of itself. It is true once [`Self::verify`] says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerToken {
    caller: CallerName,
    appid: Appid,
    expires_at_seconds: i64,
    mac: [u8; MAC_BYTES],
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallerTokenError {
    /// The text is no token, or none that was signed with a current secret of the caller.
    #[error("the caller token is invalid")]
    Invalid,
    /// It was signed with the caller's secret, and its time is over.
    #[error("the caller token has expired")]
    Expired,
}

impl CallerToken {
    /// Signs a token that is valid from now for [`LIFETIME_SECONDS`].
    #[must_use]
    pub fn issue(secret: &CallerSecret, caller: &CallerName, appid: &Appid, now_seconds: i64) -> String {
        let expires_at_seconds = now_seconds.saturating_add(LIFETIME_SECONDS);
        let claims = claims(caller, appid, expires_at_seconds);
        let mac = mac(secret, &claims).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode([&mac[..], &claims].concat())
    }

    /// Reads a token's text.
    ///
    /// # Errors
    /// [`CallerTokenError::Invalid`] if it is not the one text of a token.
    pub fn read(text: &str) -> Result<Self, CallerTokenError> {
        Self::parse(text).ok_or(CallerTokenError::Invalid)
    }

    fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_TEXT_BYTES {
            return None;
        }
        // This engine refuses padding, and spare bits that are not zero.
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (mac, rest) = bytes.split_first_chunk::<MAC_BYTES>()?;
        let (expires_at, rest) = rest.split_first_chunk::<EXPIRES_AT_BYTES>()?;
        let (appid, caller) = rest.split_first_chunk::<APPID_BYTES>()?;
        Some(Self {
            caller: std::str::from_utf8(caller).ok()?.parse().ok()?,
            appid: std::str::from_utf8(appid).ok()?.parse().ok()?,
            expires_at_seconds: i64::from_be_bytes(*expires_at),
            mac: *mac,
        })
    }

    /// Whether one of the caller's secrets signed it and its time is not over.
    ///
    /// # Errors
    /// [`CallerTokenError`] if not. A token that ends later than any that is issued now is invalid, whoever signed it.
    pub fn verify(&self, secrets: &[CallerSecret], now_seconds: i64) -> Result<(), CallerTokenError> {
        let claims = claims(&self.caller, &self.appid, self.expires_at_seconds);
        // Compares in constant time.
        let is_signed = secrets.iter().any(|secret| mac(secret, &claims).verify_slice(&self.mac).is_ok());
        let latest = now_seconds.saturating_add(LIFETIME_SECONDS).saturating_add(CLOCK_DIFFERENCE_SECONDS);
        if !is_signed || self.expires_at_seconds > latest {
            return Err(CallerTokenError::Invalid);
        }
        if self.expires_at_seconds <= now_seconds {
            return Err(CallerTokenError::Expired);
        }
        Ok(())
    }

    /// Whose token it is.
    #[must_use]
    pub fn caller(&self) -> &CallerName {
        &self.caller
    }

    /// The mini program that it is for.
    #[must_use]
    pub fn appid(&self) -> &Appid {
        &self.appid
    }
}

/// What is signed, without the label.
fn claims(caller: &CallerName, appid: &Appid, expires_at_seconds: i64) -> Vec<u8> {
    [&expires_at_seconds.to_be_bytes()[..], appid.as_str().as_bytes(), caller.as_str().as_bytes()].concat()
}

fn mac(secret: &CallerSecret, claims: &[u8]) -> Hmac<Sha256> {
    let mut mac = secret.mac();
    mac.update(LABEL);
    mac.update(claims);
    mac
}

#[cfg(test)]
#[path = "caller_token_tests.rs"]
mod tests;
