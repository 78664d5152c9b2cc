//! What there is to see: how things stand, and everything that happens, live.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use reqwest::Url;
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;

use super::mini_program::Asked;
use crate::identity::Identity;
use crate::mini_programs::MiniPrograms;
use crate::timeline::Entry;
use crate::users::DEMO_OPENID;
use crate::wechat::Memory;

/// The timeline of a mini program as server-sent events: how things stand, as an event `state`; of what a watcher has not
/// seen yet, by `Last-Event-ID`, all; and then what comes. One who last watched another run of the simulator or another mini
/// program, or missed what is not kept any more, begins anew: an event `restart` before everything else, and all that is
/// kept.
pub(super) async fn timeline(
    State(mini_programs): State<Arc<MiniPrograms>>,
    Asked(wechat): Asked,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let seen = last.and_then(|id| id.rsplit_once('-')).filter(|(run, _)| *run == wechat.run);
    let seen = seen.and_then(|(_, number)| number.parse().ok());
    let mut greeting = VecDeque::new();
    let (missed, coming) = {
        let memory = wechat.memory();
        let seen = seen.filter(|seen| memory.timeline.has_all_since(*seen));
        if last.is_some() && seen.is_none() {
            greeting.push_back(Event::default().event("restart").data("{}"));
        }
        greeting.push_back(
            Event::default().event("state").data(state(&mini_programs, &wechat.identity, &memory).to_string()),
        );
        memory.timeline.watch(seen.unwrap_or(0))
    };
    let watcher = Watcher { run: wechat.run.clone(), greeting, missed, coming };
    Sse::new(unfold(watcher, |mut watcher| async { Some((Ok(watcher.next().await?), watcher)) }))
        .keep_alive(KeepAlive::default())
}

/// How things stand, whatever of the time before is still kept. No secret is among it.
fn state(mini_programs: &MiniPrograms, identity: &Identity, memory: &Memory) -> Value {
    json!({
        "setup": {
            "appid": identity.appid,
            "appids": mini_programs.appids(),
            "push_url": memory.push_url.as_ref().map(Url::as_str),
            "demo_openid": DEMO_OPENID,
        },
        "faults": memory.faults.by_path(),
        "users": memory.users.states().values().collect::<Vec<_>>(),
    })
}

struct Watcher {
    run: String,
    /// Events that are no happenings and have no number.
    greeting: VecDeque<Event>,
    missed: VecDeque<Entry>,
    coming: Receiver<Entry>,
}

impl Watcher {
    /// None once it has fallen too far behind: it comes back.
    async fn next(&mut self) -> Option<Event> {
        if let Some(event) = self.greeting.pop_front() {
            return Some(event);
        }
        let entry = match self.missed.pop_front() {
            Some(missed) => missed,
            None => self.coming.recv().await.ok()?,
        };
        Some(Event::default().id(format!("{}-{}", self.run, entry.number)).data(&*entry.text))
    }
}
