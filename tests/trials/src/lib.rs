//! Trials of the product on the host: real processes, the simulator as WeChat, and either faults at any moment (`chaos`) or as
//! many pushes as the machine takes (`load`).
//!
//! ```text
//! chaos: acts ── conversation ──> simulator ──> host ──> push, deliver-reply, …        load: pushes ──> host ──> push, …
//!                                    │           ^ faults, kills
//!                                    v           v
//!                                 timeline ──> ledger ──> verdict ──> report
//! ```
//!
//! The ledger knows what WeChat saw, what the handlers were given and what the failed queue holds. It never reads a table.

mod built;
pub mod chaos;
mod error;
mod http;
pub mod load;
mod mini_program;
mod product;
mod progress;
mod seed;
mod simulator;
mod timeline;

pub use error::TrialError;
