//! The "is typing" line that a user sees. Source: "消息订阅 统一服务消息 客服消息 消息推送", setTyping.

/// How long the line stays, in seconds.
const LASTS: i64 = 15;
/// How fresh the last message between the two must be, in seconds.
const EXCHANGE_WITHIN: i64 = 30;

/// What decides whether the line may be shown to one user.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct TypingState {
    /// Unix seconds until which the line stands.
    until: Option<i64>,
    /// Unix seconds of the last message, either way.
    last_exchange: Option<i64>,
}

/// Why the line may not be shown now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotNow {
    /// No message went either way within 30 seconds.
    NoRecentExchange,
    /// It stands already.
    AlreadyTyping,
}

impl TypingState {
    /// Shows the line for 15 seconds.
    pub(crate) fn start(&mut self, now: i64) -> Result<(), NotNow> {
        if self.until.is_some_and(|until| now < until) {
            return Err(NotNow::AlreadyTyping);
        }
        if self.last_exchange.is_none_or(|at| now.saturating_sub(at) > EXCHANGE_WITHIN) {
            return Err(NotNow::NoRecentExchange);
        }
        self.until = Some(now.saturating_add(LASTS));
        Ok(())
    }

    /// Unix seconds until which the line stands, or stood.
    pub(crate) const fn until(&self) -> Option<i64> {
        self.until
    }

    /// Takes the line away, if it stands.
    pub(crate) fn cancel(&mut self) {
        self.until = None;
    }

    /// A message from the user: typing may start for 30 seconds.
    pub(crate) fn message_came(&mut self, now: i64) {
        self.last_exchange = Some(now);
    }

    /// A message to the user takes the line away, and typing may start again for 30 seconds.
    pub(crate) fn message_went(&mut self, now: i64) {
        self.last_exchange = Some(now);
        self.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn after_a_message() -> TypingState {
        let mut state = TypingState::default();
        state.message_came(NOW);
        state
    }

    #[test]
    fn typing_needs_a_message_within_30_seconds() {
        assert_eq!(TypingState::default().start(NOW), Err(NotNow::NoRecentExchange));
        assert_eq!(after_a_message().start(NOW + 30), Ok(()));
        assert_eq!(after_a_message().start(NOW + 31), Err(NotNow::NoRecentExchange));
    }

    #[test]
    fn typing_cannot_start_again_for_15_seconds() {
        let mut state = after_a_message();
        assert_eq!(state.start(NOW), Ok(()));
        assert_eq!(state.start(NOW + 14), Err(NotNow::AlreadyTyping));
        assert_eq!(state.start(NOW + 15), Ok(()));
    }

    #[test]
    fn a_message_to_the_user_cancels_typing() {
        let mut state = after_a_message();
        assert_eq!(state.start(NOW), Ok(()));
        state.message_went(NOW + 1);
        assert_eq!(state.start(NOW + 2), Ok(()));
    }

    #[test]
    fn cancelled_typing_may_start_again() {
        let mut state = after_a_message();
        assert_eq!(state.start(NOW), Ok(()));
        state.cancel();
        assert_eq!(state.start(NOW + 1), Ok(()));
    }

    #[test]
    fn a_message_from_the_user_leaves_typing_standing() {
        let mut state = after_a_message();
        assert_eq!(state.start(NOW), Ok(()));
        state.message_came(NOW + 1);
        assert_eq!(state.start(NOW + 2), Err(NotNow::AlreadyTyping));
    }
}
