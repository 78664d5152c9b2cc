//! What the functions write to their standard output and error, which CloudWatch would keep.

use std::io::{self, Write};
use std::sync::Arc;

use parking_lot::Mutex;

/// The lines of all functions in the order of arrival.
#[derive(Debug, Clone, Default)]
pub(crate) struct Logs(Arc<Mutex<Vec<(String, String)>>>);

impl Logs {
    pub(crate) fn line(&self, function: &str, line: String) {
        self.0.lock().push((function.to_owned(), line));
    }

    /// The lines of one function.
    pub(crate) fn of(&self, function: &str) -> Vec<String> {
        let lines = self.0.lock();
        lines.iter().filter(|(name, _)| name == function).map(|(_, line)| line.clone()).collect()
    }

    /// Writes all lines, each with the name of its function.
    pub(crate) fn write_all(&self, output: &mut impl Write) -> io::Result<()> {
        self.0.lock().iter().try_for_each(|(function, line)| writeln!(output, "{function}: {line}"))
    }
}
