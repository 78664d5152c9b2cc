//! The dedupe row and its conditional writes. Each write succeeds or returns the row that refused it.

/// What the row says about the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Claimed. No reply yet, and `push` may still answer with it.
    Running,
    /// `push` has given its answer. The reply may still come.
    Late,
    /// The reply stands in the row and is being delivered.
    Recorded,
    /// There is no reply and the push is parked.
    Failed,
    /// Everything has an outcome.
    Done,
}

/// What the handler wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Plan {
    /// Nothing is to be said.
    Nothing,
    /// The user is to be handed to an agent.
    Transfer,
    /// Two messages are to be sent.
    Messages,
    /// A payment was booked: `ErrCode` 0.
    Booked,
}

/// What `WeChat` is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Answer {
    /// HTTP 200 `success`.
    Success,
    /// HTTP 200 with the transfer to an agent.
    Transfer,
    /// `ErrCode` 0: the payment is booked.
    Booked,
    /// `ErrCode` 1: `WeChat` is to send the payment again.
    NotBooked,
    /// HTTP 503.
    Unavailable,
}

/// One row of the dedupe table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    /// What the row says about the reply.
    pub phase: Phase,
    /// The delivery of the push that owns the row.
    pub owner: u8,
    /// Whether the lease has not expired: the claim's, `work_until`, or that of the run that delivers.
    pub live: bool,
    /// How often the row was claimed, at most 3.
    pub claims: u8,
    /// The recorded reply.
    pub plan: Option<Plan>,
    /// The run that delivers the recorded reply.
    pub run: u8,
    /// The message that is next.
    pub next: u8,
    /// Whether message `next` is marked as being sent.
    pub sending: bool,
    /// What repeats are answered.
    pub answer: Answer,
    /// Whether `WeChat` was given an answer while the row was unfinished.
    pub answered: bool,
}

/// The table, as far as this push is concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Dedupe(pub(super) Option<Row>);

/// The row after a write, or the row that refused it.
pub(super) type Written = Result<Row, Option<Row>>;

impl Dedupe {
    fn write(&mut self, condition: impl FnOnce(&Row) -> bool, change: impl FnOnce(&mut Row)) -> Written {
        match &mut self.0 {
            Some(row) if condition(row) => {
                change(row);
                Ok(*row)
            }
            refusing => Err(*refusing),
        }
    }

    /// Lets the lease expire.
    pub(super) fn expire_lease(&mut self) {
        if let Some(row) = &mut self.0 {
            row.live = false;
        }
    }

    /// Claims the push for `owner`. A repeat of the owner's own claim succeeds.
    pub(super) fn claim(&mut self, owner: u8, payment: bool) -> Written {
        if self.0.is_none() {
            self.0 = Some(Row::unanswered(Phase::Running, owner));
        }
        self.write(
            |row| match row.phase {
                Phase::Running => !row.live || row.owner == owner,
                Phase::Late => payment && !row.live,
                Phase::Recorded | Phase::Failed | Phase::Done => false,
            },
            |row| {
                if row.owner != owner {
                    row.claims = 3.min(row.claims + 1);
                }
                row.phase = Phase::Running;
                row.owner = owner;
                row.live = true;
            },
        )
    }

    /// Expires the claim at once, so that the next attempt can have it.
    pub(super) fn release(&mut self, owner: u8) -> Written {
        self.write(|row| row.is_running(owner), |row| row.live = false)
    }

    /// Expires a payment's claim, whether it is late or not.
    pub(super) fn release_payment(&mut self, owner: u8) -> Written {
        self.write(|row| row.is_running(owner) || row.is_late(owner), |row| row.live = false)
    }

    /// Says that `WeChat` is answered now and that the reply may still come.
    pub(super) fn turn_late(&mut self, owner: u8, answer: Answer) -> Written {
        self.write(
            |row| row.is_running(owner),
            |row| {
                row.phase = Phase::Late;
                row.live = true;
                row.answer = answer;
                row.answered = true;
            },
        )
    }

    /// Says that `WeChat` is answered while a recorded reply is still being delivered.
    pub(super) fn mark_answered(&mut self) -> Written {
        self.write(|row| row.phase == Phase::Recorded, |row| row.answered = true)
    }

    /// Records a transfer that was decided without the handler.
    pub(super) fn transfer(&mut self, owner: u8) -> Written {
        self.write(|row| row.is_running(owner), |row| row.finish(Some(Plan::Transfer), Answer::Transfer))
    }

    /// Records that the push failed in time.
    pub(super) fn fail(&mut self, owner: u8, answer: Answer) -> Written {
        self.write(
            |row| row.is_running(owner),
            |row| {
                row.phase = Phase::Failed;
                row.answer = answer;
            },
        )
    }

    /// Records that the push failed after `WeChat` was answered. What repeats are answered stays.
    pub(super) fn fail_late(&mut self, owner: u8) -> Written {
        self.write(|row| row.is_late(owner), |row| row.phase = Phase::Failed)
    }

    /// Records a reply while `push` can still answer with it.
    pub(super) fn record(&mut self, owner: u8, run: u8, plan: Plan, sending: bool) -> Written {
        self.write(
            |row| row.is_running(owner),
            |row| match plan {
                Plan::Messages => row.deliver(run, plan, sending),
                Plan::Nothing => row.finish(Some(plan), Answer::Success),
                Plan::Transfer => row.finish(Some(plan), Answer::Transfer),
                Plan::Booked => row.finish(Some(plan), Answer::Booked),
            },
        )
    }

    /// Records a reply after `WeChat` was answered. A transfer then takes another step, the mark, unless the answer was
    /// a transfer already.
    pub(super) fn record_late(&mut self, owner: u8, run: u8, plan: Plan, sending: bool) -> Written {
        self.write(
            |row| row.is_late(owner),
            |row| match plan {
                Plan::Booked => row.finish(Some(plan), Answer::Booked),
                Plan::Nothing => row.finish(Some(plan), row.answer),
                Plan::Transfer if row.answer == Answer::Transfer => row.finish(Some(plan), row.answer),
                Plan::Transfer | Plan::Messages => {
                    row.answered = true;
                    row.deliver(run, plan, sending);
                }
            },
        )
    }

    /// Takes over a row without a reply, whose owner and phase are still those that were read.
    pub(super) fn take_over(&mut self, seen: Option<(u8, Phase)>, owner: u8, whatever_the_phase: bool) -> Written {
        if self.0.is_none() && seen.is_none() {
            self.0 = Some(Row { answered: true, ..Row::unanswered(Phase::Late, owner) });
            return self.write(|_| true, |_| ());
        }
        self.write(
            |row| seen.is_some_and(|(was, phase)| row.owner == was && (row.phase == phase || whatever_the_phase)),
            |row| {
                row.answered = true;
                row.phase = Phase::Late;
                row.owner = owner;
                row.live = true;
                row.plan = None;
            },
        )
    }

    /// Takes over a recorded reply from the run that was seen.
    pub(super) fn take_over_reply(&mut self, seen: u8, run: u8, without_comparing: bool) -> Written {
        self.write(
            |row| row.phase == Phase::Recorded && (row.run == seen || row.run == run || without_comparing),
            |row| {
                row.run = run;
                row.live = true;
            },
        )
    }

    /// Goes on to message `next` and marks it as being sent. A mark does not go back.
    pub(super) fn advance(&mut self, run: u8, next: u8, sending: bool, goes_back: bool) -> Written {
        let written = self.write(
            |row| row.is_delivered_by(run) && (row.next < next || goes_back),
            |row| {
                row.next = next;
                row.sending = sending;
                row.live = true;
            },
        );
        match written {
            Err(Some(row)) if row.is_delivered_by(run) && row.next == next => Ok(row),
            written => written,
        }
    }

    /// Ends the delivery.
    pub(super) fn finish(&mut self, run: u8) -> Written {
        self.write(|row| row.is_delivered_by(run), |row| row.finish(row.plan, row.answer))
    }

    /// Ends a delivery of which nothing reached the user, with a transfer as the answer, unless `WeChat` has an answer.
    pub(super) fn finish_with_transfer(&mut self, run: u8, although_answered: bool) -> Written {
        self.write(
            |row| row.is_delivered_by(run) && (!row.answered || although_answered),
            |row| row.finish(row.plan, Answer::Transfer),
        )
    }
}

impl Row {
    fn unanswered(phase: Phase, owner: u8) -> Row {
        Row {
            phase,
            owner,
            live: true,
            claims: 1,
            plan: None,
            run: 0,
            next: 0,
            sending: false,
            answer: Answer::Success,
            answered: false,
        }
    }

    fn is_running(&self, owner: u8) -> bool {
        self.phase == Phase::Running && self.owner == owner
    }

    fn is_late(&self, owner: u8) -> bool {
        self.phase == Phase::Late && self.owner == owner
    }

    fn is_delivered_by(&self, run: u8) -> bool {
        self.phase == Phase::Recorded && self.run == run
    }

    /// Says whether nothing more is to be done.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        matches!(self.phase, Phase::Done | Phase::Failed)
    }

    /// Says whether the push is done and answered with the transfer.
    #[must_use]
    pub fn is_transferred(&self) -> bool {
        self.phase == Phase::Done && self.answer == Answer::Transfer
    }

    fn deliver(&mut self, run: u8, plan: Plan, sending: bool) {
        self.phase = Phase::Recorded;
        self.plan = Some(plan);
        self.run = run;
        self.next = 0;
        self.sending = sending;
        self.live = true;
    }

    fn finish(&mut self, plan: Option<Plan>, answer: Answer) {
        // Nothing reads the rest of a row that is done: rows that differ in it alone are one state.
        *self = Row { plan, answer, answered: self.answered, ..Row::unanswered(Phase::Done, self.owner) };
    }
}
