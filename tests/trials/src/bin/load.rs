//! `make load`: what a push costs, and how many the machine takes.

use std::io::Write;
use std::path::PathBuf;

use clap::Parser;
use trials::TrialError;
use trials::load::{Orders, hold, plot, table};

/// Measures the product under load.
#[derive(Parser)]
struct Cli {
    /// How many pushes each measurement has.
    #[arg(long, default_value_t = 1_000)]
    pushes: u32,
    /// The numbers of environments that each function has.
    #[arg(long, value_delimiter = ',', default_value = "1,2,4,8,16")]
    environments: Vec<usize>,
    /// The numbers of rows in the dedupe and in the window table.
    #[arg(long, value_delimiter = ',', default_value = "100,1000,10000,100000")]
    rows: Vec<usize>,
    /// Where to write the picture.
    #[arg(long)]
    plot: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Result<(), TrialError> {
    let Cli { pushes, environments, rows, plot: picture } = Cli::parse();
    let series = hold(&Orders { pushes, environments, rows }).await?;
    // A reader who has gone needs no table, and a string takes everything.
    let _ = write!(std::io::stdout().lock(), "{}", table(&series).unwrap_or_default());
    if let Some(path) = picture {
        let written = std::fs::write(&path, plot(&series).unwrap_or_default());
        written.map_err(|source| TrialError::Io { what: path.display().to_string(), source })?;
    }
    Ok(())
}
