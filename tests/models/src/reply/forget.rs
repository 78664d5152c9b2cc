//! Forgets what nothing reads any more. States that differ in it alone behave alike, so the checker visits them once.

use super::fault::Fault;
use super::protocol::ReplyProtocol;
use super::row::{Phase, Plan};
use super::state::{Invoked, LateWrite, OWN_MARK, PushStep, Run, RunStep, State};

/// The owner and the plan in places where nothing depends on them.
const NOBODY: u8 = 0;
/// The id of a run that has ended but stands in the row. The next id stands for those that ended before.
const ENDED: u8 = 200;

/// Forgets what nothing reads any more.
pub(super) fn forget(protocol: &ReplyProtocol, state: &mut State) {
    forget_details(protocol, state);
    rename_runs(state);
}

/// Gives the runs their ids anew, in the order of what they do. Only whether two ids are equal matters.
fn rename_runs(state: &mut State) {
    let delivers = state.row().map(|row| row.run);
    state.runs.sort_by_key(|run| (Run { id: 0, ..*run }, delivers == Some(run.id), run.id));
    let old: Vec<u8> = state.runs.iter().map(|run| run.id).collect();
    let rename = |id: u8| match old.iter().zip(1..).find(|(was, _)| **was == id) {
        _ if id == 0 => 0,
        Some((_, new)) => new,
        None if delivers == Some(id) => ENDED,
        None => ENDED + 1,
    };
    for run in &mut state.runs {
        run.id = rename(run.id);
        if let RunStep::TakeOverReply { run: seen, .. } = &mut run.step {
            *seen = rename(*seen);
        }
    }
    if let Some(LateWrite::DeliverReply(run)) = &mut state.late {
        run.id = rename(run.id);
        if let RunStep::TakeOverReply { run: seen, .. } = &mut run.step {
            *seen = rename(*seen);
        }
    }
    state.promised = state.promised.map(rename);
    if let Some(row) = &mut state.row.0 {
        row.run = rename(row.run);
    }
}

fn forget_details(protocol: &ReplyProtocol, state: &mut State) {
    let waits = |attempt| state.pushes.iter().any(|push| push.attempt == attempt && push.step == PushStep::Wait);
    for run in &mut state.runs {
        if matches!(run.invoked, Invoked::Waited(attempt) if !waits(attempt)) {
            run.invoked = Invoked::Unwatched;
        }
    }
    for push in state.pushes.iter_mut().filter(|push| matches!(push.step, PushStep::Answer(_))) {
        push.claims = 0;
        push.continued = false;
    }
    let Some(row) = &mut state.row.0 else { return };
    if row.phase != Phase::Running {
        row.claims = 0;
    }
    if row.phase == Phase::Failed {
        row.live = false;
    }
    if !matches!(row.phase, Phase::Recorded | Phase::Done) {
        return;
    }
    // Nobody takes over the owner of a row that has a reply, unless that rule is broken.
    if protocol.breaks(Fault::TakesOverARowWithAReply) {
        return;
    }
    row.owner = NOBODY;
    let (delivers, next, done) = (row.run, row.next, row.phase == Phase::Done);
    for run in &mut state.runs {
        run.owner = NOBODY;
        if run.step == RunStep::Record && run.id != delivers {
            run.plan = Some(Plan::Nothing);
        }
        if matches!(run.step, RunStep::TakeOver(_)) {
            run.step = RunStep::Read;
        }
    }
    for envelope in &mut state.queue {
        envelope.owner = NOBODY;
    }
    state.bound();
    if done {
        // Whoever finds the row done ends, and no write changes it.
        state.late = None;
        state.queue.clear();
        state.guards = 0;
    }
    // A message that the row has passed and that no run is about to send counts as delivered, with a slot, so that doing
    // either again is noticed.
    let about_to_send = |run: &Run, index| run.next == index && matches!(run.step, RunStep::Slot | RunStep::Send);
    for (index, message) in (0..next).zip(&mut state.messages) {
        if !state.runs.iter().any(|run| about_to_send(run, index)) {
            message.delivered = message.delivered.max(1);
            message.slots = message.slots.max(1);
            message.refused = false;
        }
    }
    for message in state.messages.iter_mut().filter(|message| message.parked) {
        message.refused = false;
    }
    if state.every_message_has_an_outcome() {
        state.promised = None;
    }
    // A push that is parked for good, or whose user is handed over, has an outcome whatever becomes of its messages.
    let has_outcome = state.parked && state.redrives == 0 || state.mark == Some(OWN_MARK);
    if has_outcome && state.promised.is_none() {
        for message in &mut state.messages {
            message.parked = false;
            message.refused = false;
        }
    }
}
