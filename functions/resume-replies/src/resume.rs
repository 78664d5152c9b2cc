//! A guard message has come due.
//!
//! ```text
//! before work_until ─ put it again
//! after it ─ read the row ─┬─ done, failed, forgotten ── nothing
//!                          ├─ a run delivers ─────────── put it again
//!                          └─ unfinished ─────────────── invoke deliver-reply, with a new owner
//! ```
//!
//! A message that could not be seen to is named as failed: SQS shows it again.

use std::time::Duration;

use aws_config::SdkConfig;
use serde::{Deserialize, Serialize};
use shared::host::causes::causes;
use shared::host::deliver_reply::{DeliverReply, Envelope};
use shared::host::invoke::InvocationError;
use shared::host::reply_guard::{GuardError, Guarded, ReplyGuard};
use shared::host::{clients, clock, random};
use shared::state::StateError;
use shared::state::dedupe::{DELIVERY_LEASE_SECONDS, PushDedupe};

use crate::settings::Settings;

/// How long Lambda may take to accept an invocation.
const PATIENCE: Duration = Duration::from_secs(5);

/// What SQS hands over.
#[derive(Debug, Deserialize)]
pub(crate) struct GuardEvent {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    message_id: String,
    body: String,
}

/// Which messages SQS is to show again (AWS Lambda docs: reporting batch item failures).
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failures {
    batch_item_failures: Vec<Failure>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

/// What the function works with.
#[derive(Debug)]
pub(crate) struct Resume {
    dedupe: PushDedupe,
    guard: ReplyGuard,
    deliver_reply: DeliverReply,
}

/// Why a message could not be seen to.
#[derive(Debug, thiserror::Error)]
enum ResumeError {
    #[error("not a guard message")]
    Message(#[from] serde_json::Error),
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Guard(#[from] GuardError),
    #[error(transparent)]
    Invocation(#[from] InvocationError),
    #[error("random bytes are unavailable")]
    Random(#[from] getrandom::Error),
}

impl Resume {
    pub(crate) fn from_settings(config: &SdkConfig, settings: Settings) -> Self {
        Self {
            dedupe: PushDedupe::new(aws_sdk_dynamodb::Client::new(config), settings.push_dedupe_table, settings.appid),
            guard: ReplyGuard::new(aws_sdk_sqs::Client::new(config), settings.reply_guard_queue_url),
            deliver_reply: DeliverReply::new(clients::lambda_once(config), settings.deliver_reply_function_arn),
        }
    }

    /// Sees to each message.
    pub(crate) async fn run(&self, event: GuardEvent) -> Failures {
        let mut failures = Failures::default();
        for record in event.records {
            match self.see_to(&record.body).await {
                Ok(seen_to) => tracing::info!(seen_to, "guard message"),
                Err(error) => {
                    tracing::warn!(error = causes(&error), "guard message not seen to");
                    failures.batch_item_failures.push(Failure { item_identifier: record.message_id });
                }
            }
        }
        failures
    }

    async fn see_to(&self, body: &str) -> Result<&'static str, ResumeError> {
        let guarded: Guarded = serde_json::from_str(body)?;
        let now = clock::now_seconds();
        if guarded.work_until > now {
            self.guard.put(&guarded, now).await?;
            return Ok("too early");
        }
        let Some(row) = self.dedupe.read(&guarded.appid, &guarded.key, now).await? else {
            tracing::warn!("a late reply was not seen to within a day");
            return Ok("forgotten");
        };
        if row.is_finished() {
            return Ok("finished");
        }
        if row.is_leased(now) {
            let later = row.lease_expires_at_seconds.min(now.saturating_add(DELIVERY_LEASE_SECONDS));
            self.guard.put(&Guarded { work_until: later, ..guarded }, now).await?;
            return Ok("in other hands");
        }
        let Guarded { push, appid, key, .. } = guarded;
        let owner = random::unique_text()?;
        let envelope = Envelope { push, appid, key, owner, answer_by: None, resend: None };
        self.deliver_reply.tell(&envelope, PATIENCE).await?;
        Ok("resumed")
    }
}
