//! What must be reachable, so that the model is not empty.

use stateright::Property;

use super::protocol::{Kind, ReplyProtocol, WhenHandlerFails};
use super::row::{Answer, Phase, Plan};
use super::state::{GUARD, Invoked, PushStep, REDRIVE, Run, RunStep, State, WeChat};

/// Returns what must be reachable in this setting.
pub(super) fn of(protocol: &ReplyProtocol) -> Vec<Property<ReplyProtocol>> {
    if protocol.earlier_mark {
        return with_a_mark();
    }
    let mut properties = match (protocol.kind, protocol.when_handler_fails) {
        (Kind::Message, WhenHandlerFails::Transfer) => with_transfer(),
        (Kind::Message, WhenHandlerFails::Retry) => with_retry(),
        (Kind::Event, _) => for_events(),
        (Kind::Payment, _) => for_payments(),
    };
    if protocol.redrives > 0 && !protocol.is_payment() {
        properties.push(Property::sometimes("a parked push is redriven and has a reply then", |_, state: &State| {
            redrive_has_a_reply(state)
        }));
    }
    if protocol.is_message() && protocol.attempts > 3 {
        properties.push(Property::sometimes("the fourth attempt finds the answer", |_, state: &State| {
            state.wechat == WeChat::Waits(4) && state.row().is_some_and(|row| row.is_finished())
        }));
        properties.push(Property::sometimes("the third claim parks the push and hands it over", |_, state: &State| {
            state.parked && state.pushes.iter().any(|push| push.step == PushStep::Fail)
        }));
    }
    properties
}

fn is_done(state: &State, plan: Plan) -> bool {
    state.row().is_some_and(|row| row.phase == Phase::Done && row.plan == Some(plan))
}

fn everything_was_delivered(state: &State) -> bool {
    let delivered = state.messages.iter().all(|message| message.delivered == 1 && !message.parked);
    delivered && is_done(state, Plan::Messages) && !state.parked && state.mark.is_none()
}

fn was_answered(state: &State) -> bool {
    state.row().is_some_and(|row| row.answered)
}

/// A run that the guard started has taken the push over: its handler runs.
fn guard_took_over(state: &State) -> bool {
    state.runs.iter().any(|run| (GUARD..REDRIVE).contains(&run.owner) && run.step == RunStep::Handle)
}

/// A run that Lambda's queue started delivers a reply that another run has recorded.
fn reply_was_taken_over(state: &State) -> bool {
    let delivers = |id| state.row().is_some_and(|row| row.phase == Phase::Recorded && row.run == id);
    state
        .runs
        .iter()
        .any(|run| matches!(run.invoked, Invoked::Queued(_)) && run.step == RunStep::ParkMessage && delivers(run.id))
}

/// The handler has returned messages to the run that redrive started, and that run still has the row.
fn redrive_has_a_reply(state: &State) -> bool {
    let is_mine = state.row().is_some_and(|row| row.phase == Phase::Late && row.owner == REDRIVE);
    let returned = |run: &Run| run.owner == REDRIVE && run.step == RunStep::Record && run.plan == Some(Plan::Messages);
    is_mine && state.runs.iter().any(returned)
}

fn with_transfer() -> Vec<Property<ReplyProtocol>> {
    vec![
        Property::sometimes("both messages are delivered in time", |_, state: &State| {
            everything_was_delivered(state) && !was_answered(state)
        }),
        Property::sometimes("both messages are delivered late", |_, state: &State| {
            everything_was_delivered(state) && was_answered(state)
        }),
        Property::sometimes("a transfer is answered in time", |_, state: &State| {
            is_done(state, Plan::Transfer) && state.wechat == WeChat::Answered(Answer::Transfer)
        }),
        Property::sometimes("a late transfer sets the mark", |_, state: &State| {
            is_done(state, Plan::Transfer) && state.mark.is_some()
        }),
        Property::sometimes("a late failure is parked and sets the mark", |_, state: &State| {
            state.row().is_some_and(|row| row.phase == Phase::Failed) && state.parked && state.mark.is_some()
        }),
        Property::sometimes("a message is parked as unknown although it was delivered", |_, state: &State| {
            state.messages.last().is_some_and(|message| message.parked && message.delivered == 1)
        }),
        Property::sometimes("the guard takes over a push", |_, state: &State| guard_took_over(state)),
        Property::sometimes("a recorded reply is taken over", |_, state: &State| reply_was_taken_over(state)),
        Property::sometimes("WeChat refuses all messages and a human takes over", |_, state: &State| {
            is_done(state, Plan::Messages)
                && state.row().is_some_and(|row| row.is_transferred())
                && state.messages.iter().all(|m| m.refused)
        }),
        Property::sometimes("nothing of a late reply reaches the user and the mark is set", |_, state: &State| {
            is_done(state, Plan::Messages) && state.mark.is_some() && state.messages.iter().all(|m| m.delivered == 0)
        }),
    ]
}

fn with_retry() -> Vec<Property<ReplyProtocol>> {
    vec![
        Property::sometimes("a reply of an asynchronous retry is delivered", |_, state: &State| {
            everything_was_delivered(state) && was_answered(state) && state.guards == 0
        }),
        Property::sometimes("a handler that fails every time is parked", |_, state: &State| {
            state.is_quiet() && state.parked
        }),
    ]
}

fn for_events() -> Vec<Property<ReplyProtocol>> {
    vec![
        Property::sometimes("an event's messages are delivered", |_, state: &State| everything_was_delivered(state)),
        Property::sometimes("an event is parked", |_, state: &State| state.is_quiet() && state.parked),
    ]
}

fn for_payments() -> Vec<Property<ReplyProtocol>> {
    vec![
        Property::sometimes("a payment is acknowledged at once", |_, state: &State| {
            state.wechat == WeChat::Answered(Answer::Booked) && !was_answered(state)
        }),
        Property::sometimes("a late payment is acknowledged to a repeat", |_, state: &State| {
            state.wechat == WeChat::Answered(Answer::Booked) && was_answered(state)
        }),
        Property::sometimes("a payment is given up", |_, state: &State| {
            state.wechat == WeChat::GaveUp && !state.booked
        }),
    ]
}

fn with_a_mark() -> Vec<Property<ReplyProtocol>> {
    vec![
        Property::sometimes("the mark is used", |_, state: &State| {
            state.mark.is_none() && state.wechat == WeChat::Answered(Answer::Transfer)
        }),
        Property::sometimes("another mark is set meanwhile", |_, state: &State| state.other_mark_set),
    ]
}
