//! The measurements of a trial: by environments, then by rows.

use std::sync::Arc;

use lambda_host::Function;
use serde_json::{Map, Value, json};

use super::measure::{Measured, Scope, measure};
use crate::error::TrialError;
use crate::product::{Product, Running};
use crate::progress::Progress;
use crate::simulator::Simulator;

/// The environments of each function while the rows grow.
const AMONG_ROWS: usize = 4;
/// The same for all rows: long after the trial.
const EXPIRES_AT_SECONDS: i64 = 4_102_444_800;

/// What to measure.
#[derive(Debug, Clone)]
pub struct Orders {
    /// How many pushes each measurement has.
    pub pushes: u32,
    /// The numbers of environments that each function has.
    pub environments: Vec<usize>,
    /// The numbers of rows in the dedupe and in the window table.
    pub rows: Vec<usize>,
}

/// What was measured, in order.
#[derive(Debug, Default)]
pub struct Series {
    /// With as many rows as the pushes leave.
    pub by_environments: Vec<Measured>,
    /// With four environments.
    pub by_rows: Vec<Measured>,
}

/// Measures.
///
/// # Errors
/// [`TrialError`] if it cannot be done, also if a push is not answered at WeChat's first attempt.
pub async fn hold(orders: &Orders) -> Result<Series, TrialError> {
    let progress = Progress::begin();
    let product = Product::start().await?;
    let simulator = Arc::new(Simulator::start(&product.host.url()).await?);
    product.host.wechat(&simulator.url)?;
    let mut series = Series::default();
    for scope in [Scope::PushAlone, Scope::EndToEnd] {
        for environments in &orders.environments {
            progress.tell(&format!("{}, {environments} environments", scope.name()));
            start(&product, scope, *environments)?;
            let measured = measure(&product.host, &simulator, scope, (*environments, 0), orders.pushes).await?;
            series.by_environments.push(measured);
        }
    }
    let mut filled = 0;
    for rows in &orders.rows {
        progress.tell(&format!("{rows} rows"));
        fill(&product, filled, *rows).await?;
        filled = filled.max(*rows);
        for scope in [Scope::PushAlone, Scope::EndToEnd] {
            start(&product, scope, AMONG_ROWS)?;
            let measured = measure(&product.host, &simulator, scope, (AMONG_ROWS, *rows), orders.pushes).await?;
            series.by_rows.push(measured);
        }
    }
    Ok(series)
}

fn start(product: &Product, scope: Scope, environments: usize) -> Result<(), TrialError> {
    let max_environments = environments;
    product.run(&Running {
        clock_offsets_milliseconds: vec![0],
        is_healed: true,
        retry_delays: Vec::new(),
        max_environments,
    })?;
    if scope == Scope::PushAlone {
        product.host.function("deliver-reply", Function::handler(|_| async { Ok(json!({"replied": "success"})) }));
    }
    Ok(())
}

/// Puts rows of other pushes and users into the two tables that grow, from number `from` on.
async fn fill(product: &Product, from: usize, to: usize) -> Result<(), TrialError> {
    let numbers = || from..to;
    let object = |row: Value| row.as_object().cloned().unwrap_or_default();
    let pushes: Vec<Map<String, Value>> = numbers()
        .map(|number| {
            object(json!({
                "push_key": format!("other push {number}"), "state": "done", "owner": "o", "attempt": 1,
                "answer": "\"success\"", "expires_at": EXPIRES_AT_SECONDS,
            }))
        })
        .collect();
    let windows: Vec<_> = numbers()
        .map(|number| {
            object(json!({
                "openid": format!("other user {number}"), "remaining": 5, "opening": "o", "message_at": 1,
                "expires_at": EXPIRES_AT_SECONDS,
            }))
        })
        .collect();
    product.host.put_all("push-dedupe", &pushes).await?;
    product.host.put_all("reply-window", &windows).await?;
    Ok(())
}
