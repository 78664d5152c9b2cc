//! Lets a user act, and pushes it.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use reqwest::Url;
use serde_json::{Value, json};

use super::fields::{object, text};
use super::order::{Order, answer_fault};
use super::refusal::Refusal;
use crate::push::answer_fault::AnswerFault;
use crate::push::delivery::Delivery;
use crate::push::message::Message;
use crate::push::outgoing;
use crate::push::sealed::{Chance, SealedPush, Signature};
use crate::timeline::Occasion;
use crate::users::DEMO_OPENID;
use crate::wechat::WeChat;
use crate::{clock, push_url, random};

/// Lets a user act: the act takes effect at once, as in WeChat, and is then pushed. A forged push is nobody's act.
pub(super) async fn push(State(wechat): State<Arc<WeChat>>, body: Bytes) -> Result<Json<Delivery>, Refusal> {
    let order = Order::read(&body)?;
    let now = clock::now();
    let message = Message::complete(order.message, &order.openid, &wechat.identity.account, now, clock::growing_id())?;
    let chance = Chance { nonce: random::bytes()?, encryption: random::bytes()? };
    let push = Arc::new(SealedPush::seal(message, order.style, &wechat.identity, now, chance)?);
    let url = {
        let mut memory = wechat.memory();
        let url = memory.push_url.clone().ok_or(Refusal::NoPushUrl)?;
        if order.style.signature == Signature::Genuine {
            memory.users.act(&order.openid, push.message.action.clone(), now);
            memory.tell_user(&order.openid, now);
        }
        memory.last_pushes.insert(order.openid, push.clone());
        url
    };
    deliver(wechat, push, url, Occasion::Act, order.fault).await
}

/// Sends a user's last push once more, byte for byte: what WeChat does when it did not see the answer.
pub(super) async fn push_again(State(wechat): State<Arc<WeChat>>, body: Bytes) -> Result<Json<Delivery>, Refusal> {
    let fields = object(&body, &["openid", "fault", "fault_attempts"])?;
    let fault = answer_fault(&fields)?;
    let openid = text(&fields, "openid")?.unwrap_or(DEMO_OPENID);
    let (push, url) = {
        let memory = wechat.memory();
        let push = memory.last_pushes.get(openid).cloned().ok_or(Refusal::NoLastPush)?;
        (push, memory.push_url.clone().ok_or(Refusal::NoPushUrl)?)
    };
    deliver(wechat, push, url, Occasion::Again, fault).await
}

pub(super) async fn set_push_url(State(wechat): State<Arc<WeChat>>, body: Bytes) -> Result<Json<Value>, Refusal> {
    let fields = object(&body, &["push_url"])?;
    let text = text(&fields, "push_url")?
        .ok_or(Refusal::Field { field: "push_url", rule: "is needed, a string".to_owned() })?;
    let url = push_url::parse(text)?;
    let answer = json!({"push_url": url.as_str()});
    wechat.memory().push_url = Some(url);
    Ok(Json(answer))
}

/// Delivers in a task of its own: WeChat does not stop asking because whoever ordered the push went away.
async fn deliver(
    wechat: Arc<WeChat>,
    push: Arc<SealedPush>,
    url: Url,
    occasion: Occasion,
    fault: Option<AnswerFault>,
) -> Result<Json<Delivery>, Refusal> {
    let delivery = tokio::spawn(async move { outgoing::send(&wechat, &push, &url, occasion, fault).await });
    Ok(Json(delivery.await.map_err(|_| Refusal::Stopped)??))
}
