//! What the gateway is told by the template, read once when it starts.

use protocol::gateway_path::PathList;

use crate::host::settings::{SettingError, parsed, text};
use crate::sending::settings::{CustomerServiceSettings, SubscribeMessageSettings};

/// The gateway's settings.
#[derive(Debug, Clone)]
pub struct GatewaySettings {
    /// How it calls WeChat and writes to users.
    pub customer_service: CustomerServiceSettings,
    /// How it sends subscription messages.
    pub subscribe_message: SubscribeMessageSettings,
    /// `CALLER_SECRETS_ARN`: the callers and their secrets.
    pub caller_secrets_arn: String,
    /// `SDK_GATEWAY_PATHS`: what is passed on.
    pub paths: PathList,
}

impl GatewaySettings {
    /// Reads the environment.
    ///
    /// # Errors
    /// [`SettingError`] if a variable is missing or an entry of the list breaks its rule.
    pub fn from_environment() -> Result<Self, SettingError> {
        Ok(Self {
            customer_service: CustomerServiceSettings::from_environment()?,
            subscribe_message: SubscribeMessageSettings::from_environment()?,
            caller_secrets_arn: text("CALLER_SECRETS_ARN")?,
            paths: parsed("SDK_GATEWAY_PATHS")?,
        })
    }
}
