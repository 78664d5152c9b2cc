//! The steps of `deliver-reply`.

use super::action::How;
use super::fault::Fault;
use super::protocol::{ReplyProtocol, WhenHandlerFails};
use super::push::{self, Returned};
use super::row::{Answer, Dedupe, Phase, Plan, Row};
use super::state::{Invoked, LateWrite, OWN_MARK, Run, RunStep, State, TRIES};

/// What an invocation does after a step.
#[derive(Clone, Copy)]
enum After {
    /// It goes on.
    Goes(Run),
    /// It returns to `push`: an answer, or that the row is unfinished.
    Returns(Run, Option<Answer>),
    /// It throws.
    Throws,
}

/// Takes a step. Returns nothing if it cannot be taken or changes nothing.
pub(super) fn act(protocol: &ReplyProtocol, state: &State, run: Run, how: How) -> Option<State> {
    let mut next = state.clone();
    let after = match how {
        How::Works => works(protocol, &mut next, run),
        How::FindsTheLeaseExpired => {
            next.expire_lease();
            works(protocol, &mut next, run)
        }
        How::WorksAndArrivesAgain => {
            next.late_writes -= 1;
            next.late = Some(LateWrite::DeliverReply(run));
            works(protocol, &mut next, run)
        }
        How::AnswerLostThenRepeats | How::AnswerLostThenGivesUp => {
            let after = works(protocol, &mut next, run);
            if next.same_outside(state) {
                return None;
            }
            next.lost_answers -= 1;
            match run.step {
                _ if how == How::AnswerLostThenGivesUp => After::Throws,
                // A slot whose answer was lost counts as taken.
                RunStep::Slot if !protocol.breaks(Fault::TakesTheSlotAgain) => after,
                _ => After::Goes(run),
            }
        }
        How::Crashes => {
            next.crashes -= 1;
            After::Throws
        }
        How::Returns(plan) => {
            next.booked |= plan == Plan::Booked;
            if plan == Plan::Messages && is_late_and_live(state, &run) {
                next.promised = Some(run.id);
            }
            After::Goes(Run { plan: Some(plan), step: RunStep::Record, ..run })
        }
        How::Fails => handler_failed(protocol, run),
        How::DeadlinePasses => return None,
        outcome => send(protocol, &mut next, run, outcome),
    };
    settle(protocol, &mut next, &run, after);
    (next != *state).then_some(next)
}

/// Returns the row after a write that this step has sent earlier.
pub(super) fn row_after(protocol: &ReplyProtocol, state: &State, run: Run) -> Dedupe {
    let mut then = state.clone();
    works(protocol, &mut then, run);
    then.row
}

fn settle(protocol: &ReplyProtocol, state: &mut State, before: &Run, after: After) {
    match after {
        After::Goes(run) => state.put_run(run),
        After::Returns(run, answer) => match run.invoked {
            Invoked::Waited(attempt) if run.step != RunStep::Return(answer) && state.waiting(attempt).is_some() => {
                state.put_run(Run { step: RunStep::Return(answer), ..run });
            }
            Invoked::Waited(attempt) => {
                state.remove_run(&run);
                push::receive(protocol, state, attempt, &Returned::Result(answer));
            }
            Invoked::Unwatched | Invoked::Queued(_) => state.remove_run(&run),
        },
        After::Throws => {
            state.remove_run(before);
            if state.promised == Some(before.id) {
                state.promised = None;
            }
            match before.invoked {
                Invoked::Waited(attempt) => push::receive(protocol, state, attempt, &Returned::FunctionError),
                Invoked::Unwatched => (),
                // The failure destination parks the push.
                Invoked::Queued(0) => state.parked = true,
                Invoked::Queued(tries) => state.enqueue(before.owner, tries),
            }
        }
    }
}

fn is_late_and_live(state: &State, run: &Run) -> bool {
    state.row().is_some_and(|row| row.phase == Phase::Late && row.owner == run.owner && row.live)
}

fn goes(run: Run, step: RunStep) -> After {
    After::Goes(Run { step, ..run })
}

fn works(protocol: &ReplyProtocol, state: &mut State, mut run: Run) -> After {
    match run.step {
        RunStep::Read => read(protocol, state.row(), run),
        RunStep::TakeOver(seen) => {
            let taken = state.row.take_over(seen, run.owner, protocol.breaks(Fault::TakesOverARowWithAReply));
            // The lease of a run that still works has expired. A run that ended has dropped its reply.
            if taken.is_ok() && state.runs.iter().any(|other| state.promised == Some(other.id)) {
                state.promised = None;
            }
            goes(run, if taken.is_ok() { RunStep::Handle } else { RunStep::Read })
        }
        RunStep::TakeOverReply { run: seen, next } => take_over_reply(protocol, state, run, seen, next),
        RunStep::Record => record(protocol, state, run),
        RunStep::Slot => {
            take_slot(state, run.next);
            goes(run, RunStep::Send)
        }
        RunStep::SlotAhead => {
            take_slot(state, run.next + 1);
            goes(run, RunStep::Advance)
        }
        RunStep::ParkMessage => {
            if let Some(message) = state.message(run.next) {
                message.parked = true;
            }
            after_message(protocol, run)
        }
        RunStep::Advance => {
            let sending = !protocol.breaks(Fault::SendsBeforeMarking);
            match state.row.advance(run.id, run.next + 1, sending, protocol.breaks(Fault::LetsAMarkGoBack)) {
                Ok(_) if protocol.breaks(Fault::TakesTheSlotBeforeMarking) => {
                    After::Goes(Run { next: run.next + 1, step: RunStep::Send, ..run })
                }
                Ok(_) => After::Goes(Run { next: run.next + 1, step: RunStep::Slot, ..run }),
                Err(_) => After::Returns(run, None),
            }
        }
        RunStep::SetMark => {
            state.mark = Some(OWN_MARK);
            run.marked = true;
            goes(run, if run.plan.is_some() { RunStep::Finish } else { RunStep::Fail })
        }
        RunStep::Finish => finish(protocol, state, run),
        RunStep::Park => {
            state.parked = true;
            if protocol.breaks(Fault::FailsBeforeParking) {
                After::Returns(run, state.row().map(|row| row.answer))
            } else {
                goes(run, RunStep::Fail)
            }
        }
        RunStep::Fail => fail(protocol, state, run),
        RunStep::InvokeAgain => {
            state.enqueue(run.owner, TRIES);
            if protocol.breaks(Fault::TurnsLateBeforeInvokingAgain) {
                After::Returns(run, Some(Answer::Success))
            } else {
                goes(run, RunStep::TurnLate)
            }
        }
        RunStep::TurnLate => match state.row.turn_late(run.owner, Answer::Success) {
            Err(Some(row)) if row.phase != Phase::Late => After::Returns(run, finished_answer(Some(row))),
            _ if protocol.breaks(Fault::TurnsLateBeforeInvokingAgain) => goes(run, RunStep::InvokeAgain),
            _ => After::Returns(run, Some(Answer::Success)),
        },
        RunStep::Release => match state.row.release_payment(run.owner) {
            Ok(_) => After::Returns(run, Some(Answer::NotBooked)),
            Err(row) => After::Returns(run, finished_answer(row).or(Some(Answer::NotBooked))),
        },
        RunStep::Return(answer) => After::Returns(run, answer),
        RunStep::Handle | RunStep::Send => After::Goes(run),
    }
}

fn read(protocol: &ReplyProtocol, row: Option<Row>, run: Run) -> After {
    let Some(row) = row else { return goes(run, RunStep::TakeOver(None)) };
    let take_over = RunStep::TakeOver(Some((row.owner, row.phase)));
    match row.phase {
        Phase::Done => After::Returns(run, None),
        Phase::Failed => goes(run, take_over),
        Phase::Recorded if !row.live => goes(run, RunStep::TakeOverReply { run: row.run, next: row.next }),
        Phase::Running | Phase::Late if row.owner == run.owner => goes(run, RunStep::Handle),
        Phase::Running | Phase::Late if !row.live => goes(run, take_over),
        _ if protocol.breaks(Fault::EndsWhileOthersAreAtWork) => After::Returns(run, None),
        // The run that is at work may crash. Lambda tries this invocation again later, and parks the push in the end.
        _ => After::Throws,
    }
}

fn take_over_reply(protocol: &ReplyProtocol, state: &mut State, mut run: Run, seen: u8, next: u8) -> After {
    let without_comparing = protocol.breaks(Fault::TakesOverWithoutComparingRun);
    let Ok(row) = state.row.take_over_reply(seen, run.id, without_comparing) else { return goes(run, RunStep::Read) };
    state.promised = None;
    run.next = if without_comparing || protocol.breaks(Fault::GoesOnFromAStaleRead) { next } else { row.next };
    run.plan = row.plan;
    // What the other run has sent, or was sending, may have reached the user.
    run.reached = true;
    goes(
        run,
        match row.plan {
            Some(Plan::Messages) if !row.sending => RunStep::Slot,
            Some(Plan::Messages) if protocol.breaks(Fault::SendsWhatAnotherRunWasSending) => RunStep::Send,
            Some(Plan::Messages) => RunStep::ParkMessage,
            _ => RunStep::SetMark,
        },
    )
}

fn record(protocol: &ReplyProtocol, state: &mut State, run: Run) -> After {
    let Some(plan) = run.plan else { return After::Throws };
    let sending = !protocol.breaks(Fault::SendsBeforeMarking);
    let mut written = state.row.record(run.owner, run.id, plan, sending);
    if !protocol.breaks(Fault::RecordsOnlyInTime) && written.is_err() {
        written = state.row.record_late(run.owner, run.id, plan, sending).or(written);
    }
    let row = match written {
        Ok(row) => Some(row),
        Err(row) => row,
    };
    match row {
        // The run's own record, also if the answer to it was lost.
        Some(row) if row.phase == Phase::Recorded && row.run == run.id => {
            goes(run, if plan == Plan::Messages { RunStep::Slot } else { before_finishing(protocol) })
        }
        row => {
            if state.promised == Some(run.id) && !is_late_and_live(state, &run) {
                state.promised = None;
            }
            let unfinished = row.filter(|_| protocol.breaks(Fault::AnswersFromAnUnfinishedRow)).map(|row| row.answer);
            After::Returns(run, finished_answer(row).or(unfinished))
        }
    }
}

/// A late transfer sets its mark before it is done.
fn before_finishing(protocol: &ReplyProtocol) -> RunStep {
    if protocol.breaks(Fault::FinishesBeforeTheMark) { RunStep::Finish } else { RunStep::SetMark }
}

fn finished_answer(row: Option<Row>) -> Option<Answer> {
    row.filter(Row::is_finished).map(|row| row.answer)
}

fn take_slot(state: &mut State, index: u8) {
    if let Some(message) = state.message(index) {
        message.slots += 1;
    }
}

fn send(protocol: &ReplyProtocol, state: &mut State, mut run: Run, outcome: How) -> After {
    if matches!(outcome, How::DeliveredUnknown | How::LostUnknown) {
        state.lost_answers -= 1;
    }
    let Some(message) = state.message(run.next) else { return After::Throws };
    match outcome {
        How::Delivered => {
            message.delivered += 1;
            run.reached = true;
            after_message(protocol, run)
        }
        How::DeliveredUnknown | How::LostUnknown => {
            message.delivered += u8::from(outcome == How::DeliveredUnknown);
            run.reached = true;
            let again = protocol.breaks(Fault::SendsTheUnknownAgain);
            goes(run, if again { RunStep::Send } else { RunStep::ParkMessage })
        }
        How::Refused => {
            for index in run.next..protocol.messages {
                if let Some(message) = state.message(index) {
                    message.refused = true;
                }
            }
            goes(run, RunStep::Finish)
        }
        _ => goes(run, RunStep::ParkMessage),
    }
}

fn after_message(protocol: &ReplyProtocol, run: Run) -> After {
    let last = run.next + 1 == protocol.messages;
    let ahead = protocol.breaks(Fault::TakesTheSlotBeforeMarking);
    goes(
        run,
        match (last, ahead) {
            (true, _) => RunStep::Finish,
            (false, true) => RunStep::SlotAhead,
            (false, false) => RunStep::Advance,
        },
    )
}

fn finish(protocol: &ReplyProtocol, state: &mut State, run: Run) -> After {
    let nobody_spoke = run.plan == Some(Plan::Messages) && !run.reached && !run.marked;
    if nobody_spoke && hands_over(protocol) {
        return match state.row.finish_with_transfer(run.id, protocol.breaks(Fault::TransfersInTheRowWhenLate)) {
            Ok(row) => After::Returns(run, Some(row.answer)),
            Err(Some(row)) if row.phase == Phase::Recorded && row.run == run.id => goes(run, RunStep::SetMark),
            Err(row) => After::Returns(run, finished_answer(row)),
        };
    }
    match state.row.finish(run.id) {
        Ok(_) if run.plan == Some(Plan::Transfer) && !run.marked => goes(run, RunStep::SetMark),
        Ok(row) => After::Returns(run, Some(row.answer)),
        Err(row) => After::Returns(run, finished_answer(row)),
    }
}

fn hands_over(protocol: &ReplyProtocol) -> bool {
    protocol.is_message() && protocol.when_handler_fails == WhenHandlerFails::Transfer
}

fn handler_failed(protocol: &ReplyProtocol, run: Run) -> After {
    match (run.invoked, protocol.when_handler_fails) {
        _ if protocol.is_payment() => goes(run, RunStep::Release),
        (Invoked::Queued(_), WhenHandlerFails::Retry) => After::Throws,
        (_, WhenHandlerFails::Retry) if protocol.breaks(Fault::TurnsLateBeforeInvokingAgain) => {
            goes(run, RunStep::TurnLate)
        }
        (_, WhenHandlerFails::Retry) => goes(run, RunStep::InvokeAgain),
        (_, WhenHandlerFails::Transfer) if protocol.breaks(Fault::FailsBeforeParking) => goes(run, RunStep::Fail),
        (_, WhenHandlerFails::Transfer) => goes(run, RunStep::Park),
    }
}

fn fail(protocol: &ReplyProtocol, state: &mut State, run: Run) -> After {
    let answer = if hands_over(protocol) { Answer::Transfer } else { Answer::Success };
    let is_mine = |row: &Row| row.phase == Phase::Late && row.owner == run.owner;
    let written = match state.row.fail(run.owner, answer) {
        Err(Some(row)) if is_mine(&row) => {
            if hands_over(protocol) && !run.marked && row.answer != Answer::Transfer {
                return goes(run, RunStep::SetMark);
            }
            state.row.fail_late(run.owner)
        }
        written => written,
    };
    match written {
        Ok(_) if protocol.breaks(Fault::FailsBeforeParking) => goes(run, RunStep::Park),
        Ok(row) => After::Returns(run, Some(row.answer)),
        Err(row) => After::Returns(run, finished_answer(row)),
    }
}
