//! What the row of a user's reply window says about agents: see [`super::transfer_mark`], which writes it.

use super::table::{Row, StateError};

/// What the row of a user who writes says about agents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agents {
    /// The id of the mark, if one is set.
    pub transfer_mark: Option<String>,
    /// Whether the user was transferred so recently that an agent is supposed to be with them.
    pub is_handed_off: bool,
}

impl Agents {
    pub(super) fn read(row: &Row, now_seconds: i64) -> Result<Self, StateError> {
        let holds = |name| Ok(row.optional_number(name)?.is_some_and(|until| until > now_seconds));
        let mark = if holds("transfer_until")? { row.optional_text("transfer_id")?.map(str::to_owned) } else { None };
        Ok(Self { transfer_mark: mark, is_handed_off: holds("handed_off_until")? })
    }
}

/// Until when a user who is transferred now is supposed to be with an agent, if `HandoffMinutes` supposes that at all.
#[must_use]
pub fn handed_off_until(handoff_minutes: i64, now_seconds: i64) -> Option<i64> {
    (handoff_minutes > 0).then(|| now_seconds.saturating_add(handoff_minutes.saturating_mul(60)))
}
