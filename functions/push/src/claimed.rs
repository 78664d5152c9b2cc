//! A push that this delivery has claimed.

use std::time::Duration;

use protocol::push::Kind;
use protocol::reply::Reply;
use serde_json::{Value, json};
use shared::host::causes::causes;
use shared::host::clock;
use shared::host::deliver_reply::{Delivered, Waited, work_until};
use shared::host::invoke::InvocationError;
use shared::host::logs::warn_if_failed;
use shared::host::reply_guard::Guarded;
use shared::state::agents::{Agents, handed_off_until};
use shared::state::dedupe::{DedupeRow, Phase, Written};

use crate::handle::{HAND_ON, HandleError, Handled, Handling, Job, LEAST_WAIT, Step, not_booked};
use crate::outcome::Outcome;

/// Before an Invoke that Lambda certainly did not take is tried again; see [`longer`].
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(800);
/// After a run that broke: WeChat repeats the push at once, and what broke it may last.
const BROKEN: Duration = Duration::from_secs(1);
/// From this claim on, a push that cannot be handled is parked. WeChat makes four attempts.
const LAST_CLAIM: i64 = 3;

impl Handling {
    /// Handles a push that is this owner's, up to the answer.
    pub(crate) async fn handle_claimed(
        &self,
        job: &Job<'_>,
        owner: &str,
        row: &DedupeRow,
        agents: &Agents,
    ) -> Result<Step, HandleError> {
        let is_agents = agents.transfer_mark.is_some() || agents.is_handed_off;
        if job.push.kind() == Kind::Message && job.is_waited_for && is_agents {
            return self.transfer(job, owner, row, agents).await;
        }
        if job.push.kind() == Kind::Event || !job.is_waited_for {
            return self.hand_on(job, owner, row).await;
        }
        match self.ask(job, owner).await {
            Waited::Returned(Delivered::Replied(answer)) => Ok(step(answer, Outcome::Replied, row)),
            Waited::Returned(Delivered::Failed(answer)) => Ok(step(answer, Outcome::Failed, row)),
            Waited::Returned(Delivered::Unfinished) => Ok(Step::InOtherHands(None)),
            // It may run, and is not invoked again for this owner. In WeChat's last attempts it counts as taken.
            Waited::Unknown if row.attempt < LAST_CLAIM => Ok(Step::InOtherHands(None)),
            Waited::Late | Waited::Unknown => self.late(job, owner, row).await,
            Waited::Failed => self.not_handled(job, owner, row, HandleError::Broken).await,
            Waited::NotTaken(error) => self.not_handled(job, owner, row, error.into()).await,
        }
    }

    /// Invokes `deliver-reply` and waits. An invocation that Lambda certainly did not take is tried again while there is time.
    async fn ask(&self, job: &Job<'_>, owner: &str) -> Waited {
        let envelope = job.envelope(owner.to_owned(), Some(job.deadline.milliseconds()));
        // `ask` ends at the deadline by itself, and what it waited for may have been taken: it must not be cut off.
        let mut pause = FIRST_PAUSE;
        loop {
            let left = job.deadline.left();
            if left < LEAST_WAIT {
                return Waited::NotTaken(InvocationError::TimedOut);
            }
            match self.deliver_reply.ask(&envelope, left).await {
                Waited::NotTaken(_) if job.deadline.left() > pause + LEAST_WAIT => job.deadline.pass(pause).await,
                waited => return waited,
            }
            pause = longer(pause);
        }
    }

    /// An agent is wanted, or there: the transfer is recorded first, so that a repeat gets it too, and then the mark removed.
    async fn transfer(
        &self,
        job: &Job<'_>,
        owner: &str,
        row: &DedupeRow,
        agents: &Agents,
    ) -> Result<Step, HandleError> {
        let now = clock::now_seconds();
        let transfer = transfer(job, now);
        match job.deadline.insist(|| self.dedupe.complete(job.appid, &job.key, owner, &transfer, now)).await? {
            Written::Written(_) => {}
            Written::Refused(row) => return Ok(Step::InOtherHands(row)),
        }
        if let (Some(id), Some(openid)) = (&agents.transfer_mark, job.push.openid()) {
            let handed_off_until = handed_off_until(self.handoff_minutes, now).unwrap_or_default();
            let remove = || self.windows.remove_transfer_mark(job.appid, openid, id, handed_off_until);
            if let Err(error) = job.deadline.insist(remove).await {
                tracing::warn!(error = causes(&error), "transfer mark not removed: the user is transferred once more");
            }
        }
        Ok(step(transfer, Outcome::Transferred, row))
    }

    /// Nobody waits for the reply: Lambda has the push, then the row says so.
    async fn hand_on(&self, job: &Job<'_>, owner: &str, row: &DedupeRow) -> Result<Step, HandleError> {
        let envelope = job.envelope(owner.to_owned(), None);
        let mut pause = FIRST_PAUSE;
        loop {
            match self.deliver_reply.tell(&envelope, job.deadline.left().max(HAND_ON)).await {
                Ok(()) => break,
                // It may be taken. The guard sees to it that it is.
                Err(InvocationError::TimedOut | InvocationError::Unknown(_)) => {
                    self.put_guard(job, self.work_until()).await?;
                    break;
                }
                Err(error) if job.deadline.left() <= pause => {
                    return self.not_handled(job, owner, row, error.into()).await;
                }
                Err(_) => job.deadline.pass(pause).await,
            }
            pause = longer(pause);
        }
        let answer = if job.push.kind() == Kind::Payment { not_booked() } else { json!("success") };
        self.turn_late(job, owner, &answer, row, Outcome::HandedOn).await
    }

    /// The reply is not there in time. A message is guarded first; a payment needs no guard, for WeChat repeats it.
    async fn late(&self, job: &Job<'_>, owner: &str, row: &DedupeRow) -> Result<Step, HandleError> {
        if job.push.kind() == Kind::Payment {
            return self.turn_late(job, owner, &not_booked(), row, Outcome::Late).await;
        }
        self.put_guard(job, self.work_until()).await?;
        Ok(match self.turn_late(job, owner, &json!("success"), row, Outcome::Late).await? {
            Step::InOtherHands(Some(row)) if row.phase == Phase::Recorded => Step::Guarded,
            step => step,
        })
    }

    async fn turn_late(
        &self,
        job: &Job<'_>,
        owner: &str,
        answer: &Value,
        row: &DedupeRow,
        outcome: Outcome,
    ) -> Result<Step, HandleError> {
        let turn =
            || self.dedupe.turn_late(job.appid, &job.key, owner, answer, self.work_until(), clock::now_seconds());
        match job.deadline.insist(turn).await? {
            Written::Written(late) => Ok(step(late.answer, outcome, row)),
            // A run that was faster than this write has the push, and Lambda sees to the run.
            Written::Refused(Some(_)) if outcome == Outcome::HandedOn => Ok(step(json!("success"), outcome, row)),
            Written::Refused(row) => Ok(Step::InOtherHands(row)),
        }
    }

    /// No run handles the push: WeChat's next attempt may. From the third claim on it is parked, and a user who wrote is handed
    /// to an agent. A payment is left to WeChat.
    async fn not_handled(
        &self,
        job: &Job<'_>,
        owner: &str,
        row: &DedupeRow,
        error: HandleError,
    ) -> Result<Step, HandleError> {
        let kind = job.push.kind();
        if row.attempt >= LAST_CLAIM && kind != Kind::Payment {
            self.park(job, &causes(&error)).await?;
            let now = clock::now_seconds();
            let answer = if kind == Kind::Message { transfer(job, now) } else { json!("success") };
            return match job.deadline.insist(|| self.dedupe.fail(job.appid, &job.key, owner, &answer, now)).await? {
                Written::Written(failed) => {
                    self.hand_off(job, now).await;
                    Ok(step(failed.answer, Outcome::Parked, row))
                }
                Written::Refused(row) => Ok(Step::InOtherHands(row)),
            };
        }
        if let Written::Refused(row) = job.deadline.insist(|| self.dedupe.release(job.appid, &job.key, owner)).await? {
            return Ok(Step::InOtherHands(row));
        }
        if kind == Kind::Payment && job.is_waited_for {
            return Ok(step(not_booked(), Outcome::OutOfReach, row));
        }
        job.deadline.pass(BROKEN).await;
        Err(error)
    }

    /// Notes that an agent has the user who wrote, if that is to be noted. A failure only costs what it is for.
    async fn hand_off(&self, job: &Job<'_>, now_seconds: i64) {
        let openid = job.push.openid().filter(|_| job.push.kind() == Kind::Message);
        if let (Some(openid), Some(until)) = (openid, handed_off_until(self.handoff_minutes, now_seconds)) {
            warn_if_failed(self.windows.hand_off(job.appid, openid, until).await, "hand-off not noted");
        }
    }

    pub(crate) async fn put_guard(&self, job: &Job<'_>, work_until: i64) -> Result<(), HandleError> {
        let guarded = Guarded { push: job.push.clone(), appid: job.appid.clone(), key: job.key.clone(), work_until };
        Ok(job.deadline.insist(|| self.guard.put(&guarded, clock::now_seconds())).await?)
    }

    fn work_until(&self) -> i64 {
        work_until(clock::now_seconds(), self.reply_timeout_seconds)
    }
}

fn longer(pause: Duration) -> Duration {
    pause.saturating_mul(2).min(LONGEST_PAUSE)
}

fn step(answer: Value, outcome: Outcome, row: &DedupeRow) -> Step {
    Step::Answered(Handled { answer, outcome, attempt: Some(row.attempt) })
}

/// The transfer to an agent, addressed.
pub(crate) fn transfer(job: &Job<'_>, now_seconds: i64) -> Value {
    Reply::transfer_customer_service().addressed(job.push, now_seconds).into_output()
}
