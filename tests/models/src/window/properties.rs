//! What must hold in every state, and what must be reachable.

use stateright::Property;

use super::protocol::ReplyWindow;
use super::state::{Sender, Settlement, State, Wrong};

/// The properties' names.
pub mod name {
    /// No count is ever larger than what `WeChat` granted.
    pub const QUOTA: &str = "a count is never above what was granted";
    /// No slot is given back twice.
    pub const GIVEN_BACK_ONCE: &str = "no slot comes back twice, nor after its message reached the user";
    /// A correction holds.
    pub const CORRECTED: &str = "a count that WeChat has refused stays at nothing";
    /// A correction is about the window that it was made for.
    pub const NEWER_STAYS: &str = "a correction closes no window that the user has opened or widened since";
    /// The window is opened forward in `CreateTime`.
    pub const FORWARD: &str = "no push opens a window again, nor an older one a newer";
    /// `WeChat` is the authority.
    pub const AUTHORITY: &str = "nothing is refused here that WeChat would take, if nothing was lost";
}

/// Returns the properties of this setting.
pub(super) fn of(protocol: &ReplyWindow) -> Vec<Property<ReplyWindow>> {
    let mut properties = vec![
        Property::always(name::QUOTA, |_, state: &State| {
            state.row.is_none_or(|row| row.remaining <= row.observed.granted)
        }),
        Property::always(name::GIVEN_BACK_ONCE, |_, state: &State| {
            state.row.is_none_or(|row| row.observed.given_back + row.observed.delivered <= row.observed.taken)
        }),
        Property::always(name::CORRECTED, |_, state: &State| {
            state.row.is_none_or(|row| !row.observed.refused || row.remaining == 0)
        }),
        Property::always(name::NEWER_STAYS, |_, state: &State| state.wrong != Some(Wrong::ClosedANewerWindow)),
        Property::always(name::FORWARD, |_, state: &State| state.wrong != Some(Wrong::OpenedByAnOldPush)),
        Property::always(name::AUTHORITY, |_, state: &State| state.wrong != Some(Wrong::RefusedWithoutNeed)),
        Property::sometimes("both senders hold a slot", |_, state: &State| {
            state.senders.iter().all(|sender| matches!(sender, Sender::Send(Some(_))))
        }),
        Property::sometimes("WeChat refuses a message that the row let out", |_, state: &State| {
            state.senders.iter().any(|sender| matches!(sender, Sender::Settle(_, Settlement::Correct(_))))
        }),
        Property::sometimes("an entering widens an open window", |_, state: &State| {
            state.openers.iter().any(|opener| opener.seen.is_some())
        }),
        Property::sometimes("a message is sent to a user of whom nothing is known", |_, state: &State| {
            state.row.is_none() && state.senders.contains(&Sender::Send(None))
        }),
        Property::sometimes("all is said and the row knows what WeChat knows", |_, state: &State| {
            state.is_quiet()
                && state.sends == 0
                && state.row.is_some_and(|row| row.observed.delivered > 0 && row.remaining == state.wechat.remaining)
        }),
    ];
    if protocol.lost_answers > 0 {
        properties.push(Property::sometimes("a write arrives after all others", |_, state: &State| {
            state.late.is_some() && state.openers.is_empty() && state.under_way() == 0 && state.sends == 0
        }));
    }
    properties
}
