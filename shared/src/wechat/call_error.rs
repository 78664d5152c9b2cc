//! Why a request to WeChat has no answer that can be handed on.
//!
//! What matters is whether WeChat may have acted, for a message must not be sent twice.

/// Why there is no answer. No variant shows the URL, which holds the access token.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// There was no connection: WeChat certainly did nothing.
    #[error("WeChat is unreachable")]
    OutOfReach(#[source] reqwest::Error),
    /// The request went out, and no answer that can be read came back: WeChat may have acted.
    #[error("WeChat did not answer in time or broke off; whether it acted is unknown")]
    Unknown(#[source] reqwest::Error),
    /// Something answered that is not WeChat's API: WeChat may have acted.
    #[error("the answer (HTTP {status}) is not WeChat's JSON; whether it acted is unknown")]
    Unreadable {
        /// The answer's status.
        status: u16,
    },
    /// There is an answer that must not be handed on: WeChat may have acted.
    #[error(transparent)]
    Withheld(#[from] Withheld),
    /// The base URL and the path make no URL.
    #[error("the path does not form a URL")]
    Url,
}

/// Why an answer is not handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// It holds WeChat's access token.
    #[error("the answer is withheld: it contains WeChat's access token; whether WeChat acted is unknown")]
    Token,
    /// It is compressed, so that nobody can see what it holds.
    #[error("the answer is withheld: its Content-Encoding was not asked for; whether WeChat acted is unknown")]
    Encoded,
    /// It sends the caller elsewhere.
    #[error("the answer is withheld: it is a redirect (HTTP {0}); whether WeChat acted is unknown")]
    Redirect(u16),
    /// It is larger than what the caller can get.
    #[error("the answer is larger than {max_bytes} bytes, the most that can be returned")]
    TooLarge {
        /// What it may have.
        max_bytes: usize,
    },
}

impl CallError {
    /// Whether WeChat may have acted all the same.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        match self {
            Self::OutOfReach(_) | Self::Url => false,
            Self::Unknown(_) | Self::Unreadable { .. } | Self::Withheld(_) => true,
        }
    }
}
