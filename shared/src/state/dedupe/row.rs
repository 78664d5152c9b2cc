//! The dedupe row as it is read.

use serde_json::Value;

use crate::state::table::{Row, StateError};

/// What the row says about the reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Claimed. There is no reply yet, and `push` may still answer with it.
    Running,
    /// `push` has given its answer. The reply may still come.
    Late,
    /// The reply stands in the row and is being delivered.
    Recorded,
    /// There is no reply, and the push is parked.
    Failed,
    /// Everything has an outcome.
    Done,
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub struct DedupeRow {
    /// `state`.
    pub phase: Phase,
    /// Who claimed the push or took it over.
    pub owner: String,
    /// When the lease of the owner or of the run ends, seconds since the epoch; 0 where there is none.
    pub lease_expires_at_seconds: i64,
    /// 1 for the first claim, counted up each time the push is claimed again.
    pub attempt: i64,
    /// What the handler said, as `deliver-reply` wrote it.
    pub reply: Option<Value>,
    /// The invocation of `deliver-reply` that delivers.
    pub run: Option<String>,
    /// The message that is next, counted from 0.
    pub next: usize,
    /// Whether the next message is marked as being sent.
    pub is_sending: bool,
    /// What WeChat is answered, also when it repeats the push: a text or an object.
    pub answer: Value,
    /// Whether WeChat has its answer while the row is unfinished, so that a transfer can no longer be one.
    pub is_answered: bool,
    /// Whether the push was published as an event.
    pub is_published: bool,
    /// When the push is forgotten, seconds since the epoch.
    pub expires_at_seconds: i64,
}

impl Phase {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Late => "late",
            Self::Recorded => "recorded",
            Self::Failed => "failed",
            Self::Done => "done",
        }
    }
}

impl DedupeRow {
    pub(super) fn read(row: &Row) -> Result<Self, StateError> {
        let phase = match row.text("state")? {
            "running" => Phase::Running,
            "late" => Phase::Late,
            "recorded" => Phase::Recorded,
            "failed" => Phase::Failed,
            "done" => Phase::Done,
            _ => return Err(StateError::Row("state")),
        };
        let json = |name| match row.optional_text(name)? {
            Some(text) => serde_json::from_str(text).map(Some).map_err(|_| StateError::Row(name)),
            None => Ok(None),
        };
        let reply: Option<Value> = json("reply")?;
        // In a row of version 1, whose `reply` is what was answered, there is no `answer`.
        let answer = json("answer")?.or_else(|| reply.clone().filter(|_| row.is_without("run")));
        Ok(Self {
            phase,
            owner: row.text("owner")?.to_owned(),
            lease_expires_at_seconds: row.optional_number("lease_expires_at")?.unwrap_or_default(),
            attempt: row.optional_number("attempt")?.unwrap_or(1),
            reply,
            run: row.optional_text("run")?.map(str::to_owned),
            next: row.optional_number("next")?.and_then(|next| next.try_into().ok()).unwrap_or_default(),
            is_sending: !row.is_without("sending"),
            answer: answer.unwrap_or_else(|| "success".into()),
            is_answered: !row.is_without("answered"),
            is_published: !row.is_without("published"),
            expires_at_seconds: row.number("expires_at")?,
        })
    }

    /// Whether nothing more is to be done.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        matches!(self.phase, Phase::Done | Phase::Failed)
    }

    /// Whether the lease of the owner or the run holds.
    #[must_use]
    pub fn is_leased(&self, now_seconds: i64) -> bool {
        self.lease_expires_at_seconds > now_seconds
    }
}
