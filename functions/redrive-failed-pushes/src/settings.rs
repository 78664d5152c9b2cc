//! What the function is told by the template.

use shared::host::route_functions::RouteArns;
use shared::host::settings::{SettingError, text};

/// Read once, when the function starts.
#[derive(Debug)]
pub(crate) struct Settings {
    /// `FAILED_PUSHES_QUEUE_URL`: the queue to go through.
    pub(crate) failed_pushes_queue_url: String,
    /// `PUSH_DEDUPE_TABLE`: holds the claims of pushes.
    pub(crate) push_dedupe_table: String,
    /// One ARN per route.
    pub(crate) route_arns: RouteArns,
}

impl Settings {
    pub(crate) fn from_environment() -> Result<Self, SettingError> {
        Ok(Self {
            failed_pushes_queue_url: text("FAILED_PUSHES_QUEUE_URL")?,
            push_dedupe_table: text("PUSH_DEDUPE_TABLE")?,
            route_arns: RouteArns::from_environment()?,
        })
    }
}
