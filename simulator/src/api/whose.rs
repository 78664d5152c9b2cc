//! The layer that finds the mini program of each call: by its access token, and where tokens are handed out by its appid.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{Query, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Map, Value};

use super::calls::Named;
use crate::mini_programs::MiniPrograms;

/// No call that asks for a token has a longer body than this.
const LONGEST_BODY: usize = 1 << 20;

/// Hands the mini program of the call on, in the request's extensions. A call that names none is refused by the rules of
/// WeChat; until then it is treated as one of the first mini program's.
pub(crate) async fn find(State(mini_programs): State<Arc<MiniPrograms>>, request: Request, next: Next) -> Response {
    let field = |request: &Request, name| {
        let query = Query::<HashMap<String, String>>::try_from_uri(request.uri()).ok();
        query.and_then(|Query(mut fields)| fields.remove(name))
    };
    let (mut request, named) = match request.uri().path() {
        "/cgi-bin/stable_token" => {
            let (head, body) = request.into_parts();
            let body = to_bytes(body, LONGEST_BODY).await.unwrap_or_default();
            let fields: Option<Map<String, Value>> = serde_json::from_slice(&body).ok();
            let appid = fields.as_ref().and_then(|fields| fields.get("appid")).and_then(Value::as_str);
            (Request::from_parts(head, body.into()), appid.and_then(|appid| mini_programs.find(appid)))
        }
        "/cgi-bin/token" => {
            let appid = field(&request, "appid");
            (request, appid.and_then(|appid| mini_programs.find(&appid)))
        }
        _ => {
            let token = field(&request, "access_token");
            (request, token.and_then(|token| mini_programs.find_by_token(&token)))
        }
    };
    let appid = named.map(|wechat| wechat.identity.appid.clone());
    request.extensions_mut().insert(Named(appid));
    request.extensions_mut().insert(named.unwrap_or_else(|| mini_programs.first()).clone());
    next.run(request).await
}
