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

use serde_json::{Map, Value};
use shared::lambda::chance;
use shared::lambda::clock;
use shared::lambda::failure::causes;
use shared::push::push_key::PushKey;
use shared::push::reply::Reply;
use shared::push::route::{self, Route};
use shared::state::StateError;
use shared::state::dedupe::{Claim, Claimed, Completed, PushDedupe};
use shared::state::reply_window::{Grant, ReplyWindow};

use crate::functions::{Functions, InvocationError, Output};
use crate::line::Steps;

/// A function is waited for until this long after the push arrived. What is left to 4.5 s is for storing the reply,
/// what is left to WeChat's 5 s for the way back.
const WAIT_MILLISECONDS: i64 = 4_300;
/// The reply is stored by then, or answered unstored.
const STORE_MILLISECONDS: i64 = 4_500;
/// With less than this left a function is not waited for: the Invoke might not even get out of here, and would count as
/// late. WeChat asks again.
const LEAST_WAIT: Duration = Duration::from_millis(750);
/// What Lambda has to take an asynchronous invocation, and DynamoDB a release, though the time for the answer be over.
const HAND_ON: Duration = Duration::from_millis(500);
/// Between two looks at a push that somebody else is handling.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// What handling a push needs.
#[derive(Debug)]
pub(crate) struct Handling {
    pub(crate) dedupe: PushDedupe,
    pub(crate) windows: ReplyWindow,
    pub(crate) functions: Functions,
    pub(crate) enter_session_quota: i64,
}

/// What became of a push, for the answer and the log.
#[derive(Debug)]
pub(crate) struct Handled {
    pub(crate) reply: Reply,
    /// `replied`, `handed_on`, `duplicate`, `failed`, `late`
    pub(crate) outcome: &'static str,
    /// 1 for the first time that it was handled.
    pub(crate) attempt: Option<i64>,
}

/// Why a push could not be handled now; WeChat is to ask again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandleError {
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Invocation(#[from] InvocationError),
    #[error("still running elsewhere")]
    StillRunning,
    #[error("no random bytes")]
    Chance(#[from] getrandom::Error),
}

impl Handling {
    /// Handles a message; `arrived_milliseconds` is when API Gateway took the push.
    pub(crate) async fn handle(
        &self,
        message: &Map<String, Value>,
        arrived_milliseconds: i64,
        steps: &mut Steps,
    ) -> Result<Handled, HandleError> {
        let deadline = arrived_milliseconds.saturating_add(WAIT_MILLISECONDS);
        let step = Instant::now();
        let claimed = self.claim(message, deadline).await;
        steps.claim = Some(clock::milliseconds_since(step));
        let claim = match claimed? {
            Claimed::Claimed(claim) => claim,
            Claimed::Done(output) => {
                let reply = Reply::from_output(output).unwrap_or(Reply::Success);
                return Ok(Handled { reply, outcome: "duplicate", attempt: None });
            }
            Claimed::Running => return Err(HandleError::StillRunning),
        };
        let step = Instant::now();
        let invoked = self.invoke(message, deadline).await;
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
    async fn claim(&self, message: &Map<String, Value>, deadline: i64) -> Result<Claimed, HandleError> {
        let key = PushKey::of(message);
        let owner = chance::unique_text()?;
        let claim = self.dedupe.claim(&key, owner.clone(), clock::now_seconds());
        let (claimed, opened) = tokio::join!(claim, self.open_window(message));
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

    async fn open_window(&self, message: &Map<String, Value>) -> Result<(), StateError> {
        let text = |name| message.get(name).and_then(Value::as_str);
        let (Some(openid), Some(at_seconds)) = (text("FromUserName"), create_time(message)) else { return Ok(()) };
        let grant = if route::is_user_message(message) {
            Grant::Message { at_seconds, msg_id: text("MsgId").unwrap_or_default() }
        } else if Route::of(message) == Route::UserEnterTempsession {
            Grant::Enter { at_seconds, quota: self.enter_session_quota }
        } else {
            return Ok(());
        };
        self.windows.open(openid, grant, clock::now_seconds()).await
    }

    async fn invoke(
        &self,
        message: &Map<String, Value>,
        deadline: i64,
    ) -> Result<(Reply, &'static str), InvocationError> {
        let route = Route::of(message);
        if !route::is_answered(message) {
            self.functions.tell(route, message, time_left(deadline).max(HAND_ON)).await?;
            return Ok((Reply::Success, "handed_on"));
        }
        let patience = time_left(deadline);
        if patience < LEAST_WAIT {
            return Err(InvocationError::TimedOut);
        }
        match self.functions.ask(route, message, patience).await? {
            Output::Returned(output) => Ok(match Reply::from_output(output) {
                Ok(reply) => (reply.addressed(message, clock::now_seconds()), "replied"),
                Err(no_reply) => {
                    tracing::error!(error = causes(&no_reply), ?route, "reply unusable");
                    (Reply::Success, "replied")
                }
            }),
            Output::Failed => match self.functions.tell(route, message, time_left(deadline).max(HAND_ON)).await {
                // Without an answer it was probably taken; asked again, the function would run beside it.
                Ok(()) | Err(InvocationError::TimedOut) => Ok((Reply::Success, "failed")),
                Err(error) => Err(error),
            },
            Output::Late => Ok((Reply::Success, "late")),
        }
    }

    /// The function has run: whatever happens here, WeChat gets its answer and does not ask again.
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

fn create_time(message: &Map<String, Value>) -> Option<i64> {
    match message.get("CreateTime")? {
        Value::Number(number) => number.as_i64(),
        Value::String(digits) => digits.trim().parse().ok(),
        _ => None,
    }
}

fn time_left(deadline_milliseconds: i64) -> Duration {
    let left = deadline_milliseconds.saturating_sub(clock::now_milliseconds());
    Duration::from_millis(u64::try_from(left).unwrap_or_default())
}
