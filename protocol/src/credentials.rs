//! The pair of secrets that the message push settings hold.

use serde::Deserialize;

use crate::crypto::{EncodingAesKey, EncodingAesKeyError};
use crate::signature::{Token, TokenError};

/// Token and `EncodingAESKey`, as the push secret holds them: `{"token": "…", "encoding_aes_key": "…"}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Texts")]
pub struct Credentials {
    /// Signs.
    pub token: Token,
    /// Encrypts.
    pub encoding_aes_key: EncodingAesKey,
}

/// Why a push secret is not a pair of credentials. It names the field and its rule, never the value.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CredentialsError {
    /// The token breaks its rule.
    #[error("token: {0}")]
    Token(#[from] TokenError),
    /// The key breaks its rule.
    #[error("encoding_aes_key: {0}")]
    EncodingAesKey(#[from] EncodingAesKeyError),
}

/// No `Debug`: these are the secrets themselves.
#[derive(Deserialize)]
struct Texts {
    token: String,
    encoding_aes_key: String,
}

impl TryFrom<Texts> for Credentials {
    type Error = CredentialsError;

    fn try_from(texts: Texts) -> Result<Self, CredentialsError> {
        Ok(Self { token: Token::new(&texts.token)?, encoding_aes_key: EncodingAesKey::new(&texts.encoding_aes_key)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unset_secret_is_refused_with_the_field_named() {
        let error = serde_json::from_str::<Credentials>(r#"{"token":"","encoding_aes_key":""}"#).unwrap_err();
        assert!(error.to_string().starts_with("token: "), "{error}");
    }

    #[test]
    fn an_error_never_repeats_the_secret() {
        let error = serde_json::from_str::<Credentials>(r#"{"token":"hunter2","encoding_aes_key":"tooshort"}"#);
        let message = error.unwrap_err().to_string();
        assert!(message.starts_with("encoding_aes_key: ") && !message.contains("tooshort"), "{message}");
    }
}
