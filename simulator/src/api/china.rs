//! WeChat's days and months, which begin at midnight in China.

use time::OffsetDateTime;

/// Seconds by which China is ahead of UTC, all year round.
const AHEAD: i64 = 8 * 3600;
const DAY: i64 = 86_400;

/// The number of the day.
pub(super) const fn day(at: i64) -> i64 {
    at.saturating_add(AHEAD).div_euclid(DAY)
}

/// Year and month; none beyond the year 9999.
pub(super) fn month(at: i64) -> Option<(i32, u8)> {
    let date = OffsetDateTime::from_unix_timestamp(at.saturating_add(AHEAD)).ok()?;
    Some((date.year(), date.month().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_and_a_month_begin_at_midnight_in_china() {
        // 2023-12-01 in China.
        let midnight = 1_701_360_000;
        assert_eq!(day(midnight), day(midnight - 1) + 1);
        assert_eq!((month(midnight - 1), month(midnight)), (Some((2023, 11)), Some((2023, 12))));
    }
}
