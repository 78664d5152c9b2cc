//! The table, and the one way in which its rows are written.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use protocol::appid::Appid;
use protocol::push_key::PushKey;

use super::row::DedupeRow;
use crate::state::table::{DividedTable, StateError, Update, number};

/// How long a claim holds without being completed. A push is answered within 4.5 s; as whole seconds are kept, the lease
/// is out between 5 and 6 s after the claim, when WeChat has hung up (5 s) and is about to ask again.
pub(super) const LEASE_SECONDS: i64 = 6;

/// How long a push is recognised: longer than WeChat retries (`xpay_*` events up to some hours).
pub const RETENTION_SECONDS: i64 = 24 * 60 * 60;

/// How long a message that was sent again is recognised: longer than the failed queue keeps another copy of its record (14 days).
const RESENT_RETENTION_SECONDS: i64 = 15 * 24 * 60 * 60;

/// How long a run that delivers holds the row after each of its writes: longer than one message takes with a new access
/// token and all its retries.
pub const DELIVERY_LEASE_SECONDS: i64 = 120;

/// The table `PushDedupe`.
#[derive(Debug, Clone)]
pub struct PushDedupe {
    table: DividedTable,
    retention_seconds: i64,
}

/// What became of a conditional write.
#[derive(Debug, PartialEq)]
pub enum Written {
    /// The condition held; the row as it is now.
    Written(DedupeRow),
    /// The condition did not hold; the row as it is, if there is one.
    Refused(Option<DedupeRow>),
}

/// The attributes that need a placeholder, because DynamoDB reserves some of their names.
const NAMES: [&str; 7] = ["state", "owner", "reply", "run", "next", "sending", "answer"];

impl PushDedupe {
    /// The table of this name, of the stack whose first mini program is `first`.
    #[must_use]
    pub fn new(dynamodb: Client, table_name: String, first: Appid) -> Self {
        let table = DividedTable::new(dynamodb, table_name, "push_key", first);
        Self { table, retention_seconds: RETENTION_SECONDS }
    }

    /// The same table for parked messages that are sent again, whose rows are kept for longer than those of pushes.
    #[must_use]
    pub fn of_resent(&self) -> Self {
        Self { retention_seconds: RESENT_RETENTION_SECONDS, ..self.clone() }
    }

    /// The row as it is; none where the push was never seen, or too long ago.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer.
    pub async fn read(&self, appid: &Appid, key: &PushKey, now_seconds: i64) -> Result<Option<DedupeRow>, StateError> {
        let row = self.table.get(appid, key.as_str()).await?.as_ref().map(DedupeRow::read).transpose()?;
        Ok(row.filter(|row| row.expires_at_seconds > now_seconds))
    }

    /// Until when a row is kept that is written now.
    pub(super) fn retained(&self, now_seconds: i64) -> AttributeValue {
        number(now_seconds.saturating_add(self.retention_seconds))
    }

    pub(super) async fn write(
        &self,
        appid: &Appid,
        key: &PushKey,
        condition: &str,
        update: &str,
        values: impl IntoIterator<Item = (&str, AttributeValue)>,
    ) -> Result<Written, StateError> {
        let mut write =
            self.table.update(appid, key.as_str()).condition_expression(condition).update_expression(update);
        for name in NAMES {
            let placeholder = format!("#{name}");
            if condition.contains(&placeholder) || update.contains(&placeholder) {
                write = write.expression_attribute_names(placeholder, name);
            }
        }
        for (name, value) in values {
            write = write.expression_attribute_values(name, value);
        }
        Ok(match self.table.send(write).await? {
            Update::Applied(row) => Written::Written(DedupeRow::read(&row)?),
            Update::Refused(row) => Written::Refused(row.as_ref().map(DedupeRow::read).transpose()?),
        })
    }
}

#[cfg(test)]
impl Written {
    /// The row as it is now, if the write was made.
    pub(crate) fn row(self) -> Option<DedupeRow> {
        match self {
            Self::Written(row) => Some(row),
            Self::Refused(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::state::dedupe::Phase;
    use crate::state::dynamodb_local::{self, shop};

    const NOW: i64 = 1_714_112_445;
    /// How long the failed queue keeps a record.
    const QUEUE_SECONDS: i64 = 14 * 24 * 60 * 60;

    #[tokio::test]
    async fn a_message_that_was_sent_again_is_recognised_as_long_as_the_queue_may_hold_a_copy_of_its_record() {
        let (client, table) = dynamodb_local::table("push_key", "resent").await;
        let resent = PushDedupe::new(client, table, shop()).of_resent();
        let key = PushKey::of_resent("id");
        let claimed = resent.claim(&shop(), &key, "a", false, NOW).await.unwrap().row().unwrap();
        resent.complete(&shop(), &key, "a", &json!("success"), NOW).await.unwrap().row().unwrap();
        let copy = resent.claim(&shop(), &key, "b", false, NOW + QUEUE_SECONDS).await.unwrap();
        let Written::Refused(Some(done)) = copy else { panic!("{copy:?}") };
        assert_eq!(done.phase, Phase::Done);
        for row in [claimed, done] {
            assert!(row.expires_at_seconds > NOW + QUEUE_SECONDS);
        }
    }
}
