//! A push's function is asked what to say, and the user sees the typing state meanwhile.

use std::convert::Infallible;
use std::pin::pin;
use std::time::{Duration, Instant};

use protocol::appid::Appid;
use protocol::push::{Kind, Push};
use serde_json::{Value, json};
use shared::host::causes::causes;
use shared::host::failed_pushes::{Reason, error};
use shared::host::invoke::{InvocationError, Output};
use shared::host::route_functions::RouteFunctions;
use shared::serve::own_messages::OwnMessages;

/// The first try and two more, with these pauses before them: short where WeChat waits, long enough for a fault to pass where
/// nobody does.
const PAUSES_ATTENDED: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(300)];
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];
/// WeChat shows the typing state for 15 seconds, and shows it twice for one answer.
const TYPING_AGAIN: Duration = Duration::from_secs(15);

/// The functions of the routes.
#[derive(Debug)]
pub(crate) struct Handlers {
    pub(crate) functions: RouteFunctions,
    /// How long a function may take, all tries together.
    pub(crate) patience: Duration,
    /// When the user sees the typing state; nothing = never.
    pub(crate) typing_after: Option<Duration>,
}

impl Handlers {
    /// Asks the function of a push. The error is what it ended with, in the end.
    pub(crate) async fn ask(
        &self,
        push: &Push,
        appid: &Appid,
        is_attended: bool,
        messages: &OwnMessages,
    ) -> Result<Value, Value> {
        let mut asking = pin!(self.ask_patiently(push, appid, is_attended));
        let typing = match (push.kind(), push.openid(), self.typing_after) {
            (Kind::Message, Some(openid), Some(after)) if is_attended => Some((openid, after)),
            _ => None,
        };
        let Some((openid, after)) = typing else { return asking.await };
        tokio::select! {
            biased;
            returned = &mut asking => returned,
            never = show_typing(messages, appid, openid, after) => match never {},
        }
    }

    async fn ask_patiently(&self, push: &Push, appid: &Appid, is_attended: bool) -> Result<Value, Value> {
        let began = Instant::now();
        let event = event(push, appid);
        let mut pauses = if is_attended { PAUSES_ATTENDED } else { PAUSES }.into_iter();
        loop {
            let left = self.patience.saturating_sub(began.elapsed());
            let failed = match self.functions.ask(push.route(), &event, left).await {
                Ok(Output::Returned(output)) => return Ok(output),
                Ok(Output::Late) => return Err(error(Reason::HandlerFailed, "the function took longer than it may")),
                Ok(Output::Failed(payload)) => payload,
                Ok(Output::Throttled) => error(Reason::HandlerFailed, "the function was throttled"),
                // It may run: a payment must not be booked by two runs at once.
                Err(unknown @ InvocationError::Unknown(_)) if push.kind() == Kind::Payment => {
                    return Err(error(Reason::HandlerFailed, &causes(&unknown)));
                }
                Err(refused) => error(Reason::HandlerFailed, &causes(&refused)),
            };
            match pauses.next() {
                Some(pause) if began.elapsed() + pause < self.patience => tokio::time::sleep(pause).await,
                _ => return Err(failed),
            }
        }
    }
}

/// WeChat's JSON, and `userInfo` as WeChat's cloud functions have it.
fn event(push: &Push, appid: &Appid) -> Value {
    let mut fields = push.fields().clone();
    fields.insert("userInfo".into(), json!({"appId": appid, "openId": push.openid()}));
    Value::Object(fields)
}

async fn show_typing(messages: &OwnMessages, appid: &Appid, openid: &str, after: Duration) -> Infallible {
    tokio::time::sleep(after).await;
    messages.show_typing(appid, openid).await;
    tokio::time::sleep(TYPING_AGAIN).await;
    messages.show_typing(appid, openid).await;
    std::future::pending().await
}
