//! What WeChat and the mini program's developer agree on in the console: appid, secrets and the push settings.

use std::fmt;

use protocol::crypto::{EncodingAesKey, EncodingAesKeyError};
use protocol::signature::{Token, TokenError};

/// The mini program that the simulator plays WeChat for.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) appid: String,
    /// The mini program's original id, `gh_…`: whom a push is addressed to.
    pub(crate) account: String,
    pub(crate) app_secret: AppSecret,
    pub(crate) token: Token,
    pub(crate) aes_key: EncodingAesKey,
}

/// The original id of the first mini program, which pushes carry as `ToUserName` unless they bring their own.
const ACCOUNT: &str = "gh_0123456789ab";

/// Why the settings are no identity. Each message is the rule that a field breaks and never repeats a secret.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum IdentityError {
    #[error("must be letters and digits, as the console shows it (wx…)")]
    Appid,
    #[error("must not be empty")]
    AppSecret,
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    EncodingAesKey(#[from] EncodingAesKeyError),
}

impl IdentityError {
    /// The field that breaks the rule.
    pub(crate) const fn field(&self) -> &'static str {
        match self {
            Self::Appid => "appid",
            Self::AppSecret => "app_secret",
            Self::Token(_) => "token",
            Self::EncodingAesKey(_) => "encoding_aes_key",
        }
    }
}

impl Identity {
    /// Takes the console's settings.
    pub(crate) fn new(
        appid: &str,
        app_secret: &str,
        token: &str,
        encoding_aes_key: &str,
    ) -> Result<Self, IdentityError> {
        if appid.is_empty() || !appid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(IdentityError::Appid);
        }
        if app_secret.is_empty() {
            return Err(IdentityError::AppSecret);
        }
        Ok(Self {
            appid: appid.to_owned(),
            account: ACCOUNT.to_owned(),
            app_secret: AppSecret(app_secret.to_owned()),
            token: Token::new(token)?,
            aes_key: EncodingAesKey::new(encoding_aes_key)?,
        })
    }

    /// The same with an original id made of the appid, as no other mini program has it.
    pub(crate) fn with_account_of_its_own(self) -> Self {
        let digits = self.appid.strip_prefix("wx").unwrap_or(&self.appid);
        Self { account: format!("gh_{digits}"), ..self }
    }
}

/// The app secret; its `Debug` shows nothing.
pub(crate) struct AppSecret(String);

impl AppSecret {
    /// Whether a caller knows it. Not in constant time: the simulator guards nothing of worth.
    pub(crate) fn is(&self, candidate: &str) -> bool {
        self.0 == candidate
    }
}

impl fmt::Debug for AppSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppSecret(redacted)")
    }
}

/// The identity of the vectors that WeChat publishes on "消息推送" (message push).
#[cfg(test)]
pub(crate) fn published() -> Identity {
    Identity::new("wxba5fad812f8e6fb9", "an-app-secret", "AAAAA", &"A".repeat(43)).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_setting_is_named_by_its_field_and_not_repeated() {
        let key = "A".repeat(43);
        for (field, identity) in [
            ("appid", Identity::new("", "secret", "AAAAA", &key)),
            ("app_secret", Identity::new("wx1", "", "AAAAA", &key)),
            ("token", Identity::new("wx1", "secret", "hunter 2", &key)),
            ("encoding_aes_key", Identity::new("wx1", "secret", "AAAAA", "hunter2")),
        ] {
            let error = identity.unwrap_err();
            assert_eq!(error.field(), field);
            assert!(!error.to_string().contains("hunter"), "{error}");
        }
    }

    #[test]
    fn no_secret_shows_in_debug_output() {
        assert!(!format!("{:?}", published()).contains("an-app-secret"));
    }
}
