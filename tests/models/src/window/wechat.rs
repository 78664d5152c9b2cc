//! `WeChat`'s own count, which alone decides.

use super::row::{Act, Correction, ENTER_QUOTA, ENTER_TICKS, MESSAGE_QUOTA, MESSAGE_TICKS};

/// What `WeChat` allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct WeChat {
    /// How many messages.
    pub remaining: u8,
    /// Until when.
    pub expires_at: u8,
}

impl WeChat {
    /// The user does something.
    pub(super) fn grant(&mut self, act: Act) {
        *self = if act.is_message {
            WeChat { remaining: MESSAGE_QUOTA, expires_at: act.at + MESSAGE_TICKS }
        } else {
            let left = self.left(act.at);
            let until = if left > 0 { self.expires_at } else { 0 };
            WeChat { remaining: left.max(ENTER_QUOTA), expires_at: until.max(act.at + ENTER_TICKS) }
        };
    }

    /// How many messages it takes now.
    #[must_use]
    pub fn left(&self, now: u8) -> u8 {
        if self.expires_at > now { self.remaining } else { 0 }
    }

    /// Takes a message, or says why not.
    pub(super) fn send(&mut self, now: u8) -> Result<(), Correction> {
        if self.expires_at <= now {
            return Err(Correction::Expired);
        }
        self.remaining = self.remaining.checked_sub(1).ok_or(Correction::Exhausted)?;
        Ok(())
    }
}
