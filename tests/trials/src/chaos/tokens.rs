//! Access tokens are revoked now and then, and the schedule looks after them, as in the template.

use std::sync::Arc;
use std::time::Duration;

use lambda_host::Host;
use serde_json::json;

use super::ledger::Ledger;
use crate::mini_program::MINI_PROGRAMS;
use crate::seed::Seed;
use crate::simulator::Simulator;

/// How often the schedule runs. In the template it is once a minute.
const SCHEDULE: Duration = Duration::from_secs(15);
/// Between two revocations.
const MOST_SECONDS: u64 = 12;
/// A forced refresh may be had 20 times a day, and WeChat refreshes nothing within 30 seconds of the last one.
const KEPT_AT_MOST: u32 = 6;

/// Revokes tokens without end.
pub(crate) async fn revoke_now_and_then(simulator: &Simulator, ledger: &Arc<Ledger>, seed: Seed) {
    let mut draws = seed.draws(&["revocations"]);
    let mut kept = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(draws.between(2_000, MOST_SECONDS.saturating_mul(1_000)))).await;
        let mini_programs = MINI_PROGRAMS.each_ref().map(|mini_program| (1, mini_program.appid));
        let Some(appid) = draws.one_of(&mini_programs) else { continue };
        let keep = draws.below(6) == 0 && kept < KEPT_AT_MOST;
        if simulator.revoke(appid, keep).await.is_ok() {
            kept = kept.saturating_add(u32::from(keep));
            ledger.revoked(appid);
        }
    }
}

/// Runs the schedule without end.
pub(crate) async fn run_the_schedule(host: &Host) {
    loop {
        // A run that fails is followed by the next one.
        let _ = host.invoke("access-token", json!({"detail-type": "Scheduled Event", "source": "aws.events"})).await;
        tokio::time::sleep(SCHEDULE).await;
    }
}
