//! Lets an agent act: take a user who waits, end the session.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::fields::{object, text};
use super::refusal::Refusal;
use crate::clock;
use crate::session::{NotNow, Session};
use crate::users::DEMO_OPENID;
use crate::wechat::WeChat;

#[derive(Deserialize)]
pub(super) struct Whose {
    openid: Option<String>,
}

/// With whom a user talks now. One of whom nothing is known talks with nobody.
pub(super) async fn show(State(wechat): State<Arc<WeChat>>, Query(whose): Query<Whose>) -> Json<Value> {
    let openid = whose.openid.as_deref().unwrap_or(DEMO_OPENID);
    let session = wechat.memory().users.find_mut(openid).map(|user| user.session).unwrap_or_default();
    Json(json!({"session": session.at(clock::now())}))
}

/// An agent takes a user out of the queue.
pub(super) async fn take(State(wechat): State<Arc<WeChat>>, body: Bytes) -> Result<Json<Value>, Refusal> {
    change(&wechat, &body, Session::taken)
}

/// An agent ends the session, or turns away a user who waits.
pub(super) async fn end(State(wechat): State<Arc<WeChat>>, body: Bytes) -> Result<Json<Value>, Refusal> {
    change(&wechat, &body, Session::ended)
}

fn change(
    wechat: &WeChat,
    body: &[u8],
    how: impl Fn(Session, i64) -> Result<Session, NotNow>,
) -> Result<Json<Value>, Refusal> {
    let fields = object(body, &["openid"])?;
    let openid = text(&fields, "openid")?.unwrap_or(DEMO_OPENID);
    let now = clock::now();
    let mut memory = wechat.memory();
    let session = memory.users.find_mut(openid).map(|user| user.session).unwrap_or_default();
    let session = how(session, now)?;
    if let Some(user) = memory.users.find_mut(openid) {
        user.session = session;
    }
    memory.tell_user(openid, now);
    Ok(Json(json!({"session": session})))
}
