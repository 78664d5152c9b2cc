//! What the function is told by the template.

use protocol::appid::Appid;
use protocol::mode::Mode;
use shared::host::settings::{SettingError, parsed, text};

/// Read once, when the function starts.
#[derive(Debug)]
pub(crate) struct Settings {
    /// `STACK_NAME`: the dimension of its metrics.
    pub(crate) stack: String,
    /// `APP_ID`: the mini program whose pushes come to `/push`.
    pub(crate) appid: Appid,
    /// `PUSH_MODE`: a push in a weaker mode is refused.
    pub(crate) mode: Mode,
    /// `PUSH_TOLERANCE_SECONDS`: how far a push's timestamp may be from now. 0 accepts any.
    pub(crate) tolerance_seconds: i64,
    /// `PUSH_SECRET_ARN`: the secret that holds Token and `EncodingAESKey`.
    pub(crate) push_secret_arn: String,
    /// `PUSH_DEDUPE_TABLE`: holds the claims of pushes.
    pub(crate) push_dedupe_table: String,
    /// `REPLY_WINDOW_TABLE`: holds the reply windows.
    pub(crate) reply_window_table: String,
    /// `ENTER_SESSION_QUOTA`: how many messages entering a session allows.
    pub(crate) enter_session_quota: i64,
    /// `REPLY_TIMEOUT_SECONDS`: how long a push's function may take.
    pub(crate) reply_timeout_seconds: i64,
    /// `HANDOFF_MINUTES`: how long an agent is supposed to be with a user who was transferred.
    pub(crate) handoff_minutes: i64,
    /// `FAILED_PUSHES_QUEUE_URL`: takes pushes that cannot be handled or read.
    pub(crate) failed_pushes_queue_url: String,
    /// `REPLY_GUARD_QUEUE_URL`: takes a message for each late reply.
    pub(crate) reply_guard_queue_url: String,
    /// `DELIVER_REPLY_FUNCTION_ARN`: asks the push's function and delivers what it says.
    pub(crate) deliver_reply_function_arn: String,
}

impl Settings {
    pub(crate) fn from_environment() -> Result<Self, SettingError> {
        Ok(Self {
            stack: text("STACK_NAME")?,
            appid: parsed("APP_ID")?,
            mode: parsed("PUSH_MODE")?,
            tolerance_seconds: parsed("PUSH_TOLERANCE_SECONDS")?,
            push_secret_arn: text("PUSH_SECRET_ARN")?,
            push_dedupe_table: text("PUSH_DEDUPE_TABLE")?,
            reply_window_table: text("REPLY_WINDOW_TABLE")?,
            enter_session_quota: parsed("ENTER_SESSION_QUOTA")?,
            reply_timeout_seconds: parsed("REPLY_TIMEOUT_SECONDS")?,
            handoff_minutes: parsed("HANDOFF_MINUTES")?,
            failed_pushes_queue_url: text("FAILED_PUSHES_QUEUE_URL")?,
            reply_guard_queue_url: text("REPLY_GUARD_QUEUE_URL")?,
            deliver_reply_function_arn: text("DELIVER_REPLY_FUNCTION_ARN")?,
        })
    }
}
