//! The one place that reads the system's clock. Everything else gets the time as an argument, in Unix seconds.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970, the unit of every time in the simulator.
pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// An id that grows from call to call, as WeChat's do: nanoseconds since 1970. Of 19 digits, it is too long for a JSON
/// reader that takes numbers for doubles.
pub(crate) fn growing_id() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}
