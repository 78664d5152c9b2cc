//! What there is to see: the settings, and everything that happens, live.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use reqwest::Url;
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;

use crate::timeline::Entry;
use crate::users::DEMO_OPENID;
use crate::wechat::WeChat;

/// Whom WeChat plays for. No secret is among it.
pub(super) async fn setup(State(wechat): State<Arc<WeChat>>) -> Json<Value> {
    Json(json!({
        "appid": wechat.identity.appid,
        "push_url": wechat.memory().push_url.as_ref().map(Url::as_str),
        "demo_openid": DEMO_OPENID,
    }))
}

/// The timeline as server-sent events: what a watcher has not seen yet, by `Last-Event-ID`, and then what comes. One who
/// last watched another run of the simulator gets all of this one, after an event `restart`.
pub(super) async fn timeline(
    State(wechat): State<Arc<WeChat>>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let seen = last.and_then(|id| id.rsplit_once('-')).filter(|(run, _)| *run == wechat.run);
    let seen = seen.and_then(|(_, number)| number.parse().ok());
    let (missed, coming) = wechat.memory().timeline.watch(seen.unwrap_or(0));
    let is_another_run = last.is_some() && seen.is_none();
    let watcher = Watcher { run: wechat.run.clone(), is_another_run, missed, coming };
    Sse::new(unfold(watcher, |mut watcher| async { Some((Ok(watcher.next().await?), watcher)) }))
        .keep_alive(KeepAlive::default())
}

struct Watcher {
    run: String,
    is_another_run: bool,
    missed: VecDeque<Entry>,
    coming: Receiver<Entry>,
}

impl Watcher {
    /// None once it has fallen too far behind: it comes back, and what it missed is kept.
    async fn next(&mut self) -> Option<Event> {
        if std::mem::take(&mut self.is_another_run) {
            return Some(Event::default().event("restart").data("{}"));
        }
        let entry = match self.missed.pop_front() {
            Some(missed) => missed,
            None => self.coming.recv().await.ok()?,
        };
        Some(Event::default().id(format!("{}-{}", self.run, entry.number)).data(&*entry.text))
    }
}
