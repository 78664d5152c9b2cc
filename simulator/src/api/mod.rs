//! Product to WeChat: the API at `api.weixin.qq.com`, by its own paths, rules and errcodes, always with HTTP 200.

pub(crate) mod access_token;
pub(crate) mod calls;
mod custom_send;
mod refusal;
mod typing;

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{Method, Uri};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use self::access_token::{AccessToken, Issued};
use self::refusal::Refusal;
use crate::identity::Identity;
use crate::wechat::{Memory, WeChat};
use crate::{clock, random};

type Fields = Map<String, Value>;
type QueryFields = Query<HashMap<String, String>>;

/// The paths of WeChat's API.
pub(crate) fn router() -> Router<Arc<WeChat>> {
    Router::new()
        .route("/cgi-bin/stable_token", post(stable_token))
        .route("/cgi-bin/token", get(token))
        .route("/cgi-bin/message/custom/send", post(send_custom_message))
        // The older path, and the one of the newer page.
        .route("/cgi-bin/message/custom/typing", post(set_typing))
        .route("/cgi-bin/message/custom/business/typing", post(set_typing))
        .method_not_allowed_fallback(wrong_method)
}

async fn stable_token(State(wechat): State<Arc<WeChat>>, uri: Uri, body: Bytes) -> Json<Value> {
    let body = object(&body);
    answer(&wechat, &uri, body.as_ref(), |memory, now| {
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

async fn token(State(wechat): State<Arc<WeChat>>, uri: Uri, Query(query): QueryFields) -> Json<Value> {
    answer(&wechat, &uri, None, |memory, now| {
        check_credentials(&wechat.identity, |name| query.get(name).map(String::as_str))?;
        Ok(hand_out(&memory.tokens.classic(fresh_token()?, now)))
    })
}

async fn send_custom_message(
    State(wechat): State<Arc<WeChat>>,
    uri: Uri,
    Query(query): QueryFields,
    body: Bytes,
) -> Json<Value> {
    authorized(&wechat, &uri, &query, &body, |memory, body, now| custom_send::send(body, &mut memory.users, now))
}

async fn set_typing(
    State(wechat): State<Arc<WeChat>>,
    uri: Uri,
    Query(query): QueryFields,
    body: Bytes,
) -> Json<Value> {
    authorized(&wechat, &uri, &query, &body, |memory, body, now| typing::set(body, &mut memory.users, now))
}

async fn wrong_method(method: Method) -> Json<Value> {
    refuse(if method == Method::GET { &Refusal::NotPost } else { &Refusal::NotGet })
}

/// A call that needs an access token and a JSON body.
fn authorized(
    wechat: &WeChat,
    uri: &Uri,
    query: &HashMap<String, String>,
    body: &[u8],
    act: impl FnOnce(&mut Memory, &Fields, i64) -> Result<(), Refusal>,
) -> Json<Value> {
    let body = object(body);
    answer(wechat, uri, body.as_ref(), |memory, now| {
        memory.tokens.check(query.get("access_token").map(String::as_str), now)?;
        act(memory, body.as_ref().ok_or(Refusal::NotJson)?, now)?;
        Ok(json!({"errcode": 0, "errmsg": "ok"}))
    })
}

/// Every call goes through here: acts on the memory, keeps the call, turns a refusal into its errcode.
fn answer(
    wechat: &WeChat,
    uri: &Uri,
    body: Option<&Fields>,
    act: impl FnOnce(&mut Memory, i64) -> Result<Value, Refusal>,
) -> Json<Value> {
    let now = clock::now();
    let mut memory = wechat.memory();
    let result = act(&mut memory, now);
    let errcode = result.as_ref().err().map_or(0, Refusal::errcode);
    memory.calls.record(now, uri.path(), body, errcode);
    result.map_or_else(|refusal| refuse(&refusal), Json)
}

fn refuse(refusal: &Refusal) -> Json<Value> {
    Json(json!({"errcode": refusal.errcode(), "errmsg": refusal.to_string()}))
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
