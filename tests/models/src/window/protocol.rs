//! The settings of one check.

use super::fault::Fault;

/// The protocol of the reply window, in one setting.
#[derive(Debug)]
pub struct ReplyWindow {
    /// How often the user writes or enters.
    pub acts: u8,
    /// How many messages are sent to the user, or tried to.
    pub sends: u8,
    /// How many processes may crash.
    pub crashes: u8,
    /// How many answers may be lost, of a write or of a send, or how many writes may arrive late.
    pub lost_answers: u8,
    /// The rule that is broken on purpose.
    pub fault: Option<Fault>,
}

impl ReplyWindow {
    /// Returns the protocol as it is meant, in which nothing fails.
    #[must_use]
    pub fn new() -> ReplyWindow {
        ReplyWindow { acts: 3, sends: 3, crashes: 0, lost_answers: 0, fault: None }
    }

    pub(super) fn breaks(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }
}

impl Default for ReplyWindow {
    fn default() -> ReplyWindow {
        ReplyWindow::new()
    }
}
