//! The steps of `push`, which opens the window by what the user did.

use super::action::How;
use super::protocol::ReplyWindow;
use super::row::{ENTER_TICKS, Entered, MESSAGE_TICKS, Write};
use super::state::{Opener, State, TOLERANCE};
use super::write::{self, Found};

/// Takes a step.
pub(super) fn act(protocol: &ReplyWindow, state: &mut State, opener: Opener, how: How) {
    let Opener { act, seen } = opener;
    let lasts = if act.is_message { MESSAGE_TICKS } else { ENTER_TICKS };
    if how == How::Crashes {
        // `WeChat` pushes it again.
        state.crashes -= 1;
        state.put_opener(Opener { act, seen: None });
        return;
    }
    if act.at + lasts <= state.now || act.at + TOLERANCE < state.now {
        state.forgone = true;
        state.remove_opener(&opener);
        return;
    }
    let write = match seen {
        Some(seen) => Write::Widen(act, seen, state.now),
        None => Write::Open(act, state.now),
    };
    let found = match how {
        How::ArrivesLateAfterGivingUp => Found::Nothing,
        _ => write::make(protocol, state, write),
    };
    if how != How::Works {
        state.lost_answers -= 1;
        state.forgone = true;
    }
    if matches!(how, How::WorksAndArrivesAgain | How::ArrivesLateAfterGivingUp) {
        state.late = Some(write);
    }
    let gives_up = matches!(how, How::ArrivesLateAfterGivingUp | How::AnswerLostThenGivesUp);
    match found {
        Found::Entered(Entered::Refused(row)) if !gives_up && is_news(&opener, row.message_at.max(row.entered_at)) => {
            state.put_opener(Opener { act, seen: Some(row) });
        }
        _ => state.remove_opener(&opener),
    }
}

fn is_news(opener: &Opener, newest: Option<u8>) -> bool {
    newest.is_none_or(|at| at < opener.act.at)
}
