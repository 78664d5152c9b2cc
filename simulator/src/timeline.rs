//! What happened, in order, for whoever watches: the pushes and their attempts, the calls, what each user's state became.
//!
//! Nothing here decides anything. What a watcher missed is replayed to it as far as it is kept, so that a page that is
//! loaded again shows the conversation: the latest 5,000 happenings, or fewer if these are longer than 64 MiB together.
//! What has fallen out of that is gone, except for what a watcher who is behind has yet to be sent.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};
use tokio::sync::broadcast;

use crate::api::calls::Call;
use crate::push::attempt::Attempt;
use crate::push::delivery::Outcome;
use crate::users::UserState;

/// The most happenings that are kept; older ones are dropped.
const KEPT: usize = 5_000;
/// The most bytes of JSON that these have together.
const KEPT_BYTES: usize = 64 << 20;
/// How far a watcher may fall behind. One that falls further is let go, comes back and gets what is kept.
const BEHIND: usize = 1_000;

/// Why a push goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Occasion {
    /// A user acted.
    Act,
    /// The last push again, byte for byte.
    Again,
    /// A report by WeChat.
    Report,
}

/// A push as it goes out for the first time, whatever comes of it.
#[derive(Debug, Serialize)]
pub(crate) struct PushStarts<'a> {
    /// Counted from 1, over all users.
    pub(crate) push: u64,
    pub(crate) occasion: Occasion,
    pub(crate) openid: &'a str,
    pub(crate) mode: String,
    pub(crate) format: String,
    pub(crate) is_genuine: bool,
    pub(crate) message: &'a Map<String, Value>,
    pub(crate) query: Map<String, Value>,
    pub(crate) body: String,
}

/// What an agent does about a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AgentAct {
    /// Takes a user out of the queue.
    Takes,
    /// Ends the session.
    Ends,
    /// Ends the wait of a user in the queue.
    TurnsAway,
}

/// Something that happened.
#[derive(Debug, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(crate) enum Happening<'a> {
    PushStarts(PushStarts<'a>),
    AttemptStarts {
        push: u64,
        attempt: u32,
    },
    AttemptEnds {
        push: u64,
        attempt: &'a Attempt,
    },
    PushEnds {
        push: u64,
        outcome: Outcome,
        /// What the user then sees, if anything.
        notice: Option<&'a str>,
    },
    /// A user's message went to the agent who has the session, and was not pushed.
    ToAgent {
        openid: &'a str,
        message: &'a Map<String, Value>,
    },
    /// An agent changed with whom a user talks.
    AgentActs {
        openid: &'a str,
        act: AgentAct,
    },
    Call {
        call: &'a Call,
    },
    /// A user's reply window, typing line, subscriptions and session, as they are from now on.
    User {
        user: &'a UserState,
    },
    /// The faults that are switched on from now on, by path.
    Faults {
        faults: &'a Map<String, Value>,
    },
    /// Where pushes go from now on.
    PushUrl {
        push_url: &'a str,
    },
}

#[derive(Serialize)]
struct Dated<'a> {
    /// Unix seconds.
    at: i64,
    #[serde(flatten)]
    happening: &'a Happening<'a>,
}

/// A happening as watchers get it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Counted from 1.
    pub(crate) number: u64,
    /// JSON.
    pub(crate) text: Arc<str>,
}

/// All that is kept, and those who watch.
#[derive(Debug)]
pub(crate) struct Timeline {
    latest: u64,
    kept: VecDeque<Entry>,
    /// The length of these together.
    bytes: usize,
    watchers: broadcast::Sender<Entry>,
}

impl Default for Timeline {
    fn default() -> Self {
        Self { latest: 0, kept: VecDeque::new(), bytes: 0, watchers: broadcast::channel(BEHIND).0 }
    }
}

impl Timeline {
    /// Keeps a happening and tells the watchers.
    pub(crate) fn tell(&mut self, at: i64, happening: &Happening<'_>) {
        // Maps with string keys alone: never an error.
        let Ok(text) = serde_json::to_string(&Dated { at, happening }) else { return };
        self.latest += 1;
        let entry = Entry { number: self.latest, text: text.into() };
        self.bytes += entry.text.len();
        self.kept.push_back(entry.clone());
        while (self.kept.len() > KEPT || self.bytes > KEPT_BYTES)
            && let Some(oldest) = self.kept.pop_front()
        {
            self.bytes -= oldest.text.len();
        }
        // An error says that nobody watches.
        let _ = self.watchers.send(entry);
    }

    /// Whether nothing that came after entry `seen` has been dropped.
    pub(crate) fn has_all_since(&self, seen: u64) -> bool {
        self.kept.front().map_or(self.latest, |oldest| oldest.number - 1) <= seen
    }

    /// What is kept of the time after entry `seen`, and what comes from now on.
    pub(crate) fn watch(&self, seen: u64) -> (VecDeque<Entry>, broadcast::Receiver<Entry>) {
        let missed = self.kept.iter().filter(|entry| entry.number > seen).cloned().collect();
        (missed, self.watchers.subscribe())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tell(timeline: &mut Timeline, push: u64) {
        timeline.tell(7, &Happening::AttemptStarts { push, attempt: 1 });
    }

    #[test]
    fn a_happening_is_told_with_its_kind_and_its_time() {
        let mut timeline = Timeline::default();
        tell(&mut timeline, 3);
        let (kept, _) = timeline.watch(0);
        assert_eq!(&*kept[0].text, r#"{"at":7,"what":"attempt_starts","push":3,"attempt":1}"#);
    }

    #[test]
    fn a_watcher_gets_what_it_missed_and_then_what_comes() {
        let mut timeline = Timeline::default();
        tell(&mut timeline, 1);
        tell(&mut timeline, 2);
        let (missed, mut coming) = timeline.watch(1);
        assert_eq!(missed.iter().map(|entry| entry.number).collect::<Vec<_>>(), [2]);
        tell(&mut timeline, 3);
        assert_eq!(coming.try_recv().unwrap().number, 3);
    }

    #[test]
    fn the_oldest_make_room() {
        let mut timeline = Timeline::default();
        for push in 0..=5_000 {
            tell(&mut timeline, push);
        }
        let (kept, _) = timeline.watch(0);
        assert_eq!((kept.len(), kept[0].number), (5_000, 2));
    }

    #[test]
    fn what_is_long_makes_room_sooner() {
        let mut timeline = Timeline::default();
        let url = "x".repeat(KEPT_BYTES / 4);
        for _ in 0..5 {
            timeline.tell(7, &Happening::PushUrl { push_url: &url });
        }
        let (kept, _) = timeline.watch(0);
        // Each is a little longer than a quarter.
        assert_eq!(kept.iter().map(|entry| entry.number).collect::<Vec<_>>(), [3, 4, 5]);
        tell(&mut timeline, 1);
        assert_eq!(timeline.bytes, timeline.kept.iter().map(|entry| entry.text.len()).sum::<usize>());
    }
}
