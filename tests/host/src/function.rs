//! A function as a test registers it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;

use crate::error::HostError;

/// A function, and how it is run.
#[derive(Debug, Clone)]
pub struct Function {
    pub(crate) code: Code,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) variables_in_turn: BTreeMap<String, Vec<String>>,
    pub(crate) timeout: Duration,
    pub(crate) max_environments: usize,
    pub(crate) memory_megabytes: u32,
    pub(crate) retry_delays: Vec<Duration>,
    pub(crate) failed_queue: Option<String>,
}

/// What a function consists of.
#[derive(Clone)]
pub(crate) enum Code {
    /// An executable that speaks the Runtime API.
    Bootstrap(PathBuf),
    /// A closure in the test.
    Handler(Handle),
}

/// A handler that is a closure in the test.
pub(crate) type Handle = Arc<dyn Fn(Value) -> BoxFuture<'static, Result<Value, String>> + Send + Sync>;

impl Function {
    /// A function with an executable of its own.
    ///
    /// Unless a test says otherwise it has 128 environments at most and 15 seconds, and an asynchronous invocation that
    /// fails is retried twice, after 50 and 100 milliseconds (Lambda: one and two minutes), then dropped.
    #[must_use]
    pub fn new(bootstrap: impl Into<PathBuf>) -> Self {
        Self::with_code(Code::Bootstrap(bootstrap.into()))
    }

    /// A function of the product, by the name of its package, as `make build` left it.
    ///
    /// The folder is taken from the environment variable `BOOTSTRAPS`; without it, it is `target/lambda` of this workspace.
    ///
    /// # Errors
    /// [`HostError::NoBootstrap`] if the function was not built.
    pub fn product(package: &str) -> Result<Self, HostError> {
        let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/lambda");
        let folder = std::env::var_os("BOOTSTRAPS").map_or(built, PathBuf::from);
        let bootstrap = folder.join(package).join("bootstrap");
        if !bootstrap.is_file() {
            return Err(HostError::NoBootstrap(bootstrap.display().to_string()));
        }
        Ok(Self::new(bootstrap))
    }

    /// A function that is a closure in the test: a handler in any language, as the product sees it. An error is what a
    /// handler throws. It has no process, so that killing it has no effect.
    #[must_use]
    pub fn handler<H, F>(handle: H) -> Self
    where
        H: Fn(Value) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Value, String>> + Send + 'static,
    {
        Self::with_code(Code::Handler(Arc::new(move |event| Box::pin(handle(event)))))
    }

    fn with_code(code: Code) -> Self {
        Self {
            code,
            variables: BTreeMap::new(),
            variables_in_turn: BTreeMap::new(),
            timeout: Duration::from_secs(15),
            max_environments: 128,
            memory_megabytes: 256,
            retry_delays: vec![Duration::from_millis(50), Duration::from_millis(100)],
            failed_queue: None,
        }
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    /// Sets environment variables.
    #[must_use]
    pub fn variables<'a>(mut self, variables: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        self.variables.extend(variables.into_iter().map(|(name, value)| (name.to_owned(), value)));
        self
    }

    /// Sets an environment variable to another value in each environment, in turn.
    #[must_use]
    pub fn variable_in_turn(mut self, name: &str, values: impl Into<Vec<String>>) -> Self {
        self.variables_in_turn.insert(name.to_owned(), values.into());
        self
    }

    /// Sets how long an invocation may take. Then the process is killed.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how many environments there are at most. What would need one more is throttled.
    #[must_use]
    pub fn max_environments(mut self, max_environments: usize) -> Self {
        self.max_environments = max_environments;
        self
    }

    /// Sets after which delays an asynchronous invocation that failed is retried; there are as many retries as delays.
    #[must_use]
    pub fn retry_delays(mut self, delays: impl Into<Vec<Duration>>) -> Self {
        self.retry_delays = delays.into();
        self
    }

    /// Sets the queue that gets Lambda's record of an asynchronous invocation which failed after all retries.
    #[must_use]
    pub fn on_failure(mut self, queue: &str) -> Self {
        self.failed_queue = Some(queue.to_owned());
        self
    }
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bootstrap(path) => write!(f, "Bootstrap({})", path.display()),
            Self::Handler(_) => f.write_str("Handler"),
        }
    }
}
