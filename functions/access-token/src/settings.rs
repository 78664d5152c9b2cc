//! What the function is told by the template.

use protocol::appid::Appid;
use shared::host::settings::{SettingError, parsed, text};

/// Read once, when the function starts.
#[derive(Debug)]
pub(crate) struct Settings {
    /// `STACK_NAME`: the dimension of its metrics.
    pub(crate) stack: String,
    /// `APP_ID`: the mini program of the secret's flat form, and of a request that names none.
    pub(crate) appid: Appid,
    /// `WECHAT_API_BASE_URL`: WeChat, or a stand-in.
    pub(crate) wechat_api_base_url: String,
    /// `ACCESS_TOKEN_TABLE`: holds the shared tokens.
    pub(crate) access_token_table: String,
    /// `APP_SECRET_ARN`: the secret that holds the AppSecrets.
    pub(crate) app_secret_arn: String,
}

impl Settings {
    pub(crate) fn from_environment() -> Result<Self, SettingError> {
        Ok(Self {
            stack: text("STACK_NAME")?,
            appid: parsed("APP_ID")?,
            wechat_api_base_url: text("WECHAT_API_BASE_URL")?,
            access_token_table: text("ACCESS_TOKEN_TABLE")?,
            app_secret_arn: text("APP_SECRET_ARN")?,
        })
    }
}
