//! The settings of one check.

use super::fault::Fault;

/// What `WeChat` pushes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A message of a user's: the handler is waited for.
    Message,
    /// An event: the handler is invoked asynchronously.
    Event,
    /// An `xpay_*` event: only the handler's `ErrCode` 0 acknowledges it.
    Payment,
}

/// The parameter of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenHandlerFails {
    /// A human takes over.
    Transfer,
    /// Lambda's asynchronous retries, then the push is parked.
    Retry,
}

/// The reply protocol, in one setting.
#[derive(Debug)]
pub struct ReplyProtocol {
    /// What `WeChat` pushes.
    pub kind: Kind,
    /// What becomes of a message whose handler fails.
    pub when_handler_fails: WhenHandlerFails,
    /// Whether an earlier push of the user's has left a transfer mark.
    pub earlier_mark: bool,
    /// How often `WeChat` sends the push.
    pub attempts: u8,
    /// How many processes may crash.
    pub crashes: u8,
    /// How many answers may be lost: of a write, of a send, of an Invoke, or `push`'s own to `WeChat`.
    pub lost_answers: u8,
    /// How many writes to the row may arrive once more, after later ones: the SDK gave them up and repeated them.
    pub late_writes: u8,
    /// How many messages a reply has.
    pub messages: u8,
    /// How many parked pushes may be redriven.
    pub redrives: u8,
    /// The rule that is broken on purpose.
    pub fault: Option<Fault>,
}

impl ReplyProtocol {
    /// Returns the protocol as it is meant, with one crash, one lost answer and one redrive.
    #[must_use]
    pub fn new(kind: Kind) -> ReplyProtocol {
        ReplyProtocol {
            kind,
            when_handler_fails: WhenHandlerFails::Transfer,
            earlier_mark: false,
            attempts: 4,
            crashes: 1,
            lost_answers: 1,
            late_writes: 0,
            messages: 2,
            redrives: 1,
            fault: None,
        }
    }

    pub(super) fn breaks(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    pub(super) fn is_message(&self) -> bool {
        self.kind == Kind::Message
    }

    pub(super) fn is_payment(&self) -> bool {
        self.kind == Kind::Payment
    }
}
