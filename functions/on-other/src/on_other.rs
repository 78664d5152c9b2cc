//! A push of another type is logged and acknowledged.

use std::convert::Infallible;

use protocol::message::Other;
use serde_json::Value;

/// Logs the type and says nothing. That leaves an `xpay_*` event unanswered: WeChat must not hear that a payment is booked where
/// nobody books it, and sends it again.
pub(crate) async fn on_other(message: Other) -> Result<Value, Infallible> {
    let (msg_type, event) = message.msg_type_and_event();
    tracing::info!(msg_type, event, "other push type");
    Ok("success".into())
}
