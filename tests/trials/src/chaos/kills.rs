//! Kills at any moment: a process of some function, whatever it is doing.

use std::sync::Arc;
use std::time::Duration;

use lambda_host::Host;

use super::ledger::Ledger;
use crate::product::KILLED;
use crate::seed::Seed;

/// Kills without end, some `per_second` on average.
pub(crate) async fn kill_at_any_moment(host: &Host, ledger: &Arc<Ledger>, seed: Seed, per_second: f64) {
    let mut draws = seed.draws(&["kills"]);
    let mean = Duration::from_secs_f64(1.0 / per_second.max(0.01));
    let mean = u64::try_from(mean.as_millis()).unwrap_or(u64::MAX);
    loop {
        tokio::time::sleep(Duration::from_millis(draws.below(mean.saturating_mul(2)))).await;
        let function = draws.one_of(&KILLED).unwrap_or("push");
        let choice = usize::try_from(draws.bits() >> 32).unwrap_or_default();
        if let Ok(Some(killed)) = host.kill_one(function, choice).await {
            ledger.killed(function, &killed);
        }
    }
}
