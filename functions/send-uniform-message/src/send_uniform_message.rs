//! What is done with a request.

use serde_json::{Map, Value};
use shared::api::uniform_message::{self, UniformMessage};
use shared::lambda::action::{ActionAnswer, ActionError};
use shared::lambda::wechat::Wechat;

/// Checks the message, sends it, and says what to use instead where WeChat refuses for good.
pub(crate) async fn send_uniform_message(
    body: Map<String, Value>,
    wechat: &Wechat,
) -> Result<ActionAnswer, ActionError> {
    let message = UniformMessage::from_body(body)?;
    let answer = wechat.post(uniform_message::PATH, message.body()).await?;
    Ok(uniform_message::explained(answer).into())
}
