//! The control API, `/simulator/…`: what a developer, a script, the chat page or a test does to the simulated WeChat and
//! its users, and what they get to see of it.

#[cfg(test)]
mod call_tests;
#[cfg(test)]
mod fault_tests;
mod faults;
#[cfg(test)]
mod fence_tests;
mod fields;
mod mini_program;
#[cfg(test)]
mod mini_program_tests;
mod order;
mod pictures;
#[cfg(test)]
mod push_tests;
mod pushes;
mod refusal;
#[cfg(test)]
mod replay_tests;
mod replays;
#[cfg(test)]
mod request_tests;
pub(crate) mod same_origin;
#[cfg(test)]
mod session_tests;
mod sessions;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod tests;
mod watch;
#[cfg(test)]
mod watch_tests;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::middleware::from_fn;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde_json::{Value, json};

use self::fields::flag;
use self::mini_program::Asked;
use self::refusal::Refusal;
use crate::api::LONGEST_UPLOAD;
use crate::mini_programs::MiniPrograms;

/// The paths of the control API.
pub(crate) fn router() -> Router<Arc<MiniPrograms>> {
    Router::new()
        .route("/simulator/health", get(health))
        .route("/simulator/timeline", get(watch::timeline))
        .route("/simulator/push", post(pushes::push))
        .route("/simulator/push/again", post(pushes::push_again))
        .route("/simulator/replay", post(replays::replay))
        .route("/simulator/push-url", put(pushes::set_push_url))
        .route("/simulator/session", get(sessions::show))
        .route("/simulator/session/take", post(sessions::take))
        .route("/simulator/session/end", post(sessions::end))
        .route("/simulator/pictures", post(pictures::take).layer(DefaultBodyLimit::max(LONGEST_UPLOAD)))
        .route("/simulator/calls", get(calls).delete(clear_calls))
        // An answer that is ordered may be as long as any that a caller has to bear.
        .route("/simulator/faults", put(faults::set).delete(faults::clear).layer(DefaultBodyLimit::max(LONGEST_UPLOAD)))
        .route("/simulator/access-token", get(count_access_tokens))
        .route("/simulator/access-token/revoke", post(revoke_access_token))
        .layer(from_fn(same_origin::only))
        // A message may embed a picture wherever it is shown.
        .route("/simulator/pictures/{media_id}", get(pictures::show))
}

async fn health() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

async fn calls(Asked(wechat): Asked) -> Json<Value> {
    Json(json!({"calls": wechat.memory().calls.all().collect::<Vec<_>>()}))
}

async fn clear_calls(Asked(wechat): Asked) -> Json<Value> {
    wechat.memory().calls.clear();
    Json(json!({"calls": []}))
}

async fn count_access_tokens(Asked(wechat): Asked) -> Json<Value> {
    let (issued, forced) = wechat.memory().tokens.counts();
    Json(json!({"issued": issued, "forced": forced}))
}

/// Kills the tokens that are out. With `keep`, they are refused and still handed out, until a refresh is forced.
async fn revoke_access_token(
    State(mini_programs): State<Arc<MiniPrograms>>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let (wechat, fields) = mini_program::order(&mini_programs, &body, &["keep"])?;
    let keep = flag(&fields, "keep")?.unwrap_or(false);
    let tokens = &mut wechat.memory().tokens;
    Ok(Json(json!({"revoked": if keep { tokens.refuse() } else { tokens.revoke() }})))
}
