//! The typing state of a user, as far as the row of their reply window tells: shown for 15 seconds or until a message is
//! sent, while the window is open and a message went either way within 30 seconds.
//!
//! From the page "消息订阅 统一服务消息 客服消息 消息推送". WeChat is the authority: where the row says nothing, it is asked.

use protocol::appid::Appid;

use super::reply_window::ReplyWindow;
use super::table::{StateError, Update, number};

/// How long the typing state is shown.
const SHOWN_SECONDS: i64 = 15;
/// How fresh the last message must be.
const EXCHANGE_SECONDS: i64 = 30;

/// The typing state that was begun.
#[derive(Debug, PartialEq, Eq)]
pub struct Typing {
    appid: Appid,
    openid: String,
    until_seconds: i64,
}

/// What a beginning found.
#[derive(Debug, PartialEq, Eq)]
pub enum Begun {
    /// It may be shown.
    Typing(Typing),
    /// It is shown already (45081).
    AlreadyTyping,
    /// No message went either way within 30 seconds (45080).
    NoRecentExchange,
    /// The reply window is closed (45015).
    WindowExpired,
    /// No push of this user was seen: only WeChat knows.
    Unknown,
}

impl ReplyWindow {
    /// Notes that the typing state is shown from now on, in one round trip.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer.
    pub async fn begin_typing(&self, appid: &Appid, openid: &str, now_seconds: i64) -> Result<Begun, StateError> {
        let until_seconds = now_seconds.saturating_add(SHOWN_SECONDS);
        // A row that no message opened and nothing was sent from (entering did) says nothing of an exchange.
        let update = self
            .0
            .update(appid, openid)
            .condition_expression(
                "expires_at > :now AND (attribute_not_exists(typing_until) OR typing_until <= :now) \
                 AND (message_at >= :recent OR sent_at >= :recent \
                      OR (attribute_not_exists(message_at) AND attribute_not_exists(sent_at)))",
            )
            .update_expression("SET typing_until = :until")
            .expression_attribute_values(":now", number(now_seconds))
            .expression_attribute_values(":recent", number(now_seconds.saturating_sub(EXCHANGE_SECONDS)))
            .expression_attribute_values(":until", number(until_seconds));
        Ok(match self.0.send(update).await? {
            Update::Applied(_) => {
                Begun::Typing(Typing { appid: appid.clone(), openid: openid.to_owned(), until_seconds })
            }
            Update::Refused(None) => Begun::Unknown,
            Update::Refused(Some(row)) if row.number("expires_at")? <= now_seconds => Begun::WindowExpired,
            Update::Refused(Some(row)) if row.optional_number("typing_until")?.is_some_and(|at| at > now_seconds) => {
                Begun::AlreadyTyping
            }
            Update::Refused(Some(_)) => Begun::NoRecentExchange,
        })
    }

    /// Takes back what was begun and is not shown.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; the row forgets it after 15 seconds.
    pub async fn give_typing_back(&self, typing: Typing) -> Result<(), StateError> {
        let update = self
            .0
            .update(&typing.appid, &typing.openid)
            .condition_expression("typing_until = :until")
            .update_expression("REMOVE typing_until")
            .expression_attribute_values(":until", number(typing.until_seconds));
        self.0.send(update).await.map(drop)
    }

    /// Notes that the typing state is taken away.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; the row forgets it after 15 seconds.
    pub async fn end_typing(&self, appid: &Appid, openid: &str) -> Result<(), StateError> {
        let update = self
            .0
            .update(appid, openid)
            .condition_expression("attribute_exists(typing_until)")
            .update_expression("REMOVE typing_until");
        self.0.send(update).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::dynamodb_local::{self, shop};
    use crate::state::reply_window::{Grant, Taken};

    const NOW: i64 = 1_714_112_445;
    const USER: &str = "o9AgO5Kd5ggOC-bXrbNODIiE3bGY";

    /// A user who wrote at [`NOW`].
    async fn after_a_message(test: &str) -> ReplyWindow {
        let (client, table) = dynamodb_local::table("openid", test).await;
        let windows = ReplyWindow::new(client, table, shop());
        windows.open(&shop(), USER, Grant::Message { at_seconds: NOW, msg_id: "1" }, NOW).await.unwrap();
        windows
    }

    async fn begin(windows: &ReplyWindow, now_seconds: i64) -> Begun {
        windows.begin_typing(&shop(), USER, now_seconds).await.unwrap()
    }

    async fn begins(windows: &ReplyWindow, now_seconds: i64) -> Typing {
        match begin(windows, now_seconds).await {
            Begun::Typing(typing) => typing,
            other => panic!("not begun: {other:?}"),
        }
    }

    #[tokio::test]
    async fn typing_lasts_15_seconds_and_needs_a_message_within_30() {
        let windows = after_a_message("typing_lasts").await;
        begins(&windows, NOW).await;
        assert_eq!(begin(&windows, NOW + 14).await, Begun::AlreadyTyping);
        begins(&windows, NOW + 15).await;
        begins(&windows, NOW + 30).await;
        assert_eq!(begin(&windows, NOW + 45).await, Begun::NoRecentExchange);
    }

    #[tokio::test]
    async fn a_message_to_the_user_ends_typing_and_allows_it_for_another_30_seconds() {
        let windows = after_a_message("typing_sent").await;
        begins(&windows, NOW + 20).await;
        assert!(matches!(windows.take(&shop(), USER, NOW + 25).await.unwrap(), Taken::Slot(_)));
        begins(&windows, NOW + 26).await;
        begins(&windows, NOW + 55).await;
        assert_eq!(begin(&windows, NOW + 70).await, Begun::NoRecentExchange);
    }

    #[tokio::test]
    async fn typing_that_was_given_back_or_ended_may_begin_again() {
        let windows = after_a_message("typing_ended").await;
        let refused = begins(&windows, NOW).await;
        windows.give_typing_back(refused).await.unwrap();
        let late = begins(&windows, NOW).await;
        windows.end_typing(&shop(), USER).await.unwrap();
        begins(&windows, NOW + 1).await;
        windows.give_typing_back(late).await.unwrap();
        assert_eq!(begin(&windows, NOW + 2).await, Begun::AlreadyTyping);
    }

    #[tokio::test]
    async fn a_user_nobody_saw_is_unknown_and_leaves_no_row() {
        let windows = after_a_message("typing_unknown").await;
        for _ in 0..2 {
            assert_eq!(windows.begin_typing(&shop(), "oNobody", NOW).await.unwrap(), Begun::Unknown);
            windows.end_typing(&shop(), "oNobody").await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_row_that_entering_opened_says_nothing_of_an_exchange_and_a_closed_one_refuses() {
        let windows = after_a_message("typing_entered").await;
        windows.open(&shop(), "oEntered", Grant::Enter { at_seconds: NOW, quota: 1 }, NOW).await.unwrap();
        assert!(matches!(windows.begin_typing(&shop(), "oEntered", NOW + 40).await.unwrap(), Begun::Typing(_)));
        assert_eq!(windows.begin_typing(&shop(), "oEntered", NOW + 60).await.unwrap(), Begun::WindowExpired);
    }
}
