//! The things that happen.

use std::fmt;

use super::state::{Opener, Sender};

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Time goes by.
    Tick,
    /// The user writes or enters the conversation, and `WeChat` pushes it.
    UserActs {
        /// Whether they write.
        is_message: bool,
    },
    /// A process of `push` takes its next step.
    Open(Opener, How),
    /// A sender takes its next step.
    Send(Sender, How),
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
    /// The step takes effect, but the process does not learn it and ends.
    AnswerLostThenGivesUp,
    /// The step takes effect, but the process does not learn it and goes on.
    AnswerLostThenGoesOn,
    /// The process does not learn of the step and ends. It takes effect at any time after that, or never.
    ArrivesLateAfterGivingUp,
    /// The process does not learn of the step and goes on. It takes effect at any time after that, or never.
    ArrivesLateAfterGoingOn,
    /// The process is gone before the step.
    Crashes,
    /// The message certainly was not sent.
    NotSent,
    /// The message does not reach the user, and the sender does not learn that.
    LostUnknown,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Open(opener, how) => write!(f, "push of {:?}: {:?}: {how:?}", opener.act, opener.seen),
            Action::Send(sender, how) => write!(f, "sender: {sender:?}: {how:?}"),
            other => write!(f, "{other:?}"),
        }
    }
}
