//! The users act, many at once, each one act after the other.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::acts::Act;
use super::ledger::Ledger;
use crate::error::TrialError;
use crate::simulator::Simulator;

/// Lets all users act, `at_once` of them at a time.
pub(crate) async fn hold(
    simulator: &Arc<Simulator>,
    ledger: &Arc<Ledger>,
    users: Vec<Vec<Act>>,
    at_once: usize,
) -> Result<(), TrialError> {
    let places = Arc::new(Semaphore::new(at_once));
    let mut conversations = JoinSet::new();
    for acts in users {
        // The semaphore is never closed.
        let place = places.clone().acquire_owned().await;
        let (simulator, ledger) = (simulator.clone(), ledger.clone());
        conversations.spawn(async move {
            let _place = place;
            act_in_turn(&simulator, &ledger, acts).await
        });
        while let Some(ended) = conversations.try_join_next() {
            ended.unwrap_or(Ok(()))?;
        }
    }
    while let Some(ended) = conversations.join_next().await {
        ended.unwrap_or(Ok(()))?;
    }
    Ok(())
}

async fn act_in_turn(simulator: &Simulator, ledger: &Ledger, acts: Vec<Act>) -> Result<(), TrialError> {
    let mut acts = acts.into_iter();
    while let Some(act) = acts.next() {
        let next = if act.is_hasty { acts.next() } else { None };
        match next {
            Some(next) => {
                let (first, second) = tokio::join!(push(simulator, ledger, &act), push(simulator, ledger, &next));
                first.and(second)?;
            }
            None => push(simulator, ledger, &act).await?,
        }
    }
    Ok(())
}

async fn push(simulator: &Simulator, ledger: &Ledger, act: &Act) -> Result<(), TrialError> {
    ledger.begins(act);
    let delivery = simulator.push(&act.order()).await?;
    ledger.ends(act.number, delivery);
    Ok(())
}
