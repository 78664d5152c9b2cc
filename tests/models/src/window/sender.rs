//! The steps of whoever sends a message: take a slot, send, and give the slot back or correct the count.

use super::action::How;
use super::fault::Fault;
use super::protocol::ReplyWindow;
use super::row::{Slot, Taken, Write};
use super::state::{Sender, Settlement, State, Wrong};
use super::write::{self, Found};

/// Takes a step.
pub(super) fn act(protocol: &ReplyWindow, state: &mut State, sender: Sender, how: How) {
    match how {
        How::Crashes => {
            state.crashes -= 1;
            state.forgone = true;
        }
        How::Works | How::NotSent => (),
        _ => {
            state.lost_answers -= 1;
            state.forgone = true;
        }
    }
    let after = match sender {
        _ if how == How::Crashes => Sender::Idle,
        Sender::Idle => {
            state.sends -= 1;
            take(protocol, state, how)
        }
        Sender::Send(slot) => send(protocol, state, slot, how),
        Sender::Settle(slot, settlement) => {
            settle(protocol, state, slot, settlement, how);
            Sender::Idle
        }
    };
    state.put_sender(sender, after);
}

/// A part of a reply is sent also if the take has no answer; any other message is not.
fn take(protocol: &ReplyWindow, state: &mut State, how: How) -> Sender {
    let write = Write::Take { now: state.now };
    match how {
        How::ArrivesLateAfterGivingUp => {
            state.late = Some(write);
            return Sender::Idle;
        }
        How::ArrivesLateAfterGoingOn => {
            state.late = Some(write);
            return Sender::Send(None);
        }
        _ => (),
    }
    match (write::make(protocol, state, write), how) {
        (_, How::AnswerLostThenGivesUp) => Sender::Idle,
        (_, How::AnswerLostThenGoesOn) | (Found::Taken(Taken::Unknown), _) => Sender::Send(None),
        (Found::Taken(Taken::Slot(slot)), _) => Sender::Send(Some(slot)),
        _ => {
            let nothing_is_due = state.openers.is_empty() && !state.forgone;
            let left = usize::from(state.wechat.left(state.now));
            let without_need = nothing_is_due && left > state.under_way();
            state.note(Wrong::RefusedWithoutNeed, without_need);
            Sender::Idle
        }
    }
}

fn send(protocol: &ReplyWindow, state: &mut State, slot: Option<Slot>, how: How) -> Sender {
    let sent = match how {
        How::NotSent | How::LostUnknown => Ok(()),
        _ => state.wechat.send(state.now),
    };
    if let (Some(slot), Ok(()), How::Works | How::AnswerLostThenGoesOn) = (slot, sent, how) {
        count(state, slot);
    }
    let Some(slot) = slot else { return Sender::Idle };
    match (how, sent) {
        (How::NotSent, _) if protocol.breaks(Fault::KeepsTheSlotOfWhatWasNotSent) => Sender::Idle,
        (How::NotSent, _) => Sender::Settle(slot, Settlement::GiveBack),
        (How::AnswerLostThenGoesOn | How::LostUnknown, _) if protocol.breaks(Fault::GivesBackTheUnknown) => {
            Sender::Settle(slot, Settlement::GiveBack)
        }
        (How::Works, Err(correction)) => Sender::Settle(slot, Settlement::Correct(correction)),
        _ => Sender::Idle,
    }
}

/// Notes for the properties that a message has reached the user.
fn count(state: &mut State, slot: Slot) {
    if let Some(row) = state.row.as_mut().filter(|row| row.opening.act == slot.granted_by) {
        row.observed.delivered += 1;
    }
}

fn settle(protocol: &ReplyWindow, state: &mut State, slot: Slot, settlement: Settlement, how: How) {
    let write = match settlement {
        Settlement::GiveBack => Write::GiveBack(slot),
        Settlement::Correct(correction) => Write::Correct(slot, correction, state.now),
    };
    if how == How::Works || how == How::WorksAndArrivesAgain {
        write::make(protocol, state, write);
    }
    if how != How::Works {
        state.late = Some(write);
    }
    if settlement == Settlement::GiveBack && protocol.breaks(Fault::GivesBackTwice) && how != How::Works {
        write::make(protocol, state, write);
    }
}
