//! The things that happen.

use std::fmt;

use super::state::{Caller, Refresher};

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Time goes by.
    Tick,
    /// The pause after a forced refresh ends.
    PauseEnds,
    /// `WeChat` revokes its token.
    Revoke {
        /// Whether `stable_token` returns it all the same.
        returns_it: bool,
    },
    /// The first token gets nearer to its natural end.
    NearsItsEnd,
    /// The schedule invokes `access-token`.
    Schedule {
        /// How many ticks the clock of the process is ahead.
        clock: u8,
    },
    /// A caller takes its next step.
    Call(usize, Caller, How),
    /// A caller reads the row. If it starts a process of `access-token`, the clock of that is this many ticks ahead.
    Invoke(usize, u8),
    /// A process of `access-token` takes its next step.
    Refresh(Refresher, How),
    /// A write arrives that was given up.
    LateWriteArrives,
}

/// How a step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The step takes effect and the process learns its result.
    Works,
    /// The step takes effect by the SDK's repetition. The first try arrives at any time after that.
    WorksAndArrivesAgain,
    /// The step takes effect, but the process does not learn it and gives up.
    AnswerLost,
    /// The step takes no effect, and the process gives up.
    Fails,
    /// The process is gone before the step.
    Crashes,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Call(index, caller, how) => {
                write!(f, "caller {index} (token {}): {:?}: {how:?}", caller.cached, caller.step)
            }
            Action::Refresh(refresher, how) => write!(
                f,
                "access-token {} ({:?}, clock {}): {:?}: {how:?}",
                refresher.id, refresher.request, refresher.clock, refresher.step
            ),
            other => write!(f, "{other:?}"),
        }
    }
}
