//! What a trial tells while it runs, on the standard error.

use std::io::Write;
use std::time::Instant;

/// Tells how far a trial is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress(Instant);

impl Progress {
    pub(crate) fn begin() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn tell(self, what: &str) {
        // A trial goes on when nobody reads this.
        let _ = writeln!(std::io::stderr().lock(), "{:6.1} s  {what}", self.0.elapsed().as_secs_f64());
    }
}
