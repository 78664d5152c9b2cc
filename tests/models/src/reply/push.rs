//! The steps of `push`.

use super::action::How;
use super::fault::Fault;
use super::protocol::{Kind, ReplyProtocol};
use super::row::{Answer, Dedupe, Phase, Row};
use super::state::{Guarded, Invoked, LateWrite, Push, PushStep, State, TRIES};
use super::wechat;

/// From this claim on a push that cannot be handled is parked.
const LAST_CLAIM: u8 = 3;

/// What `deliver-reply` returned to the process that waits for it.
pub(super) enum Returned {
    /// An answer, or that the row is unfinished in other hands.
    Result(Option<Answer>),
    /// A function error: the invocation has ended without a result.
    FunctionError,
}

/// Takes a step. Returns nothing if it cannot be taken or changes nothing.
pub(super) fn act(protocol: &ReplyProtocol, state: &State, push: Push, how: How) -> Option<State> {
    let mut next = state.clone();
    match how {
        How::Works => works(protocol, &mut next, push)?,
        How::FindsTheLeaseExpired => {
            next.expire_lease();
            works(protocol, &mut next, push)?;
        }
        How::WorksAndArrivesAgain => {
            works(protocol, &mut next, push)?;
            next.late_writes -= 1;
            next.late = Some(LateWrite::Push(push));
        }
        How::AnswerLostThenRepeats | How::AnswerLostThenGivesUp => {
            works(protocol, &mut next, push)?;
            if next.same_outside(state) {
                return None;
            }
            next.lost_answers -= 1;
            if push.step == PushStep::Invoke {
                // `push` cannot know whether the invocation was taken, and waits as if it was.
                next.unwatch(push.attempt);
            } else if how == How::AnswerLostThenRepeats {
                next.put_push(push);
            } else {
                next.put_push(Push { step: PushStep::Answer(no_answer(protocol)), ..push });
            }
        }
        How::Crashes => {
            next.crashes -= 1;
            wechat::hear(&mut next, push, None);
        }
        How::DeadlinePasses => next.put_push(Push { step: after_the_deadline(protocol, state, push), ..push }),
        _ => return None,
    }
    (next != *state).then_some(next)
}

/// Returns the row after a write that this step has sent earlier.
pub(super) fn row_after(protocol: &ReplyProtocol, state: &State, push: Push) -> Dedupe {
    let mut then = state.clone();
    works(protocol, &mut then, push);
    then.row
}

/// Lets a process learn what `deliver-reply` returned, if it still waits.
pub(super) fn receive(protocol: &ReplyProtocol, state: &mut State, attempt: u8, returned: &Returned) {
    let Some(push) = state.waiting(attempt) else { return };
    let step = match returned {
        Returned::Result(Some(answer)) => PushStep::Answer(*answer),
        Returned::Result(None) => PushStep::Claim,
        Returned::FunctionError if protocol.breaks(Fault::AnswersFromAnUnfinishedRow) => PushStep::Invoke,
        Returned::FunctionError => not_handled(protocol, push),
    };
    state.put_push(Push { step, ..push });
}

/// No invocation handles the push: another attempt may, unless this was the last claim.
fn not_handled(protocol: &ReplyProtocol, push: Push) -> PushStep {
    if push.claims >= LAST_CLAIM && !protocol.is_payment() { PushStep::Park } else { PushStep::Release }
}

fn no_answer(protocol: &ReplyProtocol) -> Answer {
    if protocol.is_payment() { Answer::NotBooked } else { Answer::Unavailable }
}

fn after_the_deadline(protocol: &ReplyProtocol, state: &State, push: Push) -> PushStep {
    match push.step {
        PushStep::Wait if protocol.is_payment() => PushStep::TurnLate,
        PushStep::Wait
            if protocol.breaks(Fault::AnswersSuccessWithoutGuard)
                || protocol.breaks(Fault::TurnsLateBeforeGuarding) =>
        {
            PushStep::TurnLate
        }
        PushStep::Wait => PushStep::Guard(Guarded::Late),
        PushStep::Claim if state.row().is_some_and(|row| row.phase == Phase::Recorded) => {
            PushStep::Guard(Guarded::Delivered)
        }
        PushStep::Invoke => not_handled(protocol, push),
        _ => PushStep::Answer(no_answer(protocol)),
    }
}

fn works(protocol: &ReplyProtocol, state: &mut State, mut push: Push) -> Option<()> {
    let owner = push.attempt;
    push.step = match push.step {
        PushStep::Claim => match state.row.claim(owner, protocol.is_payment()) {
            Ok(row) => {
                push.claims = row.claims;
                first_step(protocol, state)
            }
            Err(row) => look(protocol, row, push),
        },
        PushStep::RecordTransfer(id) => match state.row.transfer(owner) {
            Ok(_) if protocol.breaks(Fault::RemovesTheMarkFirst) => PushStep::Answer(Answer::Transfer),
            Ok(_) => PushStep::RemoveMark { id, recorded: true },
            Err(Some(Row { phase: Phase::Done, answer: Answer::Transfer, .. })) => {
                PushStep::RemoveMark { id, recorded: true }
            }
            Err(row) => refused(protocol, row),
        },
        PushStep::RemoveMark { id, recorded } => {
            if state.mark == Some(id) || protocol.breaks(Fault::RemovesAnyMark) {
                state.mark = None;
            }
            if recorded { PushStep::Answer(Answer::Transfer) } else { PushStep::RecordTransfer(id) }
        }
        PushStep::Invoke => {
            if state.has_no_environment() {
                return None;
            }
            state.start_run(owner, Invoked::Waited(owner));
            PushStep::Wait
        }
        PushStep::Queue => {
            state.enqueue(owner, TRIES);
            PushStep::TurnLate
        }
        PushStep::Guard(why) => {
            state.put_guard();
            match why {
                Guarded::Late if protocol.breaks(Fault::TurnsLateBeforeGuarding) => PushStep::Answer(Answer::Success),
                Guarded::Late => PushStep::TurnLate,
                Guarded::Continued => PushStep::Continue,
                Guarded::Delivered => PushStep::MarkAnswered,
            }
        }
        PushStep::Continue => {
            push.continued = true;
            state.enqueue(owner, TRIES);
            PushStep::Claim
        }
        PushStep::TurnLate => turn_late(protocol, state, owner),
        PushStep::MarkAnswered => match state.row.mark_answered() {
            Ok(_) => PushStep::Answer(Answer::Success),
            Err(row) => refused(protocol, row),
        },
        PushStep::Release => match state.row.release(owner) {
            Ok(_) => PushStep::Answer(no_answer(protocol)),
            Err(Some(row)) if row.phase == Phase::Recorded => PushStep::Claim,
            Err(row) => refused(protocol, row),
        },
        PushStep::Park => {
            state.parked = true;
            PushStep::Fail
        }
        PushStep::Fail => {
            let answer = if protocol.is_message() { Answer::Transfer } else { Answer::Success };
            match state.row.fail(owner, answer) {
                Ok(row) => PushStep::Answer(row.answer),
                Err(Some(row)) if row.phase == Phase::Recorded => PushStep::Claim,
                Err(row) => refused(protocol, row),
            }
        }
        PushStep::Answer(answer) => {
            wechat::hear(state, push, Some(answer));
            return Some(());
        }
        PushStep::Wait => return None,
    };
    state.put_push(push);
    Some(())
}

/// The step after a claim: a transfer mark is obeyed, otherwise the handler is asked.
fn first_step(protocol: &ReplyProtocol, state: &State) -> PushStep {
    match (protocol.kind, state.mark) {
        (Kind::Message, Some(id)) if protocol.breaks(Fault::RemovesTheMarkFirst) => {
            PushStep::RemoveMark { id, recorded: false }
        }
        (Kind::Message, Some(id)) => PushStep::RecordTransfer(id),
        (Kind::Event, _) => PushStep::Queue,
        (Kind::Message | Kind::Payment, _) => PushStep::Invoke,
    }
}

/// The step after a claim that was refused: the answer, or another look.
fn look(protocol: &ReplyProtocol, row: Option<Row>, push: Push) -> PushStep {
    match row {
        Some(row) if row.phase == Phase::Recorded && !row.live && !push.continued => {
            PushStep::Guard(Guarded::Continued)
        }
        Some(row) if matches!(row.phase, Phase::Recorded | Phase::Running) => PushStep::Claim,
        row => refused(protocol, row),
    }
}

/// The answer that a row gives to whoever may not write to it.
fn refused(protocol: &ReplyProtocol, row: Option<Row>) -> PushStep {
    PushStep::Answer(match row {
        Some(row) if row.is_finished() => row.answer,
        Some(row) if row.phase == Phase::Late && !protocol.is_payment() => {
            if protocol.breaks(Fault::ForgetsTheTransferOnRedrive) { Answer::Success } else { row.answer }
        }
        _ => no_answer(protocol),
    })
}

fn turn_late(protocol: &ReplyProtocol, state: &mut State, owner: u8) -> PushStep {
    let answer = if protocol.is_payment() { Answer::NotBooked } else { Answer::Success };
    match state.row.turn_late(owner, answer) {
        Ok(_) if protocol.breaks(Fault::TurnsLateBeforeGuarding) => PushStep::Guard(Guarded::Late),
        Ok(_) if protocol.breaks(Fault::AcknowledgesALatePayment) => PushStep::Answer(Answer::Booked),
        Ok(row) => PushStep::Answer(row.answer),
        Err(Some(row)) if row.phase == Phase::Recorded => PushStep::MarkAnswered,
        Err(row) => refused(protocol, row),
    }
}
