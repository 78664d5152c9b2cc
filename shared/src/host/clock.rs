//! The clock: everything below `lambda` is given the time.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Now, in seconds since the epoch.
#[must_use]
pub fn now_seconds() -> i64 {
    now_milliseconds() / 1000
}

/// Now, in milliseconds since the epoch: for latency alone.
#[must_use]
pub fn now_milliseconds() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}

/// How many milliseconds a step took.
#[must_use]
pub fn milliseconds_since(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
}
