//! Handles a push that is WeChat's: claims it, opens the reply window, has its function asked, and answers by what the row says.
//!
//! ```text
//! claim ∥ open window ─┬─ ours ──┬─ an agent is wanted ── done ── the transfer
//!                      │         ├─ message, payment ──── deliver-reply, waited for ─┬─ its answer
//!                      │         │                                                   ├─ late ─── guard, row ── success
//!                      │         │                                                   └─ broken ─ release ───── 503
//!                      │         └─ event ─────────────── deliver-reply, asynchronously ── row ── success
//!                      ├─ done, failed, late ── the row's answer
//!                      ├─ running, recorded ─── look again
//!                      └─ no DynamoDB ── 503, and in the end parked
//! ```
//!
//! `tests/models/README.md` has the rules of the row and says why they are so.

use std::time::{Duration, Instant};

use protocol::appid::Appid;
use protocol::push::{Kind, Push};
use protocol::push_key::PushKey;
use serde_json::{Value, json};
use shared::host::causes::causes;
use shared::host::deliver_reply::{DeliverReply, Envelope};
use shared::host::failed_pushes::{FailedPushes, ParkError};
use shared::host::invoke::InvocationError;
use shared::host::reply_guard::{GuardError, ReplyGuard};
use shared::host::{clock, random};
use shared::state::StateError;
use shared::state::dedupe::{DELIVERY_LEASE_SECONDS, DedupeRow, Phase, PushDedupe, Written};
use shared::state::reply_window::ReplyWindow;

use crate::deadline::{Deadline, Overdue};
use crate::line::Steps;
use crate::outcome::Outcome;

/// If less time than this is left, `deliver-reply` is not invoked: the call might not leave the machine, and its outcome would
/// be unknown. WeChat repeats the push.
pub(crate) const LEAST_WAIT: Duration = Duration::from_millis(750);
/// The time that Lambda has to take an asynchronous invocation, even past the deadline.
pub(crate) const HAND_ON: Duration = Duration::from_millis(500);
/// Pause between two looks at a push that another delivery is handling.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// What handling a push needs.
#[derive(Debug)]
pub(crate) struct Handling {
    pub(crate) dedupe: PushDedupe,
    pub(crate) windows: ReplyWindow,
    pub(crate) deliver_reply: DeliverReply,
    pub(crate) failed_pushes: FailedPushes,
    pub(crate) guard: ReplyGuard,
    pub(crate) enter_session_quota: i64,
    pub(crate) reply_timeout_seconds: i64,
    pub(crate) handoff_minutes: i64,
}

/// One delivery of a push.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    pub(crate) appid: &'a Appid,
    pub(crate) push: &'a Push,
    pub(crate) key: PushKey,
    pub(crate) deadline: Deadline,
    /// How old the push is by its signed timestamp: all attempts of WeChat's have the same.
    pub(crate) signed_age_seconds: i64,
    /// Whether somebody waits for the answer: not where the push comes from the failed queue.
    pub(crate) is_waited_for: bool,
}

/// What became of a push, for the answer and the log.
#[derive(Debug)]
pub(crate) struct Handled {
    /// `"success"`, or the object that is answered.
    pub(crate) answer: Value,
    pub(crate) outcome: Outcome,
    /// 1 for the first time that it was handled.
    pub(crate) attempt: Option<i64>,
}

/// What a claimed push has come to.
pub(crate) enum Step {
    /// It has its answer.
    Answered(Handled),
    /// It is in other hands; the row as it was seen, if it was.
    InOtherHands(Option<DedupeRow>),
    /// It is late, and its reply recorded just now: whoever delivers that is guarded.
    Guarded,
}

/// Why a push could not be handled now; WeChat repeats it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandleError {
    #[error(transparent)]
    State(#[from] Overdue<StateError>),
    #[error(transparent)]
    Guard(#[from] Overdue<GuardError>),
    #[error(transparent)]
    Park(#[from] Overdue<ParkError>),
    #[error(transparent)]
    Invocation(#[from] InvocationError),
    #[error("deliver-reply ended with an error")]
    Broken,
    #[error("another delivery is still handling the push")]
    StillRunning,
    #[error("random bytes are unavailable")]
    Random(#[from] getrandom::Error),
}

impl Handling {
    /// Handles a push.
    pub(crate) async fn handle(&self, job: &Job<'_>, steps: &mut Steps) -> Result<Handled, HandleError> {
        let step = Instant::now();
        let mut owner = random::unique_text()?;
        let (claimed, agents) = self.claim_and_open(job, &owner).await;
        steps.claim = Some(clock::milliseconds_since(step));
        let mut written = match claimed {
            Ok(written) => written,
            Err(error) => return self.give_up_unclaimed(job, error).await,
        };
        let mut continued = Continued::default();
        loop {
            let row = match written {
                Written::Written(row) => {
                    let step = Instant::now();
                    let handled = self.handle_claimed(job, &owner, &row, &agents).await;
                    steps.invoke = Some(clock::milliseconds_since(step));
                    match handled? {
                        Step::Answered(handled) => return Ok(handled),
                        Step::Guarded => return self.mark_answered(job).await,
                        Step::InOtherHands(row) => {
                            // What is claimed next is claimed for another run.
                            owner = random::unique_text()?;
                            row
                        }
                    }
                }
                Written::Refused(row) => row,
            };
            if let Some(row) = &row {
                if let Some(handled) = answered(job, row) {
                    return Ok(handled);
                }
                self.see_to_the_dead(job, row, &mut continued).await?;
            }
            if job.deadline.left() <= LOOK_AGAIN {
                return self.answer_unfinished(job, row).await;
            }
            job.deadline.pass(LOOK_AGAIN).await;
            // A claim that leaves no time for an Invoke would only be counted: the row is read then.
            written = if job.deadline.left() > LEAST_WAIT {
                let is_payment = job.push.kind() == Kind::Payment;
                job.deadline
                    .insist(|| self.dedupe.claim(job.appid, &job.key, &owner, is_payment, clock::now_seconds()))
                    .await?
            } else {
                Written::Refused(
                    job.deadline.insist(|| self.dedupe.read(job.appid, &job.key, clock::now_seconds())).await?,
                )
            };
        }
    }

    /// Has a reply carried on whose run has died. The guard first: the run that is invoked may die, too.
    async fn see_to_the_dead(
        &self,
        job: &Job<'_>,
        row: &DedupeRow,
        continued: &mut Continued,
    ) -> Result<(), HandleError> {
        let now = clock::now_seconds();
        if row.phase == Phase::Recorded && !row.is_leased(now) && !continued.is_invoked {
            if !continued.is_guarded {
                self.put_guard(job, now.saturating_add(DELIVERY_LEASE_SECONDS)).await?;
                continued.is_guarded = true;
            }
            let envelope = job.envelope(random::unique_text()?, None);
            match self.deliver_reply.tell(&envelope, job.deadline.left().max(HAND_ON)).await {
                Ok(()) | Err(InvocationError::TimedOut | InvocationError::Unknown(_)) => continued.is_invoked = true,
                // The next look tries again, and the guard stands.
                Err(error) => tracing::warn!(error = causes(&error), "the run that is to carry on was not invoked"),
            }
        }
        Ok(())
    }

    /// The answer at the deadline to a push that is in other hands.
    async fn answer_unfinished(&self, job: &Job<'_>, row: Option<DedupeRow>) -> Result<Handled, HandleError> {
        match row {
            Some(row) if row.phase == Phase::Recorded => {
                let now = clock::now_seconds();
                self.put_guard(job, now.saturating_add(DELIVERY_LEASE_SECONDS)).await?;
                self.mark_answered(job).await
            }
            _ if job.push.kind() == Kind::Payment && job.is_waited_for => {
                Ok(Handled { answer: not_booked(), outcome: Outcome::StillRunning, attempt: None })
            }
            _ => Err(HandleError::StillRunning),
        }
    }

    /// Answers while a recorded reply, which is guarded, is still being delivered.
    async fn mark_answered(&self, job: &Job<'_>) -> Result<Handled, HandleError> {
        match job.deadline.insist(|| self.dedupe.mark_answered(job.appid, &job.key)).await? {
            Written::Written(row) => Ok(Handled { answer: row.answer, outcome: Outcome::Late, attempt: None }),
            Written::Refused(Some(row)) => answered(job, &row).ok_or(HandleError::StillRunning),
            Written::Refused(None) => Err(HandleError::StillRunning),
        }
    }
}

impl Job<'_> {
    pub(crate) fn envelope(&self, owner: String, answer_by: Option<i64>) -> Envelope {
        Envelope {
            push: self.push.clone(),
            appid: self.appid.clone(),
            key: self.key.clone(),
            owner,
            answer_by,
            resend: None,
        }
    }
}

/// What was done for a reply whose run has died.
#[derive(Debug, Default)]
struct Continued {
    is_guarded: bool,
    is_invoked: bool,
}

/// What a row answers that this delivery may not write to; nothing where it is not finished.
fn answered(job: &Job<'_>, row: &DedupeRow) -> Option<Handled> {
    let is_answered = row.is_finished() || row.phase == Phase::Late;
    // A payment is acknowledged from its record alone, whatever else stands in the row.
    let is_unbooked = job.push.kind() == Kind::Payment && row.phase != Phase::Done;
    let answer = if is_unbooked { not_booked() } else { row.answer.clone() };
    is_answered.then_some(Handled { answer, outcome: Outcome::Duplicate, attempt: None })
}

/// What WeChat is answered where a payment is not booked, or not yet.
pub(crate) fn not_booked() -> Value {
    json!({"ErrCode": 1, "ErrMsg": "not handled yet; send it again"})
}
