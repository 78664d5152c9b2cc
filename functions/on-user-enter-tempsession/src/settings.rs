//! What the function is told by the template.

use shared::host::settings::{SettingError, optional_text};
use shared::sending::settings::CustomerServiceSettings;

/// Read once, when the function starts.
#[derive(Debug)]
pub(crate) struct Settings {
    /// `WELCOME_TEXT`: users are welcomed with it, if it is not empty.
    pub(crate) welcome_text: Option<String>,
    /// How it writes to users.
    pub(crate) customer_service: CustomerServiceSettings,
}

impl Settings {
    pub(crate) fn from_environment() -> Result<Self, SettingError> {
        Ok(Self {
            welcome_text: optional_text("WELCOME_TEXT"),
            customer_service: CustomerServiceSettings::from_environment()?,
        })
    }
}
