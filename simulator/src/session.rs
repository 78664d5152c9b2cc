//! With whom a user talks: with the product alone, or also with a human agent.
//! Source: "客服消息 接入指引" (customer-service guide).
//!
//! - A transfer puts the user into the queue. Messages still reach the push URL there, so that the product goes on talking
//!   until an agent takes the user.
//! - While an agent has the session, the user's messages go to the agent and not to the push URL, until the agent ends the
//!   session or 30 minutes are over. No event tells of either.
//! - WeChat's pages do not say when the 30 minutes begin: here they begin anew with each message of the user. Nor do they say
//!   whether events are held back like messages: here they are pushed, for entering the session is what a welcome waits for.
//!   Nor whether a user leaves the queue: here only an agent, by taking or ending, lets one out of it.

use serde::Serialize;

/// How long an agent has a session in which the user says nothing, in seconds.
const LASTS: i64 = 30 * 60;

/// Where a user is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(tag = "with", rename_all = "snake_case")]
pub(crate) enum Session {
    /// Has not asked for an agent yet.
    #[default]
    Nobody,
    /// Waits for an agent.
    Queue,
    /// An agent talks with the user.
    Agent {
        /// Unix seconds from which on the session is over, if the user says nothing.
        until: i64,
    },
    /// The session with an agent is over.
    Over,
}

/// Why an agent cannot do that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotNow {
    #[error("the user is not in the queue, where a transfer puts one")]
    NotInQueue,
    #[error("the user is neither in the queue nor with an agent")]
    NoSession,
}

impl Session {
    /// The session as it is at this time.
    pub(crate) const fn at(self, now: i64) -> Self {
        match self {
            Self::Agent { until } if until <= now => Self::Over,
            other => other,
        }
    }

    /// Whether the user's messages go to an agent, past the push URL.
    pub(crate) const fn is_with_agent(self, now: i64) -> bool {
        matches!(self.at(now), Self::Agent { .. })
    }

    /// The session after a transfer. One whom an agent has already does not queue again.
    pub(crate) const fn transferred(self, now: i64) -> Self {
        match self.at(now) {
            agent @ Self::Agent { .. } => agent,
            _ => Self::Queue,
        }
    }

    /// The session once an agent takes it.
    pub(crate) const fn taken(self, now: i64) -> Result<Self, NotNow> {
        match self {
            Self::Queue => Ok(Self::Agent { until: now.saturating_add(LASTS) }),
            _ => Err(NotNow::NotInQueue),
        }
    }

    /// The session after a message of the user's.
    pub(crate) const fn message_came(self, now: i64) -> Self {
        match self.at(now) {
            Self::Agent { .. } => Self::Agent { until: now.saturating_add(LASTS) },
            other => other,
        }
    }

    /// The session once an agent ends it.
    pub(crate) const fn ended(self, now: i64) -> Result<Self, NotNow> {
        match self.at(now) {
            Self::Queue | Self::Agent { .. } => Ok(Self::Over),
            _ => Err(NotNow::NoSession),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000;
    const HALF_AN_HOUR: i64 = 1800;

    fn with_agent() -> Session {
        Session::default().transferred(NOW).taken(NOW).unwrap()
    }

    #[test]
    fn a_transfer_leads_to_the_queue_and_an_agent_out_of_it() {
        let queue = Session::Nobody.transferred(NOW);
        assert_eq!(queue, Session::Queue);
        assert!(!queue.is_with_agent(NOW), "the product is still asked");
        assert!(queue.taken(NOW).unwrap().is_with_agent(NOW));
        assert_eq!(queue.ended(NOW), Ok(Session::Over));
    }

    #[test]
    fn an_agent_takes_only_who_waits_and_ends_only_what_is_under_way() {
        for session in [Session::Nobody, Session::Over, with_agent()] {
            assert_eq!(session.taken(NOW), Err(NotNow::NotInQueue), "{session:?}");
        }
        for session in [Session::Nobody, Session::Over, with_agent().at(NOW + HALF_AN_HOUR)] {
            assert_eq!(session.ended(NOW), Err(NotNow::NoSession), "{session:?}");
        }
        assert_eq!(with_agent().ended(NOW), Ok(Session::Over));
    }

    #[test]
    fn a_session_is_over_after_half_an_hour_without_a_message() {
        assert!(with_agent().is_with_agent(NOW + HALF_AN_HOUR - 1));
        assert_eq!(with_agent().at(NOW + HALF_AN_HOUR), Session::Over);
        let session = with_agent().message_came(NOW + HALF_AN_HOUR - 1);
        assert!(session.is_with_agent(NOW + HALF_AN_HOUR));
        assert_eq!(with_agent().message_came(NOW + HALF_AN_HOUR), Session::Over);
    }

    #[test]
    fn another_transfer_leads_to_the_queue_again_but_not_away_from_an_agent() {
        assert_eq!(Session::Over.transferred(NOW), Session::Queue);
        assert_eq!(with_agent().transferred(NOW + 1), with_agent());
        assert_eq!(with_agent().transferred(NOW + HALF_AN_HOUR), Session::Queue);
    }
}
