//! The outcome of a request: what the log and the metrics call it.

use serde::Serialize;

/// What became of a request. Its name in the log is the variant's in snake case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// The function returned a reply in time.
    Replied,
    /// Lambda has taken the event for its function.
    HandedOn,
    /// The push was handled before; the stored reply was answered.
    Duplicate,
    /// The function failed, and Lambda has taken the push for another try.
    Failed,
    /// The function had not returned when the answer was due.
    Late,
    /// The console verified the URL.
    UrlVerified,
    /// It is not WeChat's, as far as can be told.
    Refused,
    /// WeChat signed it, and it cannot be read; it is parked.
    Unreadable,
    /// The body is larger than any of WeChat's.
    TooLarge,
    /// Another delivery of the push is being handled; WeChat repeats it.
    StillRunning,
    /// An AWS service did not answer; WeChat repeats the push.
    OutOfReach,
}
