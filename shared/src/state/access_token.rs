//! The access tokens that all functions share, one row for each mini program, and who may replace them.
//!
//! Readers take the row as it is. A refresher takes a lease on the generation that it wants to replace, asks WeChat, and
//! stores what it got as the next generation: of any number that find the same token dead, one asks.
//!
//! A row: `appid`, `access_token`, `expires_at`, `generation`, `refresh_owner`, `refresh_expires_at`, and of
//! [`super::forced_refreshes`] `forced_at`, `forced_day`, `forced_count`.

use aws_sdk_dynamodb::Client;
use protocol::appid::Appid;

use super::forced_refreshes::ForcedRefreshes;
use super::table::{Row, StateError, Table, Update, number, text};
use crate::secret::Secret;

/// How long a refresher may take; a `stable_token` call is cut off before.
pub(crate) const REFRESH_SECONDS: i64 = 20;

/// The table `AccessToken`.
#[derive(Debug, Clone)]
pub struct AccessTokens {
    table: Table,
}

/// The row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stored {
    /// The token and when it ends, seconds since the epoch; none before the first refresh.
    pub token: Option<(Secret, i64)>,
    /// Counted up with each token.
    pub generation: i64,
}

/// The right to replace a generation.
#[derive(Debug)]
pub struct Refresh {
    appid: Appid,
    owner: String,
    /// The token that is being replaced.
    pub replaced: Stored,
    /// As the row had them when the lease was taken. Nobody else changes them while the lease is held.
    forced: ForcedRefreshes,
}

/// Whether a refresh may be forced now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForcePermit {
    /// It may, and it is counted.
    Granted,
    /// The pause after the last one is not over, or the budget of the day is spent.
    NotBefore {
        /// From when on it may, seconds since the epoch.
        at_seconds: i64,
    },
    /// The lease expired, and somebody else took it or stored a token.
    LeaseLost,
}

impl AccessTokens {
    /// The table of this name.
    #[must_use]
    pub fn new(dynamodb: Client, table_name: String) -> Self {
        Self { table: Table::new(dynamodb, table_name, "appid") }
    }

    /// A mini program's token as it is.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer.
    pub async fn read(&self, appid: &Appid) -> Result<Stored, StateError> {
        self.table.get(appid.as_str()).await?.as_ref().map_or_else(|| Ok(Stored::default()), stored)
    }

    /// Takes the lease on a generation, or nothing if it is replaced already or somebody holds the lease.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer.
    pub async fn begin(
        &self,
        appid: &Appid,
        seen: Stored,
        owner: String,
        now_seconds: i64,
    ) -> Result<Option<Refresh>, StateError> {
        let is_free = "(attribute_not_exists(refresh_expires_at) OR refresh_expires_at <= :now)";
        let update = self.table.update(appid.as_str());
        let update = match seen.generation {
            0 => update.condition_expression(format!("attribute_not_exists(generation) AND {is_free}")),
            generation => update
                .condition_expression(format!("generation = :seen AND {is_free}"))
                .expression_attribute_values(":seen", number(generation)),
        };
        let update = update
            .update_expression("SET refresh_owner = :owner, refresh_expires_at = :lease")
            .expression_attribute_values(":owner", text(&owner))
            .expression_attribute_values(":lease", number(now_seconds.saturating_add(REFRESH_SECONDS)))
            .expression_attribute_values(":now", number(now_seconds));
        Ok(match self.table.send(update).await? {
            Update::Applied(row) => {
                Some(Refresh { appid: appid.clone(), owner, replaced: seen, forced: ForcedRefreshes::of(&row)? })
            }
            // The SDK repeats a write whose answer was lost: then the lease that stands in the way is this one.
            Update::Refused(Some(row)) if row.optional_text("refresh_owner")? == Some(&owner) => {
                let forced = ForcedRefreshes::of(&row)?;
                Some(Refresh { appid: appid.clone(), owner, replaced: seen, forced })
            }
            Update::Refused(_) => None,
        })
    }

    /// Counts one forced refresh, which WeChat is about to be asked for, if pauses and budget allow it.
    ///
    /// The count is computed from what the lease's holder read, and written on the condition that the lease is still
    /// held. The SDK repeats a write whose answer was lost: the repetition writes the same values once more.
    ///
    /// # Errors
    /// [`StateError`] if DynamoDB does not answer; the refresh may be counted then, although it is not forced.
    pub async fn may_force(&self, refresh: &mut Refresh, now_seconds: i64) -> Result<ForcePermit, StateError> {
        let at_seconds = refresh.forced.next_at_seconds(now_seconds);
        if at_seconds > now_seconds {
            return Ok(ForcePermit::NotBefore { at_seconds });
        }
        let forced = refresh.forced.and_one(now_seconds);
        let update = self
            .table
            .update(refresh.appid.as_str())
            .condition_expression("refresh_owner = :owner")
            .update_expression("SET forced_at = :at, forced_day = :day, forced_count = :count")
            .expression_attribute_values(":owner", text(&refresh.owner))
            .expression_attribute_values(":at", number(forced.at_seconds))
            .expression_attribute_values(":day", number(forced.day))
            .expression_attribute_values(":count", number(forced.count));
        Ok(match self.table.send(update).await? {
            Update::Applied(_) => {
                refresh.forced = forced;
                ForcePermit::Granted
            }
            Update::Refused(_) => ForcePermit::LeaseLost,
        })
    }

    /// Stores the next generation and gives the lease up; false, and nothing stored, if the lease was lost meanwhile.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer.
    pub async fn store(&self, refresh: Refresh, token: &Secret, expires_at_seconds: i64) -> Result<bool, StateError> {
        let update = self
            .table
            .update(refresh.appid.as_str())
            .condition_expression("refresh_owner = :owner")
            .update_expression(
                "SET access_token = :token, expires_at = :expires REMOVE refresh_owner, refresh_expires_at \
                 ADD generation :one",
            )
            .expression_attribute_values(":owner", text(&refresh.owner))
            .expression_attribute_values(":token", text(token.expose()))
            .expression_attribute_values(":expires", number(expires_at_seconds))
            .expression_attribute_values(":one", number(1));
        Ok(matches!(self.table.send(update).await?, Update::Applied(_)))
    }

    /// Gives the lease up with nothing to store.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; the lease runs out then.
    pub async fn abandon(&self, refresh: Refresh) -> Result<(), StateError> {
        let update = self
            .table
            .update(refresh.appid.as_str())
            .condition_expression("refresh_owner = :owner")
            .update_expression("REMOVE refresh_owner, refresh_expires_at")
            .expression_attribute_values(":owner", text(&refresh.owner));
        self.table.send(update).await.map(drop)
    }
}

fn stored(row: &Row) -> Result<Stored, StateError> {
    let token = match row.optional_text("access_token")? {
        Some(token) => Some((Secret::new(token), row.number("expires_at")?)),
        None => None,
    };
    Ok(Stored { token, generation: row.optional_number("generation")?.unwrap_or_default() })
}

#[cfg(test)]
#[path = "access_token_tests.rs"]
mod tests;
