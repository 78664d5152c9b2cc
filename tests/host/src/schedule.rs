//! A schedule decides what becomes of each call as it arrives. Rules are for chosen points, a schedule is for trials of many
//! thousand calls.

use std::sync::Arc;

use crate::call::PassedCall;
use crate::effect::Effect;

/// When, seen from a call, something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moment {
    /// The call has left the function and has not yet reached the service.
    Before,
    /// The service has taken the call and works on it.
    During,
    /// The service has acted on the call, and the function does not know yet.
    After,
}

/// What happens.
#[derive(Debug, Clone)]
pub enum Act {
    /// Something to the call.
    Effect(Effect),
    /// The process that calls is killed (SIGKILL). The call gets no answer.
    Kill,
}

/// What a schedule does to a call.
#[derive(Debug, Clone)]
pub struct Disturbance {
    /// When.
    pub moment: Moment,
    /// What.
    pub act: Act,
}

/// Decides what becomes of a call; nothing if it is to pass undisturbed.
pub(crate) type Choose = Arc<dyn Fn(&PassedCall) -> Option<Disturbance> + Send + Sync>;
