//! The reply window of a user: how many customer messages may still be sent, and until when.
//!
//! From the pages "发送客服消息" (sending customer messages) and "客服消息 接入指引": a user's message allows 5 messages
//! in 48 hours, entering the conversation 1 in a minute. The two do not add up: each sets count and deadline to the
//! larger of what is open and what it grants. WeChat is the authority. The count here refuses early and cheaply, and is
//! corrected by WeChat's own refusals.
//!
//! A row: `openid`, `remaining`, `expires_at`, `opening` (which grant the count belongs to), `message_at` and
//! `message_id` (the newest message that opened it), `entered_at` (the newest entering that did). A grant only ever
//! applies if it is newer than those, so that a push that comes late, or again, never reopens or lengthens a window.
//! Beside these, `sent_at` and `typing_until` are for [`super::typing`], and the attributes of [`super::transfer_mark`] say
//! whether an agent is wanted or there.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use protocol::appid::Appid;

use super::agents::Agents;
use super::entering::{Entering, Window};
use super::table::{DividedTable, Row, StateError, Update, number, text};

/// What a user's message allows.
const MESSAGE_QUOTA: i64 = 5;
const MESSAGE_SECONDS: i64 = 48 * 60 * 60;
/// How long entering the conversation allows anything.
const ENTER_SECONDS: i64 = 60;

/// Holds if nothing newer than an entering is in the row, nor the entering itself.
const IS_NEWS: &str = "(attribute_not_exists(entered_at) OR entered_at < :at) \
                       AND (attribute_not_exists(message_at) OR message_at < :at)";

/// The table `ReplyWindow`.
#[derive(Debug, Clone)]
pub struct ReplyWindow(pub(super) DividedTable);

/// What a user did that lets us write to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant<'a> {
    /// Sent a message.
    Message {
        /// `CreateTime`.
        at_seconds: i64,
        /// `MsgId`, which orders messages of one second.
        msg_id: &'a str,
    },
    /// Entered the conversation.
    Enter {
        /// `CreateTime`.
        at_seconds: i64,
        /// How many messages that allows (template parameter `EnterSessionQuota`).
        quota: i64,
    },
}

/// One message that may be sent, taken from a window.
#[derive(Debug, PartialEq, Eq)]
pub struct Slot {
    appid: Appid,
    openid: String,
    opening: String,
    entered_at_seconds: Option<i64>,
    /// How many are left after this one.
    pub remaining: i64,
    /// When the window closes, seconds since the epoch.
    pub expires_at_seconds: i64,
}

/// What a take found.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken {
    /// One message may be sent.
    Slot(Slot),
    /// All messages of the window are sent (45047).
    Exhausted {
        /// When the window closes.
        expires_at_seconds: i64,
    },
    /// The window is closed (45015).
    Expired {
        /// When it closed.
        expires_at_seconds: i64,
    },
    /// No push of this user was seen, or an agent is with them, whose messages are not seen here: only WeChat knows.
    Unknown,
}

/// What WeChat says of a window that we thought was open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correction {
    /// 45047.
    Exhausted,
    /// 45015.
    Expired,
}

impl ReplyWindow {
    /// The table of this name, of the stack whose first mini program is `first`.
    #[must_use]
    pub fn new(dynamodb: Client, table_name: String, first: Appid) -> Self {
        Self(DividedTable::new(dynamodb, table_name, "openid", first))
    }

    /// Opens or widens the user's window by what they did; does nothing if that is known already or over. Returns what the
    /// row of a user who wrote says about agents.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer. Opening again is harmless.
    pub async fn open(
        &self,
        appid: &Appid,
        openid: &str,
        grant: Grant<'_>,
        now_seconds: i64,
    ) -> Result<Agents, StateError> {
        match grant {
            Grant::Message { at_seconds, msg_id } => {
                let expires_at = at_seconds.saturating_add(MESSAGE_SECONDS);
                if expires_at <= now_seconds {
                    return Ok(Agents::default());
                }
                let row = self.open_by_message(appid, openid, at_seconds, &ordered(msg_id), expires_at).await?;
                row.as_ref().map_or_else(|| Ok(Agents::default()), |row| Agents::read(row, now_seconds))
            }
            Grant::Enter { at_seconds, quota } => {
                let expires_at = at_seconds.saturating_add(ENTER_SECONDS);
                if expires_at > now_seconds && quota > 0 {
                    self.open_by_entering(appid, openid, at_seconds, quota, expires_at, now_seconds).await?;
                }
                Ok(Agents::default())
            }
        }
    }

    /// A message's grant is never the smaller one, so that one write does.
    async fn open_by_message(
        &self,
        appid: &Appid,
        openid: &str,
        at: i64,
        msg_id: &str,
        expires_at: i64,
    ) -> Result<Option<Row>, StateError> {
        let update = self
            .0
            .update(appid, openid)
            .condition_expression(
                "attribute_not_exists(message_at) OR message_at < :at OR (message_at = :at AND message_id < :id)",
            )
            .update_expression(
                "SET remaining = :quota, expires_at = :expires, opening = :opening, message_at = :at, message_id = :id",
            )
            .expression_attribute_values(":quota", number(MESSAGE_QUOTA))
            .expression_attribute_values(":expires", number(expires_at))
            .expression_attribute_values(":opening", text(&format!("message {at} {msg_id}")))
            .expression_attribute_values(":at", number(at))
            .expression_attribute_values(":id", text(msg_id));
        Ok(match self.0.send(update).await? {
            Update::Applied(row) => Some(row),
            Update::Refused(row) => row,
        })
    }

    /// Entering sets each of count and deadline only if that is more. One write does if no window is open, or if both are
    /// more; otherwise it is refused, and [`Self::widen`] starts from the row that the refusal returns.
    async fn open_by_entering(
        &self,
        appid: &Appid,
        openid: &str,
        at: i64,
        quota: i64,
        expires_at: i64,
        now_seconds: i64,
    ) -> Result<(), StateError> {
        let entering = Entering { at_seconds: at, quota, expires_at_seconds: expires_at };
        let granted = Window { remaining: quota, expires_at_seconds: expires_at, opening: entering.opening() };
        let update = self
            .entering(appid, openid, at, &granted)
            .condition_expression(format!(
                "attribute_not_exists(openid) OR ({IS_NEWS} \
                 AND (expires_at <= :now OR (remaining < :remaining AND expires_at < :expires)))"
            ))
            .expression_attribute_values(":now", number(now_seconds));
        match self.0.send(update).await? {
            Update::Refused(Some(row)) => self.widen(appid, openid, entering, row, now_seconds).await,
            Update::Refused(None) | Update::Applied(_) => Ok(()),
        }
    }

    /// Widens the window of a row that was seen, on the condition that it is still the same. If it is not, a message was sent
    /// meanwhile, WeChat refused one, or another push came: what that made of the window stays, and WeChat has the last word.
    async fn widen(
        &self,
        appid: &Appid,
        openid: &str,
        entering: Entering,
        row: Row,
        now_seconds: i64,
    ) -> Result<(), StateError> {
        // A transfer mark alone, without a count, says that only WeChat knows what is open.
        if row.is_without("remaining") || !entering.is_news_to(&row)? {
            return Ok(());
        }
        let seen = Window::of(&row)?;
        let update = self
            .entering(appid, openid, entering.at_seconds, &entering.widened(&seen, now_seconds))
            .condition_expression(format!(
                "{IS_NEWS} AND remaining = :seen_remaining AND expires_at = :seen_expires AND opening = :seen_opening"
            ))
            .expression_attribute_values(":seen_remaining", number(seen.remaining))
            .expression_attribute_values(":seen_expires", number(seen.expires_at_seconds))
            .expression_attribute_values(":seen_opening", text(&seen.opening));
        self.0.send(update).await.map(drop)
    }

    /// An update that stores what an entering makes of a window. The caller adds the condition.
    fn entering(&self, appid: &Appid, openid: &str, at: i64, window: &Window) -> UpdateItemFluentBuilder {
        self.0
            .update(appid, openid)
            .update_expression(
                "SET entered_at = :at, remaining = :remaining, expires_at = :expires, opening = :opening",
            )
            .expression_attribute_values(":at", number(at))
            .expression_attribute_values(":remaining", number(window.remaining))
            .expression_attribute_values(":expires", number(window.expires_at_seconds))
            .expression_attribute_values(":opening", text(&window.opening))
    }

    /// Takes one message from the user's window, in one round trip. A take that has no answer is not repeated: it may have
    /// been made, and the next one would be another.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; a message may be lost to the window then, never gained.
    pub async fn take(&self, appid: &Appid, openid: &str, now_seconds: i64) -> Result<Taken, StateError> {
        let update = self
            .0
            .update(appid, openid)
            .condition_expression("remaining > :none AND expires_at > :now")
            .update_expression("SET remaining = remaining - :one, sent_at = :now REMOVE typing_until")
            .expression_attribute_values(":none", number(0))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":now", number(now_seconds));
        Ok(match self.0.send_once(update).await? {
            Update::Applied(row) => Taken::Slot(Slot {
                appid: appid.clone(),
                openid: openid.to_owned(),
                opening: row.text("opening")?.to_owned(),
                entered_at_seconds: row.optional_number("entered_at")?,
                remaining: row.number("remaining")?,
                expires_at_seconds: row.number("expires_at")?,
            }),
            Update::Refused(None) => Taken::Unknown,
            Update::Refused(Some(row)) if row.is_without("remaining") => Taken::Unknown,
            Update::Refused(Some(row)) if Agents::read(&row, now_seconds)?.is_handed_off => Taken::Unknown,
            Update::Refused(Some(row)) => {
                let expires_at_seconds = row.number("expires_at")?;
                if expires_at_seconds <= now_seconds {
                    Taken::Expired { expires_at_seconds }
                } else {
                    Taken::Exhausted { expires_at_seconds }
                }
            }
        })
    }

    /// Gives a slot back, for a message that WeChat certainly did not send. A window that was opened anew since, or that
    /// WeChat has refused since, keeps its count.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; the slot is lost then.
    pub async fn give_back(&self, slot: Slot) -> Result<(), StateError> {
        let update = self
            .0
            .update(&slot.appid, &slot.openid)
            .condition_expression("opening = :opening")
            .update_expression("SET remaining = remaining + :one")
            .expression_attribute_values(":opening", text(&slot.opening))
            .expression_attribute_values(":one", number(1));
        self.0.send_once(update).await.map(drop)
    }

    /// Closes the window that a slot was taken from, because WeChat refused it. A window that was opened anew since
    /// stays open, as does one that the user has entered since: WeChat's refusal may be older than that. The count gets
    /// another name, so that slots which others still hold do not come back to it.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; WeChat refuses the next one too.
    pub async fn correct(&self, slot: Slot, correction: Correction, now_seconds: i64) -> Result<(), StateError> {
        let update = self
            .0
            .update(&slot.appid, &slot.openid)
            .expression_attribute_values(":opening", text(&slot.opening))
            .expression_attribute_values(":refused", text(&format!("refused {}", slot.opening)))
            .expression_attribute_values(":none", number(0));
        let update = match slot.entered_at_seconds {
            Some(at) => update
                .condition_expression("opening = :opening AND entered_at = :entered")
                .expression_attribute_values(":entered", number(at)),
            None => update.condition_expression("opening = :opening AND attribute_not_exists(entered_at)"),
        };
        let update = match correction {
            Correction::Exhausted => update.update_expression("SET remaining = :none, opening = :refused"),
            Correction::Expired => update
                .update_expression("SET remaining = :none, opening = :refused, expires_at = :now")
                .expression_attribute_values(":now", number(now_seconds)),
        };
        self.0.send(update).await.map(drop)
    }
}

/// Digits of different lengths, made comparable as text.
fn ordered(msg_id: &str) -> String {
    format!("{msg_id:0>20}")
}

#[cfg(test)]
#[path = "reply_window_tests.rs"]
mod tests;
