//! What the function is told by the template.

use protocol::appid::Appid;
use shared::host::settings::{SettingError, parsed, text};

/// Read once, when the function starts.
#[derive(Debug)]
pub(crate) struct Settings {
    /// `APP_ID`: the mini program of records that name none.
    pub(crate) appid: Appid,
    /// `FAILED_PUSHES_QUEUE_URL`: the queue to go through.
    pub(crate) failed_pushes_queue_url: String,
    /// `DELIVER_REPLY_FUNCTION_ARN`: takes the pushes.
    pub(crate) deliver_reply_function_arn: String,
    /// `PUSH_FUNCTION_ARN`: takes what could not be read when it came.
    pub(crate) push_function_arn: String,
}

impl Settings {
    pub(crate) fn from_environment() -> Result<Self, SettingError> {
        Ok(Self {
            appid: parsed("APP_ID")?,
            failed_pushes_queue_url: text("FAILED_PUSHES_QUEUE_URL")?,
            deliver_reply_function_arn: text("DELIVER_REPLY_FUNCTION_ARN")?,
            push_function_arn: text("PUSH_FUNCTION_ARN")?,
        })
    }
}
