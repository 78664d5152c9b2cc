//! A uniform message is checked and sent.

use protocol::appid::Appid;
use serde_json::{Map, Value};
use shared::sending::authorized_api::AuthorizedApi;
use shared::serve::action::{ActionAnswer, ActionError};
use shared::wechat::uniform_message::{self, UniformMessage};

/// Checks the message, sends it, and says what to use instead where WeChat refuses for good.
pub(crate) async fn send_uniform_message(
    appid: Appid,
    body: Map<String, Value>,
    api: &AuthorizedApi,
) -> Result<ActionAnswer, ActionError> {
    let message = UniformMessage::from_body(body)?;
    let answer = api.post(&appid, uniform_message::PATH, message.body()).await?;
    Ok(uniform_message::explained(answer).into())
}
