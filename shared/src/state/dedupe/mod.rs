//! The dedupe row of a push: who handles it, what its reply is, who delivers that, and what WeChat is answered.
//!
//! ```text
//!            claim        record          advance …        finish
//!   (none) ───────> running ──────> recorded ───────────────────> done
//!                    │    └── a reply without messages ───────────^
//!         turn_late  │                 ^
//!                    └───────> late ───┘   record_late
//!                     │          │
//!                     fail ──────┴───> failed ── take_over ──> late
//! ```
//!
//! Every write is conditional, and a write that is refused returns the row that refused it: where the owner or the run in
//! it is the caller's own, the write is its own earlier one, whose answer was lost. `tests/models/README.md` says why
//! each condition is as it is; the model checks all orders of events.
//!
//! A row: `push_key`, `state`, `owner`, `lease_expires_at`, `attempt`, `work_until`, `reply` (JSON), `run`, `next`, `sending`,
//! `answer` (JSON), `answered`, `published`, `expires_at`.

mod claims;
mod deliveries;
mod publication;
mod push_dedupe;
mod row;

pub use self::deliveries::Recording;
pub use self::push_dedupe::{DELIVERY_LEASE_SECONDS, PushDedupe, RETENTION_SECONDS, Written};
pub use self::row::{DedupeRow, Phase};

#[cfg(test)]
#[path = "../dedupe_tests.rs"]
mod tests;
