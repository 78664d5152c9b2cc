//! What runs in the background as long as the host lives: listeners, processes, event sources.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::task::JoinSet;

/// The tasks of one host.
#[derive(Debug, Clone)]
pub(crate) struct Tasks(Arc<Mutex<Option<JoinSet<()>>>>);

impl Tasks {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Some(JoinSet::new()))))
    }

    /// Runs a task, unless the host has ended.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.0.lock();
        let Some(tasks) = tasks.as_mut() else { return };
        // What has ended is forgotten.
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    /// Ends them all. A process whose task ends is killed.
    pub(crate) fn end(&self) {
        drop(self.0.lock().take());
    }
}
