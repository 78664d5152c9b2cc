//! The functions by name, and how each is invoked.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::function::{Code, Function, Handle};
use crate::invocation::{Invocation, Outcome};
use crate::pool::{AllBusy, Background, Killed, Pool, Throttled};
use crate::work::Work;

/// The functions of a host.
pub(crate) struct Functions {
    by_name: Mutex<HashMap<String, Arc<Registered>>>,
    background: Background,
    work: Work,
}

/// A function that can be invoked.
#[derive(Debug)]
pub(crate) struct Registered {
    pub(crate) name: String,
    pub(crate) function: Function,
    runner: Runner,
    work: Work,
}

#[derive(Debug)]
enum Runner {
    Processes(Box<Pool>),
    Closure(Closure),
}

/// A handler, and as many permits as it has environments.
struct Closure {
    handle: Handle,
    environments: Semaphore,
}

impl Functions {
    pub(crate) fn new(background: Background, work: Work) -> Self {
        Self { by_name: Mutex::default(), background, work }
    }

    /// Registers a function. One of that name that was there before takes no new invocations; what runs in it runs on.
    pub(crate) fn register(&self, name: &str, function: Function) {
        let runner = match &function.code {
            Code::Bootstrap(path) => {
                Runner::Processes(Box::new(Pool::new(name, path, &function, self.background.clone())))
            }
            Code::Handler(handle) => Runner::Closure(Closure {
                handle: handle.clone(),
                environments: Semaphore::new(function.max_environments),
            }),
        };
        let registered = Registered { name: name.to_owned(), function, runner, work: self.work.clone() };
        self.by_name.lock().insert(name.to_owned(), Arc::new(registered));
    }

    pub(crate) fn get(&self, name: &str) -> Option<Arc<Registered>> {
        self.by_name.lock().get(name).cloned()
    }
}

impl Registered {
    /// Runs the function once.
    pub(crate) async fn run(&self, invocation: Invocation, all_busy: AllBusy) -> Result<Outcome, Throttled> {
        let _under_way = self.work.begin();
        match &self.runner {
            Runner::Processes(pool) => pool.run(invocation, all_busy).await,
            Runner::Closure(closure) => closure.run(&invocation, all_busy, self.function.timeout).await,
        }
    }

    /// Kills the function's processes; returns how many there were.
    pub(crate) async fn kill(&self) -> usize {
        match &self.runner {
            Runner::Processes(pool) => pool.kill().await,
            Runner::Closure(_) => 0,
        }
    }

    /// Kills one of the function's processes, if there is any.
    pub(crate) async fn kill_one(&self, choice: usize) -> Option<Killed> {
        match &self.runner {
            Runner::Processes(pool) => pool.kill_one(choice).await,
            Runner::Closure(_) => None,
        }
    }

    /// The process ids of the function's environments.
    pub(crate) fn processes(&self) -> Vec<u32> {
        match &self.runner {
            Runner::Processes(pool) => pool.processes(),
            Runner::Closure(_) => Vec::new(),
        }
    }
}

impl Closure {
    async fn run(&self, invocation: &Invocation, all_busy: AllBusy, limit: Duration) -> Result<Outcome, Throttled> {
        let _environment = match all_busy {
            AllBusy::Throttle => self.environments.try_acquire().map_err(|_| Throttled)?,
            AllBusy::Wait => self.environments.acquire().await.map_err(|_| Throttled)?,
        };
        let event = serde_json::from_slice(&invocation.payload).unwrap_or_default();
        Ok(match tokio::time::timeout(limit, (self.handle)(event)).await {
            Ok(Ok(returned)) => Outcome::Returned(returned.to_string().into()),
            Ok(Err(message)) => Outcome::Failed(thrown(&message)),
            Err(_) => Outcome::timed_out(&invocation.request_id, limit),
        })
    }
}

impl fmt::Debug for Closure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Closure")
    }
}

fn thrown(message: &str) -> Bytes {
    json!({"errorType": "Error", "errorMessage": message}).to_string().into()
}
