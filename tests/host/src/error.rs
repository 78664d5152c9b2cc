//! What can go wrong with the host itself. What goes wrong inside a function is an answer, not an error of these.

use std::io;
use std::time::Duration;

/// How long the host waits for something that a test expects to happen.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Why the host could not do what a test asked.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// An environment variable is missing.
    #[error("environment variable {name}: must be set; {hint}")]
    NotSet {
        /// The variable.
        name: &'static str,
        /// How to get it set.
        hint: &'static str,
    },
    /// A URL cannot be used.
    #[error("{0}: must be a URL of the form http://host:port")]
    Url(String),
    /// A socket could not be opened.
    #[error("no listener on 127.0.0.1")]
    Listen(#[from] io::Error),
    /// Nothing was built at this place.
    #[error(
        "{0}: no such file; build the functions first (make build), or set BOOTSTRAPS to the folder where they are"
    )]
    NoBootstrap(String),
    /// No function has this name.
    #[error("function {0}: not registered with the host")]
    NoFunction(String),
    /// DynamoDB Local did not do what it should.
    #[error("DynamoDB Local: {0}")]
    DynamoDb(String),
    /// What was awaited did not happen within [`PATIENCE`].
    #[error("did not happen within {seconds} s: {what}", seconds = PATIENCE.as_secs())]
    NeverHappened {
        /// What was awaited.
        what: String,
    },
}

impl HostError {
    /// Waits for `future`, but no longer than [`PATIENCE`].
    pub(crate) async fn unless_in_time<T>(
        future: impl Future<Output = T>,
        what: impl FnOnce() -> String,
    ) -> Result<T, Self> {
        tokio::time::timeout(PATIENCE, future).await.map_err(|_| Self::NeverHappened { what: what() })
    }
}
