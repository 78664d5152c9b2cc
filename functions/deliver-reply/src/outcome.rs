//! The outcome of a run: what the log and the metrics call it.

use serde::Serialize;

/// What became of a run. Its name in the log is the variant's in snake case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// The reply is delivered, or there was nothing to deliver.
    Delivered,
    /// The user is handed to an agent, as their function said.
    Transferred,
    /// None of the reply's messages reached the user.
    Undelivered,
    /// The function failed, or returned what it may not; the push is parked.
    Failed,
    /// The function failed, and is asked again later.
    Retried,
    /// A payment was not booked; WeChat repeats it.
    NotBooked,
    /// There was nothing to do, or it is in other hands.
    Elsewhere,
    /// An AWS service did not answer, or the push is in other hands that may yet die: Lambda or WeChat tries again.
    Broken,
}
