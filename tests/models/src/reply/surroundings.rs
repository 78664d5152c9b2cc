//! What goes on around the two functions: Lambda's queue, the guard queue, redrive, time, and other pushes.

use super::action::Action;
use super::protocol::ReplyProtocol;
use super::row::Phase;
use super::state::{EARLIER_MARK, Envelope, Invoked, OTHER_MARK, PushStep, REDRIVE, State, TRIES};
use super::wechat;

/// Collects what can happen around the two functions.
pub(super) fn possible(protocol: &ReplyProtocol, state: &State, actions: &mut Vec<Action>) {
    if !state.has_no_environment() {
        let mut queue = state.queue.clone();
        queue.dedup();
        actions.extend(queue.into_iter().map(Action::LambdaStarts));
    }
    // Before the lease has expired `resume-replies` puts the guard back.
    if state.guards > 0 && (lease_can_expire(state) || state.row().is_none_or(|row| row.is_finished() || !row.live)) {
        actions.push(Action::GuardIsDue { crashes: false });
        if state.crashes > 0 {
            actions.push(Action::GuardIsDue { crashes: true });
        }
    }
    if state.parked && state.redrives > 0 {
        actions.push(Action::Redrive { crashes: false });
        if state.crashes > 0 {
            actions.push(Action::Redrive { crashes: true });
        }
    }
    if state.late.is_some() {
        actions.push(Action::LateWriteArrives);
    }
    let being_removed = |step| matches!(step, PushStep::RemoveMark { id: EARLIER_MARK, recorded: true });
    if protocol.earlier_mark && !state.other_mark_set && state.pushes.iter().any(|push| being_removed(push.step)) {
        actions.push(Action::OtherMark);
    }
}

/// A claim outlives the five seconds that `WeChat` waits. Every other lease can expire at any moment. It matters only to
/// whoever looks, so it expires when somebody looks.
pub(super) fn lease_can_expire(state: &State) -> bool {
    state.row().is_some_and(|row| {
        let waited_for =
            || state.pushes.iter().any(|push| push.attempt == row.owner && wechat::waits_for(state, *push));
        row.live && !row.is_finished() && !(row.phase == Phase::Running && waited_for())
    })
}

/// Starts an asynchronous invocation.
pub(super) fn start(state: &mut State, envelope: Envelope) {
    if let Some(at) = state.queue.iter().position(|other| *other == envelope) {
        state.queue.remove(at);
        state.start_run(envelope.owner, Invoked::Queued(envelope.tries.saturating_sub(1)));
    }
}

/// Lets `resume-replies` receive a guard: an unfinished row is continued under a new owner.
pub(super) fn guard_is_due(state: &mut State, crashes: bool) {
    if state.row().is_some_and(|row| !row.is_finished()) {
        state.expire_lease();
        let owner = state.guard_owner();
        state.enqueue(owner, TRIES);
    }
    if crashes {
        state.crashes -= 1;
    } else {
        state.guards -= 1;
    }
}

/// Lets redrive hand the parked push on.
pub(super) fn redrive(state: &mut State, crashes: bool) {
    state.redrives -= 1;
    state.enqueue(REDRIVE, TRIES);
    if crashes {
        state.crashes -= 1;
    } else {
        state.parked = false;
    }
}

/// Sets the mark of another push.
pub(super) fn set_other_mark(state: &mut State) {
    state.mark = Some(OTHER_MARK);
    state.other_mark_set = true;
}
