//! The writes of `deliver-reply`: it records a reply, delivers it message by message, or takes over from a run that died.

use protocol::appid::Appid;
use protocol::push_key::PushKey;
use serde_json::Value;

use super::claims::own;
use super::push_dedupe::{DELIVERY_LEASE_SECONDS, PushDedupe, Written};
use super::row::{DedupeRow, Phase};
use crate::state::table::{StateError, flag, number, text};

/// What recording a reply makes of the row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Recording<'a> {
    /// Messages are to be sent, or a transfer is to be noted: the row is `recorded` until that is done. With `is_sending` it is
    /// the mark of message 0, too.
    Deliver {
        /// Whether message 0 is marked as being sent.
        is_sending: bool,
    },
    /// There is nothing to deliver: the row is `done`. Without an answer, the one that it has stays.
    Done {
        /// What WeChat is answered.
        answer: Option<&'a Value>,
    },
}

impl PushDedupe {
    /// Records a reply of the owner's, if the row is still as `expected`: running, or late.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; writing it again is harmless.
    pub async fn record(
        &self,
        appid: &Appid,
        key: &PushKey,
        (owner, run): (&str, &str),
        expected: Phase,
        (reply, recording): (&Value, Recording<'_>),
        now_seconds: i64,
    ) -> Result<Written, StateError> {
        let mut values = vec![
            (":owner", text(owner)),
            (":run", text(run)),
            (":expected", text(expected.name())),
            (":reply", text(&reply.to_string())),
            (":expires", self.retained(now_seconds)),
        ];
        let mut update = "SET #reply = :reply, #run = :run, expires_at = :expires, #state = :state".to_owned();
        match recording {
            Recording::Deliver { is_sending } => {
                update.push_str(", #next = :zero, lease_expires_at = :lease");
                values.push((":zero", number(0)));
                values.push((":state", text("recorded")));
                values.push((":lease", lease(now_seconds)));
                if is_sending {
                    update.push_str(", #sending = :zero");
                }
            }
            Recording::Done { answer } => {
                values.push((":state", text("done")));
                if let Some(answer) = answer {
                    update.push_str(", #answer = :answer");
                    values.push((":answer", text(&answer.to_string())));
                }
                update.push_str(" REMOVE lease_expires_at");
            }
        }
        let written = self.write(appid, key, "#owner = :owner AND #state = :expected", &update, values).await?;
        Ok(own(written, |row| row.run.as_deref() == Some(run)))
    }

    /// Takes over a push that nobody works on: one without a row, or one whose owner, phase and lease are still those that were
    /// seen. WeChat has its answer then, whatever the row says.
    ///
    /// The lease tells the row from a later one of the same owner's: Lambda tries a run again with the owner that it had.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; writing it again is harmless.
    pub async fn take_over(
        &self,
        appid: &Appid,
        key: &PushKey,
        seen: Option<&DedupeRow>,
        owner: &str,
        work_until_seconds: i64,
        now_seconds: i64,
    ) -> Result<Written, StateError> {
        let mut values = vec![
            (":owner", text(owner)),
            (":late", text("late")),
            (":until", number(work_until_seconds)),
            (":true", flag()),
            (":expires", self.retained(now_seconds)),
        ];
        let condition = if let Some(seen) = seen {
            values.push((":seen", text(&seen.owner)));
            values.push((":phase", text(seen.phase.name())));
            values.push((":lease", number(seen.lease_expires_at_seconds)));
            match seen.lease_expires_at_seconds {
                0 => {
                    "#owner = :seen AND #state = :phase AND \
                      (attribute_not_exists(lease_expires_at) OR lease_expires_at = :lease)"
                }
                _ => "#owner = :seen AND #state = :phase AND lease_expires_at = :lease",
            }
        } else {
            values.push((":now", number(now_seconds)));
            "attribute_not_exists(push_key) OR expires_at <= :now"
        };
        let update = "SET #state = :late, #owner = :owner, lease_expires_at = :until, work_until = :until, \
                      answered = :true, expires_at = :expires REMOVE #reply, #run, #next, #sending";
        let written = self.write(appid, key, condition, update, values).await?;
        Ok(own(written, |row| row.phase == Phase::Late && row.owner == owner))
    }

    /// Takes a recorded reply over from the run that was seen, and returns the row to go on from.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; writing it again is harmless.
    pub async fn take_over_reply(
        &self,
        appid: &Appid,
        key: &PushKey,
        seen_run: &str,
        run: &str,
        now_seconds: i64,
    ) -> Result<Written, StateError> {
        let values = [
            (":recorded", text("recorded")),
            (":seen", text(seen_run)),
            (":run", text(run)),
            (":lease", lease(now_seconds)),
        ];
        let update = "SET #run = :run, lease_expires_at = :lease";
        let written = self.write(appid, key, "#state = :recorded AND #run = :seen", update, values).await?;
        Ok(own(written, |row| row.phase == Phase::Recorded && row.run.as_deref() == Some(run)))
    }

    /// Goes on to message `index` and marks it as being sent. A mark never goes back: a write that was given up and repeated may
    /// arrive after later ones.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; writing it again is harmless.
    pub async fn advance(
        &self,
        appid: &Appid,
        key: &PushKey,
        run: &str,
        index: usize,
        now_seconds: i64,
    ) -> Result<Written, StateError> {
        let next = i64::try_from(index).unwrap_or(i64::MAX);
        let values = [
            (":recorded", text("recorded")),
            (":run", text(run)),
            (":next", number(next)),
            (":lease", lease(now_seconds)),
        ];
        let update = "SET #next = :next, #sending = :next, lease_expires_at = :lease";
        let condition = "#state = :recorded AND #run = :run AND #next < :next";
        let written = self.write(appid, key, condition, update, values).await?;
        Ok(own(written, |row| row.phase == Phase::Recorded && row.run.as_deref() == Some(run) && row.next == index))
    }

    /// Ends the run's delivery; the answer stays as it is.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; writing it again is harmless.
    pub async fn finish(
        &self,
        appid: &Appid,
        key: &PushKey,
        run: &str,
        now_seconds: i64,
    ) -> Result<Written, StateError> {
        self.finish_if(appid, key, run, "", None, now_seconds).await
    }

    /// Ends the run's delivery with another answer, unless WeChat has one already.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; writing it again is harmless.
    pub async fn finish_with(
        &self,
        appid: &Appid,
        key: &PushKey,
        run: &str,
        answer: &Value,
        now_seconds: i64,
    ) -> Result<Written, StateError> {
        self.finish_if(appid, key, run, " AND attribute_not_exists(answered)", Some(answer), now_seconds).await
    }

    async fn finish_if(
        &self,
        appid: &Appid,
        key: &PushKey,
        run: &str,
        further_condition: &str,
        answer: Option<&Value>,
        now_seconds: i64,
    ) -> Result<Written, StateError> {
        let mut values = vec![
            (":recorded", text("recorded")),
            (":run", text(run)),
            (":done", text("done")),
            (":expires", self.retained(now_seconds)),
        ];
        let mut set = "SET #state = :done, expires_at = :expires".to_owned();
        if let Some(answer) = answer {
            set.push_str(", #answer = :answer");
            values.push((":answer", text(&answer.to_string())));
        }
        set.push_str(" REMOVE lease_expires_at, #sending");
        let condition = format!("#state = :recorded AND #run = :run{further_condition}");
        let written = self.write(appid, key, &condition, &set, values).await?;
        Ok(own(written, |row| row.phase == Phase::Done && row.run.as_deref() == Some(run)))
    }

    /// Says that the push has failed after WeChat had its answer, which stays.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; writing it again is harmless.
    pub async fn fail_late(
        &self,
        appid: &Appid,
        key: &PushKey,
        owner: &str,
        now_seconds: i64,
    ) -> Result<Written, StateError> {
        let values = [
            (":owner", text(owner)),
            (":late", text("late")),
            (":failed", text("failed")),
            (":expires", self.retained(now_seconds)),
        ];
        let update = "SET #state = :failed, expires_at = :expires REMOVE lease_expires_at";
        let written = self.write(appid, key, "#owner = :owner AND #state = :late", update, values).await?;
        Ok(own(written, |row| row.phase == Phase::Failed && row.owner == owner))
    }
}

fn lease(now_seconds: i64) -> aws_sdk_dynamodb::types::AttributeValue {
    number(now_seconds.saturating_add(DELIVERY_LEASE_SECONDS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::dynamodb_local::{self, shop};

    const NOW: i64 = 1_714_112_445;

    #[tokio::test]
    async fn a_take_over_that_arrives_once_more_takes_nothing_from_an_owner_who_is_back() {
        let (client, table) = dynamodb_local::table("push_key", "back").await;
        let dedupe = PushDedupe::new(client, table, shop());
        let key = PushKey::of_resent("id");
        let take_over = |seen: Option<DedupeRow>, by: &'static str, now| {
            let (dedupe, key) = (dedupe.clone(), key.clone());
            async move { dedupe.take_over(&shop(), &key, seen.as_ref(), by, now + 150, now).await.unwrap() }
        };
        let first = take_over(None, "a", NOW).await.row().unwrap();
        let second = take_over(Some(first.clone()), "b", NOW + 150).await.row().unwrap();
        // Lambda tries the run of the first owner again.
        let back = take_over(Some(second), "a", NOW + 300).await.row().unwrap();
        assert_eq!(take_over(Some(first), "b", NOW + 150).await, Written::Refused(Some(back)));

        dedupe.fail_late(&shop(), &key, "a", NOW + 300).await.unwrap().row().unwrap();
        let failed = dedupe.read(&shop(), &key, NOW + 300).await.unwrap();
        assert!(take_over(failed, "c", NOW + 300).await.row().is_some(), "a row without a lease");
    }
}
