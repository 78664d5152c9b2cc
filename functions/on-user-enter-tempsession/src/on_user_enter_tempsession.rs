//! A user who enters is welcomed.

use std::convert::Infallible;

use protocol::message::UserEnterTempsession;
use serde_json::Value;

/// Says the welcome, if there is one.
pub(crate) async fn on_user_enter_tempsession(
    _: UserEnterTempsession,
    welcome_text: Option<&str>,
) -> Result<Value, Infallible> {
    Ok(welcome_text.unwrap_or("success").into())
}
