//! Makes a write to the row, at once or long after it was sent, and notes for the properties what it did.

use super::protocol::ReplyWindow;
use super::row::{self, Act, Entered, Taken, Write};
use super::state::{State, Wrong};

/// What a write found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Of a take.
    Taken(Taken),
    /// Of the first write of an entering.
    Entered(Entered),
    /// Of any other, which nobody reads.
    Nothing,
}

/// Makes a write, and notes for the properties what it did.
pub(super) fn make(protocol: &ReplyWindow, state: &mut State, write: Write) -> Found {
    match write {
        Write::Take { now } => Found::Taken(row::take(&mut state.row, now)),
        Write::GiveBack(slot) => {
            // A count that was replaced meanwhile does not get its slots back.
            state.forgone |= !row::give_back(protocol, &mut state.row, slot);
            Found::Nothing
        }
        Write::Correct(slot, correction, now) => {
            let newest = state.row.map(|row| row.observed.act);
            if row::correct(protocol, &mut state.row, slot, correction, now) {
                state.note(Wrong::ClosedANewerWindow, newest != Some(slot.act));
            }
            Found::Nothing
        }
        Write::Open(act, _) if act.is_message => {
            let changed = row::open_by_message(protocol, &mut state.row, act);
            note(state, act, changed);
            Found::Nothing
        }
        Write::Open(act, now) => {
            let (changed, entered) = row::open_by_entering(protocol, &mut state.row, act, now);
            note(state, act, changed);
            Found::Entered(entered)
        }
        Write::Widen(act, seen, now) => {
            let changed = row::widen(protocol, &mut state.row, act, &seen, now);
            note(state, act, changed);
            Found::Nothing
        }
    }
}

/// An act has changed the row: it must not have done so before, nor may a later message.
fn note(state: &mut State, act: Act, changed: bool) {
    if changed {
        let is_old = |other: &Act| *other == act || (other.is_message && *other > act);
        let opened = state.acts_in_the_row.iter().any(is_old);
        state.note(Wrong::OpenedByAnOldPush, opened);
        state.acts_in_the_row.push(act);
        state.acts_in_the_row.sort_unstable();
        state.acts_in_the_row.dedup();
    }
}
