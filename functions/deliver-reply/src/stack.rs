//! What a run works with: the tables, the queues and the way to the user.

use std::future::Future;
use std::time::Duration;

use protocol::push::Kind;
use serde_json::{Map, Value};
use shared::host::deliver_reply::Envelope;
use shared::host::failed_pushes::{FailedPushes, ParkError, Parked, ParkedMessage, Reason};
use shared::host::logs::warn_if_failed;
use shared::host::reply_guard::{GuardError, ReplyGuard};
use shared::host::{clock, random};
use shared::serve::own_messages::OwnMessages;
use shared::state::StateError;
use shared::state::agents::handed_off_until;
use shared::state::dedupe::PushDedupe;
use shared::state::reply_window::ReplyWindow;

use crate::settings::{LongText, WhenHandlerFails};

/// Pauses between tries of what must not be given up lightly, beyond those of the SDK.
const PAUSES: [Duration; 3] = [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3)];

/// The parts of the stack that a run writes to, and what the template says of how.
#[derive(Debug)]
pub(crate) struct Stack {
    pub(crate) dedupe: PushDedupe,
    pub(crate) windows: ReplyWindow,
    pub(crate) failed_pushes: FailedPushes,
    pub(crate) guard: ReplyGuard,
    pub(crate) messages: OwnMessages,
    pub(crate) when_handler_fails: WhenHandlerFails,
    pub(crate) long_text: LongText,
    pub(crate) handoff_minutes: i64,
    pub(crate) reply_timeout_seconds: i64,
}

/// Why a run ends without an outcome: whoever invoked it sees to the push.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Park(#[from] ParkError),
    #[error(transparent)]
    Guard(#[from] GuardError),
    #[error("random bytes are unavailable")]
    Random(#[from] getrandom::Error),
    #[error("another run is handling the push")]
    InOtherHands,
    #[error("the function failed: {0}")]
    HandlerFailed(String),
    #[error("the recorded reply cannot be read")]
    Plan(#[from] serde_json::Error),
}

impl RunError {
    /// The name by which logs and metrics group it.
    pub(crate) fn error_type(&self) -> &'static str {
        match self {
            Self::HandlerFailed(_) => "HandlerFailed",
            Self::InOtherHands => "InOtherHands",
            _ => "OutOfReach",
        }
    }
}

impl Stack {
    /// Parks the push, or one message of its reply.
    pub(crate) async fn park(
        &self,
        envelope: &Envelope,
        reason: Reason,
        error: Value,
        customer_message: Option<&Map<String, Value>>,
    ) -> Result<(), RunError> {
        let id = random::unique_text()?;
        let customer_message = customer_message.map(|message| ParkedMessage { id: &id, message });
        let parked = Parked { appid: &envelope.appid, push: &envelope.push, reason, error, customer_message };
        Ok(insist(|| self.failed_pushes.park(&parked)).await?)
    }

    /// Wants an agent for the user's next message.
    pub(crate) async fn set_transfer_mark(&self, envelope: &Envelope) -> Result<(), StateError> {
        let Some(openid) = envelope.push.openid() else { return Ok(()) };
        // The push's own key: a mark that is set once more, by another run, is the same one.
        insist(|| self.windows.set_transfer_mark(&envelope.appid, openid, envelope.key.as_str(), clock::now_seconds()))
            .await
    }

    /// Notes that an agent has the user, if that is to be noted. A failure only costs what it is for.
    pub(crate) async fn hand_off(&self, envelope: &Envelope) {
        let until = handed_off_until(self.handoff_minutes, clock::now_seconds());
        if let (Some(openid), Some(until)) = (envelope.push.openid(), until) {
            warn_if_failed(self.windows.hand_off(&envelope.appid, openid, until).await, "hand-off not noted");
        }
    }

    /// Whether a user who wrote is handed to an agent where their push comes to nothing.
    pub(crate) fn wants_agent(&self, envelope: &Envelope) -> bool {
        envelope.push.kind() == Kind::Message && self.when_handler_fails == WhenHandlerFails::Transfer
    }
}

/// Tries again, with pauses, what may be done twice.
pub(crate) async fn insist<T, E, F: Future<Output = Result<T, E>>>(attempt: impl Fn() -> F) -> Result<T, E> {
    for pause in PAUSES {
        match attempt().await {
            Ok(done) => return Ok(done),
            Err(_) => tokio::time::sleep(pause).await,
        }
    }
    attempt().await
}
