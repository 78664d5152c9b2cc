//! The user's row and its conditional writes. The methods have the names of those in `state/reply_window.rs`.

use super::fault::Fault;
use super::protocol::ReplyWindow;

/// What a message allows. In truth 5.
pub(super) const MESSAGE_QUOTA: u8 = 2;
/// For how many ticks a message allows it.
pub(super) const MESSAGE_TICKS: u8 = 4;
/// What entering allows.
pub(super) const ENTER_QUOTA: u8 = 1;
/// For how many ticks entering allows it.
pub(super) const ENTER_TICKS: u8 = 1;

/// What the user does. No two acts happen in one tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Act {
    /// `CreateTime`.
    pub at: u8,
    /// Whether the user wrote. Otherwise they entered.
    pub is_message: bool,
}

/// The name of a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Opening {
    /// What granted it.
    pub act: Act,
    /// Whether `WeChat` has said that nothing is left of it.
    pub corrected: bool,
}

/// The row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    /// How many messages may still be sent.
    pub remaining: u8,
    /// Until when.
    pub expires_at: u8,
    /// Which grant the count belongs to.
    pub opening: Opening,
    /// The newest message that opened the window.
    pub message_at: Option<u8>,
    /// The newest entering that widened it.
    pub entered_at: Option<u8>,
    /// For the properties alone.
    pub observed: Observed,
}

/// What the properties need to know of a row. No process reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Observed {
    /// What the count was when it got its name.
    pub granted: u8,
    /// How many slots of the count were taken.
    pub taken: u8,
    /// How many of them were given back.
    pub given_back: u8,
    /// How many of them have reached the user.
    pub delivered: u8,
    /// Whether `WeChat` has refused a message of this count.
    pub refused: bool,
    /// The newest act that is in the row.
    pub act: Act,
}

/// One message that may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot {
    /// What granted the count that it was taken from.
    pub granted_by: Act,
    /// The newest entering in the row at that time.
    pub entered_at: Option<u8>,
    /// The newest act in the row at that time. No process reads it.
    pub act: Act,
}

/// What `WeChat` says of a window that seemed open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Correction {
    /// 45047.
    Exhausted,
    /// 45015.
    Expired,
}

/// A write, with the time at which it was sent. `DynamoDB` may make it long after that: the SDK has given it up and repeated it,
/// or the caller has gone on without its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Write {
    /// Takes one message.
    Take {
        /// When it was sent.
        now: u8,
    },
    /// Gives a slot back.
    GiveBack(Slot),
    /// Closes the window that the slot was taken from.
    Correct(Slot, Correction, u8),
    /// Opens the window.
    Open(Act, u8),
    /// Widens the window that was seen.
    Widen(Act, Row, u8),
}

/// What a take found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// One message may be sent.
    Slot(Slot),
    /// Nothing may be sent.
    Refused,
    /// Only `WeChat` knows.
    Unknown,
}

/// What the first write of an entering found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entered {
    /// Nothing more is to be done.
    Done,
    /// The row as it was, for the second write.
    Refused(Row),
}

impl Row {
    fn opened(&mut self, act: Act, remaining: u8, expires_at: u8) {
        self.remaining = remaining;
        self.expires_at = expires_at;
        self.opening = Opening { act, corrected: false };
        self.observed =
            Observed { granted: remaining, taken: 0, given_back: 0, delivered: 0, refused: false, ..self.observed };
    }

    fn new(act: Act) -> Row {
        let observed = Observed { granted: 0, taken: 0, given_back: 0, delivered: 0, refused: false, act };
        let opening = Opening { act, corrected: false };
        Row { remaining: 0, expires_at: 0, opening, message_at: None, entered_at: None, observed }
    }

    fn is_older_than(&self, act: Act, protocol: &ReplyWindow) -> bool {
        let is_before = |at: Option<u8>| at.is_none_or(|at| at < act.at);
        protocol.breaks(Fault::OpensByAnOldPush)
            || (is_before(self.message_at) && (act.is_message || is_before(self.entered_at)))
    }
}

/// Opens the window by a message. Says whether the row has changed.
pub(super) fn open_by_message(protocol: &ReplyWindow, row: &mut Option<Row>, act: Act) -> bool {
    if row.is_some_and(|row| !row.is_older_than(act, protocol)) {
        return false;
    }
    let row = row.get_or_insert(Row::new(act));
    row.opened(act, MESSAGE_QUOTA, act.at + MESSAGE_TICKS);
    row.message_at = Some(act.at);
    row.observed.act = row.observed.act.max(act);
    true
}

/// Opens the window by an entering, if both count and deadline become larger or no window is open.
pub(super) fn open_by_entering(protocol: &ReplyWindow, row: &mut Option<Row>, act: Act, now: u8) -> (bool, Entered) {
    let expires_at = act.at + ENTER_TICKS;
    if let Some(seen) = row {
        let is_more = seen.remaining < ENTER_QUOTA && seen.expires_at < expires_at;
        if !(seen.is_older_than(act, protocol) && (seen.expires_at <= now || is_more)) {
            return (false, Entered::Refused(*seen));
        }
    }
    let row = row.get_or_insert(Row::new(act));
    row.opened(act, ENTER_QUOTA, expires_at);
    row.entered_at = Some(act.at);
    row.observed.act = act;
    (true, Entered::Done)
}

/// Widens the window that was seen, if it is still the same. Says whether the row has changed.
pub(super) fn widen(protocol: &ReplyWindow, row: &mut Option<Row>, act: Act, seen: &Row, now: u8) -> bool {
    let Some(row) = row else { return false };
    let same = |row: &Row| (row.remaining, row.expires_at, row.opening);
    if !row.is_older_than(act, protocol) || same(row) != same(seen) {
        return false;
    }
    let expires_at = seen.expires_at.max(act.at + ENTER_TICKS);
    if seen.expires_at > now && seen.remaining >= ENTER_QUOTA {
        row.expires_at = expires_at;
    } else {
        row.opened(act, ENTER_QUOTA, expires_at);
    }
    row.entered_at = Some(act.at);
    row.observed.act = act;
    true
}

/// Takes one message from the window.
pub(super) fn take(row: &mut Option<Row>, now: u8) -> Taken {
    match row {
        None => Taken::Unknown,
        Some(row) if row.remaining > 0 && row.expires_at > now => {
            row.remaining -= 1;
            row.observed.taken += 1;
            let (granted_by, entered_at) = (row.opening.act, row.entered_at);
            Taken::Slot(Slot { granted_by, entered_at, act: row.observed.act })
        }
        Some(_) => Taken::Refused,
    }
}

/// Gives a slot back. Says whether the row has changed.
pub(super) fn give_back(protocol: &ReplyWindow, row: &mut Option<Row>, slot: Slot) -> bool {
    let Some(row) = row else { return false };
    let is_corrected = row.opening.corrected && !protocol.breaks(Fault::GivesBackAfterACorrection);
    if row.opening.act != slot.granted_by || is_corrected {
        return false;
    }
    row.remaining += 1;
    row.observed.given_back += 1;
    true
}

/// Closes the window that a slot was taken from. Says whether the row has changed.
pub(super) fn correct(
    protocol: &ReplyWindow,
    row: &mut Option<Row>,
    slot: Slot,
    correction: Correction,
    now: u8,
) -> bool {
    let Some(row) = row else { return false };
    let is_same = row.opening == Opening { act: slot.granted_by, corrected: false };
    let entered = row.entered_at != slot.entered_at && !protocol.breaks(Fault::CorrectsAfterAnEntering);
    if (!is_same || entered) && !protocol.breaks(Fault::CorrectsAnyWindow) {
        return false;
    }
    row.remaining = 0;
    row.opening.corrected = true;
    row.observed.refused = true;
    if correction == Correction::Expired {
        row.expires_at = now;
    }
    true
}
