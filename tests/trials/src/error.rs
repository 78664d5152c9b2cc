//! Why a trial could not be held. What a trial finds is its result, not an error.

use std::io;

use lambda_host::HostError;

/// Why a trial could not be held.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The host.
    #[error(transparent)]
    Host(#[from] HostError),
    /// A file or a process.
    #[error("{what}")]
    Io {
        /// What could not be done.
        what: String,
        /// Why.
        source: io::Error,
    },
    /// The simulator did not do what it was told.
    #[error("simulator: {0}")]
    Simulator(String),
    /// What was awaited did not happen.
    #[error("did not happen in time: {0}")]
    NotInTime(&'static str),
}

impl TrialError {
    /// An error of the operating system, with what it kept from being done.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}
