//! After the faults: everything comes to rest, time passes, and what is parked is redriven.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use lambda_host::{HostError, Invoked};
use serde_json::{Value, json};

use super::acts::one_more_text;
use super::ledger::{Ledger, is_transfer};
use super::verdict::message;
use crate::error::TrialError;
use crate::product::Product;
use crate::simulator::Simulator;

/// How long everything may take to come to rest: Lambda's last retry comes three minutes after the first run.
const PATIENCE: Duration = Duration::from_mins(8);
/// Rounds of the guard and of redrive.
const ROUNDS: usize = 12;

/// Waits until nothing runs.
pub(crate) async fn rest(product: &Product) -> Result<(), TrialError> {
    let began = Instant::now();
    loop {
        match product.host.at_rest().await {
            Err(HostError::NeverHappened { .. }) if began.elapsed() < PATIENCE => {}
            done => return Ok(done?),
        }
    }
}

/// Has every guard message come due, until none is left. The clocks must have been put forward.
pub(crate) async fn see_to_late_replies(product: &Product) -> Result<(), TrialError> {
    for _ in 0..ROUNDS {
        rest(product).await?;
        if product.guard.bodies().is_empty() {
            return Ok(());
        }
        product.guard.make_all_visible();
    }
    Err(TrialError::NotInTime("the guard queue is empty"))
}

/// Lets each user write once more who is to be handed to an agent with the next message. Returns how many there were, and who
/// was not.
pub(crate) async fn ask_for_agents(simulator: &Simulator, ledger: &Ledger) -> Result<(usize, Vec<String>), TrialError> {
    let waiting = ledger.book().waiting_for_agent();
    let mut left_alone = Vec::new();
    for act in &waiting {
        let delivery = simulator.push(&one_more_text(act)).await?;
        if !is_transfer(&delivery) {
            left_alone.push(format!("push {} of {}: {delivery}", act.number, act.openid));
        }
    }
    Ok((waiting.len(), left_alone))
}

/// Hands on all that is parked and may be handed on; returns how many records that were.
pub(crate) async fn hand_on(product: &Product) -> Result<u64, TrialError> {
    let mut all = 0;
    for _ in 0..ROUNDS {
        product.failed.make_all_visible();
        let handed_on = redrive(product, json!({})).await?;
        rest(product).await?;
        all += handed_on;
        if handed_on == 0 {
            break;
        }
    }
    Ok(all)
}

/// Sees to each message with an unknown outcome: it is resent if the user does not have it, and discarded if the user does, as
/// an operator would who can ask the user. Returns how many were resent and discarded.
pub(crate) async fn resolve_unknown(product: &Product, ledger: &Ledger) -> Result<(usize, usize), TrialError> {
    let book = ledger.book();
    let (mut resend, mut discard, mut known) = (Vec::new(), Vec::new(), HashSet::new());
    for (id, body) in product.failed.messages() {
        let Some(message) = message(&body) else { continue };
        let is_wanted = book.times(&message.0, &message.1) == 0 && known.insert(message);
        if is_wanted { resend.push(id) } else { discard.push(id) }
    }
    let counts = (resend.len(), discard.len());
    for order in [json!({"discard": discard}), json!({"resend": resend})] {
        product.failed.make_all_visible();
        redrive(product, order).await?;
        rest(product).await?;
    }
    Ok(counts)
}

async fn redrive(product: &Product, order: Value) -> Result<u64, TrialError> {
    let mut handed_on = 0;
    loop {
        match product.host.invoke("redrive-failed-pushes", order.clone()).await? {
            Invoked::Returned(report) => {
                handed_on += report.get("handed_on").and_then(Value::as_u64).unwrap_or_default();
                if report.get("unfinished") != Some(&Value::Bool(true)) {
                    return Ok(handed_on);
                }
            }
            failed => return Err(TrialError::Simulator(format!("redrive-failed-pushes: {failed:?}"))),
        }
    }
}
