//! The processor time that processes have used, as Linux counts it.

use std::time::Duration;

use lambda_host::{Host, HostError};

/// Linux counts in hundredths of a second, for every program.
const TICK: Duration = Duration::from_millis(10);
/// The fields of `/proc/PID/stat` behind the program's name: user time and system time, counted from the state.
const USER_TIME: usize = 11;
const SYSTEM_TIME: usize = 12;

/// What the processes of these functions have used so far.
pub(crate) fn used(host: &Host, functions: &[&str]) -> Result<Duration, HostError> {
    let mut used = Duration::ZERO;
    for function in functions {
        let processes = host.processes(function)?;
        used += processes.into_iter().filter_map(used_by).sum::<Duration>();
    }
    Ok(used)
}

fn used_by(process: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    ticks(&stat).map(|ticks| TICK.saturating_mul(ticks))
}

/// The program's name may hold spaces and parentheses; it ends at the last one.
fn ticks(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(')')?;
    let field = |index| fields.split_whitespace().nth(index)?.parse::<u32>().ok();
    field(USER_TIME)?.checked_add(field(SYSTEM_TIME)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_system_time_are_added_whatever_the_programs_name_holds() {
        let stat = "7 (a) b (c)) S 1 1 1 0 -1 4194304 100 0 0 0 25 17 0 0 20 0 1 0 5 0 0";
        assert_eq!(ticks(stat), Some(42));
    }
}
