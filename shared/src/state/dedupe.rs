//! The claim of a push: whoever holds it handles the push, everybody else gets the reply that the holder stored.
//!
//! ```text
//! first delivery   claim ──── handle ──── complete(reply)
//! retry, later                                       └─ claim = Done(reply)
//! retry, meanwhile        └─ claim = Running, ask again …
//! holder died      claim ──── ✗           lease out ─┐
//! retry                                              └─ claim = Claimed, handle again
//! late holder      claim ──── handle ─────────────────────── complete = LeaseLost, nothing written
//! ```
//!
//! A row: `push_key`, `state` (`running` | `done`), `owner`, `lease_expires_at`, `attempt`, `reply` (JSON), `expires_at`.

use aws_sdk_dynamodb::Client;
use protocol::push_key::PushKey;
use serde_json::Value;

use super::table::{StateError, Table, Update, number, text};

/// How long a claim holds without being completed. A push is answered within 4.5 s; as whole seconds are kept, the lease
/// is out between 5 and 6 s after the claim, when WeChat has hung up (5 s) and is about to ask again.
pub(crate) const LEASE_SECONDS: i64 = 6;

/// How long a push is recognised: longer than WeChat retries (`xpay_*` events up to some hours).
pub(crate) const RETENTION_SECONDS: i64 = 24 * 60 * 60;

/// The table `PushDedupe`.
#[derive(Debug, Clone)]
pub struct PushDedupe(Table);

/// The right to handle a push.
#[derive(Debug, PartialEq, Eq)]
pub struct Claim {
    key: PushKey,
    owner: String,
    /// 1 for the first, counted up each time the push is claimed again.
    pub attempt: i64,
}

/// What a claim found.
#[derive(Debug, PartialEq, Eq)]
pub enum Claimed {
    /// The push is the caller's to handle.
    Claimed(Claim),
    /// It was handled; this is the reply that was stored.
    Done(Value),
    /// Somebody else is handling it.
    Running,
}

/// What became of a completion or release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completed {
    /// It is written.
    Written,
    /// The lease had run out and somebody else took over; nothing is written.
    LeaseLost,
}

impl PushDedupe {
    /// The table of this name.
    #[must_use]
    pub fn new(dynamodb: Client, table_name: String) -> Self {
        Self(Table::new(dynamodb, table_name, "push_key"))
    }

    /// Claims a push in one round trip. `owner` is unique to the call.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; the push may or may not be claimed then.
    pub async fn claim(&self, key: &PushKey, owner: String, now_seconds: i64) -> Result<Claimed, StateError> {
        let update = self
            .0
            .update(key.as_str())
            .condition_expression(
                "attribute_not_exists(push_key) OR expires_at <= :now \
                 OR (#state = :running AND lease_expires_at <= :now)",
            )
            .update_expression(
                "SET #state = :running, #owner = :owner, lease_expires_at = :lease, expires_at = :expires \
                 REMOVE reply ADD attempt :one",
            )
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":running", text("running"))
            .expression_attribute_values(":owner", text(&owner))
            .expression_attribute_values(":now", number(now_seconds))
            .expression_attribute_values(":lease", number(now_seconds.saturating_add(LEASE_SECONDS)))
            .expression_attribute_values(":expires", number(now_seconds.saturating_add(RETENTION_SECONDS)))
            .expression_attribute_values(":one", number(1));
        let row = match self.0.send(update).await? {
            Update::Applied(row) => row,
            Update::Refused(Some(row)) if row.text("state")? == "done" => {
                return serde_json::from_str(row.text("reply")?)
                    .map(Claimed::Done)
                    .map_err(|_| StateError::Row("reply"));
            }
            // The SDK repeats a write whose answer was lost: then the claim that stands in the way is this one.
            Update::Refused(Some(row)) if row.text("owner")? == owner => row,
            Update::Refused(_) => return Ok(Claimed::Running),
        };
        Ok(Claimed::Claimed(Claim { key: key.clone(), owner, attempt: row.number("attempt")? }))
    }

    /// Stores the reply, for whoever asks again.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer.
    pub async fn complete(&self, claim: &Claim, reply: &Value, now_seconds: i64) -> Result<Completed, StateError> {
        let update = self
            .0
            .update(claim.key.as_str())
            .condition_expression("#owner = :owner")
            .update_expression("SET #state = :done, reply = :reply, expires_at = :expires REMOVE lease_expires_at")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":owner", text(&claim.owner))
            .expression_attribute_values(":done", text("done"))
            .expression_attribute_values(":reply", text(&reply.to_string()))
            .expression_attribute_values(":expires", number(now_seconds.saturating_add(RETENTION_SECONDS)));
        self.completed(update).await
    }

    /// Gives the claim up, so that the next delivery takes over at once.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; the lease runs out then.
    pub async fn release(&self, claim: &Claim) -> Result<Completed, StateError> {
        let update = self
            .0
            .update(claim.key.as_str())
            .condition_expression("#owner = :owner AND #state = :running")
            .update_expression("SET lease_expires_at = :long_ago")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":owner", text(&claim.owner))
            .expression_attribute_values(":running", text("running"))
            .expression_attribute_values(":long_ago", number(0));
        self.completed(update).await
    }

    async fn completed(
        &self,
        update: aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder,
    ) -> Result<Completed, StateError> {
        Ok(match self.0.send(update).await? {
            Update::Applied(_) => Completed::Written,
            Update::Refused(_) => Completed::LeaseLost,
        })
    }
}

#[cfg(test)]
#[path = "dedupe_tests.rs"]
mod tests;
