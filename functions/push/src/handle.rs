//! Handles a push that is WeChat's: claims it, opens the reply window, hands it to its function, stores the reply.
//!
//! ```text
//! claim ∥ open window ─┬─ Claimed ── invoke ─┬─ returned ── complete(reply) ── reply
//!                      │                     ├─ failed ──── invoke again, asynchronously ── complete ── success
//!                      │                     ├─ late ────── complete ── success, and it runs on
//!                      │                     └─ no Lambda ─ release ── 503, WeChat asks again
//!                      ├─ Done ───── the stored reply
//!                      ├─ Running ── claim again, until there is a reply, a lapsed lease, or no time: 503
//!                      └─ no DynamoDB ── 503
//! ```

use std::time::{Duration, Instant};

use protocol::push::Push;
use protocol::reply::Reply;
use protocol::route::Route;
use shared::host::causes::causes;
use shared::host::invoke::{InvocationError, Output};
use shared::host::route_functions::RouteFunctions;
use shared::host::{clock, random};
use shared::state::StateError;
use shared::state::dedupe::{Claim, Claimed, Completed, PushDedupe};
use shared::state::reply_window::{Grant, ReplyWindow};

use crate::line::Steps;
use crate::outcome::Outcome;

/// A function is waited for until this long after the push arrived. What is left to 4.5 s is for storing the reply,
/// what is left to WeChat's 5 s for the way back.
const WAIT_MILLISECONDS: i64 = 4_300;
/// The reply is stored by then, or answered unstored.
const STORE_MILLISECONDS: i64 = 4_500;
/// If less time than this is left, the function is not invoked: the call might not leave the machine, and its outcome would
/// be unknown. WeChat repeats the push.
const LEAST_WAIT: Duration = Duration::from_millis(750);
/// The time that Lambda has to take an asynchronous invocation, and DynamoDB a release, even past the deadline.
const HAND_ON: Duration = Duration::from_millis(500);
/// Pause between two looks at a push that another delivery is handling.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// What handling a push needs.
#[derive(Debug)]
pub(crate) struct Handling {
    pub(crate) dedupe: PushDedupe,
    pub(crate) windows: ReplyWindow,
    pub(crate) functions: RouteFunctions,
    pub(crate) enter_session_quota: i64,
}

/// What became of a push, for the answer and the log.
#[derive(Debug)]
pub(crate) struct Handled {
    pub(crate) reply: Reply,
    pub(crate) outcome: Outcome,
    /// 1 for the first time that it was handled.
    pub(crate) attempt: Option<i64>,
}

/// Why a push could not be handled now; WeChat repeats it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandleError {
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Invocation(#[from] InvocationError),
    #[error("still running elsewhere")]
    StillRunning,
    #[error("no random bytes")]
    Random(#[from] getrandom::Error),
}

impl Handling {
    /// Handles a push; `arrived_milliseconds` is when API Gateway took the push.
    pub(crate) async fn handle(
        &self,
        push: &Push,
        arrived_milliseconds: i64,
        steps: &mut Steps,
    ) -> Result<Handled, HandleError> {
        let deadline = arrived_milliseconds.saturating_add(WAIT_MILLISECONDS);
        let step = Instant::now();
        let claimed = self.claim(push, deadline).await;
        steps.claim = Some(clock::milliseconds_since(step));
        let claim = match claimed? {
            Claimed::Claimed(claim) => claim,
            Claimed::Done(output) => {
                let reply = Reply::from_output(output).unwrap_or(Reply::Success);
                return Ok(Handled { reply, outcome: Outcome::Duplicate, attempt: None });
            }
            Claimed::Running => return Err(HandleError::StillRunning),
        };
        let step = Instant::now();
        let invoked = self.invoke(push, deadline).await;
        steps.invoke = Some(clock::milliseconds_since(step));
        match invoked {
            Ok((reply, outcome)) => {
                let until = arrived_milliseconds.saturating_add(STORE_MILLISECONDS);
                let step = Instant::now();
                self.store(&claim, &reply, until).await;
                steps.store = Some(clock::milliseconds_since(step));
                Ok(Handled { reply, outcome, attempt: Some(claim.attempt) })
            }
            Err(error) => {
                self.release(&claim).await;
                Err(error.into())
            }
        }
    }

    /// Claims the push and opens the reply window, in one round trip: both writes may be repeated and neither needs the
    /// other. A window that could not be opened is as bad as a claim that could not be made.
    async fn claim(&self, push: &Push, deadline: i64) -> Result<Claimed, HandleError> {
        let key = push.key();
        let owner = random::unique_text()?;
        let claim = self.dedupe.claim(&key, owner.clone(), clock::now_seconds());
        let (claimed, opened) = tokio::join!(claim, self.open_window(push));
        let mut claimed = claimed?;
        if let Err(error) = opened {
            if let Claimed::Claimed(claim) = &claimed {
                self.release(claim).await;
            }
            return Err(error.into());
        }
        while claimed == Claimed::Running && time_left(deadline) > LOOK_AGAIN {
            tokio::time::sleep(LOOK_AGAIN).await;
            claimed = self.dedupe.claim(&key, owner.clone(), clock::now_seconds()).await?;
        }
        Ok(claimed)
    }

    async fn open_window(&self, push: &Push) -> Result<(), StateError> {
        let (Some(openid), Some(at_seconds)) = (push.openid(), push.created_at()) else { return Ok(()) };
        let grant = if push.is_user_message() {
            Grant::Message { at_seconds, msg_id: push.msg_id().unwrap_or_default() }
        } else if push.route() == Route::UserEnterTempsession {
            Grant::Enter { at_seconds, quota: self.enter_session_quota }
        } else {
            return Ok(());
        };
        self.windows.open(openid, grant, clock::now_seconds()).await
    }

    async fn invoke(&self, push: &Push, deadline: i64) -> Result<(Reply, Outcome), InvocationError> {
        if !push.is_answered() {
            self.functions.tell(push, time_left(deadline).max(HAND_ON)).await?;
            return Ok((Reply::Success, Outcome::HandedOn));
        }
        let patience = time_left(deadline);
        if patience < LEAST_WAIT {
            return Err(InvocationError::TimedOut);
        }
        match self.functions.ask(push, patience).await? {
            Output::Returned(output) => Ok(match Reply::from_output(output) {
                Ok(reply) => (reply.addressed(push, clock::now_seconds()), Outcome::Replied),
                Err(no_reply) => {
                    tracing::error!(error = causes(&no_reply), route = ?push.route(), "reply unusable");
                    (Reply::Success, Outcome::Replied)
                }
            }),
            Output::Failed | Output::Throttled => {
                match self.functions.tell(push, time_left(deadline).max(HAND_ON)).await {
                    // Without an answer it was probably taken; invoked again, the function would run beside it.
                    Ok(()) | Err(InvocationError::TimedOut) => Ok((Reply::Success, Outcome::Failed)),
                    Err(error) => Err(error),
                }
            }
            Output::Late => Ok((Reply::Success, Outcome::Late)),
        }
    }

    /// The function has run: whether or not the reply is stored, WeChat gets its answer and does not repeat the push.
    async fn store(&self, claim: &Claim, reply: &Reply, until: i64) {
        let output = reply.clone().into_output();
        let complete = self.dedupe.complete(claim, &output, clock::now_seconds());
        match tokio::time::timeout(time_left(until), complete).await {
            Ok(Ok(Completed::Written)) => {}
            Ok(Ok(Completed::LeaseLost)) => tracing::warn!("lease lost: the push was handled again elsewhere"),
            Ok(Err(error)) => tracing::error!(error = causes(&error), "reply not stored"),
            Err(_) => tracing::error!("reply not stored in time"),
        }
    }

    async fn release(&self, claim: &Claim) {
        match tokio::time::timeout(HAND_ON, self.dedupe.release(claim)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(error = causes(&error), "claim not released: its lease must run out"),
            Err(_) => tracing::warn!("claim not released in time: its lease must run out"),
        }
    }
}

fn time_left(deadline_milliseconds: i64) -> Duration {
    let left = deadline_milliseconds.saturating_sub(clock::now_milliseconds());
    Duration::from_millis(u64::try_from(left).unwrap_or_default())
}
