//! An execution environment, as the Runtime API sees it: it starts, waits for an invocation, runs it, and ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc, oneshot, watch};

use crate::invocation::{Invocation, Outcome};

/// One environment. [`crate::process`] runs its process, [`crate::runtime_api`] speaks with it.
#[derive(Debug)]
pub(crate) struct Environment {
    /// Counted from 1 among all environments of the host.
    pub(crate) number: usize,
    pub(crate) function: String,
    pub(crate) timeout: Duration,
    status: watch::Sender<Status>,
    /// Tells the pool that an environment is free or has ended.
    changed: Arc<Notify>,
    dispatch: mpsc::UnboundedSender<Invocation>,
    dispatched: tokio::sync::Mutex<mpsc::UnboundedReceiver<Invocation>>,
    current: Mutex<Option<Current>>,
    init_error: Mutex<Option<Bytes>>,
    kill: Notify,
    process: AtomicU32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Status {
    /// The process has not asked for work yet. The caller that started it has the first invocation.
    Starting,
    Idle,
    Busy,
    /// The result is in, and the process has not asked for more work yet.
    Returning,
    /// The process has ended, in this way.
    Ended(String),
}

#[derive(Debug)]
struct Current {
    request_id: String,
    event: Bytes,
    answer: oneshot::Sender<Outcome>,
}

impl Environment {
    pub(crate) fn new(number: usize, function: &str, timeout: Duration, changed: Arc<Notify>) -> Self {
        let (dispatch, dispatched) = mpsc::unbounded_channel();
        Self {
            number,
            function: function.to_owned(),
            timeout,
            status: watch::Sender::new(Status::Starting),
            changed,
            dispatch,
            dispatched: tokio::sync::Mutex::new(dispatched),
            current: Mutex::default(),
            init_error: Mutex::default(),
            kill: Notify::new(),
            process: AtomicU32::default(),
        }
    }

    /// Takes the environment for one invocation, if it is idle.
    pub(crate) fn reserve(&self) -> bool {
        self.turn(|status| (*status == Status::Idle).then_some(Status::Busy))
    }

    pub(crate) fn has_ended(&self) -> bool {
        matches!(*self.status.borrow(), Status::Ended(_))
    }

    /// The invocation that it runs: its request id, and what it was given.
    pub(crate) fn invocation(&self) -> Option<(String, Bytes)> {
        self.current.lock().as_ref().map(|current| (current.request_id.clone(), current.event.clone()))
    }

    /// Notes the process id.
    pub(crate) fn runs_as(&self, process: u32) {
        self.process.store(process, Ordering::Relaxed);
    }

    /// The process id; 0 before there is a process.
    pub(crate) fn process(&self) -> u32 {
        self.process.load(Ordering::Relaxed)
    }

    /// Whether it will be idle in a moment.
    pub(crate) fn is_returning(&self) -> bool {
        *self.status.borrow() == Status::Returning
    }

    /// Runs an invocation. The environment is reserved, or starting for it.
    pub(crate) async fn run(&self, invocation: Invocation) -> Outcome {
        let request_id = invocation.request_id.clone();
        self.initialised().await;
        let (answer, answered) = oneshot::channel();
        *self.current.lock() =
            Some(Current { request_id: request_id.clone(), event: invocation.payload.clone(), answer });
        let ended = match &*self.status.borrow() {
            Status::Ended(how) => Some(how.clone()),
            _ => None,
        };
        if let Some(how) = ended {
            let init_error = self.init_error.lock().take();
            return init_error.map_or_else(|| Outcome::exited(&request_id, &how), Outcome::Failed);
        }
        // The receiver is a field of this value, so that it cannot be gone.
        let _ = self.dispatch.send(invocation);
        if let Ok(outcome) = tokio::time::timeout(self.timeout, answered).await {
            return outcome.unwrap_or_else(|_| Outcome::exited(&request_id, "no answer"));
        }
        self.kill().await;
        Outcome::timed_out(&request_id, self.timeout)
    }

    /// The process asks for work: waits until there is some.
    pub(crate) async fn next(&self) -> Option<Invocation> {
        self.turn(|status| match status {
            Status::Starting => Some(Status::Busy),
            Status::Returning => Some(Status::Idle),
            _ => None,
        });
        self.dispatched.lock().await.recv().await
    }

    /// The process hands in its result; false if it has no such invocation.
    pub(crate) fn complete(&self, request_id: &str, outcome: Outcome) -> bool {
        let mut current = self.current.lock();
        let Some(Current { answer, .. }) = current.take_if(|current| current.request_id == request_id) else {
            return false;
        };
        self.turn(|status| (*status == Status::Busy).then_some(Status::Returning));
        // The caller may have given up.
        let _ = answer.send(outcome);
        true
    }

    /// The process reports that it cannot start.
    pub(crate) fn fail_init(&self, error: Bytes) {
        *self.init_error.lock() = Some(error);
    }

    /// The process has ended.
    pub(crate) fn end(&self, how: &str) {
        self.turn(|_| Some(Status::Ended(how.to_owned())));
        if let Some(Current { request_id, answer, .. }) = self.current.lock().take() {
            let _ = answer.send(Outcome::exited(&request_id, how));
        }
    }

    /// Has the process killed and waits until it is dead.
    pub(crate) async fn kill(&self) {
        self.want_killed();
        self.ended().await;
    }

    /// Has the process killed, soon.
    pub(crate) fn want_killed(&self) {
        self.kill.notify_one();
    }

    /// Waits until somebody wants the process killed.
    pub(crate) async fn kill_wanted(&self) {
        self.kill.notified().await;
    }

    /// Waits until the process has ended.
    pub(crate) async fn ended(&self) {
        // The sender is a field of this value, so that it cannot be gone.
        drop(self.status.subscribe().wait_for(|status| matches!(status, Status::Ended(_))).await);
    }

    async fn initialised(&self) {
        drop(self.status.subscribe().wait_for(|status| *status != Status::Starting).await);
    }

    fn turn(&self, into: impl FnOnce(&Status) -> Option<Status>) -> bool {
        let has_turned = self.status.send_if_modified(|status| match into(status) {
            Some(new) => {
                *status = new;
                true
            }
            None => false,
        });
        if has_turned {
            self.changed.notify_waiters();
        }
        has_turned
    }
}
