//! Signatures: SHA-1 over the sorted parts, as on the page "消息推送" (message push), and their constant-time check.

use std::fmt;

use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;

/// The Token of the message push settings, a shared secret: 3 to 32 ASCII letters and digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// Why a text is not a [`Token`]. The text itself is never repeated.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the token must be 3 to 32 ASCII letters and digits")]
pub struct TokenError;

impl Token {
    /// Takes a text as the Token.
    ///
    /// # Errors
    /// [`TokenError`] unless it is 3 to 32 ASCII letters and digits, the console's own rule. An empty token would let
    /// anybody sign.
    pub fn new(text: &str) -> Result<Self, TokenError> {
        let fits = (3..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        fits.then(|| Self(text.to_owned())).ok_or(TokenError)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(redacted)")
    }
}

/// The `signature` of a plain push and of the URL verification: 40 lower-case hex digits.
#[must_use]
pub fn sign(token: &Token, timestamp: &str, nonce: &str) -> String {
    sha1_of_sorted([&token.0, timestamp, nonce])
}

/// The `msg_signature` of an encrypted push, and the `MsgSignature` of an encrypted reply. `encrypt` is the text as it
/// stands in the body, white space and all.
#[must_use]
pub fn sign_encrypted(token: &Token, timestamp: &str, nonce: &str, encrypt: &str) -> String {
    sha1_of_sorted([&token.0, timestamp, nonce, encrypt])
}

/// Whether a signature that came in is the one computed here, in time that does not tell how far they agree.
#[must_use]
pub(crate) fn is_equal(computed: &str, received: &str) -> bool {
    computed.as_bytes().ct_eq(received.as_bytes()).into()
}

fn sha1_of_sorted<const N: usize>(mut parts: [&str; N]) -> String {
    parts.sort_unstable();
    let mut sha1 = Sha1::new();
    for part in parts {
        sha1.update(part);
    }
    hex::encode(sha1.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_signatures_are_reproduced() {
        let token = Token::new("AAAAA").unwrap();
        assert_eq!(sign(&token, "1714036504", "1514711492"), "f464b24fc39322e44b38aa78f5edd27bd1441696");
        assert_eq!(sign(&token, "1714037059", "486452656"), "899cf89e464efb63f54ddac96b0a0a235f53aa78");
        assert_eq!(sign(&token, "1714112445", "415670741"), "6c5c811b55cc85e0e1b54100749188c20beb3f5d");
    }

    #[test]
    fn equal_means_every_character() {
        let signature = "f464b24fc39322e44b38aa78f5edd27bd1441696";
        assert!(is_equal(signature, signature));
        assert!(!is_equal(signature, "f464b24fc39322e44b38aa78f5edd27bd1441697"));
        assert!(!is_equal(signature, "f464b24fc39322e44b38aa78f5edd27bd144169"));
        assert!(!is_equal(signature, ""));
    }

    #[test]
    fn a_token_that_the_console_would_refuse_is_refused() {
        for bad in ["", "ab", "has space", "汉字汉字", "a-b-c", &"x".repeat(33)] {
            assert_eq!(Token::new(bad), Err(TokenError), "{bad:?}");
        }
    }

    #[test]
    fn a_token_does_not_show_in_debug_output() {
        assert_eq!(format!("{:?}", Token::new("hunter2").unwrap()), "Token(redacted)");
    }
}
