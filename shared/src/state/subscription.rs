//! The subscription ledger: how many messages of a template a user has accepted and not been sent, and what became of
//! each message that was sent.
//!
//! From the page "消息订阅 统一服务消息 客服消息 消息推送". An `accept` in a dialog allows one message, at any time; a `reject`
//! none. WeChat is the authority: a count of none is no refusal, since a long-term template allows any number of messages
//! after one `accept`, and an `accept` may have come before this table did. Only a refusal that was told (by the user, or
//! by WeChat as 43101) refuses here, and only for 10 seconds: WeChat does not tell when a user switches a template on
//! again in the settings, so that a longer refusal would withhold messages that WeChat takes.
//!
//! Two kinds of row, told apart by their keys `pk` and `sk`:
//!
//! | `pk` | `sk` | attributes |
//! |---|---|---|
//! | `user <openid>` | `template <template id>` | `template_id`, `remaining`, `changed_at` (`CreateTime` of the newest event), `refused_until`, `refusals` (how many there were), `expires_at` |
//! | `message <msgid>` | `delivery` | `openid`, `template_id`, `sent_at`, `reported_at`, `error_code`, `error_status`, `expires_at` |
//!
//! An event applies only if it is newer than `changed_at`, so that one that comes late, or again, grants nothing.

use aws_sdk_dynamodb::Client;
use protocol::appid::Appid;

use super::table::{Row, SortedTable, StateError, Update, number, text};

/// How long a refusal stands in for WeChat's answer. It spares WeChat a burst of sends to the same user.
const REFUSAL_SECONDS: i64 = 10;
/// A user's row that nothing was written to for so long is forgotten: WeChat is asked then.
const USER_RETENTION_SECONDS: i64 = 365 * 24 * 60 * 60;
/// How long a message's result is kept.
const DELIVERY_RETENTION_SECONDS: i64 = 30 * 24 * 60 * 60;

const DELIVERY: &str = "delivery";

/// The table `Subscription`.
#[derive(Debug, Clone)]
pub struct Subscriptions(SortedTable);

/// What a user says about a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Accepted one message, in a dialog.
    Accepted,
    /// Wants none, in a dialog or in the settings.
    Rejected,
    /// Wants them again, in the settings.
    SwitchedOn,
}

/// One message that may be sent.
#[derive(Debug, PartialEq, Eq)]
pub struct Slot {
    appid: Appid,
    openid: String,
    template_id: String,
    /// Whether it was counted off.
    is_counted: bool,
    changed_at: Option<i64>,
    refusals: i64,
}

/// What a take found.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken {
    /// A message may be sent, as far as is known.
    Slot(Slot),
    /// The user, or WeChat, has just said no (43101).
    Refused {
        /// Until when that is believed.
        until_seconds: i64,
    },
}

/// A template, for one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The template.
    pub template_id: String,
    /// Messages that were accepted and not sent.
    pub remaining: i64,
    /// When the user last said something about it; none where only WeChat did.
    pub changed_at_seconds: Option<i64>,
    /// Until when a refusal is believed, where there is one.
    pub refused_until_seconds: Option<i64>,
}

/// A message that was sent, or that WeChat reports on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// To whom.
    pub openid: String,
    /// Of which template.
    pub template_id: String,
    /// When it was sent; none where only the report is known.
    pub sent_at_seconds: Option<i64>,
    /// WeChat's report; none before it came.
    pub report: Option<Report>,
}

/// What became of a message, from `subscribe_msg_sent_event`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// `CreateTime`.
    pub at_seconds: i64,
    /// 0 where it was delivered.
    pub error_code: i64,
    /// What the code means.
    pub error_status: String,
}

impl Subscriptions {
    /// The table of this name, of the stack whose first mini program is `first`.
    #[must_use]
    pub fn new(dynamodb: Client, table_name: String, first: Appid) -> Self {
        Self(SortedTable::new(dynamodb, table_name, ("pk", "sk"), first))
    }

    /// Enters what a user said; does nothing if that, or something newer, is entered already.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer. Entering again is harmless.
    pub async fn decide(
        &self,
        appid: &Appid,
        openid: &str,
        template_id: &str,
        decision: Decision,
        at_seconds: i64,
        now_seconds: i64,
    ) -> Result<(), StateError> {
        let update = self
            .0
            .update(appid, &user(openid), &template(template_id))
            .condition_expression("attribute_not_exists(changed_at) OR changed_at < :at")
            .expression_attribute_values(":at", number(at_seconds))
            .expression_attribute_values(":template", text(template_id))
            .expression_attribute_values(":expires", number(now_seconds.saturating_add(USER_RETENTION_SECONDS)))
            .expression_attribute_values(":none", number(0));
        let update = match decision {
            Decision::Accepted => update
                .update_expression(
                    "SET template_id = :template, changed_at = :at, expires_at = :expires, \
                     remaining = if_not_exists(remaining, :none) + :one REMOVE refused_until",
                )
                .expression_attribute_values(":one", number(1)),
            Decision::Rejected => update
                .update_expression(
                    "SET template_id = :template, changed_at = :at, expires_at = :expires, remaining = :none, \
                     refused_until = :until ADD refusals :one",
                )
                .expression_attribute_values(":until", number(at_seconds.saturating_add(REFUSAL_SECONDS)))
                .expression_attribute_values(":one", number(1)),
            Decision::SwitchedOn => update.update_expression(
                "SET template_id = :template, changed_at = :at, expires_at = :expires, \
                 remaining = if_not_exists(remaining, :none) REMOVE refused_until",
            ),
        };
        self.0.send(update).await.map(drop)
    }

    /// Takes one message, in one round trip: counted off where one is accepted, else uncounted, for WeChat to decide.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; a message may be lost to the ledger then, never gained.
    pub async fn take(
        &self,
        appid: &Appid,
        openid: &str,
        template_id: &str,
        now_seconds: i64,
    ) -> Result<Taken, StateError> {
        let update = self
            .0
            .update(appid, &user(openid), &template(template_id))
            .condition_expression("remaining > :none AND expires_at > :now")
            .update_expression("SET remaining = remaining - :one")
            .expression_attribute_values(":now", number(now_seconds))
            .expression_attribute_values(":none", number(0))
            .expression_attribute_values(":one", number(1));
        let (row, is_counted) = match self.0.send(update).await? {
            Update::Applied(row) => (Some(row), true),
            Update::Refused(row) => (row, false),
        };
        let mut slot = Slot {
            appid: appid.clone(),
            openid: openid.to_owned(),
            template_id: template_id.to_owned(),
            is_counted,
            changed_at: None,
            refusals: 0,
        };
        if let Some(row) = row {
            let refused_until = row.optional_number("refused_until")?.filter(|until| *until > now_seconds);
            if let (Some(until_seconds), false) = (refused_until, is_counted) {
                return Ok(Taken::Refused { until_seconds });
            }
            slot.changed_at = row.optional_number("changed_at")?;
            slot.refusals = row.optional_number("refusals")?.unwrap_or_default();
        }
        Ok(Taken::Slot(slot))
    }

    /// Gives a slot back, for a message that WeChat certainly did not send. Nothing is added to a count that a refusal
    /// has set to none since.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; the slot is lost then.
    pub async fn give_back(&self, slot: Slot) -> Result<(), StateError> {
        if !slot.is_counted {
            return Ok(());
        }
        let update = self
            .0
            .update(&slot.appid, &user(&slot.openid), &template(&slot.template_id))
            .update_expression("SET remaining = remaining + :one")
            .expression_attribute_values(":one", number(1));
        let update = match slot.refusals {
            0 => update.condition_expression("attribute_exists(remaining) AND attribute_not_exists(refusals)"),
            seen => update.condition_expression("refusals = :seen").expression_attribute_values(":seen", number(seen)),
        };
        self.0.send_once(update).await.map(drop)
    }

    /// Enters that WeChat refused a slot (43101), unless the user has said something since it was taken.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; WeChat refuses the next one too.
    pub async fn correct(&self, slot: Slot, now_seconds: i64) -> Result<(), StateError> {
        let update = self
            .0
            .update(&slot.appid, &user(&slot.openid), &template(&slot.template_id))
            .update_expression(
                "SET template_id = :template, expires_at = :expires, remaining = :none, refused_until = :until \
                 ADD refusals :one",
            )
            .expression_attribute_values(":template", text(&slot.template_id))
            .expression_attribute_values(":expires", number(now_seconds.saturating_add(USER_RETENTION_SECONDS)))
            .expression_attribute_values(":none", number(0))
            .expression_attribute_values(":until", number(now_seconds.saturating_add(REFUSAL_SECONDS)))
            .expression_attribute_values(":one", number(1));
        let update = match slot.changed_at {
            None => update.condition_expression("attribute_not_exists(changed_at)"),
            Some(changed_at) => update
                .condition_expression("changed_at = :seen")
                .expression_attribute_values(":seen", number(changed_at)),
        };
        self.0.send(update).await.map(drop)
    }

    /// What is known of a user, by one Query.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer.
    pub async fn of_user(
        &self,
        appid: &Appid,
        openid: &str,
        now_seconds: i64,
    ) -> Result<Vec<Subscription>, StateError> {
        let rows = self.0.all(appid, &user(openid)).await?;
        let known = rows.iter().filter(|row| row.number("expires_at").is_ok_and(|at| at > now_seconds));
        known.map(|row| subscription(row, now_seconds)).collect()
    }

    /// Notes that a message was sent, before or after WeChat reports on it.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer. Noting again is harmless.
    pub async fn sent(
        &self,
        appid: &Appid,
        msg_id: &str,
        openid: &str,
        template_id: &str,
        now_seconds: i64,
    ) -> Result<(), StateError> {
        let update = self
            .0
            .update(appid, &message(msg_id), DELIVERY)
            .condition_expression("attribute_not_exists(sent_at)")
            .update_expression("SET openid = :openid, template_id = :template, sent_at = :now, expires_at = :expires")
            .expression_attribute_values(":openid", text(openid))
            .expression_attribute_values(":template", text(template_id))
            .expression_attribute_values(":now", number(now_seconds))
            .expression_attribute_values(":expires", number(now_seconds.saturating_add(DELIVERY_RETENTION_SECONDS)));
        self.0.send(update).await.map(drop)
    }

    /// Notes WeChat's report on a message, before or after it is known as sent. The newest report counts.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer. Noting again is harmless.
    pub async fn reported(
        &self,
        appid: &Appid,
        msg_id: &str,
        openid: &str,
        template_id: &str,
        report: &Report,
        now_seconds: i64,
    ) -> Result<(), StateError> {
        let update = self
            .0
            .update(appid, &message(msg_id), DELIVERY)
            .condition_expression("attribute_not_exists(reported_at) OR reported_at < :at")
            .update_expression(
                "SET openid = :openid, template_id = :template, reported_at = :at, error_code = :code, \
                 error_status = :status, expires_at = :expires",
            )
            .expression_attribute_values(":openid", text(openid))
            .expression_attribute_values(":template", text(template_id))
            .expression_attribute_values(":at", number(report.at_seconds))
            .expression_attribute_values(":code", number(report.error_code))
            .expression_attribute_values(":status", text(&report.error_status))
            .expression_attribute_values(":expires", number(now_seconds.saturating_add(DELIVERY_RETENTION_SECONDS)));
        self.0.send(update).await.map(drop)
    }

    /// What is known of a message, by one `GetItem`.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer.
    pub async fn delivery(
        &self,
        appid: &Appid,
        msg_id: &str,
        now_seconds: i64,
    ) -> Result<Option<Delivery>, StateError> {
        match self.0.get(appid, &message(msg_id), DELIVERY).await? {
            Some(row) if row.number("expires_at")? > now_seconds => delivery(&row).map(Some),
            _ => Ok(None),
        }
    }
}

fn subscription(row: &Row, now_seconds: i64) -> Result<Subscription, StateError> {
    Ok(Subscription {
        template_id: row.text("template_id")?.to_owned(),
        remaining: row.number("remaining")?,
        changed_at_seconds: row.optional_number("changed_at")?,
        refused_until_seconds: row.optional_number("refused_until")?.filter(|until| *until > now_seconds),
    })
}

fn delivery(row: &Row) -> Result<Delivery, StateError> {
    let report = match row.optional_number("reported_at")? {
        None => None,
        Some(at_seconds) => Some(Report {
            at_seconds,
            error_code: row.number("error_code")?,
            error_status: row.text("error_status")?.to_owned(),
        }),
    };
    Ok(Delivery {
        openid: row.text("openid")?.to_owned(),
        template_id: row.text("template_id")?.to_owned(),
        sent_at_seconds: row.optional_number("sent_at")?,
        report,
    })
}

fn user(openid: &str) -> String {
    format!("user {openid}")
}

fn template(template_id: &str) -> String {
    format!("template {template_id}")
}

fn message(msg_id: &str) -> String {
    format!("message {msg_id}")
}

#[cfg(test)]
#[path = "subscription_tests.rs"]
mod tests;
