//! The steps of the function `access-token`: read, lease, ask `WeChat`, store.

use super::action::How;
use super::fault::Fault;
use super::protocol::TokenRefresh;
use super::row::{LEASE, Lease, Row, Write};
use super::state::{Refresher, RefresherStep, Request, SKEW, State};
use super::wechat::WeChat;

/// What a process does after a step.
enum After {
    /// It goes on.
    Goes(Refresher),
    /// It returns, or throws.
    Ends {
        /// Whether it throws.
        has_failed: bool,
    },
}

/// Takes a step.
pub(super) fn act(protocol: &TokenRefresh, state: &mut State, refresher: Refresher, how: How) {
    match how {
        How::Works => (),
        How::Crashes => {
            state.crashes -= 1;
            state.end(refresher.id, true);
            return;
        }
        How::WorksAndArrivesAgain | How::AnswerLost | How::Fails => state.lost_answers -= 1,
    }
    let write = write_of(refresher);
    let after = match refresher.step {
        RefresherStep::Ask | RefresherStep::AskForced if how == How::Fails => goes(refresher, RefresherStep::Abandon),
        _ => works(protocol, state, refresher, write),
    };
    if how == How::WorksAndArrivesAgain {
        state.late = write;
    }
    let after = match refresher.step {
        _ if how != How::AnswerLost => after,
        // The lease is given up after every error but that of taking or storing it.
        RefresherStep::Ask | RefresherStep::AskForced | RefresherStep::MayForce => {
            goes(refresher, RefresherStep::Abandon)
        }
        _ => After::Ends { has_failed: true },
    };
    match after {
        After::Goes(after) => state.put(after),
        After::Ends { has_failed } => state.end(refresher.id, has_failed),
    }
}

fn goes(refresher: Refresher, step: RefresherStep) -> After {
    After::Goes(Refresher { step, ..refresher })
}

/// The write of a step.
fn write_of(refresher: Refresher) -> Option<Write> {
    let Refresher { id: owner, clock, seen, .. } = refresher;
    match refresher.step {
        RefresherStep::Read | RefresherStep::Ask | RefresherStep::AskForced => None,
        RefresherStep::Begin => Some(Write::Begin { seen, lease: Lease { owner, left: LEASE + clock }, clock }),
        RefresherStep::MayForce => Some(Write::MayForce { owner }),
        RefresherStep::Store(token) => Some(Write::Store { owner, token }),
        RefresherStep::Abandon => Some(Write::Abandon { owner }),
    }
}

/// Makes a write, and notes for the properties what it did.
pub(super) fn make(protocol: &TokenRefresh, state: &mut State, write: Write) -> bool {
    let before = state.row;
    let written = state.row.make(protocol, write);
    let was_live = state.wechat.takes(before.token);
    state.went_back |= was_live && state.row.token < before.token;
    written
}

fn works(protocol: &TokenRefresh, state: &mut State, refresher: Refresher, write: Option<Write>) -> After {
    let pauses = state.row.pauses;
    let written = write.is_some_and(|write| make(protocol, state, write));
    match refresher.step {
        RefresherStep::Read if is_due(state.wechat, state.row, refresher) => {
            After::Goes(Refresher { seen: state.row.generation, step: RefresherStep::Begin, ..refresher })
        }
        RefresherStep::Read | RefresherStep::Store(_) => After::Ends { has_failed: false },
        RefresherStep::Begin if written => {
            state.began_without_need |= !is_due(state.wechat, state.row, refresher);
            After::Goes(Refresher { lease: LEASE, step: RefresherStep::Ask, ..refresher })
        }
        RefresherStep::Begin => goes(refresher, RefresherStep::Read),
        RefresherStep::Ask => {
            let token = state.wechat.stable_token();
            let is_refused = refresher.request == Request::Refused(token) && !protocol.breaks(Fault::NeverForces);
            goes(refresher, if is_refused { RefresherStep::MayForce } else { RefresherStep::Store(token) })
        }
        RefresherStep::MayForce => {
            let may = written && !pauses;
            goes(refresher, if may { RefresherStep::AskForced } else { RefresherStep::Abandon })
        }
        RefresherStep::AskForced => {
            let Request::Refused(refused) = refresher.request else { return After::Ends { has_failed: true } };
            let times = state.wechat.forced_for.get_mut(usize::from(refused));
            if let Some(times) = times.filter(|_| refresher.lease > SKEW) {
                *times += 1;
            }
            let token = state.wechat.force();
            goes(refresher, RefresherStep::Store(token))
        }
        RefresherStep::Abandon => After::Ends { has_failed: true },
    }
}

/// Says whether the request makes the token due.
fn is_due(wechat: WeChat, row: Row, refresher: Refresher) -> bool {
    let has_ended = wechat.has_ended_by(row.token, refresher.clock);
    match refresher.request {
        Request::Refused(refused) => has_ended || row.token == refused,
        Request::OnlyIfEnded => has_ended,
        Request::Scheduled => wechat.ends_soon(row.token),
    }
}
