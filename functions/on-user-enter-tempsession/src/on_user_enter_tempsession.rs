//! A user who enters is welcomed.

use std::convert::Infallible;

use protocol::message::UserEnterTempsession;
use serde_json::Value;
use shared::host::own_texts::OwnTexts;

use crate::welcome_text::OwnWelcome;

/// Says the mini program's own welcome, or else the stack's, if there is one.
pub(crate) async fn on_user_enter_tempsession(
    event: UserEnterTempsession,
    stacks: Option<&str>,
    own_texts: &OwnTexts<OwnWelcome>,
) -> Result<Value, Infallible> {
    let own = own_texts.of(event.header.appid()).await;
    let welcome_text = own.as_ref().map_or(stacks, |own| own.or(stacks));
    Ok(welcome_text.unwrap_or("success").into())
}
