//! The first round trip: the push is claimed and the reply window opened, side by side. Neither write needs the other, and both
//! may be repeated.

use std::future::Future;

use protocol::appid::Appid;
use protocol::push::Kind;
use protocol::push_key::PushKey;
use protocol::route::Route;
use serde_json::json;
use shared::host::causes::causes;
use shared::host::failed_pushes::{ParkError, Parked, Reason, error};
use shared::host::{clock, random};
use shared::state::StateError;
use shared::state::agents::Agents;
use shared::state::dedupe::Written;
use shared::state::reply_window::Grant;

use crate::claimed::transfer;
use crate::deadline::{Deadline, Overdue};
use crate::handle::{HandleError, Handled, Handling, Job, not_booked};
use crate::outcome::Outcome;

/// WeChat's third attempt is at least as old as this: the two before have waited for the deadline.
pub(crate) const LAST_ATTEMPTS_AGE_SECONDS: i64 = 8;

impl Handling {
    /// Claims the push and opens the window, as long as there is time. A window that could not be opened does not stop the push:
    /// WeChat knows it all the same.
    pub(crate) async fn claim_and_open(
        &self,
        job: &Job<'_>,
        owner: &str,
    ) -> (Result<Written, Overdue<StateError>>, Agents) {
        let is_payment = job.push.kind() == Kind::Payment;
        let claim =
            job.deadline.insist(|| self.dedupe.claim(job.appid, &job.key, owner, is_payment, clock::now_seconds()));
        let (claimed, opened) = tokio::join!(claim, self.open_window(job));
        let agents = opened.unwrap_or_else(|error| {
            tracing::error!(error = causes(&error), "reply window not opened");
            Agents::default()
        });
        (claimed, agents)
    }

    async fn open_window(&self, job: &Job<'_>) -> Result<Agents, StateError> {
        let push = job.push;
        let (Some(openid), Some(at_seconds)) = (push.openid(), push.created_at()) else {
            return Ok(Agents::default());
        };
        let grant = if push.kind() == Kind::Message {
            Grant::Message { at_seconds, msg_id: push.msg_id().unwrap_or_default() }
        } else if push.route() == Route::UserEnterTempsession {
            Grant::Enter { at_seconds, quota: self.enter_session_quota }
        } else {
            return Ok(Agents::default());
        };
        self.windows.open(job.appid, openid, grant, clock::now_seconds()).await
    }

    /// The push could not be claimed in all the time that there was. In WeChat's last attempts it is parked, and a user who wrote
    /// is handed to an agent; a payment is left to WeChat.
    pub(crate) async fn give_up_unclaimed(
        &self,
        job: &Job<'_>,
        error: Overdue<StateError>,
    ) -> Result<Handled, HandleError> {
        if job.push.kind() == Kind::Payment && job.is_waited_for {
            return Ok(Handled { answer: not_booked(), outcome: Outcome::OutOfReach, attempt: None });
        }
        if job.signed_age_seconds < LAST_ATTEMPTS_AGE_SECONDS || !job.is_waited_for {
            return Err(error.into());
        }
        self.park(job, &causes(&error)).await?;
        let answer = match job.push.kind() {
            Kind::Message => transfer(job, clock::now_seconds()),
            Kind::Payment | Kind::Event => json!("success"),
        };
        Ok(Handled { answer, outcome: Outcome::Parked, attempt: None })
    }

    /// Does something once for all deliveries that share a key.
    pub(crate) async fn once<F: Future<Output = Result<(), ParkError>>>(
        &self,
        appid: &Appid,
        key: &PushKey,
        deadline: Deadline,
        act: impl Fn() -> F,
    ) -> Result<(), HandleError> {
        let owner = random::unique_text()?;
        let claim = || self.dedupe.claim(appid, key, &owner, false, clock::now_seconds());
        if matches!(deadline.insist(claim).await?, Written::Written(_)) {
            if let Err(error) = deadline.insist(act).await {
                // WeChat's next attempt is the last one: it must not wait for the lease.
                deadline.insist(|| self.dedupe.release(appid, key, &owner)).await?;
                return Err(error.into());
            }
            let answer = json!("success");
            let complete = || self.dedupe.complete(appid, key, &owner, &answer, clock::now_seconds());
            deadline.insist(complete).await?;
        }
        Ok(())
    }

    /// Parks a push that nobody could handle.
    pub(crate) async fn park(&self, job: &Job<'_>, why: &str) -> Result<(), HandleError> {
        let parked = Parked {
            appid: job.appid,
            push: job.push,
            reason: Reason::OutOfReach,
            error: error(Reason::OutOfReach, why),
            customer_message: None,
        };
        Ok(job.deadline.insist(|| self.failed_pushes.park(&parked)).await?)
    }
}
