//! The clock: everything below `lambda` is given the time.

use std::time::{SystemTime, UNIX_EPOCH};

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
