//! What we remember between invocations, each in a DynamoDB table of its own.
//!
//! All times are `i64` seconds since the epoch and passed in. Every write is one conditional `UpdateItem` on one key, so
//! that two functions that do the same thing at once need no lock. `expires_at` is DynamoDB's TTL attribute; since TTL
//! deletes late, expiry is also checked here.
//!
//! Left out: what it is remembered for. That is the business of `lambda` and of the functions.

pub mod access_token;
pub mod agents;
pub mod dedupe;
mod entering;
mod forced_refreshes;
pub mod reply_window;
pub mod subscription;
mod table;
pub mod transfer_mark;
pub mod typing;

#[cfg(test)]
pub(crate) mod dynamodb_local;
#[cfg(test)]
mod mini_programs_tests;

pub use table::StateError;
