//! What a function that calls WeChat is told by the template, read once when it starts.

use protocol::appid::Appid;

use crate::host::settings::{SettingError, parsed, text};

/// A function that calls WeChat with the shared access token.
#[derive(Debug, Clone)]
pub struct WechatSettings {
    /// `STACK_NAME`: the dimension of its metrics.
    pub stack: String,
    /// `APP_ID`: the mini program that a call is for if it names none.
    pub appid: Appid,
    /// `WECHAT_API_BASE_URL`: WeChat, or a stand-in.
    pub api_base_url: String,
    /// `ACCESS_TOKEN_TABLE`: holds the shared tokens.
    pub access_token_table: String,
    /// `ACCESS_TOKEN_FUNCTION_ARN`: the function that replaces them.
    pub access_token_function_arn: String,
}

/// A function that writes to users within their reply windows.
#[derive(Debug, Clone)]
pub struct CustomerServiceSettings {
    /// How it calls WeChat.
    pub wechat: WechatSettings,
    /// `REPLY_WINDOW_TABLE`: holds the windows.
    pub reply_window_table: String,
    /// `TYPING_PATH`: where WeChat takes the typing state.
    pub typing_path: String,
}

/// A function that sends subscription messages.
#[derive(Debug, Clone)]
pub struct SubscribeMessageSettings {
    /// How it calls WeChat.
    pub wechat: WechatSettings,
    /// `SUBSCRIPTION_TABLE`: the ledger.
    pub subscription_table: String,
}

impl WechatSettings {
    /// Reads the environment.
    ///
    /// # Errors
    /// [`SettingError`] where a variable is missing.
    pub fn from_environment() -> Result<Self, SettingError> {
        Ok(Self {
            stack: text("STACK_NAME")?,
            appid: parsed("APP_ID")?,
            api_base_url: text("WECHAT_API_BASE_URL")?,
            access_token_table: text("ACCESS_TOKEN_TABLE")?,
            access_token_function_arn: text("ACCESS_TOKEN_FUNCTION_ARN")?,
        })
    }
}

impl CustomerServiceSettings {
    /// Reads the environment.
    ///
    /// # Errors
    /// [`SettingError`] where a variable is missing.
    pub fn from_environment() -> Result<Self, SettingError> {
        Ok(Self {
            wechat: WechatSettings::from_environment()?,
            reply_window_table: text("REPLY_WINDOW_TABLE")?,
            typing_path: text("TYPING_PATH")?,
        })
    }
}

impl SubscribeMessageSettings {
    /// Reads the environment.
    ///
    /// # Errors
    /// [`SettingError`] where a variable is missing.
    pub fn from_environment() -> Result<Self, SettingError> {
        Ok(Self { wechat: WechatSettings::from_environment()?, subscription_table: text("SUBSCRIPTION_TABLE")? })
    }
}
