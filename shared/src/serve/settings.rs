//! What an action that reads the subscription ledger is told by the template, read once when it starts.

use protocol::appid::Appid;

use crate::host::settings::{SettingError, parsed, text};

/// An action that reads the ledger.
#[derive(Debug, Clone)]
pub struct LedgerSettings {
    /// `STACK_NAME`: the dimension of its metrics.
    pub stack: String,
    /// `APP_ID`: the mini program that a call is for if it names none.
    pub appid: Appid,
    /// `SUBSCRIPTION_TABLE`: the ledger.
    pub subscription_table: String,
}

impl LedgerSettings {
    /// Reads the environment.
    ///
    /// # Errors
    /// [`SettingError`] where a variable is missing.
    pub fn from_environment() -> Result<Self, SettingError> {
        Ok(Self {
            stack: text("STACK_NAME")?,
            appid: parsed("APP_ID")?,
            subscription_table: text("SUBSCRIPTION_TABLE")?,
        })
    }
}
