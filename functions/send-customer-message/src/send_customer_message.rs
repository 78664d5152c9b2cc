//! What is done with a request.

use serde_json::{Map, Value};
use shared::api::customer_message::CustomerMessage;
use shared::lambda::action::{ActionAnswer, ActionError};
use shared::lambda::customer_service::CustomerService;

/// Checks the message before the window is touched, then sends it.
pub(crate) async fn send_customer_message(
    body: Map<String, Value>,
    service: &CustomerService,
) -> Result<ActionAnswer, ActionError> {
    service.send(&CustomerMessage::from_body(body)?).await
}
