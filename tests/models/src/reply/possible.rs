//! What can happen next in a state.

use super::action::{Action, How};
use super::protocol::{Kind, ReplyProtocol};
use super::row::{Phase, Plan};
use super::state::{Push, PushStep, Run, RunStep, State};
use super::{surroundings, wechat};

/// Collects everything that can happen in a state. If a process is at a step that the others cannot tell from its
/// neighbours, only that step happens: it would have the same effect before or after anything that the others do.
pub(super) fn possible(protocol: &ReplyProtocol, state: &State, actions: &mut Vec<Action>) {
    if let Some(push) = state.pushes.iter().find(|push| only_adds(push.step)) {
        return of_push(state, *push, actions);
    }
    if let Some(run) = state.runs.iter().find(|run| is_private(run.step)) {
        return of_run(protocol, state, run, actions);
    }
    for push in &state.pushes {
        of_push(state, *push, actions);
    }
    for run in &state.runs {
        of_run(protocol, state, run, actions);
    }
    surroundings::possible(protocol, state, actions);
}

/// A step of `push` that only puts something where others find it later. Others may be slow to find it.
fn only_adds(step: PushStep) -> bool {
    matches!(step, PushStep::Guard(_) | PushStep::Continue | PushStep::Queue | PushStep::Park | PushStep::Answer(_))
}

/// A step of `deliver-reply` that nobody else reads or that follows from the step before. A crash there differs from a
/// crash before or after it in nothing that the next run can see.
fn is_private(step: RunStep) -> bool {
    matches!(
        step,
        RunStep::Read
            | RunStep::Slot
            | RunStep::SlotAhead
            | RunStep::ParkMessage
            | RunStep::SetMark
            | RunStep::Park
            | RunStep::InvokeAgain
    )
}

fn of_push(state: &State, push: Push, actions: &mut Vec<Action>) {
    let mut add = |how| actions.push(Action::Push(push, how));
    if push.step != PushStep::Wait {
        add(How::Works);
    }
    if push.step == PushStep::Claim && surroundings::lease_can_expire(state) {
        add(How::FindsTheLeaseExpired);
    }
    if state.late_writes > 0 && push_writes_the_row(push.step) {
        add(How::WorksAndArrivesAgain);
    }
    if deadline_can_pass(state, push) {
        add(How::DeadlinePasses);
    }
    if state.lost_answers > 0 && !matches!(push.step, PushStep::Wait | PushStep::Answer(_)) {
        add(How::AnswerLostThenRepeats);
        add(How::AnswerLostThenGivesUp);
    }
    if state.crashes > 0 && (push.heard || !matches!(push.step, PushStep::Answer(_))) {
        add(How::Crashes);
    }
    if state.lost_answers > 0 && wechat::waits_for(state, push) {
        actions.push(Action::WeChatHangsUp(push));
    }
}

fn of_run(protocol: &ReplyProtocol, state: &State, run: &Run, actions: &mut Vec<Action>) {
    let mut add = |how| actions.push(Action::DeliverReply(*run, how));
    match run.step {
        RunStep::Handle => handled(protocol.kind, &mut add),
        RunStep::Send => sent(state, &mut add),
        _ => add(How::Works),
    }
    if run.step == RunStep::Read && surroundings::lease_can_expire(state) {
        add(How::FindsTheLeaseExpired);
    }
    if state.late_writes > 0 && run_writes_the_row(run.step) {
        add(How::WorksAndArrivesAgain);
    }
    if state.lost_answers > 0 && writes(run.step) {
        add(How::AnswerLostThenRepeats);
        add(How::AnswerLostThenGivesUp);
    }
    if state.crashes > 0 {
        add(How::Crashes);
    }
}

/// `push` can run out of time while it waits, while Lambda takes no invocation, and while another has the row.
fn deadline_can_pass(state: &State, push: Push) -> bool {
    match push.step {
        PushStep::Wait => true,
        PushStep::Invoke => state.has_no_environment(),
        PushStep::Claim => state.row().is_some_and(|row| match row.phase {
            Phase::Running => row.live && row.owner != push.attempt,
            Phase::Recorded => true,
            Phase::Late | Phase::Failed | Phase::Done => false,
        }),
        _ => false,
    }
}

fn handled(kind: Kind, add: &mut impl FnMut(How)) {
    match kind {
        Kind::Message => {
            add(How::Returns(Plan::Nothing));
            add(How::Returns(Plan::Transfer));
            add(How::Returns(Plan::Messages));
        }
        Kind::Event => {
            add(How::Returns(Plan::Nothing));
            add(How::Returns(Plan::Messages));
        }
        Kind::Payment => add(How::Returns(Plan::Booked)),
    }
    add(How::Fails);
}

fn sent(state: &State, add: &mut impl FnMut(How)) {
    add(How::Delivered);
    add(How::Refused);
    add(How::NotSent);
    if state.lost_answers > 0 {
        add(How::DeliveredUnknown);
        add(How::LostUnknown);
    }
}

fn push_writes_the_row(step: PushStep) -> bool {
    matches!(
        step,
        PushStep::Claim
            | PushStep::RecordTransfer(_)
            | PushStep::TurnLate
            | PushStep::MarkAnswered
            | PushStep::Release
            | PushStep::Fail
    )
}

fn run_writes_the_row(step: RunStep) -> bool {
    matches!(
        step,
        RunStep::TakeOver(_)
            | RunStep::TakeOverReply { .. }
            | RunStep::Record
            | RunStep::Advance
            | RunStep::Finish
            | RunStep::Fail
            | RunStep::TurnLate
            | RunStep::Release
    )
}

fn writes(step: RunStep) -> bool {
    !matches!(step, RunStep::Read | RunStep::Handle | RunStep::Send | RunStep::Return(_))
}
