//! What can happen next in a state.

use super::action::{Action, How};
use super::protocol::TokenRefresh;
use super::state::{CallerStep, ENVIRONMENTS, RefresherStep, SKEW, State};
use super::wechat::NaturalEnd;

/// Collects everything that can happen in a state.
pub(super) fn possible(protocol: &TokenRefresh, state: &State, actions: &mut Vec<Action>) {
    if state.is_done() {
        return;
    }
    actions.push(Action::Tick);
    if state.row.pauses {
        actions.push(Action::PauseEnds);
    }
    if state.revocations > 0 && state.wechat.takes(state.wechat.newest) {
        actions.push(Action::Revoke { returns_it: false });
        actions.push(Action::Revoke { returns_it: true });
    }
    if protocol.natural_end && state.wechat.natural_end != NaturalEnd::Past {
        actions.push(Action::NearsItsEnd);
    }
    let has_environment = state.refreshers.len() < ENVIRONMENTS;
    if state.scheduled && has_environment {
        actions.extend((0..=SKEW).map(|clock| Action::Schedule { clock }));
    }
    for (index, caller) in state.callers.iter().enumerate() {
        match caller.step {
            CallerStep::Read(_) if has_environment => {
                actions.extend((0..=SKEW).map(|clock| Action::Invoke(index, clock)));
            }
            // Its patience is shorter than the time that Lambda gives the process.
            CallerStep::Wait(..) if state.lost_answers > 0 => {
                actions.push(Action::Call(index, *caller, How::AnswerLost));
            }
            CallerStep::Read(_) | CallerStep::Wait(..) | CallerStep::Done => (),
            _ => actions.push(Action::Call(index, *caller, How::Works)),
        }
    }
    for refresher in &state.refreshers {
        let mut add = |how| actions.push(Action::Refresh(*refresher, how));
        add(How::Works);
        if state.crashes > 0 {
            add(How::Crashes);
        }
        if state.lost_answers == 0 || refresher.step == RefresherStep::Read {
            continue;
        }
        add(How::AnswerLost);
        if matches!(refresher.step, RefresherStep::Ask | RefresherStep::AskForced) {
            add(How::Fails);
        } else {
            add(How::WorksAndArrivesAgain);
        }
    }
    if state.late.is_some() {
        actions.push(Action::LateWriteArrives);
    }
}
