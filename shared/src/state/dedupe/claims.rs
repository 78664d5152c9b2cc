//! The writes of `push`: it claims, gives up, answers before the reply has come, or decides without one.

use protocol::appid::Appid;
use protocol::push_key::PushKey;
use serde_json::Value;

use super::push_dedupe::{LEASE_SECONDS, PushDedupe, Written};
use super::row::{DedupeRow, Phase};
use crate::state::table::{StateError, flag, number, text};

const CLAIMABLE: &str =
    "attribute_not_exists(push_key) OR expires_at <= :now OR (#state = :running AND lease_expires_at <= :now)";

impl PushDedupe {
    /// Claims a push in one round trip. `owner` is unique to the delivery. A payment's claim may also be had where its
    /// handler was late and its lease is over.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; the push may or may not be claimed then, and the same owner may
    /// claim it again.
    pub async fn claim(
        &self,
        appid: &Appid,
        key: &PushKey,
        owner: &str,
        is_payment: bool,
        now_seconds: i64,
    ) -> Result<Written, StateError> {
        let mut condition = CLAIMABLE.to_owned();
        let mut values = vec![
            (":running", text("running")),
            (":owner", text(owner)),
            (":now", number(now_seconds)),
            (":lease", number(now_seconds.saturating_add(LEASE_SECONDS))),
            (":expires", self.retained(now_seconds)),
            (":one", number(1)),
        ];
        if is_payment {
            condition.push_str(" OR (#state = :late AND lease_expires_at <= :now)");
            values.push((":late", text("late")));
        }
        let update = "SET #state = :running, #owner = :owner, lease_expires_at = :lease, expires_at = :expires \
                      REMOVE work_until, #reply, #run, #next, #sending, #answer, answered ADD attempt :one";
        Ok(own(self.write(appid, key, &condition, update, values).await?, |row| {
            row.phase == Phase::Running && row.owner == owner
        }))
    }

    /// Gives the claim up, so that whoever comes next takes over at once: WeChat's next attempt, or a later run.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; the lease runs out then.
    pub async fn release(&self, appid: &Appid, key: &PushKey, owner: &str) -> Result<Written, StateError> {
        let condition = "#owner = :owner AND #state IN (:running, :late)";
        let values =
            [(":owner", text(owner)), (":running", text("running")), (":late", text("late")), (":long_ago", number(0))];
        self.write(appid, key, condition, "SET lease_expires_at = :long_ago", values).await
    }

    /// Says that WeChat has its answer now, and until when the reply may still come.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; writing it again is harmless.
    pub async fn turn_late(
        &self,
        appid: &Appid,
        key: &PushKey,
        owner: &str,
        answer: &Value,
        work_until_seconds: i64,
        now_seconds: i64,
    ) -> Result<Written, StateError> {
        let values = [
            (":owner", text(owner)),
            (":running", text("running")),
            (":late", text("late")),
            (":answer", text(&answer.to_string())),
            (":true", flag()),
            (":until", number(work_until_seconds)),
            (":expires", self.retained(now_seconds)),
        ];
        let update = "SET #state = :late, #answer = :answer, answered = :true, work_until = :until, \
                      lease_expires_at = :until, expires_at = :expires";
        let written = self.write(appid, key, "#owner = :owner AND #state = :running", update, values).await?;
        Ok(own(written, |row| row.phase == Phase::Late && row.owner == owner))
    }

    /// Says that WeChat has its answer while a recorded reply is still being delivered.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer.
    pub async fn mark_answered(&self, appid: &Appid, key: &PushKey) -> Result<Written, StateError> {
        let values = [(":recorded", text("recorded")), (":true", flag())];
        self.write(appid, key, "#state = :recorded", "SET answered = :true", values).await
    }

    /// Ends the push with an answer that was decided without its function.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; writing it again is harmless.
    pub async fn complete(
        &self,
        appid: &Appid,
        key: &PushKey,
        owner: &str,
        answer: &Value,
        now_seconds: i64,
    ) -> Result<Written, StateError> {
        self.end(appid, key, owner, Phase::Done, answer, now_seconds).await
    }

    /// Ends the push without a reply, once it is parked.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; writing it again is harmless.
    pub async fn fail(
        &self,
        appid: &Appid,
        key: &PushKey,
        owner: &str,
        answer: &Value,
        now_seconds: i64,
    ) -> Result<Written, StateError> {
        self.end(appid, key, owner, Phase::Failed, answer, now_seconds).await
    }

    async fn end(
        &self,
        appid: &Appid,
        key: &PushKey,
        owner: &str,
        phase: Phase,
        answer: &Value,
        now_seconds: i64,
    ) -> Result<Written, StateError> {
        let values = [
            (":owner", text(owner)),
            (":running", text("running")),
            (":phase", text(phase.name())),
            (":answer", text(&answer.to_string())),
            (":expires", self.retained(now_seconds)),
        ];
        let update = "SET #state = :phase, #answer = :answer, expires_at = :expires REMOVE lease_expires_at";
        let written = self.write(appid, key, "#owner = :owner AND #state = :running", update, values).await?;
        Ok(own(written, |row| row.phase == phase && row.owner == owner && row.run.is_none()))
    }
}

/// A write that was refused by the row that it wrote itself, as where the SDK repeats a write whose answer was lost.
pub(super) fn own(written: Written, is_own: impl Fn(&DedupeRow) -> bool) -> Written {
    match written {
        Written::Refused(Some(row)) if is_own(&row) => Written::Written(row),
        written => written,
    }
}
