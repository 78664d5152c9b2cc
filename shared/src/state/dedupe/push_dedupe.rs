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

/// How long a run that delivers holds the row after each of its writes: longer than one message takes with a new access
/// token and all its retries.
pub const DELIVERY_LEASE_SECONDS: i64 = 120;

/// The table `PushDedupe`.
#[derive(Debug, Clone)]
pub struct PushDedupe(DividedTable);

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
        Self(DividedTable::new(dynamodb, table_name, "push_key", first))
    }

    /// The row as it is; none where the push was never seen, or too long ago.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer.
    pub async fn read(&self, appid: &Appid, key: &PushKey, now_seconds: i64) -> Result<Option<DedupeRow>, StateError> {
        let row = self.0.get(appid, key.as_str()).await?.as_ref().map(DedupeRow::read).transpose()?;
        Ok(row.filter(|row| row.expires_at_seconds > now_seconds))
    }

    pub(super) async fn write(
        &self,
        appid: &Appid,
        key: &PushKey,
        condition: &str,
        update: &str,
        values: impl IntoIterator<Item = (&str, AttributeValue)>,
    ) -> Result<Written, StateError> {
        let mut write = self.0.update(appid, key.as_str()).condition_expression(condition).update_expression(update);
        for name in NAMES {
            let placeholder = format!("#{name}");
            if condition.contains(&placeholder) || update.contains(&placeholder) {
                write = write.expression_attribute_names(placeholder, name);
            }
        }
        for (name, value) in values {
            write = write.expression_attribute_values(name, value);
        }
        Ok(match self.0.send(write).await? {
            Update::Applied(row) => Written::Written(DedupeRow::read(&row)?),
            Update::Refused(row) => Written::Refused(row.as_ref().map(DedupeRow::read).transpose()?),
        })
    }
}

pub(super) fn retained(now_seconds: i64) -> AttributeValue {
    number(now_seconds.saturating_add(RETENTION_SECONDS))
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
