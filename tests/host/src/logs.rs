//! What the functions write to their standard output and error, which CloudWatch would keep.

use std::io::{self, Write};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::error::HostError;

/// The lines of all functions in the order of arrival.
#[derive(Debug, Clone)]
pub(crate) struct Logs {
    lines: Arc<Mutex<Vec<Line>>>,
    added: watch::Sender<()>,
}

#[derive(Debug)]
struct Line {
    function: String,
    text: String,
}

impl Logs {
    pub(crate) fn new() -> Self {
        Self { lines: Arc::default(), added: watch::Sender::new(()) }
    }

    pub(crate) fn add(&self, function: &str, text: String) {
        self.lines.lock().push(Line { function: function.to_owned(), text });
        self.added.send_replace(());
    }

    /// The lines of one function.
    pub(crate) fn of(&self, function: &str) -> Vec<String> {
        let lines = self.lines.lock();
        lines.iter().filter(|line| line.function == function).map(|line| line.text.clone()).collect()
    }

    /// Waits for a line of a function that contains a text.
    pub(crate) async fn wait_for(&self, function: &str, text: &str) -> Result<String, HostError> {
        let mut added = self.added.subscribe();
        let look = async {
            loop {
                if let Some(line) = self.of(function).into_iter().find(|line| line.contains(text)) {
                    return line;
                }
                // The sender is a field of this value, so that it cannot be gone.
                let _ = added.changed().await;
            }
        };
        HostError::unless_in_time(look, || format!("{function} logs {text:?}")).await
    }

    /// Writes all lines, each with the name of its function.
    pub(crate) fn write_all(&self, output: &mut impl Write) -> io::Result<()> {
        self.lines.lock().iter().try_for_each(|line| writeln!(output, "{}: {}", line.function, line.text))
    }
}
