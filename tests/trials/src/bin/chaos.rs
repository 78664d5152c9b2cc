//! `make chaos`: faults at any moment, and what became of each push.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use trials::TrialError;
use trials::chaos::{Orders, hold};

/// Tries the product with faults at any moment.
#[derive(Parser)]
struct Cli {
    /// How many pushes.
    #[arg(long, default_value_t = 10_000)]
    pushes: u32,
    /// The seed of acts, faults and kills.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many users act at once.
    #[arg(long, default_value_t = 32)]
    at_once: usize,
    /// Kills at any moment, on average, beside those at calls.
    #[arg(long, default_value_t = 1.0)]
    kills_per_second: f64,
    /// After how many seconds Lambda tries an asynchronous invocation again.
    #[arg(long, value_delimiter = ',', default_value = "60,120")]
    retry_seconds: Vec<u64>,
}

#[tokio::main]
async fn main() -> Result<ExitCode, TrialError> {
    let cli = Cli::parse();
    let orders = Orders {
        pushes: cli.pushes,
        seed: cli.seed,
        at_once: cli.at_once,
        kills_per_second: cli.kills_per_second,
        retry_delays: cli.retry_seconds.into_iter().map(Duration::from_secs).collect(),
    };
    let report = hold(&orders).await?;
    let violations = report.violations();
    let mut output = std::io::stdout().lock();
    // A reader who has gone needs no report.
    let _ = write!(output, "{report}");
    for violation in &violations {
        let _ = writeln!(output, "VIOLATION: {violation}");
    }
    Ok(if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
