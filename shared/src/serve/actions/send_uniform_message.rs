//! A uniform message is checked and sent.

use crate::sending::authorized_api::AuthorizedApi;
use crate::serve::action::{ActionAnswer, ActionError};
use crate::wechat::uniform_message::{self, UniformMessage};
use protocol::appid::Appid;
use serde_json::{Map, Value};

/// Checks the message, sends it, and says what to use instead if WeChat refuses for good.
///
/// # Errors
/// [`ActionError`] if the message is malformed or WeChat gave no answer.
pub async fn send_uniform_message(
    appid: Appid,
    body: Map<String, Value>,
    api: &AuthorizedApi,
) -> Result<ActionAnswer, ActionError> {
    let message = UniformMessage::from_body(body)?;
    let answer = api.post(&appid, uniform_message::PATH, message.body()).await?;
    Ok(uniform_message::explained(answer).into())
}
