//! Faults: what goes wrong between the product and WeChat, switched on for a path.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::{pending, ready};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::response::Parts;
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use futures_util::stream::once;
use serde_json::{Map, Value, json};

use super::calls::{Call, Incoming};
use crate::clock;
use crate::connection::Connection;
use crate::wechat::WeChat;

/// More than any call has.
const LONGEST_BODY: usize = 16 << 20;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is acted upon and answered, later.
    Delay(Duration),
    /// The connection is cut before anything is acted upon.
    Drop,
    /// The connection is cut after it was acted upon.
    DropAfterBody,
    /// It is answered with this errcode and not acted upon.
    Errcode(i64),
    /// Something else answers, with a page.
    Html,
    /// The answer is empty, and nothing was acted upon.
    Empty,
    /// It is acted upon, and the connection is cut in the middle of the answer.
    Half,
    /// HTTP status 500, and nothing was acted upon.
    Status500,
}

/// The names of the faults.
pub(crate) const NAMES: [&str; 8] =
    ["delay", "drop", "drop_after_body", "errcode", "html", "empty", "half", "status_500"];

/// Why a text names no fault.
#[derive(Debug, thiserror::Error)]
#[error("must be one of {}", NAMES.join(", "))]
pub(crate) struct NoFault;

impl FromStr for Fault {
    type Err = NoFault;

    /// `delay` is one of a second, `errcode` -1, until told otherwise.
    fn from_str(name: &str) -> Result<Self, NoFault> {
        Ok(match name {
            "delay" => Self::Delay(Duration::from_secs(1)),
            "drop" => Self::Drop,
            "drop_after_body" => Self::DropAfterBody,
            "errcode" => Self::Errcode(-1),
            "html" => Self::Html,
            "empty" => Self::Empty,
            "half" => Self::Half,
            "status_500" => Self::Status500,
            _ => return Err(NoFault),
        })
    }
}

impl Fault {
    /// Its name in orders and in what is told.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Delay(_) => "delay",
            Self::Drop => "drop",
            Self::DropAfterBody => "drop_after_body",
            Self::Errcode(_) => "errcode",
            Self::Html => "html",
            Self::Empty => "empty",
            Self::Half => "half",
            Self::Status500 => "status_500",
        }
    }

    /// Whether an answer of WeChat's arrives whole.
    pub(crate) const fn spares_the_answer(self) -> bool {
        matches!(self, Self::Delay(_))
    }
}

/// The faults that are switched on, one a path.
#[derive(Debug, Default)]
pub(crate) struct Faults(HashMap<String, (Fault, Option<u64>)>);

impl Faults {
    /// Switches one on, for so many calls or until it is switched off.
    pub(crate) fn set(&mut self, path: &str, fault: Fault, times: Option<u64>) {
        self.0.insert(path.to_owned(), (fault, times));
    }

    /// Switches all off.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Their names by path.
    pub(crate) fn by_path(&self) -> Map<String, Value> {
        self.0.iter().map(|(path, (fault, _))| (path.clone(), fault.name().into())).collect()
    }

    /// The fault of one call.
    fn strike(&mut self, path: &str) -> Option<Fault> {
        let (fault, times) = self.0.get_mut(path)?;
        let fault = *fault;
        match times {
            None => {}
            Some(times) => {
                *times = times.saturating_sub(1);
                if *times == 0 {
                    self.0.remove(path);
                }
            }
        }
        Some(fault)
    }
}

/// Lets a call go wrong, if its path has a fault. One that is delayed for longer than its caller waits is neither acted
/// upon nor kept.
pub(crate) async fn strike(State(wechat): State<Arc<WeChat>>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let Some(fault) = struck(&wechat, &path) else { return next.run(request).await };
    // Whoever acts upon the call keeps it, with this fault.
    request.extensions_mut().insert(fault);
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
        Fault::Drop => None,
        Fault::Errcode(errcode) => Some(Json(json!({"errcode": errcode, "errmsg": "simulated fault"})).into_response()),
        Fault::Html => Some(Html("<!DOCTYPE html><title>Gateway</title>").into_response()),
        Fault::Empty => Some(StatusCode::OK.into_response()),
        Fault::Status500 => Some(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
    };
    let fields = serde_json::from_slice(&body(request.into_body()).await).ok();
    let now = clock::now();
    let call = Call::new(now, &Incoming { path, fault: Some(fault) }, fields.as_ref(), false);
    let Some(response) = response else {
        wechat.memory().record(call, now);
        return cut(connection).await;
    };
    let (head, sent) = response.into_parts();
    let sent = body(sent).await;
    wechat.memory().record(call.with_answer(&told(&head, &sent)), now);
    Response::from_parts(head, sent.into())
}

/// What is told of an answer that did not come from WeChat: its JSON, or its kind and size.
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

/// The fault of one call. Watchers are told when it was the last that it strikes.
fn struck(wechat: &WeChat, path: &str) -> Option<Fault> {
    let mut memory = wechat.memory();
    let fault = memory.faults.strike(path)?;
    if !memory.faults.0.contains_key(path) {
        memory.tell_faults(clock::now());
    }
    Some(fault)
}

/// Cuts the connection; whoever waits for the answer waits no more.
async fn cut(connection: Option<Connection>) -> Response {
    if let Some(connection) = connection {
        connection.cut();
    }
    pending().await
}

/// Tells the length of the whole and sends half of it, upon which the connection ends.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_faults_and_no_other_text_is() {
        for name in NAMES {
            assert_eq!(name.parse::<Fault>().unwrap().name(), name);
        }
        assert!("explode".parse::<Fault>().is_err());
    }

    #[test]
    fn a_fault_strikes_its_path_so_many_times_or_until_it_is_switched_off() {
        let mut faults = Faults::default();
        faults.set("/a", Fault::Drop, Some(2));
        faults.set("/b", Fault::Html, None);
        let strikes: Vec<_> = (0..3).map(|_| faults.strike("/a")).collect();
        assert_eq!(strikes, [Some(Fault::Drop), Some(Fault::Drop), None]);
        assert_eq!(faults.strike("/b"), Some(Fault::Html));
        assert_eq!(faults.strike("/c"), None);
        faults.clear();
        assert_eq!(faults.strike("/b"), None);
    }
}
