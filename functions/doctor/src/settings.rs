//! What the function is told by the template.

use shared::host::settings::{SettingError, optional_text, text};
use shared::sending::settings::WechatSettings;

use crate::address_ranges::AddressRanges;

/// Read once, when the function starts.
#[derive(Debug)]
pub(crate) struct Settings {
    /// How it calls WeChat.
    pub(crate) wechat: WechatSettings,
    /// `PUSH_SECRET_ARN`: the secret to check. The app secret is checked by `access-token`.
    pub(crate) push_secret_arn: String,
    /// `PUSH_SOURCE_IP_RANGES`: from where a push is taken; none if from everywhere.
    pub(crate) push_source_ip_ranges: Option<AddressRanges>,
    /// `FAILED_PUSHES_QUEUE_URL`: the failed queue.
    pub(crate) failed_pushes_queue_url: String,
    /// `PUSH_LOG_GROUP`: where `push` logs.
    pub(crate) push_log_group: String,
    /// `DELIVER_REPLY_LOG_GROUP`: where `deliver-reply` logs.
    pub(crate) deliver_reply_log_group: String,
}

impl Settings {
    pub(crate) fn from_environment() -> Result<Self, SettingError> {
        let ranges = optional_text("PUSH_SOURCE_IP_RANGES").map(|ranges| ranges.parse()).transpose();
        Ok(Self {
            wechat: WechatSettings::from_environment()?,
            push_secret_arn: text("PUSH_SECRET_ARN")?,
            push_source_ip_ranges: ranges.map_err(|error| SettingError::new("PUSH_SOURCE_IP_RANGES", error))?,
            failed_pushes_queue_url: text("FAILED_PUSHES_QUEUE_URL")?,
            push_log_group: text("PUSH_LOG_GROUP")?,
            deliver_reply_log_group: text("DELIVER_REPLY_LOG_GROUP")?,
        })
    }
}
