//! The measurements as tables in Markdown.

use std::fmt::{self, Write};

use super::measure::Measured;
use super::trial::Series;

/// Two tables: by environments, and by rows.
///
/// # Errors
/// Never: a string takes everything.
pub fn table(series: &Series) -> Result<String, fmt::Error> {
    let mut text = String::new();
    write_table(&mut text, "environments", &series.by_environments, |measured| measured.environments)?;
    writeln!(text)?;
    write_table(&mut text, "rows", &series.by_rows, |measured| measured.rows)?;
    Ok(text)
}

fn write_table(
    text: &mut String,
    name: &str,
    measured: &[Measured],
    number: impl Fn(&Measured) -> usize,
) -> fmt::Result {
    writeln!(text, "| | {name} | pushes/s | CPU ms a push | pushes/s a core | median ms | 99 % ms |")?;
    writeln!(text, "|---|---|---|---|---|---|---|")?;
    for it in measured {
        writeln!(
            text,
            "| {} | {} | {:.0} | {:.2} | {:.0} | {} | {} |",
            it.scope.name(),
            number(it),
            it.pushes_per_second,
            it.cpu_milliseconds,
            it.pushes_per_core(),
            it.median_milliseconds,
            it.slowest_percent_milliseconds,
        )?;
    }
    Ok(())
}
