//! `WeChat`'s attempts. It sends a push again when it gets a bad answer or none, four times in all.

use super::row::Answer;
use super::state::{Push, PushStep, State, WeChat};

/// Sends the push: a process of `push` begins.
pub(super) fn send(state: &mut State, attempt: u8) {
    state.wechat = WeChat::Waits(attempt);
    state.put_push(Push { attempt, step: PushStep::Claim, heard: true, claims: 0, continued: false });
}

/// Says whether `WeChat` waits for this process.
pub(super) fn waits_for(state: &State, push: Push) -> bool {
    push.heard && state.wechat == WeChat::Waits(push.attempt)
}

/// Ends a process of `push`, with the answer that it gives or, if it crashed, with none.
pub(super) fn hear(state: &mut State, push: Push, answer: Option<Answer>) {
    state.pushes.retain(|other| other.attempt != push.attempt);
    if !waits_for(state, push) {
        return;
    }
    match answer {
        Some(answer @ (Answer::Success | Answer::Transfer | Answer::Booked)) => state.wechat = WeChat::Answered(answer),
        Some(Answer::NotBooked | Answer::Unavailable) | None => send_again(state, push.attempt),
    }
}

/// Stops waiting for a process that goes on all the same.
pub(super) fn hang_up(state: &mut State, push: Push) {
    state.put_push(Push { heard: false, ..push });
    send_again(state, push.attempt);
}

fn send_again(state: &mut State, attempt: u8) {
    if state.repeats > 0 {
        state.repeats -= 1;
        send(state, attempt + 1);
    } else {
        state.wechat = WeChat::GaveUp;
    }
}
