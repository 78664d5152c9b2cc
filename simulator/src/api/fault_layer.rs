//! The layer that lets calls go wrong: it applies the fault of a call's path to the request or to its answer.

use std::convert::Infallible;
use std::future::{pending, ready};
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Extension, Request};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::response::Parts;
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use futures_util::stream::once;
use serde_json::{Map, Value, json};

use super::calls::{Call, Incoming};
use super::fault::Fault;
use super::raw_answer::{self, RawAnswer};
use super::received::LONGEST_BODY;
use crate::clock;
use crate::connection::Connection;
use crate::wechat::WeChat;

/// Applies the fault of the call's path, if it has one. A call whose delay exceeds its caller's timeout is neither acted
/// upon nor recorded.
pub(crate) async fn strike(
    Extension(wechat): Extension<Arc<WeChat>>,
    mut incoming: Incoming,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(fault) = struck(&wechat, &incoming.path) else { return next.run(request).await };
    // The handler that acts upon the call records it together with this fault.
    request.extensions_mut().insert(fault.clone());
    incoming.fault = Some(fault.clone());
    let connection = request.extensions().get::<ConnectInfo<Connection>>().map(|ConnectInfo(it)| it.clone());
    let response = match fault {
        Fault::Delay(time) => {
            tokio::time::sleep(time).await;
            return next.run(request).await;
        }
        Fault::DropAfterBody => {
            next.run(request).await;
            return cut(connection).await;
        }
        Fault::Half => return half(next.run(request).await).await,
        Fault::Answer(raw) => return ordered(&wechat, &incoming, &raw, request).await,
        Fault::Drop => None,
        Fault::Errcode(errcode) => Some(Json(json!({"errcode": errcode, "errmsg": "simulated fault"})).into_response()),
        Fault::Html => Some(Html("<!DOCTYPE html><title>Gateway</title>").into_response()),
        Fault::Empty => Some(StatusCode::OK.into_response()),
        Fault::Status500 => Some(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
    };
    let fields = serde_json::from_slice(&body(request.into_body()).await).ok();
    let now = clock::now();
    let call = Call::new(now, &incoming, fields.as_ref(), false);
    let Some(response) = response else {
        wechat.memory().record(call, now);
        return cut(connection).await;
    };
    let (head, sent) = response.into_parts();
    let sent = body(sent).await;
    wechat.memory().record(call.with_answer(&told(&head, &sent)), now);
    Response::from_parts(head, sent.into())
}

/// Sends an ordered answer. What is kept of it names the access token by its placeholder.
async fn ordered(wechat: &WeChat, incoming: &Incoming, raw: &RawAnswer, request: Request) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let token = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "access_token");
    let response = raw.response(&token.map(|(_, value)| value.into_owned()).unwrap_or_default());
    let fields = serde_json::from_slice(&body(request.into_body()).await).ok();
    let now = clock::now();
    let (head, _) = raw.response(raw_answer::TOKEN).into_parts();
    let call = Call::new(now, incoming, fields.as_ref(), false).with_answer(&told(&head, &raw.body));
    wechat.memory().record(call, now);
    response
}

/// Describes an answer that did not come from WeChat for the record: its JSON, or its content type and size.
fn told(head: &Parts, sent: &[u8]) -> Value {
    if let Ok(Value::Object(fields)) = serde_json::from_slice(sent) {
        return Value::Object(fields);
    }
    let mut told = Map::from_iter([("bytes".to_owned(), sent.len().into())]);
    if let Some(content_type) = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) {
        told.insert("content_type".to_owned(), content_type.into());
    }
    if head.status != StatusCode::OK {
        told.insert("status".to_owned(), head.status.as_u16().into());
    }
    Value::Object(told)
}

/// Takes the fault of one call. If that was the last call that the fault strikes, the watchers learn that it is off.
fn struck(wechat: &WeChat, path: &str) -> Option<Fault> {
    let mut memory = wechat.memory();
    let fault = memory.faults.strike(path)?;
    if !memory.faults.is_on(path) {
        memory.tell_faults(clock::now());
    }
    Some(fault)
}

/// Cuts the connection. No answer follows.
async fn cut(connection: Option<Connection>) -> Response {
    if let Some(connection) = connection {
        connection.cut();
    }
    pending().await
}

/// Announces the length of the whole answer but sends half of it, so that the connection ends too early.
async fn half(response: Response) -> Response {
    let (mut head, whole) = response.into_parts();
    let whole = body(whole).await;
    head.headers.insert(CONTENT_LENGTH, whole.len().into());
    let half = whole.slice(..whole.len() / 2);
    Response::from_parts(head, Body::from_stream(once(ready(Ok::<_, Infallible>(half)))))
}

async fn body(body: Body) -> Bytes {
    to_bytes(body, LONGEST_BODY).await.unwrap_or_default()
}
