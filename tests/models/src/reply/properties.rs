//! What must hold in every state.

use stateright::{Model, Property};

use super::protocol::{Kind, ReplyProtocol, WhenHandlerFails};
use super::reachable;
use super::row::{Answer, Phase, Plan};
use super::state::{OTHER_MARK, OWN_MARK, State, WeChat};

/// The properties' names.
pub mod name {
    /// No message reaches the user twice.
    pub const DELIVERED_ONCE: &str = "each message is delivered at most once";
    /// No message takes two slots of the reply window.
    pub const ONE_SLOT: &str = "no message takes two slots of the window";
    /// Every push has an outcome.
    pub const OUTCOME: &str = "no push is without an outcome when all is quiet";
    /// A push that failed is parked.
    pub const FAILED_IS_PARKED: &str = "a push that failed is parked until it is redriven";
    /// A late reply is delivered.
    pub const LATE_REPLY: &str = "a late reply of a live run is delivered";
    /// Only `ErrCode` 0 acknowledges a payment.
    pub const PAYMENT: &str = "a payment is acknowledged only after the handler's ErrCode 0";
    /// A transfer mark is not lost.
    pub const MARK_USED: &str = "a transfer mark is removed only after its transfer was recorded";
    /// A newer transfer mark is not lost.
    pub const MARK_KEPT: &str = "a transfer mark that was set meanwhile stays";
    /// Something can happen until all is quiet.
    pub const NO_HANG: &str = "nothing hangs";
}

/// Returns the properties that apply in this setting.
pub(super) fn of(protocol: &ReplyProtocol) -> Vec<Property<ReplyProtocol>> {
    let mut properties = vec![
        Property::always(name::DELIVERED_ONCE, |_, state: &State| {
            state.messages.iter().all(|message| message.delivered <= 1)
        }),
        Property::always(name::ONE_SLOT, |_, state: &State| state.messages.iter().all(|message| message.slots <= 1)),
        Property::always(name::OUTCOME, |protocol, state: &State| !state.is_quiet() || has_outcome(protocol, state)),
        Property::always(name::FAILED_IS_PARKED, |protocol: &ReplyProtocol, state: &State| {
            let failed = state.row().is_some_and(|row| row.phase == Phase::Failed);
            !(state.is_quiet() && failed) || state.parked || state.redrives < protocol.redrives
        }),
        Property::always(name::LATE_REPLY, |_, state: &State| {
            !state.is_quiet() || state.promised.is_none() || state.every_message_has_an_outcome()
        }),
        Property::always(name::PAYMENT, |_, state: &State| {
            state.wechat != WeChat::Answered(Answer::Booked) || state.booked
        }),
        Property::always(name::MARK_USED, |protocol: &ReplyProtocol, state: &State| {
            !protocol.earlier_mark || state.mark.is_some() || state.row().is_some_and(|row| row.is_transferred())
        }),
        Property::always(name::MARK_KEPT, |_, state: &State| !state.other_mark_set || state.mark == Some(OTHER_MARK)),
        Property::always(name::NO_HANG, |protocol, state: &State| state.is_quiet() || goes_on(protocol, state)),
    ];
    properties.extend(reachable::of(protocol));
    properties
}

fn goes_on(protocol: &ReplyProtocol, state: &State) -> bool {
    let mut actions = Vec::new();
    protocol.actions(state, &mut actions);
    actions.into_iter().any(|action| protocol.next_state(state, action).is_some())
}

/// A human was asked for, the push is parked, `WeChat` itself told the user, or the reply has been dealt with.
fn has_outcome(protocol: &ReplyProtocol, state: &State) -> bool {
    match state.wechat {
        WeChat::GaveUp | WeChat::Answered(Answer::Transfer | Answer::Booked) => return true,
        _ if protocol.kind == Kind::Payment => return false,
        _ => (),
    }
    let mark = state.mark == Some(OWN_MARK);
    if mark || state.parked {
        return true;
    }
    let refusal_is_enough = protocol.kind == Kind::Event || protocol.when_handler_fails == WhenHandlerFails::Retry;
    state.row().is_some_and(|row| {
        row.phase == Phase::Done
            && match row.plan {
                Some(Plan::Nothing) => true,
                Some(Plan::Messages) => {
                    let somewhere = state.messages.iter().any(|message| message.delivered > 0 || message.parked);
                    state.every_message_has_an_outcome() && (somewhere || refusal_is_enough)
                }
                _ => false,
            }
    })
}
