//! A customer message is checked and sent.

use protocol::appid::Appid;
use serde_json::{Map, Value};
use shared::sending::customer_service::CustomerService;
use shared::serve::action::{ActionAnswer, ActionError};
use shared::wechat::customer_message::CustomerMessage;

/// Checks the message before the window is touched, then sends it.
pub(crate) async fn send_customer_message(
    appid: Appid,
    body: Map<String, Value>,
    service: &CustomerService,
) -> Result<ActionAnswer, ActionError> {
    Ok(service.send(&appid, &CustomerMessage::from_body(body)?).await?.into())
}
