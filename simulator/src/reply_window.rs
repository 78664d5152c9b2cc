//! How many messages may still go to one user, and until when. Source: "发送客服消息" (send a customer-service message).

use serde::Serialize;

/// The window that a user's action opens for messages to that user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct ReplyWindow {
    /// Messages that may still be sent.
    pub(crate) remaining: u32,
    /// Unix seconds; from this second on nothing may be sent.
    pub(crate) expires_at: i64,
}

/// What an action of a user allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grant {
    messages: u32,
    seconds: i64,
}

impl Grant {
    /// The user wrote: 5 messages within 48 hours.
    pub(crate) const MESSAGE: Self = Self { messages: 5, seconds: 48 * 3600 };

    /// The user entered the session: a message or two (WeChat's pages differ) within one minute.
    pub(crate) const fn enter(messages: u32) -> Self {
        Self { messages, seconds: 60 }
    }
}

/// Why a message may not be sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shut {
    /// Never opened, or its time is over.
    OutOfTime,
    /// Open, but used up.
    UsedUp,
}

impl ReplyWindow {
    /// The window after an action: count and deadline are each the larger of what is open and what is granted. They do
    /// not add up.
    pub(crate) fn opened(current: Option<Self>, grant: Grant, now: i64) -> Self {
        let granted = Self { remaining: grant.messages, expires_at: now.saturating_add(grant.seconds) };
        match current {
            Some(open) if open.is_open(now) => Self {
                remaining: open.remaining.max(granted.remaining),
                expires_at: open.expires_at.max(granted.expires_at),
            },
            _ => granted,
        }
    }

    /// The window with one message fewer.
    pub(crate) fn taken(current: Option<Self>, now: i64) -> Result<Self, Shut> {
        let open = current.filter(|window| window.is_open(now)).ok_or(Shut::OutOfTime)?;
        let remaining = open.remaining.checked_sub(1).ok_or(Shut::UsedUp)?;
        Ok(Self { remaining, ..open })
    }

    /// Whether its time is not over.
    pub(crate) fn is_open(self, now: i64) -> bool {
        now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000;
    const TWO_DAYS: i64 = 172_800;

    #[test]
    fn a_message_opens_five_for_48_hours() {
        let window = ReplyWindow::opened(None, Grant::MESSAGE, NOW);
        assert_eq!(window, ReplyWindow { remaining: 5, expires_at: NOW + TWO_DAYS });
    }

    #[test]
    fn the_sixth_message_is_one_too_many() {
        let mut window = ReplyWindow::opened(None, Grant::MESSAGE, NOW);
        for left in [4, 3, 2, 1, 0] {
            window = ReplyWindow::taken(Some(window), NOW).unwrap();
            assert_eq!(window.remaining, left);
        }
        assert_eq!(ReplyWindow::taken(Some(window), NOW), Err(Shut::UsedUp));
    }

    #[test]
    fn the_window_shuts_in_its_last_second_even_when_messages_are_left() {
        let window = ReplyWindow::opened(None, Grant::MESSAGE, NOW);
        assert!(ReplyWindow::taken(Some(window), NOW + TWO_DAYS - 1).is_ok());
        assert_eq!(ReplyWindow::taken(Some(window), NOW + TWO_DAYS), Err(Shut::OutOfTime));
    }

    #[test]
    fn a_window_that_was_never_opened_is_out_of_time() {
        assert_eq!(ReplyWindow::taken(None, NOW), Err(Shut::OutOfTime));
    }

    #[test]
    fn a_used_up_window_whose_time_is_over_is_out_of_time() {
        let used_up = ReplyWindow { remaining: 0, expires_at: NOW };
        assert_eq!(ReplyWindow::taken(Some(used_up), NOW), Err(Shut::OutOfTime));
    }

    #[test]
    fn entering_opens_its_quota_for_a_minute() {
        let window = ReplyWindow::opened(None, Grant::enter(2), NOW);
        assert_eq!(window, ReplyWindow { remaining: 2, expires_at: NOW + 60 });
        let window = ReplyWindow::opened(None, Grant::enter(1), NOW);
        assert_eq!(window.remaining, 1);
    }

    #[test]
    fn entering_never_shrinks_an_open_window() {
        let open = ReplyWindow { remaining: 4, expires_at: NOW + 1000 };
        assert_eq!(ReplyWindow::opened(Some(open), Grant::enter(2), NOW), open);
    }

    #[test]
    fn entering_lifts_the_count_of_a_used_up_window_and_keeps_its_deadline() {
        let used_up = ReplyWindow { remaining: 0, expires_at: NOW + 1000 };
        let window = ReplyWindow::opened(Some(used_up), Grant::enter(2), NOW);
        assert_eq!(window, ReplyWindow { remaining: 2, expires_at: NOW + 1000 });
    }

    #[test]
    fn another_message_resets_and_does_not_add_up() {
        let open = ReplyWindow { remaining: 3, expires_at: NOW + 1000 };
        let window = ReplyWindow::opened(Some(open), Grant::MESSAGE, NOW);
        assert_eq!(window, ReplyWindow { remaining: 5, expires_at: NOW + TWO_DAYS });
    }

    #[test]
    fn an_expired_window_leaves_nothing_behind() {
        let expired = ReplyWindow { remaining: 4, expires_at: NOW };
        let window = ReplyWindow::opened(Some(expired), Grant::enter(2), NOW);
        assert_eq!(window, ReplyWindow { remaining: 2, expires_at: NOW + 60 });
    }
}
