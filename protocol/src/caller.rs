//! A caller of the SDK gateway: its name, and the secret that it proves itself by.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// What stands in place of a name for callers that sign for IAM.
pub const IAM_CALLERS: &str = "iam";
/// What stands in place of a name for callers that are not verified.
pub const UNKNOWN_CALLERS: &str = "unknown";

/// The longest name, in bytes.
const MAX_NAME_BYTES: usize = 64;

/// The name of a caller: 1 to 64 of A-Z, a-z, 0-9, `_` and `-`, and neither of the names that the log has for others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallerName(String);

/// A caller's secret: 32 to 256 visible ASCII characters.
#[derive(Clone)]
pub struct CallerSecret {
    text: String,
    /// Keyed with the text.
    mac: Hmac<Sha256>,
}

/// The rule that a name or a secret breaks. The text itself is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallerError {
    /// The name has another length or other characters.
    #[error("the name must be 1 to 64 characters of A-Z, a-z, 0-9, _ and -")]
    Name,
    /// The log has the name for other callers.
    #[error("the names iam and unknown are reserved")]
    Reserved,
    /// The secret is too short to be one, or holds what a URL or an editor may change.
    #[error("a secret must be 32 to 256 visible ASCII characters")]
    Secret,
}

impl CallerName {
    /// The name as the operator wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CallerName {
    type Err = CallerError;

    fn from_str(text: &str) -> Result<Self, CallerError> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let fits = (1..=MAX_NAME_BYTES).contains(&text.len()) && text.bytes().all(is_allowed);
        if [IAM_CALLERS, UNKNOWN_CALLERS].iter().any(|reserved| text.eq_ignore_ascii_case(reserved)) {
            return Err(CallerError::Reserved);
        }
        fits.then(|| Self(text.to_owned())).ok_or(CallerError::Name)
    }
}

impl fmt::Display for CallerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl CallerSecret {
    /// Takes a text as a secret.
    ///
    /// # Errors
    /// [`CallerError::Secret`] unless it is 32 to 256 visible ASCII characters.
    pub fn new(text: &str) -> Result<Self, CallerError> {
        let fits = (32..=256).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        let mac = Hmac::new_from_slice(text.as_bytes()).map_err(|_| CallerError::Secret)?;
        fits.then(|| Self { text: text.to_owned(), mac }).ok_or(CallerError::Secret)
    }

    /// Whether a text that came in is this secret, in time that does not tell how far they agree.
    #[must_use]
    pub fn is(&self, received: &str) -> bool {
        self.text.as_bytes().ct_eq(received.as_bytes()).into()
    }

    /// An HMAC-SHA256 that is keyed with it.
    pub(crate) fn mac(&self) -> Hmac<Sha256> {
        self.mac.clone()
    }
}

impl PartialEq for CallerSecret {
    fn eq(&self, other: &Self) -> bool {
        self.is(&other.text)
    }
}

impl Eq for CallerSecret {}

impl fmt::Debug for CallerSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallerSecret(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_of_few_characters() {
        for name in ["a", "shop-backend_2", &"x".repeat(64)] {
            let parsed: CallerName = name.parse().unwrap();
            assert_eq!((parsed.as_str(), parsed.to_string()), (name, name.to_owned()));
        }
        for text in ["", " a", "a.b", "a/b", "é", "a\n", &"x".repeat(65)] {
            assert_eq!(text.parse::<CallerName>(), Err(CallerError::Name), "{text:?}");
        }
        for text in ["iam", "IAM", "unknown", "Unknown"] {
            assert_eq!(text.parse::<CallerName>(), Err(CallerError::Reserved), "{text:?}");
        }
        assert!("iam-backend".parse::<CallerName>().is_ok());
    }

    #[test]
    fn a_secret_is_long_enough_and_visible() {
        for length in [32, 256] {
            assert!(CallerSecret::new(&"s".repeat(length)).is_ok());
        }
        let with_space = format!("{} ", "s".repeat(32));
        for text in ["", &"s".repeat(31), &"s".repeat(257), &with_space, &"汉".repeat(32)] {
            assert_eq!(CallerSecret::new(text), Err(CallerError::Secret), "{text:?}");
        }
    }

    #[test]
    fn a_secret_is_equal_in_every_character_and_does_not_show() {
        let text = "hunter2-hunter2-hunter2-hunter2-";
        let secret = CallerSecret::new(text).unwrap();
        assert!(secret.is(text));
        for other in ["", "hunter2-hunter2-hunter2-hunter2", "hunter2-hunter2-hunter2-hunter2-x", &text.to_uppercase()]
        {
            assert!(!secret.is(other), "{other}");
        }
        assert_eq!(secret, CallerSecret::new(text).unwrap());
        assert_eq!(format!("{secret:?}"), "CallerSecret(redacted)");
    }
}
