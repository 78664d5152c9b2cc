//! A customer message is checked and sent.

use crate::sending::customer_service::CustomerService;
use crate::serve::action::{ActionAnswer, ActionError};
use crate::wechat::customer_message::CustomerMessage;
use protocol::appid::Appid;
use serde_json::{Map, Value};

/// Checks the message before the window is touched, then sends it.
///
/// # Errors
/// [`ActionError`] if the message is malformed, the window is out of reach or WeChat gave no answer.
pub async fn send_customer_message(
    appid: Appid,
    body: Map<String, Value>,
    service: &CustomerService,
) -> Result<ActionAnswer, ActionError> {
    Ok(service.send(&appid, &CustomerMessage::from_body(body)?).await?.into())
}
