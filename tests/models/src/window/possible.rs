//! What can happen next in a state.

use super::action::{Action, How};
use super::state::{END, Opener, Sender, Settlement, State};

/// Collects everything that can happen in a state.
pub(super) fn possible(state: &State, actions: &mut Vec<Action>) {
    if state.now < END {
        actions.push(Action::Tick);
    }
    if state.acts > 0 && state.acted_at < state.now {
        actions.push(Action::UserActs { is_message: true });
        actions.push(Action::UserActs { is_message: false });
    }
    for opener in &state.openers {
        of_opener(state, *opener, actions);
    }
    let mut senders = state.senders.to_vec();
    senders.dedup();
    for sender in senders {
        of_sender(state, sender, actions);
    }
    if state.late.is_some() {
        actions.push(Action::LateWriteArrives);
    }
}

fn of_opener(state: &State, opener: Opener, actions: &mut Vec<Action>) {
    let mut add = |how| actions.push(Action::Open(opener, how));
    add(How::Works);
    if state.crashes > 0 {
        add(How::Crashes);
    }
    if state.lost_answers > 0 {
        add(How::WorksAndArrivesAgain);
        add(How::AnswerLostThenGivesUp);
        add(How::ArrivesLateAfterGivingUp);
    }
}

fn of_sender(state: &State, sender: Sender, actions: &mut Vec<Action>) {
    let mut add = |how| actions.push(Action::Send(sender, how));
    if sender == Sender::Idle && state.sends == 0 {
        return;
    }
    add(How::Works);
    if state.crashes > 0 && sender != Sender::Idle {
        add(How::Crashes);
    }
    if matches!(sender, Sender::Send(_)) {
        add(How::NotSent);
    }
    if state.lost_answers == 0 {
        return;
    }
    match sender {
        Sender::Idle => {
            add(How::AnswerLostThenGivesUp);
            add(How::AnswerLostThenGoesOn);
            add(How::ArrivesLateAfterGivingUp);
            add(How::ArrivesLateAfterGoingOn);
        }
        Sender::Send(_) => {
            add(How::AnswerLostThenGoesOn);
            add(How::LostUnknown);
        }
        // Nobody waits for the answer, so that only a write that arrives late, or again, is something else.
        Sender::Settle(_, Settlement::GiveBack) => add(How::ArrivesLateAfterGivingUp),
        Sender::Settle(_, Settlement::Correct(_)) => {
            add(How::WorksAndArrivesAgain);
            add(How::ArrivesLateAfterGivingUp);
        }
    }
}
