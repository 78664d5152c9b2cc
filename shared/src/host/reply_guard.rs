//! The guard queue: a message with a delay for each late reply, so that it is seen to even if everybody dies who knows of it.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::BoxError;
use protocol::appid::Appid;
use protocol::push::Push;
use protocol::push_key::PushKey;
use serde::{Deserialize, Serialize};

/// The longest delay that SQS knows.
const MAX_DELAY_SECONDS: i64 = 900;

/// The guard queue.
#[derive(Debug, Clone)]
pub struct ReplyGuard {
    sqs: Client,
    queue_url: String,
}

/// A late reply that is waited for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guarded {
    /// The push.
    pub push: Push,
    /// The mini program.
    pub appid: Appid,
    /// The push's key.
    pub key: PushKey,
    /// Until when the reply may come without help, seconds since the epoch.
    pub work_until: i64,
}

/// SQS did not take a guard message; it may have it.
#[derive(Debug, thiserror::Error)]
#[error("the guard queue did not answer")]
pub struct GuardError(#[source] BoxError);

impl ReplyGuard {
    /// The queue with this URL.
    #[must_use]
    pub fn new(sqs: Client, queue_url: String) -> Self {
        Self { sqs, queue_url }
    }

    /// Puts a message that comes due at `work_until`, or after 15 minutes, to be put again.
    ///
    /// # Errors
    /// [`GuardError`] where SQS does not answer.
    pub async fn put(&self, guarded: &Guarded, now_seconds: i64) -> Result<(), GuardError> {
        let body = serde_json::to_string(guarded).map_err(|error| GuardError(error.into()))?;
        let delay = guarded.work_until.saturating_sub(now_seconds).clamp(0, MAX_DELAY_SECONDS);
        let send = self.sqs.send_message().queue_url(&self.queue_url).message_body(body);
        let send = send.delay_seconds(i32::try_from(delay).unwrap_or_default());
        send.send().await.map(drop).map_err(|error| GuardError(error.into()))
    }
}
