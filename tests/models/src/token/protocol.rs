//! The settings of one check.

use super::fault::Fault;

/// The protocol of the refresh, in one setting.
#[derive(Debug)]
pub struct TokenRefresh {
    /// Whether the first token comes to its natural end, and the schedule looks.
    pub natural_end: bool,
    /// How often `WeChat` may revoke a token.
    pub revocations: u8,
    /// How many processes may crash.
    pub crashes: u8,
    /// How many answers may be lost, and how many writes may arrive again late.
    pub lost_answers: u8,
    /// The rule that is broken on purpose.
    pub fault: Option<Fault>,
}

impl TokenRefresh {
    /// Returns the protocol as it is meant, with one revocation and nothing that fails.
    #[must_use]
    pub fn new() -> TokenRefresh {
        TokenRefresh { natural_end: false, revocations: 1, crashes: 0, lost_answers: 0, fault: None }
    }

    pub(super) fn breaks(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }
}

impl Default for TokenRefresh {
    fn default() -> TokenRefresh {
        TokenRefresh::new()
    }
}
