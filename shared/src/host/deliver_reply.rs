//! The Invoke of `deliver-reply`: what it is given and what it returns.

use std::time::Duration;

use aws_sdk_lambda::Client;
use protocol::appid::Appid;
use protocol::push::Push;
use protocol::push_key::PushKey;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::invoke::{Function, InvocationError, Output};

/// How long a late reply is waited for beyond the time that its function may take: for what is left to do then.
const WORK_MARGIN_SECONDS: i64 = 30;

/// Until when a late reply may come, if its function is asked now and may take `reply_timeout_seconds`.
#[must_use]
pub fn work_until(now_seconds: i64, reply_timeout_seconds: i64) -> i64 {
    now_seconds.saturating_add(reply_timeout_seconds).saturating_add(WORK_MARGIN_SECONDS)
}

/// What `deliver-reply` is invoked with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// The push.
    pub push: Push,
    /// The mini program.
    pub appid: Appid,
    /// The push's key.
    pub key: PushKey,
    /// Who claimed the push, or is to take it over.
    pub owner: String,
    /// When WeChat must have its answer, milliseconds since the epoch. Without it nobody waits. It is advice: the row decides
    /// what is still in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_by: Option<i64>,
    /// A customer message that was parked, to be sent alone, once; the push's function is not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resend: Option<Map<String, Value>>,
}

/// What `deliver-reply` returns to whoever waits for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivered {
    /// Everything has an outcome; WeChat is answered this.
    Replied(Value),
    /// The function failed; WeChat is answered this, a text or an object.
    Failed(Value),
    /// It is not for this run to answer: the row says who does.
    Unfinished,
}

/// What came of waiting for `deliver-reply`.
#[derive(Debug)]
pub enum Waited {
    /// It returned.
    Returned(Delivered),
    /// It ended with an error.
    Failed,
    /// It has not returned within the patience, and runs on.
    Late,
    /// The connection broke off: whether Lambda took the invocation is unknown.
    Unknown,
    /// Lambda certainly did not take the invocation.
    NotTaken(InvocationError),
}

/// The function `deliver-reply`.
#[derive(Debug, Clone)]
pub struct DeliverReply(Function);

impl DeliverReply {
    /// The function with this ARN.
    #[must_use]
    pub fn new(lambda_once: Client, arn: String) -> Self {
        Self(Function::new(lambda_once, arn))
    }

    /// Invokes it and waits, no longer than `patience`.
    pub async fn ask(&self, envelope: &Envelope, patience: Duration) -> Waited {
        match self.0.ask(envelope, patience).await {
            Ok(Output::Returned(returned)) => {
                Waited::Returned(serde_json::from_value(returned).unwrap_or(Delivered::Unfinished))
            }
            Ok(Output::Failed(_)) => Waited::Failed,
            Ok(Output::Late) => Waited::Late,
            Err(InvocationError::Unknown(_) | InvocationError::TimedOut) => Waited::Unknown,
            Ok(Output::Throttled) => Waited::NotTaken(InvocationError::Refused("too many requests".into())),
            Err(error @ InvocationError::Refused(_)) => Waited::NotTaken(error),
        }
    }

    /// Opens the connection over which it is invoked.
    ///
    /// # Errors
    /// [`InvocationError`] where Lambda did not answer.
    pub async fn connect(&self) -> Result<(), InvocationError> {
        self.0.dry_run().await
    }

    /// Invokes it asynchronously.
    ///
    /// # Errors
    /// [`InvocationError`] where Lambda did not take the invocation within `patience`.
    pub async fn tell(&self, envelope: &Envelope, patience: Duration) -> Result<(), InvocationError> {
        self.0.tell(envelope, patience).await
    }
}
