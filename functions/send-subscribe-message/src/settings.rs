//! What the function is told by the template.

use shared::host::settings::{SettingError, text};
use shared::sending::settings::WechatSettings;

/// Read once, when the function starts.
#[derive(Debug)]
pub(crate) struct Settings {
    /// `SUBSCRIPTION_TABLE`: the ledger.
    pub(crate) subscription_table: String,
    /// How it calls WeChat.
    pub(crate) wechat: WechatSettings,
}

impl Settings {
    pub(crate) fn from_environment() -> Result<Self, SettingError> {
        Ok(Self { subscription_table: text("SUBSCRIPTION_TABLE")?, wechat: WechatSettings::from_environment()? })
    }
}
