//! Product to WeChat: the API at `api.weixin.qq.com`, by its own paths, rules and errcodes, with HTTP 200 whatever it says.
//! `docs/simulator.md` lists the calls.

pub(crate) mod access_token;
mod callback_check;
pub(crate) mod calls;
mod china;
mod credentials;
mod custom_send;
pub(crate) mod fault;
pub(crate) mod fault_layer;
pub(crate) mod media;
mod mini_program_code;
pub(crate) mod paths;
pub(crate) mod quota;
pub(crate) mod raw_answer;
pub(crate) mod received;
mod refusal;
mod servers;
mod subscribe_send;
mod text_check;
mod typing;
pub(crate) mod whose;

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{DefaultBodyLimit, Extension, Multipart, Query};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use self::access_token::{AccessToken, Issued};
use self::calls::{Call, Incoming};
use self::fault::Fault;
use self::refusal::Refusal;
use crate::identity::Identity;
use crate::push;
use crate::wechat::{Memory, WeChat};
use crate::{clock, random};

/// More than any picture that is taken.
pub(crate) const LONGEST_UPLOAD: usize = received::LONGEST_BODY;

type Fields = Map<String, Value>;
type QueryFields = Query<HashMap<String, String>>;

/// The paths of WeChat's API, and the answer to any other. [`whose::find`] must have found the mini program of each call.
pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/cgi-bin/stable_token", post(stable_token))
        .route("/cgi-bin/token", get(token))
        .route("/cgi-bin/message/custom/send", post(send_custom_message))
        // The older path, and the one of the newer page.
        .route("/cgi-bin/message/custom/typing", post(set_typing))
        .route("/cgi-bin/message/custom/business/typing", post(set_typing))
        .route("/cgi-bin/message/subscribe/send", post(send_subscribe_message))
        .route("/cgi-bin/message/wxopen/template/uniform_send", post(send_uniform_message))
        .route("/cgi-bin/media/upload", post(upload_media))
        .route("/cgi-bin/media/get", get(get_media))
        .route("/cgi-bin/getcallbackip", get(get_callback_ips))
        .route("/cgi-bin/get_api_domain_ip", get(get_api_domain_ips))
        .route("/cgi-bin/callback/check", post(check_callback))
        .route("/cgi-bin/openapi/quota/get", post(get_quota))
        .route("/cgi-bin/clear_quota", post(clear_quota))
        .route("/wxa/getwxacodeunlimit", post(get_mini_program_code))
        .route("/wxa/msg_sec_check", post(check_text))
        .method_not_allowed_fallback(wrong_method)
        .fallback(unknown_path)
        .layer(DefaultBodyLimit::max(LONGEST_UPLOAD))
}

async fn stable_token(Extension(wechat): Extension<Arc<WeChat>>, incoming: Incoming, body: Bytes) -> Json<Value> {
    let body = object(&body);
    answer(&wechat, &incoming, body.as_ref(), |memory, now| {
        let body = body.as_ref().ok_or(Refusal::NotJson)?;
        check_credentials(&wechat.identity, |name| body.get(name).and_then(Value::as_str))?;
        let fresh = fresh_token()?;
        let issued = match body.get("force_refresh") {
            None | Some(Value::Bool(false)) => memory.tokens.stable(fresh, now),
            Some(Value::Bool(true)) => memory.tokens.forced(fresh, now)?,
            Some(_) => return Err(Refusal::Argument("force_refresh must be a boolean")),
        };
        Ok(hand_out(&issued))
    })
}

async fn token(
    Extension(wechat): Extension<Arc<WeChat>>,
    incoming: Incoming,
    Query(query): QueryFields,
) -> Json<Value> {
    answer(&wechat, &incoming, None, |memory, now| {
        check_credentials(&wechat.identity, |name| query.get(name).map(String::as_str))?;
        Ok(hand_out(&memory.tokens.classic(fresh_token()?, now)))
    })
}

async fn send_custom_message(
    Extension(wechat): Extension<Arc<WeChat>>,
    incoming: Incoming,
    Query(query): QueryFields,
    body: Bytes,
) -> Json<Value> {
    authorized(&wechat, &incoming, &query, &body, |memory, body, now| {
        custom_send::send(body, &mut memory.users, now).map(|()| ok())
    })
}

async fn set_typing(
    Extension(wechat): Extension<Arc<WeChat>>,
    incoming: Incoming,
    Query(query): QueryFields,
    body: Bytes,
) -> Json<Value> {
    authorized(&wechat, &incoming, &query, &body, |memory, body, now| {
        typing::set(body, &mut memory.users, now).map(|()| ok())
    })
}

/// Sends, and pushes back what became of it.
async fn send_subscribe_message(
    Extension(wechat): Extension<Arc<WeChat>>,
    incoming: Incoming,
    Query(query): QueryFields,
    body: Bytes,
) -> Json<Value> {
    let mut report = None;
    let answer = authorized(&wechat, &incoming, &query, &body, |memory, body, _| {
        let msg_id = clock::growing_id();
        let answer = subscribe_send::send(body, &mut memory.users, msg_id)?;
        let field = |name| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        report = Some((field("touser"), subscribe_send::sent_event(&field("template_id"), msg_id)));
        Ok(answer)
    });
    if let Some((openid, event)) = report {
        tokio::spawn(push::of_its_own::push(wechat, openid, event));
    }
    answer
}

/// Retired on 2023-09-20, whatever it is asked.
async fn send_uniform_message(
    Extension(wechat): Extension<Arc<WeChat>>,
    incoming: Incoming,
    Query(query): QueryFields,
    body: Bytes,
) -> Json<Value> {
    authorized(&wechat, &incoming, &query, &body, |_, _, _| Err(Refusal::Retired))
}

/// A body in chunks, or none in parts, has no media for WeChat.
async fn upload_media(
    Extension(wechat): Extension<Arc<WeChat>>,
    incoming: Incoming,
    Query(query): QueryFields,
    headers: HeaderMap,
    body: Result<Multipart, MultipartRejection>,
) -> Json<Value> {
    let file = match body {
        Ok(parts) if headers.contains_key(CONTENT_LENGTH) => media_field(parts).await,
        _ => None,
    };
    answer(&wechat, &incoming, None, |memory, now| {
        memory.tokens.check(query.get("access_token").map(String::as_str), now)?;
        let random = random::bytes().map_err(|_| Refusal::Busy)?;
        memory.media.upload(query.get("type").map(String::as_str), file, random, now)
    })
}

/// The file, if it is named as one.
async fn media_field(mut parts: Multipart) -> Option<Bytes> {
    while let Ok(Some(part)) = parts.next_field().await {
        if part.name() == Some("media") && part.file_name().is_some() {
            return part.bytes().await.ok();
        }
    }
    None
}

/// Sends the picture; what is kept of that answer is its kind and size.
async fn get_media(
    Extension(wechat): Extension<Arc<WeChat>>,
    incoming: Incoming,
    Query(query): QueryFields,
) -> Response {
    let mut found = None;
    let media_id = query.get("media_id").map(String::as_str);
    let refusal = answer(&wechat, &incoming, None, |memory, now| {
        memory.tokens.check(query.get("access_token").map(String::as_str), now)?;
        let picture = found.insert(memory.media.get(media_id, now)?);
        Ok(json!({"content_type": picture.content_type, "bytes": picture.bytes.len()}))
    });
    let Some(picture) = found else { return refusal.into_response() };
    let name = format!("attachment; filename=\"{}.{}\"", media_id.unwrap_or_default(), picture.extension);
    let headers = [(CONTENT_TYPE, picture.content_type.to_owned()), (CONTENT_DISPOSITION, name)];
    (headers, picture.bytes).into_response()
}

async fn get_callback_ips(
    Extension(wechat): Extension<Arc<WeChat>>,
    incoming: Incoming,
    Query(query): QueryFields,
) -> Json<Value> {
    with_token(&wechat, &incoming, &query, servers::callback_ips)
}

async fn get_api_domain_ips(
    Extension(wechat): Extension<Arc<WeChat>>,
    incoming: Incoming,
    Query(query): QueryFields,
) -> Json<Value> {
    with_token(&wechat, &incoming, &query, servers::api_domain_ips)
}

async fn check_callback(
    Extension(wechat): Extension<Arc<WeChat>>,
    incoming: Incoming,
    Query(query): QueryFields,
    body: Bytes,
) -> Json<Value> {
    authorized(&wechat, &incoming, &query, &body, |memory, body, _| {
        callback_check::check(body, memory.push_url.as_ref())
    })
}

async fn get_quota(
    Extension(wechat): Extension<Arc<WeChat>>,
    incoming: Incoming,
    Query(query): QueryFields,
    body: Bytes,
) -> Json<Value> {
    authorized(&wechat, &incoming, &query, &body, |memory, body, now| memory.quota.get(body, now))
}

async fn clear_quota(
    Extension(wechat): Extension<Arc<WeChat>>,
    incoming: Incoming,
    Query(query): QueryFields,
    body: Bytes,
) -> Json<Value> {
    authorized(&wechat, &incoming, &query, &body, |memory, body, now| {
        memory.quota.clear(body, &wechat.identity.appid, now).map(|()| ok())
    })
}

async fn check_text(
    Extension(wechat): Extension<Arc<WeChat>>,
    incoming: Incoming,
    Query(query): QueryFields,
    body: Bytes,
) -> Json<Value> {
    authorized(&wechat, &incoming, &query, &body, |memory, body, now| {
        text_check::check(body, &mut memory.users, random::bytes().map_err(|_| Refusal::Busy)?, now)
    })
}

/// Sends the picture; what is kept of that answer is its kind and size.
async fn get_mini_program_code(
    Extension(wechat): Extension<Arc<WeChat>>,
    incoming: Incoming,
    Query(query): QueryFields,
    body: Bytes,
) -> Response {
    let mut drawn = None;
    let refusal = authorized(&wechat, &incoming, &query, &body, |_, body, _| {
        let picture = drawn.insert(mini_program_code::draw(body)?);
        Ok(json!({"content_type": "image/png", "bytes": picture.len()}))
    });
    let Some(picture) = drawn else { return refusal.into_response() };
    let headers = [(CONTENT_TYPE, "image/png"), (CONTENT_DISPOSITION, "attachment; filename=\"QRCode.png\"")];
    (headers, picture).into_response()
}

async fn wrong_method(Extension(wechat): Extension<Arc<WeChat>>, incoming: Incoming, body: Bytes) -> Json<Value> {
    let takes_get = paths::GET.contains(&incoming.path.as_str());
    let refusal = if takes_get { Refusal::NotGet } else { Refusal::NotPost };
    answer(&wechat, &incoming, object(&body).as_ref(), |_, _| Err(refusal))
}

/// A path that is none of WeChat's, or one that the simulator does not know.
async fn unknown_path(Extension(wechat): Extension<Arc<WeChat>>, incoming: Incoming, body: Bytes) -> Json<Value> {
    answer(&wechat, &incoming, object(&body).as_ref(), |_, _| Err(Refusal::Url))
}

/// A call that needs an access token and a JSON body.
fn authorized(
    wechat: &WeChat,
    incoming: &Incoming,
    query: &HashMap<String, String>,
    body: &[u8],
    act: impl FnOnce(&mut Memory, &Fields, i64) -> Result<Value, Refusal>,
) -> Json<Value> {
    let fields = object(body);
    answer(wechat, incoming, fields.as_ref(), |memory, now| {
        memory.tokens.check(query.get("access_token").map(String::as_str), now)?;
        if body.is_empty() {
            return Err(Refusal::PostEmpty);
        }
        act(memory, fields.as_ref().ok_or(Refusal::NotJson)?, now)
    })
}

/// A call that needs an access token alone, and whose answer never changes.
fn with_token(
    wechat: &WeChat,
    incoming: &Incoming,
    query: &HashMap<String, String>,
    told: impl FnOnce() -> Value,
) -> Json<Value> {
    answer(wechat, incoming, None, |memory, now| {
        memory.tokens.check(query.get("access_token").map(String::as_str), now)?;
        Ok(told())
    })
}

fn ok() -> Value {
    json!({"errcode": 0, "errmsg": "ok"})
}

/// Every call of a known path goes through here: acts on the memory, keeps the call, turns a refusal into its errcode.
fn answer(
    wechat: &WeChat,
    incoming: &Incoming,
    body: Option<&Fields>,
    act: impl FnOnce(&mut Memory, i64) -> Result<Value, Refusal>,
) -> Json<Value> {
    let now = clock::now();
    let mut memory = wechat.memory();
    let done = act(&mut memory, now);
    let acted = done.is_ok();
    let answer = done.unwrap_or_else(|refusal| refusal.answer());
    record(&mut memory, incoming, body, now, acted, &answer);
    Json(answer)
}

/// Counts and keeps a call, with as much of the answer as its caller gets.
fn record(memory: &mut Memory, incoming: &Incoming, body: Option<&Fields>, now: i64, acted: bool, answer: &Value) {
    if acted {
        memory.quota.count(&incoming.path, now);
    }
    let call = Call::new(now, incoming, body, acted);
    let arrives = incoming.fault.as_ref().is_none_or(Fault::spares_the_answer);
    memory.record(if arrives { call.with_answer(answer) } else { call }, now);
}

fn object(body: &[u8]) -> Option<Fields> {
    serde_json::from_slice(body).ok()
}

fn check_credentials<'a>(identity: &Identity, field: impl Fn(&str) -> Option<&'a str>) -> Result<(), Refusal> {
    let field = |name| field(name).filter(|text| !text.is_empty());
    if field("grant_type") != Some("client_credential") {
        return Err(Refusal::GrantType);
    }
    if field("appid").ok_or(Refusal::AppidMissing)? != identity.appid {
        return Err(Refusal::Appid);
    }
    if !identity.app_secret.is(field("secret").ok_or(Refusal::AppSecretMissing)?) {
        return Err(Refusal::AppSecret);
    }
    Ok(())
}

fn fresh_token() -> Result<AccessToken, Refusal> {
    random::bytes().map(|bytes| AccessToken::mint(&bytes)).map_err(|_| Refusal::Busy)
}

fn hand_out(issued: &Issued) -> Value {
    json!({"access_token": issued.token.expose(), "expires_in": issued.expires_in})
}
