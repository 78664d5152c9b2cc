//! WeChat itself, as far as the simulator plays it for one mini program: the mini program's identity and what WeChat
//! remembers about it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reqwest::Url;

use crate::api::access_token::AccessTokens;
use crate::api::calls::{Call, CallLog};
use crate::api::fault::Faults;
use crate::api::media::Media;
use crate::api::quota::Quota;
use crate::clock;
use crate::http_clients::HttpClients;
use crate::identity::Identity;
use crate::push::delivery::Timing;
use crate::push::sealed::SealedPush;
use crate::timeline::{Happening, Timeline};
use crate::users::Users;

/// The simulated WeChat of one mini program.
#[derive(Debug)]
pub(crate) struct WeChat {
    pub(crate) identity: Identity,
    pub(crate) clients: HttpClients,
    pub(crate) timing: Timing,
    /// Tells this run and this mini program from others, to those who watch.
    pub(crate) run: String,
    memory: Mutex<Memory>,
}

/// What changes while it runs. All of it is gone at the end.
#[derive(Debug)]
pub(crate) struct Memory {
    /// Where pushes go.
    pub(crate) push_url: Option<Url>,
    pub(crate) tokens: AccessTokens,
    pub(crate) users: Users,
    pub(crate) calls: CallLog,
    pub(crate) media: Media,
    pub(crate) quota: Quota,
    pub(crate) faults: Faults,
    /// The last push in each user's name, forged ones included, by openid.
    pub(crate) last_pushes: HashMap<String, Arc<SealedPush>>,
    /// How many pushes went out.
    pub(crate) pushes: u64,
    pub(crate) timeline: Timeline,
}

impl WeChat {
    /// A WeChat that knows nobody but the demo user.
    pub(crate) fn new(
        identity: Identity,
        push_url: Option<Url>,
        enter_session_quota: u32,
        timing: Timing,
        clients: HttpClients,
    ) -> Self {
        let memory = Memory {
            push_url,
            tokens: AccessTokens::default(),
            users: Users::new(enter_session_quota),
            calls: CallLog::default(),
            media: Media::default(),
            quota: Quota::default(),
            faults: Faults::default(),
            last_pushes: HashMap::new(),
            pushes: 0,
            timeline: Timeline::default(),
        };
        let run = format!("{}-{}", clock::growing_id(), identity.appid);
        Self { identity, clients, timing, run, memory: Mutex::new(memory) }
    }

    /// The memory, for a moment: never held while waiting for the network.
    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        // A poisoned lock means that another request panicked; what it left is still the best there is.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    /// Tells the watchers how a user, if known, stands from now on.
    pub(crate) fn tell_user(&mut self, openid: &str, now: i64) {
        if let Some(state) = self.users.state(openid) {
            self.timeline.tell(now, &Happening::User { user: &state });
        }
    }

    /// Puts a user into the queue for an agent.
    pub(crate) fn transfer(&mut self, openid: &str, now: i64) {
        if let Some(user) = self.users.find_mut(openid) {
            user.session = user.session.transferred(now);
        }
        self.tell_user(openid, now);
    }

    /// Keeps a call, tells the watchers of it and of what it made of the user whom it named.
    pub(crate) fn record(&mut self, call: Call, now: i64) {
        self.timeline.tell(now, &Happening::Call { call: &call });
        if let Some(openid) = call.openid() {
            self.tell_user(openid, now);
        }
        self.calls.record(call);
    }

    /// Tells the watchers which faults are switched on from now on.
    pub(crate) fn tell_faults(&mut self, now: i64) {
        self.timeline.tell(now, &Happening::Faults { faults: &self.faults.by_path() });
    }
}
