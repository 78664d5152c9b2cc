//! How often a refresh of the access token may be forced.
//!
//! WeChat forces at most 20 refreshes a day, at least 30 seconds apart (page "`stable_token`"). If each new token is
//! refused at once, refreshes every 30 seconds would spend that budget in ten minutes. The pauses therefore grow, and the
//! budget lasts for 16 hours at least:
//!
//! | forced refreshes of the day | pause before the next one |
//! |---|---|
//! | 1 to 5 | 30 s after each |
//! | 6 to 12 | 1, 2, 4, 8, 16, 32, 64 minutes |
//! | 13 to 19 | 2 hours after each |
//! | 20 | until the next day |

use super::table::{Row, StateError};

/// WeChat's own pause between two forced refreshes.
const SHORTEST_PAUSE_SECONDS: i64 = 30;
const LONGEST_PAUSE_SECONDS: i64 = 2 * 60 * 60;
/// How many refreshes of a day are followed by the shortest pause. Each further one doubles it.
const WITH_SHORTEST_PAUSE: i64 = 5;
/// WeChat's limit.
const A_DAY: i64 = 20;
const DAY_SECONDS: i64 = 24 * 60 * 60;
/// WeChat's days begin at midnight in China.
const CHINA_IS_AHEAD_SECONDS: i64 = 8 * 60 * 60;

/// The forced refreshes of the day of the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ForcedRefreshes {
    /// When the last one was noted, seconds since the epoch.
    pub(crate) at_seconds: i64,
    /// The day of the last one, in China, as days since the epoch.
    pub(crate) day: i64,
    /// How many there were on that day.
    pub(crate) count: i64,
}

impl ForcedRefreshes {
    /// Reads `forced_at`, `forced_day` and `forced_count`, which a row has from its first forced refresh on.
    ///
    /// # Errors
    /// [`StateError::Row`] if one of them is no number.
    pub(crate) fn of(row: &Row) -> Result<Self, StateError> {
        Ok(Self {
            at_seconds: row.optional_number("forced_at")?.unwrap_or_default(),
            day: row.optional_number("forced_day")?.unwrap_or_default(),
            count: row.optional_number("forced_count")?.unwrap_or_default(),
        })
    }

    /// From when on the next one is allowed, seconds since the epoch.
    pub(crate) fn next_at_seconds(&self, now_seconds: i64) -> i64 {
        let today = day(now_seconds);
        let count = self.count_on(today);
        if count >= A_DAY {
            return today.saturating_add(1).saturating_mul(DAY_SECONDS).saturating_sub(CHINA_IS_AHEAD_SECONDS);
        }
        self.at_seconds.saturating_add(pause_seconds(count))
    }

    /// With one more, now.
    pub(crate) fn and_one(&self, now_seconds: i64) -> Self {
        let today = day(now_seconds);
        Self { at_seconds: now_seconds, day: today, count: self.count_on(today).saturating_add(1) }
    }

    fn count_on(&self, day: i64) -> i64 {
        if self.day == day { self.count } else { 0 }
    }
}

/// The pause after so many forced refreshes of a day.
fn pause_seconds(count: i64) -> i64 {
    (WITH_SHORTEST_PAUSE..count)
        .fold(SHORTEST_PAUSE_SECONDS, |pause, _| pause.saturating_mul(2).min(LONGEST_PAUSE_SECONDS))
}

fn day(at_seconds: i64) -> i64 {
    at_seconds.saturating_add(CHINA_IS_AHEAD_SECONDS).div_euclid(DAY_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Midnight in China.
    const MIDNIGHT: i64 = 1_714_060_800;

    /// As many as the budget allows, each as early as possible; and how long after the one before it each was.
    fn as_early_as_possible(from_seconds: i64) -> (ForcedRefreshes, Vec<i64>) {
        let mut forced = ForcedRefreshes::default().and_one(from_seconds);
        let mut pauses = Vec::new();
        for _ in 1..A_DAY {
            let next = forced.next_at_seconds(forced.at_seconds);
            pauses.push(next - forced.at_seconds);
            forced = forced.and_one(next);
        }
        (forced, pauses)
    }

    #[test]
    fn the_first_one_is_allowed_at_once() {
        assert!(ForcedRefreshes::default().next_at_seconds(MIDNIGHT) <= MIDNIGHT);
    }

    #[test]
    fn the_pauses_grow_from_30_seconds_to_2_hours_and_the_budget_lasts_for_16_hours() {
        let (_, pauses) = as_early_as_possible(MIDNIGHT);
        let minutes = [1, 2, 4, 8, 16, 32, 64].map(|minutes| minutes * 60);
        assert_eq!(pauses, [[30; 5].as_slice(), &minutes, &[7200; 7]].concat());
        assert!(pauses.iter().sum::<i64>() >= 16 * 3600);
    }

    #[test]
    fn after_20_of_a_day_the_next_one_is_allowed_at_midnight_in_china() {
        let (forced, _) = as_early_as_possible(MIDNIGHT);
        assert_eq!((forced.day, forced.count), (day(MIDNIGHT), 20));
        let next_midnight = MIDNIGHT + DAY_SECONDS;
        assert_eq!(forced.next_at_seconds(next_midnight - 1), next_midnight);
        assert!(forced.next_at_seconds(next_midnight) <= next_midnight);
        assert_eq!(forced.and_one(next_midnight).count, 1);
    }

    #[test]
    fn a_new_day_ends_a_long_pause_but_not_the_30_seconds() {
        let last = MIDNIGHT - 10;
        let forced = ForcedRefreshes { at_seconds: last, day: day(last), count: 15 };
        assert_eq!(forced.next_at_seconds(last), last + LONGEST_PAUSE_SECONDS);
        assert_eq!(forced.next_at_seconds(MIDNIGHT), last + SHORTEST_PAUSE_SECONDS);
    }
}
