//! The environments of one function: started on demand, kept warm, no more than the function may have.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::environment::Environment;
use crate::function::Function;
use crate::invocation::{Invocation, Outcome};
use crate::logs::Logs;
use crate::process::{self, Start};
use crate::tasks::Tasks;

/// Serves an environment's listener.
pub(crate) type Serve = Arc<dyn Fn(TcpListener, Arc<Environment>) + Send + Sync>;

/// What an invocation does if all environments are busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AllBusy {
    Throttle,
    Wait,
}

/// All environments are busy, and there may be no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("all environments are busy")]
pub(crate) struct Throttled;

/// The environments of one function.
pub(crate) struct Pool {
    name: String,
    bootstrap: PathBuf,
    function: Function,
    environments: Mutex<Vec<Arc<Environment>>>,
    changed: Arc<Notify>,
    background: Background,
}

/// What a pool needs of its host.
#[derive(Clone)]
pub(crate) struct Background {
    pub(crate) serve: Serve,
    pub(crate) tasks: Tasks,
    pub(crate) logs: Logs,
    /// How many environments the host has started.
    pub(crate) started: Arc<AtomicUsize>,
}

/// A process that was killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Killed {
    /// What the invocation was given in which it was killed; nothing if it was idle.
    pub event: Option<Bytes>,
}

/// An environment that was taken for an invocation.
enum Taken {
    Warm(Arc<Environment>),
    /// One that is still to be started.
    Cold(Arc<Environment>),
}

impl Pool {
    pub(crate) fn new(name: &str, bootstrap: &Path, function: &Function, background: Background) -> Self {
        Self {
            name: name.to_owned(),
            bootstrap: bootstrap.to_owned(),
            function: function.clone(),
            environments: Mutex::default(),
            changed: Arc::new(Notify::new()),
            background,
        }
    }

    pub(crate) async fn run(&self, invocation: Invocation, all_busy: AllBusy) -> Result<Outcome, Throttled> {
        let environment = match self.take(all_busy).await? {
            Taken::Warm(environment) => environment,
            Taken::Cold(environment) => {
                self.start(&environment).await;
                environment
            }
        };
        Ok(environment.run(invocation).await)
    }

    /// Kills every process and waits until all are dead; returns how many there were.
    pub(crate) async fn kill(&self) -> usize {
        let environments: Vec<_> = self.environments.lock().drain(..).collect();
        let living = environments.iter().filter(|environment| !environment.has_ended());
        let kills = living.map(|environment| environment.kill());
        futures_util::future::join_all(kills).await.len()
    }

    /// Kills one process and waits until it is dead; which one `choice` says, whatever its size. Returns what the process was
    /// handling.
    pub(crate) async fn kill_one(&self, choice: usize) -> Option<Killed> {
        let environment = {
            let environments = self.environments.lock();
            let living: Vec<_> = environments.iter().filter(|environment| !environment.has_ended()).collect();
            living.get(choice.checked_rem(living.len())?).map(|environment| Arc::clone(environment))?
        };
        let event = environment.invocation().map(|(_, event)| event);
        environment.kill().await;
        Some(Killed { event })
    }

    /// The process ids of the environments that there are.
    pub(crate) fn processes(&self) -> Vec<u32> {
        let environments = self.environments.lock();
        let living = environments.iter().filter(|environment| !environment.has_ended());
        living.map(|environment| environment.process()).collect()
    }

    async fn take(&self, all_busy: AllBusy) -> Result<Taken, Throttled> {
        loop {
            // Listens before it looks, so that no change in between is missed.
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if let Some(taken) = self.try_take(all_busy)? {
                return Ok(taken);
            }
            changed.await;
        }
    }

    /// Nothing if it is worth waiting for an environment.
    fn try_take(&self, all_busy: AllBusy) -> Result<Option<Taken>, Throttled> {
        let mut environments = self.environments.lock();
        environments.retain(|environment| !environment.has_ended());
        if let Some(idle) = environments.iter().find(|environment| environment.reserve()) {
            return Ok(Some(Taken::Warm(idle.clone())));
        }
        if environments.iter().any(|environment| environment.is_returning()) {
            return Ok(None);
        }
        if environments.len() < self.function.max_environments {
            let number = self.background.started.fetch_add(1, Ordering::Relaxed) + 1;
            let environment = Environment::new(number, &self.name, self.function.timeout, self.changed.clone());
            let environment = Arc::new(environment);
            environments.push(environment.clone());
            return Ok(Some(Taken::Cold(environment)));
        }
        match all_busy {
            AllBusy::Throttle => Err(Throttled),
            AllBusy::Wait => Ok(None),
        }
    }

    async fn start(&self, environment: &Arc<Environment>) {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let bound = listener.and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (address, listener) = match bound {
            Ok(bound) => bound,
            Err(error) => return environment.end(&format!("no listener: {error}")),
        };
        let Background { serve, tasks, logs, .. } = &self.background;
        serve(listener, environment.clone());
        let Function { variables, variables_in_turn, memory_megabytes, .. } = &self.function;
        let memory_megabytes = *memory_megabytes;
        let start = Start { bootstrap: &self.bootstrap, variables, variables_in_turn, memory_megabytes, address };
        process::start(&start, environment, tasks, logs);
    }
}

/// A function that is replaced takes its processes with it, once the last invocation has ended.
impl Drop for Pool {
    fn drop(&mut self) {
        self.environments.lock().iter().for_each(|environment| environment.want_killed());
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("name", &self.name).finish_non_exhaustive()
    }
}
