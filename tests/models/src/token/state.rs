//! Everything that a check remembers.

use super::row::{Row, Write};
use super::wechat::WeChat;

/// How many processes of `access-token` run at a time at most.
pub(super) const ENVIRONMENTS: usize = 2;
/// By how many ticks two clocks differ at most.
pub(super) const SKEW: u8 = 1;

/// Whoever calls `WeChat` with the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Caller {
    /// What it does next.
    pub step: CallerStep,
    /// The token in its memory.
    pub cached: u8,
    /// How many ticks its clock is ahead.
    pub clock: u8,
}

/// What a caller does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CallerStep {
    /// Calls `WeChat` with the token in its memory.
    Call {
        /// Whether it has replaced the token in this call.
        is_replaced: bool,
    },
    /// Reads the row, and invokes `access-token` if it holds no other token than the one that was refused.
    Read(Option<u8>),
    /// Waits for this process of `access-token`.
    Wait(Option<u8>, u8),
    /// Reads the row once more.
    ReadAgain(Option<u8>),
    /// `WeChat` has taken its call.
    Done,
}

/// What `access-token` is invoked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Request {
    /// By a caller whose token `WeChat` has refused.
    Refused(u8),
    /// By a caller that found no token which has not ended.
    OnlyIfEnded,
    /// By the schedule.
    Scheduled,
}

/// One process of `access-token`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Refresher {
    /// The number that it draws.
    pub id: u8,
    /// What it was invoked with.
    pub request: Request,
    /// What it does next.
    pub step: RefresherStep,
    /// How many ticks its clock is ahead.
    pub clock: u8,
    /// The generation that it has seen.
    pub seen: u8,
    /// How many ticks are left of its lease.
    pub lease: u8,
}

/// What a process of `access-token` does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RefresherStep {
    /// Reads the row.
    Read,
    /// Takes the lease.
    Begin,
    /// Asks `WeChat`.
    Ask,
    /// Counts a forced refresh.
    MayForce,
    /// Asks `WeChat` to force a refresh.
    AskForced,
    /// Stores this token.
    Store(u8),
    /// Gives the lease up.
    Abandon,
}

/// The whole state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// What `WeChat` knows.
    pub wechat: WeChat,
    /// The token's row.
    pub row: Row,
    /// The callers.
    pub callers: [Caller; 2],
    /// The processes of `access-token`, by id.
    pub refreshers: Vec<Refresher>,
    /// A write that may still arrive.
    pub late: Option<Write>,
    /// Whether the schedule may still look.
    pub scheduled: bool,
    /// How often `WeChat` may still revoke a token.
    pub revocations: u8,
    /// How many processes may still crash.
    pub crashes: u8,
    /// How many answers may still be lost.
    pub lost_answers: u8,
    /// Whether a lease was taken on a token that was not due.
    pub began_without_need: bool,
    /// Whether an older token was stored in place of a live one.
    pub went_back: bool,
}

impl State {
    /// The caller with this index.
    pub(super) fn caller(&mut self, index: usize) -> Option<&mut Caller> {
        self.callers.get_mut(index)
    }

    /// Starts a process of `access-token` and returns its id, the smallest that nothing remembers.
    pub(super) fn start(&mut self, request: Request, clock: u8) -> u8 {
        let remembered = |id: u8| {
            self.refreshers.iter().any(|refresher| refresher.id == id)
                || self.row.lease.is_some_and(|lease| lease.owner == id)
                || self.late.is_some_and(|late| late.owner() == id)
        };
        let id = (1..u8::MAX).find(|id| !remembered(*id)).unwrap_or(u8::MAX);
        self.put(Refresher { id, request, step: RefresherStep::Read, clock, seen: 0, lease: 0 });
        id
    }

    pub(super) fn put(&mut self, refresher: Refresher) {
        self.refreshers.retain(|other| other.id != refresher.id);
        self.refreshers.push(refresher);
        self.refreshers.sort_by_key(|refresher| refresher.id);
    }

    /// Ends a process of `access-token`. Whoever waits for it reads the row again, or has failed.
    pub(super) fn end(&mut self, id: u8, has_failed: bool) {
        self.refreshers.retain(|refresher| refresher.id != id);
        for caller in &mut self.callers {
            if let CallerStep::Wait(refused, waits_for) = caller.step
                && waits_for == id
            {
                caller.step =
                    if has_failed { CallerStep::Call { is_replaced: false } } else { CallerStep::ReadAgain(refused) };
            }
        }
    }

    /// Lets a tick go by.
    pub(super) fn tick(&mut self) {
        self.row.tick();
        if let Some(late) = &mut self.late {
            late.tick();
        }
        for refresher in &mut self.refreshers {
            refresher.lease = refresher.lease.saturating_sub(1);
        }
    }

    /// Says whether every caller has had its call taken.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.callers.iter().all(|caller| caller.step == CallerStep::Done)
    }
}
