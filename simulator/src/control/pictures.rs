//! Pictures of a user's: WeChat keeps what the user picks, and the push names it by `MediaId` and `PicUrl`.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::mini_program::Asked;
use super::refusal::Refusal;
use crate::mini_programs::MiniPrograms;
use crate::{clock, random};

/// Takes the bytes of one.
pub(super) async fn take(
    State(mini_programs): State<Arc<MiniPrograms>>,
    Asked(wechat): Asked,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let kept = wechat.memory().media.upload(Some("image"), Some(body), random::bytes()?, clock::now());
    let kept = kept.map_err(|refusal| Refusal::Picture(refusal.to_string()))?;
    let media_id = kept.get("media_id").and_then(Value::as_str).unwrap_or_default();
    let mut pic_url = format!("http://{host}/simulator/pictures/{media_id}");
    if !Arc::ptr_eq(&wechat, mini_programs.first()) {
        pic_url.push_str("?appid=");
        pic_url.push_str(&wechat.identity.appid);
    }
    Ok(Json(json!({"media_id": media_id, "pic_url": pic_url})))
}

/// Shows one, without an access token: the user's, or one that the product uploaded.
pub(super) async fn show(Asked(wechat): Asked, Path(media_id): Path<String>) -> Response {
    match wechat.memory().media.get(Some(&media_id), clock::now()) {
        Ok(picture) => ([(CONTENT_TYPE, picture.content_type)], picture.bytes).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}
