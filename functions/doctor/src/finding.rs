//! One thing that is wrong, or that could not be checked.

use protocol::appid::Appid;
use serde::Serialize;

/// What was checked. `docs/operations.md` explains each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Check {
    /// The push secret has a pair of each mini program.
    PushSecret,
    /// The app secret has the AppSecret of each mini program.
    AppSecret,
    /// WeChat issues an access token for the AppSecret.
    AccessToken,
    /// WeChat finds the host of the push URL that its console holds.
    Callback,
    /// The addresses from which WeChat pushes are within `PushSourceIpRanges`.
    CallbackAddresses,
    /// Customer messages may be sent today.
    Quota,
    /// No push waits in the failed queue.
    FailedQueue,
    /// A push came in the last days.
    LastPush,
    /// Every payment of the last day was acknowledged.
    Payments,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Severity {
    /// Something does not work.
    Error,
    /// Something will not work soon, or may not work.
    Warning,
    /// Nothing is known, because the check could not be made.
    NotChecked,
}

/// A finding. None of its texts holds a secret or a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// The mini program; none for what concerns the whole stack.
    pub(crate) appid: Option<Appid>,
    pub(crate) check: Check,
    pub(crate) severity: Severity,
    /// What was found.
    #[serde(rename = "finding")]
    pub(crate) found: String,
    /// What that means for the mini program.
    pub(crate) meaning: &'static str,
    /// What to do first.
    pub(crate) remedy: &'static str,
}

impl Finding {
    /// A check that could not be made.
    pub(crate) fn not_checked(check: Check, why: String, remedy: &'static str) -> Self {
        let meaning = "This check could not be made, so whether anything is wrong is unknown.";
        Self { appid: None, check, severity: Severity::NotChecked, found: why, meaning, remedy }
    }

    /// Names the mini program.
    pub(crate) fn of(self, appid: &Appid) -> Self {
        Self { appid: Some(appid.clone()), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_is_documented() {
        let documented = include_str!("../../../docs/operations.md");
        for check in [
            Check::PushSecret,
            Check::AppSecret,
            Check::AccessToken,
            Check::Callback,
            Check::CallbackAddresses,
            Check::Quota,
            Check::FailedQueue,
            Check::LastPush,
            Check::Payments,
        ] {
            let name = serde_json::to_value(check).unwrap();
            assert!(documented.contains(&format!("| `{}` |", name.as_str().unwrap())), "{name}");
        }
    }
}
