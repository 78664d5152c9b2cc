//! What the function is told by the template.

use protocol::appid::Appid;
use shared::host::settings::{SettingError, parsed, text};

/// Read once, when the function starts.
#[derive(Debug)]
pub(crate) struct Settings {
    /// `APP_ID`: the mini program whose rows have no appid in their keys.
    pub(crate) appid: Appid,
    /// `PUSH_DEDUPE_TABLE`: says what is unfinished.
    pub(crate) push_dedupe_table: String,
    /// `REPLY_GUARD_QUEUE_URL`: the queue that feeds it.
    pub(crate) reply_guard_queue_url: String,
    /// `DELIVER_REPLY_FUNCTION_ARN`: delivers what is unfinished.
    pub(crate) deliver_reply_function_arn: String,
}

impl Settings {
    pub(crate) fn from_environment() -> Result<Self, SettingError> {
        Ok(Self {
            appid: parsed("APP_ID")?,
            push_dedupe_table: text("PUSH_DEDUPE_TABLE")?,
            reply_guard_queue_url: text("REPLY_GUARD_QUEUE_URL")?,
            deliver_reply_function_arn: text("DELIVER_REPLY_FUNCTION_ARN")?,
        })
    }
}
