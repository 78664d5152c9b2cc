//! Everything that a check remembers.

use super::row::{Act, Correction, Row, Slot, Write};
use super::wechat::WeChat;

/// The last tick.
pub(super) const END: u8 = 5;
/// How old a push may be that still opens a window (`PushToleranceSeconds`).
pub(super) const TOLERANCE: u8 = 2;

/// A process of `push` that has not opened the window yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Opener {
    /// What the user did.
    pub act: Act,
    /// The row that the first write of an entering returned.
    pub seen: Option<Row>,
}

/// Whoever sends messages, one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sender {
    /// Has nothing to send.
    Idle,
    /// Is about to send, with a slot or because only `WeChat` knows.
    Send(Option<Slot>),
    /// Is about to write down what became of the slot.
    Settle(Slot, Settlement),
}

/// What becomes of a slot whose message did not reach the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Settlement {
    /// The message certainly was not sent.
    GiveBack,
    /// `WeChat` refused it.
    Correct(Correction),
}

/// What must not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wrong {
    /// A push has opened the window although it had done so before, or a later message had.
    OpenedByAnOldPush,
    /// `WeChat`'s refusal has closed a window that the user has opened or widened since.
    ClosedANewerWindow,
    /// A message was refused here that `WeChat` would have taken.
    RefusedWithoutNeed,
}

/// The whole state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// The time, which all clocks show.
    pub now: u8,
    /// `WeChat`'s own count.
    pub wechat: WeChat,
    /// The user's row.
    pub row: Option<Row>,
    /// The pushes that are under way.
    pub openers: Vec<Opener>,
    /// The senders, in no order.
    pub senders: [Sender; 2],
    /// A write that may still arrive.
    pub late: Option<Write>,
    /// How often the user may still do something.
    pub acts: u8,
    /// When they did something last.
    pub acted_at: u8,
    /// How many messages may still be tried.
    pub sends: u8,
    /// How many processes may still crash.
    pub crashes: u8,
    /// How many answers may still be lost.
    pub lost_answers: u8,
    /// The acts that have changed the row.
    pub acts_in_the_row: Vec<Act>,
    /// Whether the row may have fewer messages left than `WeChat`: something was lost, or a slot came back too late.
    pub forgone: bool,
    /// What has happened that must not.
    pub wrong: Option<Wrong>,
}

impl State {
    /// Notes what must not happen, if it has.
    pub(super) fn note(&mut self, wrong: Wrong, has_happened: bool) {
        if has_happened {
            self.wrong = Some(wrong);
        }
    }

    pub(super) fn put_sender(&mut self, before: Sender, after: Sender) {
        if let Some(sender) = self.senders.iter_mut().find(|sender| **sender == before) {
            *sender = after;
        }
        self.senders.sort_unstable();
    }

    pub(super) fn remove_opener(&mut self, opener: &Opener) {
        self.openers.retain(|other| other.act != opener.act);
    }

    pub(super) fn put_opener(&mut self, opener: Opener) {
        self.remove_opener(&opener);
        self.openers.push(opener);
        self.openers.sort_by_key(|opener| opener.act);
    }

    /// How many senders hold a slot, or are about to send without one.
    pub(super) fn under_way(&self) -> usize {
        self.senders.iter().filter(|sender| **sender != Sender::Idle).count()
    }

    /// Says whether nobody is at work and no write is under way.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.openers.is_empty() && self.under_way() == 0 && self.late.is_none()
    }
}
