//! One measurement: so many users write, each at once after the answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use lambda_host::Host;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::cpu;
use crate::error::TrialError;
use crate::mini_program::MINI_PROGRAMS;
use crate::simulator::Simulator;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    /// `push`, behind which `deliver-reply` answers at once without doing anything.
    PushAlone,
    /// All functions, up to the message that WeChat takes.
    EndToEnd,
}

/// What was measured.
#[derive(Debug, Clone)]
pub struct Measured {
    pub(crate) scope: Scope,
    pub(crate) environments: usize,
    pub(crate) rows: usize,
    pub(crate) pushes_per_second: f64,
    /// Processor time of the product's functions for each push, in milliseconds.
    pub(crate) cpu_milliseconds: f64,
    pub(crate) median_milliseconds: u64,
    pub(crate) slowest_percent_milliseconds: u64,
}

impl Scope {
    pub(crate) fn functions(self) -> &'static [&'static str] {
        match self {
            Self::PushAlone => &["push"],
            Self::EndToEnd => &["push", "deliver-reply", "on-text"],
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PushAlone => "`push` alone",
            Self::EndToEnd => "end to end",
        }
    }
}

impl Measured {
    /// How many pushes a core takes, if the product had it for itself.
    pub(crate) fn pushes_per_core(&self) -> f64 {
        1_000.0 / self.cpu_milliseconds.max(f64::EPSILON)
    }
}

/// Measures `pushes` pushes of as many users at once as there are environments, after some to warm up.
pub(crate) async fn measure(
    host: &Host,
    simulator: &Arc<Simulator>,
    scope: Scope,
    (environments, rows): (usize, usize),
    pushes: u32,
) -> Result<Measured, TrialError> {
    write(simulator, environments, pushes / 5).await?;
    let (used, began) = (cpu::used(host, scope.functions())?, Instant::now());
    let mut took = write(simulator, environments, pushes).await?;
    let (elapsed, used) = (began.elapsed(), cpu::used(host, scope.functions())?.saturating_sub(used));
    took.sort_unstable();
    let at = |percent: usize| took.get(took.len().saturating_mul(percent) / 100).copied().unwrap_or_default();
    Ok(Measured {
        scope,
        environments,
        rows,
        pushes_per_second: f64::from(pushes) / elapsed.as_secs_f64(),
        cpu_milliseconds: milliseconds(used) / f64::from(pushes),
        median_milliseconds: at(50),
        slowest_percent_milliseconds: at(99),
    })
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// Has so many users write until there are `pushes`; returns how long WeChat waited for each answer, in milliseconds.
async fn write(simulator: &Arc<Simulator>, users: usize, pushes: u32) -> Result<Vec<u64>, TrialError> {
    let left = Arc::new(AtomicU32::new(pushes));
    let mut writing = JoinSet::new();
    for user in 0..users {
        let (simulator, left) = (simulator.clone(), left.clone());
        writing.spawn(async move {
            let mut took = Vec::new();
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                took.push(write_once(&simulator, user).await?);
            }
            Ok::<_, TrialError>(took)
        });
    }
    let mut all = Vec::new();
    while let Some(ended) = writing.join_next().await {
        all.extend(ended.unwrap_or(Ok(Vec::new()))?);
    }
    Ok(all)
}

async fn write_once(simulator: &Simulator, user: usize) -> Result<u64, TrialError> {
    let [first, ..] = &MINI_PROGRAMS;
    let message = json!({"MsgType": "text", "Content": "word0; please"});
    let order = json!({"appid": first.appid, "openid": format!("oLoad{user:06}"), "message": message});
    let delivery = simulator.push(&order).await?;
    let attempt = delivery.pointer("/attempts/0");
    let is_answered = attempt.and_then(|attempt| attempt.get("fault")).is_some_and(Value::is_null);
    let took = attempt.and_then(|attempt| attempt.get("milliseconds")).and_then(Value::as_u64);
    took.filter(|_| is_answered).ok_or_else(|| TrialError::Simulator(format!("not answered at once: {delivery}")))
}
