//! A push without a reply: its function failed, or returned what it may not.

use protocol::push::Kind;
use serde_json::{Value, json};
use shared::host::clock;
use shared::host::deliver_reply::{Delivered, Envelope};
use shared::host::failed_pushes::{Reason, error};
use shared::host::reply_guard::Guarded;
use shared::state::dedupe::{Phase, Written};

use crate::line::Line;
use crate::outcome::Outcome;
use crate::plan;
use crate::record::{elsewhere, is_transfer};
use crate::settings::WhenHandlerFails;
use crate::stack::{RunError, Stack, insist};

/// How soon a function that failed is asked again by a run that nobody waits for.
const RETRY_AFTER_SECONDS: i64 = 2;

impl Stack {
    /// The function failed, also when it was tried again.
    pub(crate) async fn handler_failed(
        &self,
        envelope: &Envelope,
        error: Value,
        line: &mut Line<'_>,
    ) -> Result<Delivered, RunError> {
        match (envelope.push.kind(), self.when_handler_fails) {
            (Kind::Payment, _) => self.not_booked(envelope, send_it_again(), line).await,
            (_, WhenHandlerFails::Transfer) => self.failed(envelope, Reason::HandlerFailed, error, line).await,
            (_, WhenHandlerFails::Retry) if envelope.answer_by.is_none() => {
                line.outcome = Outcome::Retried;
                // Lambda's next try is for the same owner, and a redrive may come in between.
                insist(|| self.dedupe.release(&envelope.appid, &envelope.key, &envelope.owner)).await?;
                let error_type = error.get("errorType").and_then(Value::as_str).unwrap_or_default();
                Err(RunError::HandlerFailed(error_type.to_owned()))
            }
            (_, WhenHandlerFails::Retry) => self.retry_later(envelope, line).await,
        }
    }

    /// Gives the push up: it is parked first, then failed, and a user who wrote is handed to an agent.
    pub(crate) async fn failed(
        &self,
        envelope: &Envelope,
        reason: Reason,
        error: Value,
        line: &mut Line<'_>,
    ) -> Result<Delivered, RunError> {
        if envelope.push.kind() == Kind::Payment {
            return self.not_booked(envelope, send_it_again(), line).await;
        }
        line.outcome = Outcome::Failed;
        self.park(envelope, reason, error, None).await?;
        let wants_agent = self.wants_agent(envelope);
        let now = clock::now_seconds();
        let answer = if wants_agent { plan::transfer(&envelope.push, None, now) } else { json!("success") };
        match insist(|| self.dedupe.fail(&envelope.appid, &envelope.key, &envelope.owner, &answer, now)).await? {
            Written::Written(row) => {
                if wants_agent {
                    self.hand_off(envelope).await;
                }
                Ok(Delivered::Failed(row.answer))
            }
            Written::Refused(Some(row)) if row.phase == Phase::Late && row.owner == envelope.owner => {
                if wants_agent && !is_transfer(&row.answer) {
                    self.set_transfer_mark(envelope).await?;
                }
                match insist(|| self.dedupe.fail_late(&envelope.appid, &envelope.key, &envelope.owner, now)).await? {
                    Written::Written(row) => Ok(Delivered::Failed(row.answer)),
                    Written::Refused(row) => Ok(elsewhere(row, line)),
                }
            }
            Written::Refused(row) => Ok(elsewhere(row, line)),
        }
    }

    /// Lets a run that nobody waits for ask the function again, with Lambda's own retries: the guard first, then the row.
    async fn retry_later(&self, envelope: &Envelope, line: &mut Line<'_>) -> Result<Delivered, RunError> {
        line.outcome = Outcome::Retried;
        let now = clock::now_seconds();
        let Envelope { push, appid, key, owner, .. } = envelope;
        // In a moment: not before the row is late.
        let work_until = now.saturating_add(RETRY_AFTER_SECONDS);
        let guarded = Guarded { push: push.clone(), appid: appid.clone(), key: key.clone(), work_until };
        insist(|| self.guard.put(&guarded, now)).await?;
        let answer = json!("success");
        match insist(|| self.dedupe.turn_late(appid, key, owner, &answer, now, now)).await? {
            Written::Written(row) => {
                // Where `push` had turned it late before, the lease is longer: it ends, so that the next run can take over.
                if row.is_leased(now) {
                    insist(|| self.dedupe.release(appid, key, owner)).await?;
                }
                Ok(Delivered::Failed(row.answer))
            }
            Written::Refused(row) => Ok(elsewhere(row, line)),
        }
    }

    /// Leaves a payment to WeChat's next attempt.
    pub(crate) async fn not_booked(
        &self,
        envelope: &Envelope,
        answer: Value,
        line: &mut Line<'_>,
    ) -> Result<Delivered, RunError> {
        line.outcome = Outcome::NotBooked;
        if envelope.answer_by.is_none() {
            // WeChat may have given up: it comes back to the queue that it was redriven from.
            let words = "its function did not answer with ErrCode 0";
            let error = error(Reason::HandlerFailed, words);
            self.park(envelope, Reason::HandlerFailed, error, None).await?;
        }
        match insist(|| self.dedupe.release(&envelope.appid, &envelope.key, &envelope.owner)).await? {
            Written::Refused(Some(row)) if row.is_finished() => Ok(Delivered::Replied(row.answer)),
            Written::Written(_) | Written::Refused(_) => Ok(Delivered::Failed(answer)),
        }
    }
}

/// What WeChat is answered where a payment is not booked.
fn send_it_again() -> Value {
    json!({"ErrCode": 1, "ErrMsg": "not handled; send it again"})
}
