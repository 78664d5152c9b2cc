//! The count of what is under way, so that a test can wait until nothing is.

use std::sync::Arc;

use tokio::sync::watch;

/// Counts invocations that run or wait to be run.
#[derive(Debug, Clone)]
pub(crate) struct Work(Arc<watch::Sender<usize>>);

/// One piece of work; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct UnderWay(Work);

impl Work {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }

    pub(crate) fn begin(&self) -> UnderWay {
        self.0.send_modify(|count| *count += 1);
        UnderWay(self.clone())
    }

    pub(crate) fn is_none(&self) -> bool {
        *self.0.borrow() == 0
    }

    /// Waits until nothing is under way.
    pub(crate) async fn none(&self) {
        // The sender is a field of this value, so that it cannot be gone.
        drop(self.0.subscribe().wait_for(|count| *count == 0).await);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count -= 1);
    }
}
