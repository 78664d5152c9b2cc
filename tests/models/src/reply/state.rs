//! Everything that a check remembers.

use std::cmp::Reverse;

use super::row::{Answer, Dedupe, Phase, Plan, Row};

/// How many environments of `deliver-reply` Lambda runs at a time.
pub(super) const ENVIRONMENTS: usize = 2;
/// How often Lambda runs an asynchronous invocation. In truth three times; a second retry only adds states.
pub(super) const TRIES: u8 = 2;
/// How many guards wait at most, and how many asynchronous invocations for one owner.
const MOST: u8 = 2;
/// The owner that redrive draws. Those of `push` are the numbers of `WeChat`'s attempts.
pub(super) const REDRIVE: u8 = 10;
/// The first owner that the guard draws.
pub(super) const GUARD: u8 = 5;
/// The transfer mark that a run of this push sets.
pub(super) const OWN_MARK: u8 = 1;
/// The transfer mark that an earlier push left.
pub(super) const EARLIER_MARK: u8 = 2;
/// The transfer mark that another push sets during the check.
pub(super) const OTHER_MARK: u8 = 3;

/// One process of `push`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Push {
    /// `WeChat`'s attempt, which is also the owner that the process draws.
    pub attempt: u8,
    /// What it does next.
    pub step: PushStep,
    /// Whether `WeChat` still waits for it.
    pub heard: bool,
    /// The number of claims in the row that it claimed.
    pub claims: u8,
    /// Whether it has asked for a recorded reply to be continued.
    pub continued: bool,
}

/// What a process of `push` does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PushStep {
    /// Claims the row, or looks at it again.
    Claim,
    /// Removes the transfer mark.
    RemoveMark {
        /// The mark that it saw.
        id: u8,
        /// Whether the transfer is recorded already.
        recorded: bool,
    },
    /// Records the transfer that the mark asks for.
    RecordTransfer(u8),
    /// Invokes `deliver-reply` and waits.
    Invoke,
    /// Waits for `deliver-reply`.
    Wait,
    /// Invokes `deliver-reply` asynchronously, for an event.
    Queue,
    /// Puts the guard.
    Guard(Guarded),
    /// Invokes `deliver-reply` asynchronously, to continue a recorded reply.
    Continue,
    /// Turns the row to late.
    TurnLate,
    /// Says in the row that `WeChat` is answered.
    MarkAnswered,
    /// Releases the claim.
    Release,
    /// Parks the push.
    Park,
    /// Records that the push failed.
    Fail,
    /// Answers `WeChat`.
    Answer(Answer),
}

/// What a guard is put for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Guarded {
    /// The reply is late.
    Late,
    /// The recorded reply is to be continued.
    Continued,
    /// A recorded reply is still being delivered.
    Delivered,
}

/// One invocation of `deliver-reply`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Run {
    /// The number that the invocation draws.
    pub id: u8,
    /// The owner in its envelope.
    pub owner: u8,
    /// Who invoked it.
    pub invoked: Invoked,
    /// What it does next.
    pub step: RunStep,
    /// What the handler wants.
    pub plan: Option<Plan>,
    /// The message that is next.
    pub next: u8,
    /// Whether something has reached the user, or may have.
    pub reached: bool,
    /// Whether it has set the transfer mark.
    pub marked: bool,
}

/// Who invoked `deliver-reply`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Invoked {
    /// The process of `push` for this attempt, which waits.
    Waited(u8),
    /// A process of `push` that does not know that the invocation was taken.
    Unwatched,
    /// Lambda's queue, which runs it this many times more if it throws.
    Queued(u8),
}

/// What an invocation of `deliver-reply` does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RunStep {
    /// Reads the row.
    Read,
    /// Takes over a row without a reply: its owner and phase as read.
    TakeOver(Option<(u8, Phase)>),
    /// Takes over a recorded reply.
    TakeOverReply {
        /// The run as read.
        run: u8,
        /// The next message as read.
        next: u8,
    },
    /// Waits for the handler.
    Handle,
    /// Records the reply.
    Record,
    /// Takes the slot of the next message.
    Slot,
    /// Takes the slot of the message after the next one. Only a broken rule does this.
    SlotAhead,
    /// Sends the next message.
    Send,
    /// Parks the next message.
    ParkMessage,
    /// Goes on to the next message and marks it.
    Advance,
    /// Sets the transfer mark.
    SetMark,
    /// Writes `done`.
    Finish,
    /// Parks the push.
    Park,
    /// Records that the push failed.
    Fail,
    /// Invokes itself asynchronously.
    InvokeAgain,
    /// Turns the row to late.
    TurnLate,
    /// Releases a payment's claim.
    Release,
    /// Returns to `push`: an answer, or that the row is unfinished.
    Return(Option<Answer>),
}

/// A write that was given up and repeated: the process as it was when it sent it. It may arrive after later writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LateWrite {
    /// Of a process of `push`.
    Push(Push),
    /// Of an invocation of `deliver-reply`.
    DeliverReply(Run),
}

/// One asynchronous invocation in Lambda's queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Envelope {
    /// The owner of the row that the invocation works for.
    pub owner: u8,
    /// How often it is run at most.
    pub tries: u8,
}

/// What became of one message of the reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Message {
    /// How often the user has got it.
    pub delivered: u8,
    /// How many slots of the reply window it has taken.
    pub slots: u8,
    /// Whether it is parked: unknown, or certainly not sent.
    pub parked: bool,
    /// Whether `WeChat` has refused it or one before it.
    pub refused: bool,
}

/// What `WeChat` knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WeChat {
    /// It waits for the answer to this attempt.
    Waits(u8),
    /// It has an answer.
    Answered(Answer),
    /// Four attempts have failed.
    GaveUp,
}

/// The whole state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// The dedupe row.
    pub row: Dedupe,
    /// What became of each message.
    pub messages: Vec<Message>,
    /// What `WeChat` knows.
    pub wechat: WeChat,
    /// The processes of `push`, by attempt.
    pub pushes: Vec<Push>,
    /// The invocations of `deliver-reply`, by id.
    pub runs: Vec<Run>,
    /// Lambda's queue of asynchronous invocations, in no order.
    pub queue: Vec<Envelope>,
    /// How many guards wait.
    pub guards: u8,
    /// A write to the row that may still arrive.
    pub late: Option<LateWrite>,
    /// Whether the push is parked.
    pub parked: bool,
    /// The transfer mark.
    pub mark: Option<u8>,
    /// Whether the other push has set its mark.
    pub other_mark_set: bool,
    /// Whether the handler has returned `ErrCode` 0.
    pub booked: bool,
    /// The run that had a reply in hand while the row was late, its own and live. It is forgotten if it crashes, if the
    /// lease expires or another reply is recorded while it works, and when every message has an outcome.
    pub promised: Option<u8>,
    /// How often `WeChat` may still send the push.
    pub repeats: u8,
    /// How many processes may still crash.
    pub crashes: u8,
    /// How many answers may still be lost.
    pub lost_answers: u8,
    /// How many writes may still arrive late.
    pub late_writes: u8,
    /// How many parked pushes may still be redriven.
    pub redrives: u8,
}

impl State {
    /// The dedupe row, if there is one.
    #[must_use]
    pub fn row(&self) -> Option<Row> {
        self.row.0
    }

    /// Lets the lease expire. That of a late or recorded row lasts for minutes, so that no write is under way for as long.
    pub(super) fn expire_lease(&mut self) {
        if self.row().is_some_and(|row| row.phase != Phase::Running) {
            self.late = None;
        }
        self.row.expire_lease();
    }

    pub(super) fn put_push(&mut self, push: Push) {
        self.pushes.retain(|other| other.attempt != push.attempt);
        self.pushes.push(push);
        self.pushes.sort_by_key(|push| push.attempt);
    }

    pub(super) fn put_run(&mut self, run: Run) {
        self.runs.retain(|other| other.id != run.id);
        self.runs.push(run);
        self.runs.sort_by_key(|run| run.id);
    }

    pub(super) fn remove_run(&mut self, run: &Run) {
        self.runs.retain(|other| other.id != run.id);
    }

    pub(super) fn enqueue(&mut self, owner: u8, tries: u8) {
        self.queue.push(Envelope { owner, tries });
        self.bound();
    }

    pub(super) fn put_guard(&mut self) {
        self.guards += 1;
        self.bound();
    }

    /// Sorts Lambda's queue and drops what is there more than twice. What is dropped helps nobody any more, so an outcome
    /// is harder to reach.
    pub(super) fn bound(&mut self) {
        self.guards = self.guards.min(MOST);
        self.queue.sort_by_key(|envelope| (envelope.owner, Reverse(envelope.tries)));
        let mut kept: Vec<Envelope> = Vec::with_capacity(self.queue.len());
        for envelope in &self.queue {
            if kept.iter().filter(|other| other.owner == envelope.owner).count() < usize::from(MOST) {
                kept.push(*envelope);
            }
        }
        self.queue = kept;
    }

    pub(super) fn message(&mut self, index: u8) -> Option<&mut Message> {
        self.messages.get_mut(usize::from(index))
    }

    /// Starts an invocation. Its id is the smallest that nothing remembers, in place of a random one, so that states
    /// which differ in ids alone are one state.
    pub(super) fn start_run(&mut self, owner: u8, invoked: Invoked) {
        let remembered = |id: u8| {
            self.promised == Some(id)
                || self.row().is_some_and(|row| row.run == id)
                || self
                    .runs
                    .iter()
                    .any(|run| run.id == id || matches!(run.step, RunStep::TakeOverReply { run, .. } if run == id))
        };
        let id = (1..u8::MAX).find(|id| !remembered(*id)).unwrap_or(u8::MAX);
        let step = if matches!(invoked, Invoked::Queued(_)) { RunStep::Read } else { RunStep::Handle };
        self.put_run(Run { id, owner, invoked, step, plan: None, next: 0, reached: false, marked: false });
    }

    /// An owner for the guard that nothing remembers.
    pub(super) fn guard_owner(&self) -> u8 {
        let remembered = |owner: u8| {
            self.row().is_some_and(|row| row.owner == owner)
                || self.queue.iter().any(|envelope| envelope.owner == owner)
                || self.runs.iter().any(|run| {
                    run.owner == owner || matches!(run.step, RunStep::TakeOver(Some((seen, _))) if seen == owner)
                })
        };
        (GUARD..REDRIVE).find(|owner| !remembered(*owner)).unwrap_or(u8::MAX)
    }

    /// Says whether nothing is left to be done for the messages of the reply.
    pub(super) fn every_message_has_an_outcome(&self) -> bool {
        self.messages.iter().all(|message| message.delivered > 0 || message.parked || message.refused)
    }

    /// Says whether Lambda would throttle an invocation of `deliver-reply`.
    pub(super) fn has_no_environment(&self) -> bool {
        self.runs.len() >= ENVIRONMENTS
    }

    /// The process of `push` for this attempt, if it waits for `deliver-reply`.
    pub(super) fn waiting(&self, attempt: u8) -> Option<Push> {
        self.pushes.iter().find(|push| push.attempt == attempt && push.step == PushStep::Wait).copied()
    }

    /// Makes the invocation that this attempt waits for return to nobody.
    pub(super) fn unwatch(&mut self, attempt: u8) {
        for run in self.runs.iter_mut().filter(|run| run.invoked == Invoked::Waited(attempt)) {
            run.invoked = Invoked::Unwatched;
        }
    }

    /// Says whether only processes differ between two states, not what they have written.
    pub(super) fn same_outside(&self, other: &State) -> bool {
        self.row == other.row
            && self.messages == other.messages
            && self.queue == other.queue
            && self.guards == other.guards
            && self.parked == other.parked
            && self.mark == other.mark
            && self.runs.len() <= other.runs.len()
    }

    /// Says whether nothing goes on any more and nothing waits.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        !matches!(self.wechat, WeChat::Waits(_))
            && self.pushes.is_empty()
            && self.runs.is_empty()
            && self.queue.is_empty()
            && self.guards == 0
    }
}
