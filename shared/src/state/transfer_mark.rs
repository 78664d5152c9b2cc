//! The transfer mark on the row of a user's reply window: their next message is answered with the transfer, because a reply
//! that came too late for one, or the failure of a function, wants an agent.
//!
//! The row: `transfer_id`, `transfer_until` (when the mark is forgotten: with the window that it was set in), and
//! `handed_off_until` (until when the user is with an agent, as far as `HandoffMinutes` guesses).

use protocol::appid::Appid;

use super::reply_window::ReplyWindow;
use super::table::{StateError, Update, number, text};

/// For a user of whom no window was seen open, for as long as a message opens one.
const WITHOUT_WINDOW_SECONDS: i64 = 48 * 60 * 60;

impl ReplyWindow {
    /// Sets the mark. One that is set already is replaced: one transfer is enough.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; setting it again is harmless.
    pub async fn set_transfer_mark(
        &self,
        appid: &Appid,
        openid: &str,
        id: &str,
        now_seconds: i64,
    ) -> Result<(), StateError> {
        const ROUNDS: usize = 2;
        // Each of the two writes is refused if the other one applies. A message that opens the window between them refuses
        // both; the second round then finds the window open.
        for _ in 0..ROUNDS {
            let in_open_window = self
                .0
                .update(appid, openid)
                .condition_expression("expires_at > :now")
                .update_expression("SET transfer_id = :id, transfer_until = expires_at")
                .expression_attribute_values(":id", text(id))
                .expression_attribute_values(":now", number(now_seconds));
            if matches!(self.0.send(in_open_window).await?, Update::Applied(_)) {
                return Ok(());
            }
            // The window is closed, or `push` could not open it. A row without a count says that only WeChat knows.
            let without_window = self
                .0
                .update(appid, openid)
                .condition_expression("attribute_not_exists(expires_at) OR expires_at <= :now")
                .update_expression(
                    "SET transfer_id = :id, transfer_until = :until, expires_at = :until REMOVE remaining, opening",
                )
                .expression_attribute_values(":id", text(id))
                .expression_attribute_values(":now", number(now_seconds))
                .expression_attribute_values(":until", number(now_seconds.saturating_add(WITHOUT_WINDOW_SECONDS)));
            if matches!(self.0.send(without_window).await?, Update::Applied(_)) {
                return Ok(());
            }
        }
        Err(StateError::Row("expires_at"))
    }

    /// Removes the mark, if it is still the one that was seen, and notes until when the user is with an agent (nothing with 0).
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; the user is transferred once more then.
    pub async fn remove_transfer_mark(
        &self,
        appid: &Appid,
        openid: &str,
        id: &str,
        handed_off_until_seconds: i64,
    ) -> Result<(), StateError> {
        let update = self
            .0
            .update(appid, openid)
            .condition_expression("transfer_id = :id")
            .expression_attribute_values(":id", text(id));
        let remove = "REMOVE transfer_id, transfer_until";
        let update = if handed_off_until_seconds > 0 {
            update
                .update_expression(format!("SET handed_off_until = :until {remove}"))
                .expression_attribute_values(":until", number(handed_off_until_seconds))
        } else {
            update.update_expression(remove)
        };
        self.0.send(update).await.map(drop)
    }

    /// Notes until when the user is with an agent.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; writing it again is harmless.
    pub async fn hand_off(&self, appid: &Appid, openid: &str, until_seconds: i64) -> Result<(), StateError> {
        let update = self
            .0
            .update(appid, openid)
            .condition_expression("attribute_exists(openid)")
            .update_expression("SET handed_off_until = :until")
            .expression_attribute_values(":until", number(until_seconds));
        self.0.send(update).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::agents::Agents;
    use crate::state::dynamodb_local::{self, shop};
    use crate::state::reply_window::{Correction, Grant, Taken};

    const NOW: i64 = 1_714_112_445;
    const HOURS_48: i64 = 172_800;
    const USER: &str = "o9AgO5Kd5ggOC-bXrbNODIiE3bGY";

    async fn windows(test: &str) -> ReplyWindow {
        let (client, table) = dynamodb_local::table("openid", test).await;
        ReplyWindow::new(client, table, shop())
    }

    /// The user writes, and the row says this about agents.
    async fn writes(windows: &ReplyWindow, at_seconds: i64) -> Agents {
        windows.open(&shop(), USER, Grant::Message { at_seconds, msg_id: "1" }, at_seconds).await.unwrap()
    }

    async fn mark(windows: &ReplyWindow, at_seconds: i64) -> Option<String> {
        writes(windows, at_seconds).await.transfer_mark
    }

    async fn set(windows: &ReplyWindow, id: &str, now_seconds: i64) {
        windows.set_transfer_mark(&shop(), USER, id, now_seconds).await.unwrap();
    }

    async fn remove(windows: &ReplyWindow, id: &str, handed_off_until_seconds: i64) {
        windows.remove_transfer_mark(&shop(), USER, id, handed_off_until_seconds).await.unwrap();
    }

    async fn take(windows: &ReplyWindow, now_seconds: i64) -> Taken {
        windows.take(&shop(), USER, now_seconds).await.unwrap()
    }

    async fn remaining(windows: &ReplyWindow, now_seconds: i64) -> Option<i64> {
        match take(windows, now_seconds).await {
            Taken::Slot(slot) => Some(slot.remaining),
            _ => None,
        }
    }

    async fn use_up(windows: &ReplyWindow, now_seconds: i64) {
        while remaining(windows, now_seconds).await.is_some() {}
    }

    #[tokio::test]
    async fn a_mark_holds_until_the_window_that_it_was_set_in_would_have_closed() {
        let windows = windows("mark_open").await;
        assert_eq!(writes(&windows, NOW).await, Agents::default());
        assert_eq!(remaining(&windows, NOW).await, Some(4));
        set(&windows, "m1", NOW + 1).await;
        assert_eq!(remaining(&windows, NOW + 1).await, Some(3), "the count goes on");
        for at_seconds in [NOW + 2, NOW + 2, NOW + HOURS_48 - 1] {
            assert_eq!(mark(&windows, at_seconds).await.as_deref(), Some("m1"), "a repeat sees it, too");
        }
        assert_eq!(mark(&windows, NOW + HOURS_48).await, None);
    }

    #[tokio::test]
    async fn a_mark_without_a_row_holds_as_long_as_a_message_opens_a_window() {
        let windows = windows("mark_no_row").await;
        set(&windows, "m1", NOW).await;
        assert_eq!(take(&windows, NOW).await, Taken::Unknown);
        assert_eq!(mark(&windows, NOW + HOURS_48 - 1).await.as_deref(), Some("m1"));
        assert_eq!(remaining(&windows, NOW + HOURS_48 - 1).await, Some(4), "the message is counted");
        assert_eq!(mark(&windows, NOW + HOURS_48).await, None);
    }

    #[tokio::test]
    async fn a_mark_on_a_window_that_has_closed_leaves_the_window_to_wechat() {
        let windows = windows("mark_expired").await;
        writes(&windows, NOW).await;
        set(&windows, "m1", NOW + HOURS_48).await;
        assert_eq!(take(&windows, NOW + HOURS_48).await, Taken::Unknown);
        assert_eq!(mark(&windows, NOW + 2 * HOURS_48 - 1).await.as_deref(), Some("m1"));
        assert_eq!(mark(&windows, NOW + 2 * HOURS_48).await, None);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn a_message_that_comes_while_the_mark_is_set_is_counted() {
        let windows = windows("mark_race").await;
        let mut users = tokio::task::JoinSet::new();
        for user in 0..50 {
            let windows = windows.clone();
            users.spawn(async move {
                let (appid, openid) = (shop(), format!("o{user}"));
                let message = Grant::Message { at_seconds: NOW, msg_id: "1" };
                let (marked, written) = tokio::join!(
                    windows.set_transfer_mark(&appid, &openid, "m1", NOW),
                    windows.open(&appid, &openid, message, NOW)
                );
                marked.unwrap();
                written.unwrap();
                let agents = windows.open(&shop(), &openid, message, NOW).await.unwrap();
                assert_eq!(agents.transfer_mark.as_deref(), Some("m1"));
                assert!(matches!(windows.take(&shop(), &openid, NOW).await.unwrap(), Taken::Slot(_)), "{openid}");
            });
        }
        users.join_all().await;
    }

    #[tokio::test]
    async fn a_mark_is_removed_only_by_its_id_and_a_newer_one_replaces_it() {
        let windows = windows("mark_removed").await;
        writes(&windows, NOW).await;
        set(&windows, "m1", NOW).await;
        set(&windows, "m2", NOW).await;
        remove(&windows, "m1", NOW + 600).await;
        let agents = writes(&windows, NOW + 1).await;
        assert_eq!(agents, Agents { transfer_mark: Some("m2".into()), is_handed_off: false });
        remove(&windows, "m2", 0).await;
        assert_eq!(writes(&windows, NOW + 2).await, Agents::default());
        remove(&windows, "m2", NOW + 600).await;
        assert_eq!(writes(&windows, NOW + 3).await, Agents::default(), "removed twice");
    }

    #[tokio::test]
    async fn removing_a_mark_hands_the_user_off_until_then() {
        let windows = windows("mark_handed_off").await;
        writes(&windows, NOW).await;
        set(&windows, "m1", NOW).await;
        remove(&windows, "m1", NOW + 600).await;
        assert_eq!(writes(&windows, NOW + 599).await, Agents { transfer_mark: None, is_handed_off: true });
        assert_eq!(writes(&windows, NOW + 600).await, Agents::default());
    }

    #[tokio::test]
    async fn a_hand_off_leaves_what_the_window_refuses_to_wechat_until_it_is_over() {
        let windows = windows("hand_off").await;
        writes(&windows, NOW).await;
        windows.hand_off(&shop(), USER, NOW + 600).await.unwrap();
        assert!(writes(&windows, NOW + 1).await.is_handed_off);
        assert_eq!(remaining(&windows, NOW + 1).await, Some(4), "what the window allows is counted");
        use_up(&windows, NOW + 1).await;
        assert_eq!(take(&windows, NOW + 599).await, Taken::Unknown);
        assert_eq!(take(&windows, NOW + 600).await, Taken::Exhausted { expires_at_seconds: NOW + 1 + HOURS_48 });

        windows.hand_off(&shop(), USER, NOW + HOURS_48 + 600).await.unwrap();
        assert_eq!(take(&windows, NOW + HOURS_48 + 599).await, Taken::Unknown);
        let expires_at_seconds = NOW + 1 + HOURS_48;
        assert_eq!(take(&windows, NOW + HOURS_48 + 600).await, Taken::Expired { expires_at_seconds });
    }

    #[tokio::test]
    async fn removing_a_mark_or_handing_off_makes_no_row_of_a_user_nobody_saw() {
        let windows = windows("hand_off_no_row").await;
        windows.hand_off(&shop(), USER, NOW + 600).await.unwrap();
        remove(&windows, "m1", NOW + 600).await;
        assert!(windows.0.get(&shop(), USER).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_slot_of_a_window_that_has_lost_its_count_is_neither_given_back_nor_corrected() {
        let windows = windows("mark_slot").await;
        writes(&windows, NOW).await;
        let Taken::Slot(first) = take(&windows, NOW).await else { panic!("no slot") };
        let Taken::Slot(second) = take(&windows, NOW).await else { panic!("no slot") };
        set(&windows, "m1", NOW + HOURS_48).await;
        windows.give_back(first).await.unwrap();
        windows.correct(second, Correction::Expired, NOW + HOURS_48).await.unwrap();
        assert_eq!(take(&windows, NOW + HOURS_48).await, Taken::Unknown);
    }

    #[tokio::test]
    async fn opening_says_what_the_row_says_also_to_an_older_message_but_not_to_an_entering() {
        let windows = windows("mark_opening").await;
        writes(&windows, NOW).await;
        set(&windows, "m1", NOW).await;
        windows.hand_off(&shop(), USER, NOW + 60).await.unwrap();
        let both = Agents { transfer_mark: Some("m1".into()), is_handed_off: true };
        for at_seconds in [NOW, NOW - 5, NOW + 5] {
            let message = Grant::Message { at_seconds, msg_id: "1" };
            assert_eq!(windows.open(&shop(), USER, message, NOW + 5).await.unwrap(), both, "{at_seconds}");
        }
        let enter = Grant::Enter { at_seconds: NOW + 6, quota: 1 };
        assert_eq!(windows.open(&shop(), USER, enter, NOW + 6).await.unwrap(), Agents::default());
    }
}
