//! Lets a user act, and pushes it.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::fields::text;
use super::mini_program;
use super::order::{Order, answer_fault, waits};
use super::refusal::Refusal;
use crate::mini_programs::MiniPrograms;
use crate::push::answer_fault::AnswerFault;
use crate::push::delivery::Delivery;
use crate::push::message::{Action, Message};
use crate::push::outgoing::{Outgoing, Target};
use crate::push::sealed::{Chance, SealedPush, Signature};
use crate::timeline::{Happening, Occasion};
use crate::users::DEMO_OPENID;
use crate::wechat::{Memory, WeChat};
use crate::{clock, push_url, random};

/// Lets a user act: the act takes effect at once, as in WeChat, and is then pushed, unless it is a message for the agent who
/// has the session. A forged push is nobody's act.
pub(super) async fn push(State(mini_programs): State<Arc<MiniPrograms>>, body: Bytes) -> Result<Response, Refusal> {
    let (wechat, fields) = mini_program::order(&mini_programs, &body, &Order::FIELDS)?;
    let order = Order::read(fields)?;
    let now = clock::now();
    let message = Message::complete(order.message, &order.openid, &wechat.identity.account, now, clock::growing_id())?;
    let chance = Chance { nonce: random::bytes()?, encryption: random::bytes()? };
    let push = SealedPush::seal(message, order.style, &wechat.identity, now, chance)?;
    act(wechat, push, now, order.fault, order.waits).await
}

/// Lets a user do what a push is about, and pushes it.
pub(super) async fn act(
    wechat: Arc<WeChat>,
    push: SealedPush,
    now: i64,
    fault: Option<AnswerFault>,
    waits: bool,
) -> Result<Response, Refusal> {
    let push = Arc::new(push);
    let Message { openid, action, .. } = &push.message;
    let outgoing = {
        let mut memory = wechat.memory();
        let is_genuine = push.signature == Signature::Genuine;
        let session = memory.users.find_mut(openid).map(|user| user.session).unwrap_or_default();
        if is_genuine && *action == Action::Writes && session.is_with_agent(now) {
            return Ok(tell_agent(&mut memory, &push.message, now, waits));
        }
        let target = target(&wechat, &memory)?;
        if is_genuine {
            memory.users.act(openid, action.clone(), now);
            memory.tell_user(openid, now);
        }
        memory.last_pushes.insert(openid.clone(), push.clone());
        Outgoing::start(&mut memory, push, target, Occasion::Act, fault)
    };
    deliver(wechat, outgoing, waits).await
}

/// Lets the agent have a user's message.
fn tell_agent(memory: &mut Memory, message: &Message, now: i64, waits: bool) -> Response {
    let Message { openid, fields, action, .. } = message;
    memory.users.act(openid, action.clone(), now);
    memory.tell_user(openid, now);
    memory.timeline.tell(now, &Happening::ToAgent { openid, message: fields });
    if waits { Json(Delivery::to_agent(fields.clone())).into_response() } else { unawaited() }
}

/// Sends a user's last push once more, byte for byte: what WeChat does when it did not see the answer.
pub(super) async fn push_again(
    State(mini_programs): State<Arc<MiniPrograms>>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let known = ["openid", "fault", "fault_attempts", "wait"];
    let (wechat, fields) = mini_program::order(&mini_programs, &body, &known)?;
    let (fault, waits) = (answer_fault(&fields)?, waits(&fields)?);
    let openid = text(&fields, "openid")?.unwrap_or(DEMO_OPENID);
    let outgoing = {
        let mut memory = wechat.memory();
        let push = memory.last_pushes.get(openid).cloned().ok_or(Refusal::NoLastPush)?;
        let target = target(&wechat, &memory)?;
        Outgoing::start(&mut memory, push, target, Occasion::Again, fault)
    };
    deliver(wechat, outgoing, waits).await
}

/// Changes where pushes go.
pub(super) async fn set_push_url(
    State(mini_programs): State<Arc<MiniPrograms>>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let (wechat, fields) = mini_program::order(&mini_programs, &body, &["push_url"])?;
    let text = text(&fields, "push_url")?
        .ok_or(Refusal::Field { field: "push_url", rule: "is needed, a string".to_owned() })?;
    let url = push_url::parse(text)?;
    let mut memory = wechat.memory();
    memory.timeline.tell(clock::now(), &Happening::PushUrl { push_url: url.as_str() });
    let answer = json!({"push_url": url.as_str()});
    memory.push_url = Some(url);
    Ok(Json(answer))
}

/// Where pushes go now.
fn target(wechat: &WeChat, memory: &Memory) -> Result<Target, Refusal> {
    Ok(Target::new(memory.push_url.clone().ok_or(Refusal::NoPushUrl)?, &wechat.clients)?)
}

/// Delivers in a task of its own: WeChat does not stop asking because whoever ordered the push went away. A page does not
/// wait: a browser has six connections per host, and a delivery may take twenty seconds.
async fn deliver(wechat: Arc<WeChat>, outgoing: Outgoing, waits: bool) -> Result<Response, Refusal> {
    let delivery = tokio::spawn(async move { outgoing.deliver(&wechat).await });
    if !waits {
        return Ok(unawaited());
    }
    Ok(Json(delivery.await.map_err(|_| Refusal::Stopped)?).into_response())
}

/// What an order gets that does not wait.
fn unawaited() -> Response {
    (StatusCode::ACCEPTED, Json(json!({}))).into_response()
}
