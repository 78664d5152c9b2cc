//! What the function is told by the template.

use shared::host::settings::{SettingError, text};

/// Read once, when the function starts.
#[derive(Debug)]
pub(crate) struct Settings {
    /// `APP_ID`: the mini program.
    pub(crate) appid: String,
    /// `WECHAT_API_BASE_URL`: WeChat, or a stand-in.
    pub(crate) wechat_api_base_url: String,
    /// `ACCESS_TOKEN_TABLE`: holds the shared token.
    pub(crate) access_token_table: String,
    /// `APP_SECRET_ARN`: the secret that holds the AppSecret.
    pub(crate) app_secret_arn: String,
}

impl Settings {
    pub(crate) fn from_environment() -> Result<Self, SettingError> {
        Ok(Self {
            appid: text("APP_ID")?,
            wechat_api_base_url: text("WECHAT_API_BASE_URL")?,
            access_token_table: text("ACCESS_TOKEN_TABLE")?,
            app_secret_arn: text("APP_SECRET_ARN")?,
        })
    }
}
