//! Lets an agent act: take a user who waits, end the session.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::fields::text;
use super::mini_program::{self, Asked};
use super::refusal::Refusal;
use crate::clock;
use crate::mini_programs::MiniPrograms;
use crate::session::{NotNow, Session};
use crate::timeline::{AgentAct, Happening};
use crate::users::DEMO_OPENID;

#[derive(Deserialize)]
pub(super) struct Whose {
    openid: Option<String>,
}

/// With whom a user talks now. One of whom nothing is known talks with nobody.
pub(super) async fn show(Asked(wechat): Asked, Query(whose): Query<Whose>) -> Json<Value> {
    let openid = whose.openid.as_deref().unwrap_or(DEMO_OPENID);
    let session = wechat.memory().users.find_mut(openid).map(|user| user.session).unwrap_or_default();
    Json(json!({"session": session.at(clock::now())}))
}

/// An agent takes a user out of the queue.
pub(super) async fn take(State(mini_programs): State<Arc<MiniPrograms>>, body: Bytes) -> Result<Json<Value>, Refusal> {
    change(&mini_programs, &body, Session::taken)
}

/// An agent ends the session, or turns away a user who waits.
pub(super) async fn end(State(mini_programs): State<Arc<MiniPrograms>>, body: Bytes) -> Result<Json<Value>, Refusal> {
    change(&mini_programs, &body, Session::ended)
}

fn change(
    mini_programs: &MiniPrograms,
    body: &[u8],
    how: impl Fn(Session, i64) -> Result<Session, NotNow>,
) -> Result<Json<Value>, Refusal> {
    let (wechat, fields) = mini_program::order(mini_programs, body, &["openid"])?;
    let openid = text(&fields, "openid")?.unwrap_or(DEMO_OPENID);
    let now = clock::now();
    let mut memory = wechat.memory();
    let before = memory.users.find_mut(openid).map(|user| user.session).unwrap_or_default();
    let session = how(before, now)?;
    if let Some(user) = memory.users.find_mut(openid) {
        user.session = session;
    }
    let act = match (before, session) {
        (_, Session::Agent { .. }) => AgentAct::Takes,
        (Session::Queue, _) => AgentAct::TurnsAway,
        _ => AgentAct::Ends,
    };
    memory.timeline.tell(now, &Happening::AgentActs { openid, act });
    memory.tell_user(openid, now);
    Ok(Json(json!({"session": session})))
}
