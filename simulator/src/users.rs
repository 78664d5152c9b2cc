//! The users that WeChat knows of: who has been in touch with the mini program, and what each one's state is.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::push::message::Action;
use crate::reply_window::{Grant, ReplyWindow};
use crate::session::Session;
use crate::typing_state::TypingState;

/// The user who acts unless a push names another.
pub(crate) const DEMO_OPENID: &str = "oSimulatedDemoUser0000000000";

/// One user.
#[derive(Debug, Default)]
pub(crate) struct User {
    pub(crate) window: Option<ReplyWindow>,
    pub(crate) typing: TypingState,
    pub(crate) session: Session,
    /// Unix seconds of the last act; none if there was none yet.
    pub(crate) visited_at: Option<i64>,
    /// Messages that may be sent, by template.
    pub(crate) accepted: BTreeMap<String, u32>,
}

/// What there is to see of a user.
#[derive(Debug, Serialize)]
pub(crate) struct UserState {
    openid: String,
    window: Option<ReplyWindow>,
    /// Unix seconds until which the typing line stands.
    typing_until: Option<i64>,
    accepted: BTreeMap<String, u32>,
    /// With whom the user talks.
    session: Session,
}

/// All users, by openid.
#[derive(Debug)]
pub(crate) struct Users {
    by_openid: HashMap<String, User>,
    enter_session_quota: u32,
}

impl Users {
    /// The demo user alone. `enter_session_quota`: the messages that entering the session allows.
    pub(crate) fn new(enter_session_quota: u32) -> Self {
        Self { by_openid: HashMap::from([(DEMO_OPENID.to_owned(), User::default())]), enter_session_quota }
    }

    /// A user does something; one who was not known is from now on.
    pub(crate) fn act(&mut self, openid: &str, action: Action, now: i64) {
        let quota = self.enter_session_quota;
        let user = self.by_openid.entry(openid.to_owned()).or_default();
        user.visited_at = Some(now);
        match action {
            Action::Writes => {
                user.window = Some(ReplyWindow::opened(user.window, Grant::MESSAGE, now));
                user.typing.message_came(now);
                user.session = user.session.message_came(now);
            }
            Action::EntersSession => user.window = Some(ReplyWindow::opened(user.window, Grant::enter(quota), now)),
            Action::Subscribes(choices) => {
                for choice in choices {
                    let accepted = user.accepted.entry(choice.template_id).or_default();
                    *accepted = if choice.is_accepted { accepted.saturating_add(1) } else { 0 };
                }
            }
            Action::Other => {}
        }
    }

    /// The user of this openid, if known.
    pub(crate) fn find_mut(&mut self, openid: &str) -> Option<&mut User> {
        self.by_openid.get_mut(openid)
    }

    /// What there is to see of each user, by openid.
    pub(crate) fn states(&self) -> BTreeMap<&str, UserState> {
        let states = self.by_openid.keys().filter_map(|openid| Some((openid.as_str(), self.state(openid)?)));
        states.collect()
    }

    /// What there is to see of a user, if known.
    pub(crate) fn state(&self, openid: &str) -> Option<UserState> {
        let user = self.by_openid.get(openid)?;
        Some(UserState {
            openid: openid.to_owned(),
            window: user.window,
            typing_until: user.typing.until(),
            accepted: user.accepted.clone(),
            session: user.session,
        })
    }
}
