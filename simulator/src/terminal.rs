//! Writes to the terminal. A reader that went away (`| head`) is no error.

use std::io::{self, Write};

/// A line of output.
pub(crate) fn say(line: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// A line of complaint.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "simulator: {line}");
}
