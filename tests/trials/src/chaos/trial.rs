//! One trial, from the first push to the verdict.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Method;
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::faults::Faults;
use super::ledger::Ledger;
use super::orders::Orders;
use super::report::{Findings, Redriven, Report};
use super::verdict::Parked;
use super::{acts, conversation, kills, settle, tokens};
use crate::error::TrialError;
use crate::mini_program::MINI_PROGRAMS;
use crate::product::{Product, Running};
use crate::progress::Progress;
use crate::seed::Seed;
use crate::simulator::Simulator;
use crate::timeline;

/// The clocks of the processes differ by up to two seconds.
const OFF_MILLISECONDS: [i64; 3] = [-1_000, 1_000, 0];
/// Longer than any lease and than any late reply may take.
const FORWARD_MILLISECONDS: i64 = 300_000;

/// More than are ever needed, so that Lambda throttles only where the schedule says so.
const MAX_ENVIRONMENTS: usize = 1_000;

/// Holds the trial.
///
/// # Errors
/// [`TrialError`] if it cannot be held; what it finds is in the report.
pub async fn hold(orders: &Orders) -> Result<Report, TrialError> {
    let seed = Seed(orders.seed);
    let (ledger, faults) = (Arc::new(Ledger::default()), Arc::new(Faults::new(seed)));
    let product = Product::start().await?;
    let simulator = Arc::new(Simulator::start(&product.host.url()).await?);
    product.host.wechat(&simulator.url)?;
    product.run(&running(orders, 0, false))?;
    let read = follow_timelines(&simulator, &ledger);

    let (chosen, told) = (faults.clone(), ledger.clone());
    product.host.follow_schedule(move |call| {
        let disturbance = chosen.choose(call);
        told.passes(call, disturbance.as_ref());
        disturbance
    });
    let began = Instant::now();
    let progress = Progress::begin();
    progress.tell("the users act");
    let users = acts::of_all(seed, orders.pushes);
    tokio::select! {
        done = conversation::hold(&simulator, &ledger, users, orders.at_once) => done?,
        () = kills::kill_at_any_moment(&product.host, &ledger, seed, orders.kills_per_second) => {}
        () = tokens::revoke_now_and_then(&simulator, &ledger, seed) => {}
        () = tokens::run_the_schedule(&product.host) => {}
    }
    let took = began.elapsed();
    faults.end();

    progress.tell("everything comes to rest");
    settle::rest(&product).await?;
    progress.tell("late replies come due");
    product.run(&running(orders, FORWARD_MILLISECONDS, false))?;
    settle::see_to_late_replies(&product).await?;
    let agents = settle::ask_for_agents(&simulator, &ledger).await?;
    settle::see_to_late_replies(&product).await?;
    read.to_the_end(&simulator).await?;
    let parked = product.failed.bodies();
    let before = Findings { book: ledger.book(), parked: Parked::read(parked.iter().map(String::as_str)) };

    progress.tell("what is parked is redriven");
    product.run(&running(orders, FORWARD_MILLISECONDS, true))?;
    let handed_on = settle::hand_on(&product).await?;
    read.to_the_end(&simulator).await?;
    let (resent, discarded) = settle::resolve_unknown(&product, &ledger).await?;
    let redriven = Redriven { handed_on, resent, discarded };
    settle::see_to_late_replies(&product).await?;
    read.to_the_end(&simulator).await?;
    let left = product.failed.bodies();
    let after = Findings { book: ledger.book(), parked: Parked::read(left.iter().map(String::as_str)) };

    let mut issued = Vec::new();
    for mini_program in &MINI_PROGRAMS {
        issued.push((mini_program.appid, simulator.tokens_issued(mini_program.appid).await?));
    }
    let are_clocks_skewed = product.can_skew_clocks();
    Ok(Report {
        orders: orders.clone(),
        took,
        before,
        after,
        records: parked.len(),
        redriven,
        left,
        agents,
        issued,
        are_clocks_skewed,
    })
}

fn running(orders: &Orders, forward_milliseconds: i64, is_healed: bool) -> Running {
    let clock_offsets_milliseconds = OFF_MILLISECONDS.map(|off| off.saturating_add(forward_milliseconds)).into();
    Running {
        clock_offsets_milliseconds,
        is_healed,
        retry_delays: orders.retry_delays.clone(),
        max_environments: MAX_ENVIRONMENTS,
    }
}

/// The readers of the timelines.
struct Read {
    readers: parking_lot::Mutex<JoinSet<TrialError>>,
    /// How many orders for the push URL have been read: they mark how far the reading is.
    marks: watch::Receiver<usize>,
}

fn follow_timelines(simulator: &Simulator, ledger: &Arc<Ledger>) -> Read {
    let (mark, marks) = watch::channel(0);
    let mark = Arc::new(mark);
    let mut readers = JoinSet::new();
    for mini_program in &MINI_PROGRAMS {
        let (http, ledger, mark) = (simulator.http.clone(), ledger.clone(), mark.clone());
        readers.spawn(async move {
            let tell = move |happening: &serde_json::Value| {
                ledger.happens(happening);
                if happening.get("what").is_some_and(|what| what == "push_url") {
                    mark.send_modify(|marks| *marks += 1);
                }
            };
            timeline::follow(http, mini_program.appid, tell).await
        });
    }
    Read { readers: parking_lot::Mutex::new(readers), marks }
}

impl Read {
    /// Waits until everything has been read that has happened so far.
    async fn to_the_end(&self, simulator: &Simulator) -> Result<(), TrialError> {
        let mut marks = self.marks.clone();
        let wanted = marks.borrow_and_update().saturating_add(MINI_PROGRAMS.len());
        for mini_program in &MINI_PROGRAMS {
            let order = json!({"appid": mini_program.appid, "push_url": "http://127.0.0.1:9/the-trial-is-over"});
            simulator.http.json(Method::PUT, "/simulator/push-url", &order).await?;
        }
        let read = marks.wait_for(|marks| *marks >= wanted);
        if tokio::time::timeout(Duration::from_secs(30), read).await.is_ok_and(|read| read.is_ok()) {
            return Ok(());
        }
        let failed = self.readers.lock().try_join_next();
        Err(failed.and_then(Result::ok).unwrap_or(TrialError::NotInTime("the timeline is read")))
    }
}
