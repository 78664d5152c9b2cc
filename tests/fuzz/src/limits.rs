//! How much a parser may make of its input, and how long it may take, in time on the processor: the machine may be busy.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The most that may come in: a larger body is refused before it is read.
pub const LARGEST: usize = 256 * 1024;
const MOST_GROWTH: usize = 10;
/// What a short input may come to: an error, the frame of an object.
const SMALL: usize = 64;
/// Other processes slow down caches and memory, but not so often in a row.
const TRIES: usize = 20;
/// So many tries tell how long something takes that is quick enough.
const TRIES_OF_A_QUICK_ONE: usize = 4;

/// In nanoseconds; 0 is no limit.
static MOST_TIME: AtomicU64 = AtomicU64::new(0);
static LONGEST_TIME: AtomicU64 = AtomicU64::new(0);

/// From now on a parser may take this long: for a build with optimisation.
pub fn set_most_time(most: Duration) {
    MOST_TIME.store(nanoseconds(most), Ordering::Relaxed);
}

/// The longest that any input has taken since the limit was set.
#[must_use]
pub fn longest_time() -> Duration {
    Duration::from_nanos(LONGEST_TIME.load(Ordering::Relaxed))
}

/// Calls a parser.
///
/// # Panics
/// If it takes too long in each of several tries.
pub(crate) fn timed<T>(mut parse: impl FnMut() -> T) -> T {
    let most = MOST_TIME.load(Ordering::Relaxed);
    let mut shortest = u64::MAX;
    for tries in 1.. {
        let started = time_on_the_processor();
        let parsed = parse();
        shortest = shortest.min(nanoseconds(time_on_the_processor().saturating_sub(started)));
        let longest_known = LONGEST_TIME.load(Ordering::Relaxed);
        if most == 0 || shortest <= longest_known || (shortest <= most && tries >= TRIES_OF_A_QUICK_ONE) {
            LONGEST_TIME.fetch_max(shortest, Ordering::Relaxed);
            return parsed;
        }
        assert!(tries < TRIES, "took {:?} at least", Duration::from_nanos(shortest));
    }
    parse()
}

/// This thread's.
fn time_on_the_processor() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Checks how much has come of an input, in bytes.
///
/// # Panics
/// If it is over ten times the input.
pub(crate) fn check_growth(input: usize, output: usize) {
    assert!(output <= SMALL.saturating_add(input.saturating_mul(MOST_GROWTH)), "{output} bytes of {input}");
}
