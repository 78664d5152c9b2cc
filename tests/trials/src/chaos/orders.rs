//! What a trial of faults is to try.

use std::time::Duration;

/// What to try.
#[derive(Debug, Clone)]
pub struct Orders {
    /// How many pushes.
    pub pushes: u32,
    /// The seed of acts, faults and kills.
    pub seed: u64,
    /// How many users act at once.
    pub at_once: usize,
    /// Kills at any moment, on average, beside those at calls.
    pub kills_per_second: f64,
    /// When Lambda tries an asynchronous invocation again.
    pub retry_delays: Vec<Duration>,
}
