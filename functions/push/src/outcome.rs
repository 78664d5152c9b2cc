//! The outcome of a request: what the log and the metrics call it.

use serde::Serialize;

/// What became of a request. Its name in the log is the variant's in snake case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// The function returned a reply in time, and it is delivered.
    Replied,
    /// The user is handed to an agent without asking the function, which wanted that before, or an agent is with them.
    Transferred,
    /// Lambda has taken the event for its function.
    HandedOn,
    /// The push was handled before; what it was answered then was answered again.
    Duplicate,
    /// The function failed in time, or returned what it may not.
    Failed,
    /// The reply was not there when the answer was due; it is delivered when it comes.
    Late,
    /// Nobody could handle the push in any of WeChat's attempts; it is parked.
    Parked,
    /// The console verified the URL.
    UrlVerified,
    /// It is not WeChat's, as far as can be told.
    Refused,
    /// WeChat signed it, and it cannot be read; it is parked.
    Unreadable,
    /// WeChat signed it, and it does not decrypt: the secret's key is not the console's. WeChat repeats it, and its last attempts
    /// are parked.
    Undecryptable,
    /// The body is larger than any of WeChat's.
    TooLarge,
    /// Another delivery of the push is being handled; WeChat repeats it.
    StillRunning,
    /// `deliver-reply` ended with an error; WeChat repeats the push.
    Broken,
    /// An AWS service did not answer; WeChat repeats the push.
    OutOfReach,
}
