//! The things that happen.

use std::fmt;

use super::row::Plan;
use super::state::{Envelope, Push, Run};

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A process of `push` takes its next step.
    Push(Push, How),
    /// An invocation of `deliver-reply` takes its next step.
    DeliverReply(Run, How),
    /// `WeChat` stops waiting for a process that is still alive.
    WeChatHangsUp(Push),
    /// Lambda starts an asynchronous invocation.
    LambdaStarts(Envelope),
    /// `resume-replies` receives a guard whose time has come.
    GuardIsDue {
        /// Whether it crashes before the guard is deleted.
        crashes: bool,
    },
    /// `redrive-failed-pushes` receives the parked push.
    Redrive {
        /// Whether it crashes before the parked push is deleted.
        crashes: bool,
    },
    /// A write to the row arrives that was given up and repeated.
    LateWriteArrives,
    /// A late transfer of another push of the user's sets a mark.
    OtherMark,
}

/// How a step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The step takes effect and the process learns its result.
    Works,
    /// The step takes effect by the SDK's repetition. The first try arrives at any time after that.
    WorksAndArrivesAgain,
    /// The step takes effect, the process sees an error and repeats the step.
    AnswerLostThenRepeats,
    /// The step takes effect, the process sees an error and gives up.
    AnswerLostThenGivesUp,
    /// The step finds that the lease in the row has expired.
    FindsTheLeaseExpired,
    /// The process is gone before the step.
    Crashes,
    /// `push` has no time left.
    DeadlinePasses,
    /// The handler returns.
    Returns(Plan),
    /// The handler fails for good.
    Fails,
    /// The message is delivered.
    Delivered,
    /// The message is delivered but the sender does not learn it.
    DeliveredUnknown,
    /// The message is not delivered and the sender does not learn it.
    LostUnknown,
    /// `WeChat` refuses the message.
    Refused,
    /// The message certainly was not sent.
    NotSent,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Push(push, how) => write!(f, "push {}: {:?}: {how:?}", push.attempt, push.step),
            Action::DeliverReply(run, how) => {
                write!(
                    f,
                    "deliver-reply (run {}, owner {}, {:?}): {:?}: {how:?}",
                    run.id, run.owner, run.invoked, run.step
                )
            }
            Action::WeChatHangsUp(push) => write!(f, "WeChat hangs up on push {}", push.attempt),
            other => write!(f, "{other:?}"),
        }
    }
}
