//! What a run is asked, and what it reports.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a run is asked: any other event reads as one that asks for nothing more than to hand the pushes on. An id is the
/// queue's, `MessageId`; where some are named, all others stay.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Request {
    /// Removes what nobody could read, once somebody has looked at it.
    #[serde(default)]
    pub(crate) discard_unreadable: bool,
    /// Removes these.
    #[serde(default)]
    pub(crate) discard: Vec<String>,
    /// Sends these once more, although their users may have them already.
    #[serde(default)]
    pub(crate) resend: Vec<String>,
}

impl Request {
    /// Whether it is about single messages.
    pub(crate) fn names_some(&self) -> bool {
        !self.discard.is_empty() || !self.resend.is_empty()
    }
}

/// What a run did.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    /// Taken by Lambda for `deliver-reply`, and removed. What fails again comes back to the queue.
    pub(crate) handed_on: usize,
    /// Removed, as asked.
    pub(crate) discarded: usize,
    /// Left in the queue.
    pub(crate) stayed: usize,
    /// Why they were left, and how many for that.
    pub(crate) why: BTreeMap<String, usize>,
    /// The ids of those that were left, at most 20 for each reason.
    pub(crate) ids: BTreeMap<String, Vec<String>>,
    /// Whether time ran out with the queue not empty: run it again.
    pub(crate) unfinished: bool,
}
