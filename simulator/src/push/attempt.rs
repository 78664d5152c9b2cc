//! One attempt to deliver a push.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::answer::TRANSFER;

/// How many attempts a push gets: the first one and three retries. Those of a payment have their own number.
pub(crate) const ATTEMPTS: u32 = 4;

/// One request and what came back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    /// Counted from 1.
    #[serde(rename = "attempt")]
    pub(crate) number: u32,
    /// None if there was no answer.
    pub(crate) status: Option<u16>,
    pub(crate) milliseconds: u64,
    /// As it came; empty if there was no answer.
    pub(crate) body: String,
    /// The reply, decrypted, if there is one.
    pub(crate) reply: Option<Map<String, Value>>,
    /// Whether the reply is one that WeChat takes and ignores: the user sees nothing of it.
    #[serde(default)]
    pub(crate) is_ignored: bool,
    /// Why this is no answer to WeChat.
    pub(crate) fault: Option<String>,
    /// What kind of reason that is.
    pub(crate) fault_kind: Option<AttemptFaultKind>,
}

impl Attempt {
    /// Whether the answer makes WeChat put the user into the queue for an agent.
    pub(crate) fn transfers(&self) -> bool {
        let message_type = self.reply.as_ref().and_then(|reply| reply.get("MsgType"));
        self.fault.is_none() && !self.is_ignored && message_type.is_some_and(|message_type| message_type == TRANSFER)
    }

    /// The attempt with why it brought no answer.
    pub(crate) fn failed(self, kind: AttemptFaultKind, why: String) -> Self {
        Self { fault: Some(why), fault_kind: Some(kind), ..self }
    }
}

/// Why an attempt brought no answer, in kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AttemptFaultKind {
    /// No answer came in time.
    Timeout,
    /// The connection ended before the answer did.
    Lost,
    /// There was no connection.
    Unreachable,
    /// An HTTP status other than 200.
    Status,
    /// An answer that WeChat does not take.
    Abnormal,
    /// An answer to a payment event that says that it is not dealt with.
    ErrCode,
}
