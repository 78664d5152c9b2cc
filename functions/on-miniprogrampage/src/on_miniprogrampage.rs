//! A mini-program card goes to an agent.

use std::convert::Infallible;

use protocol::message::Miniprogrampage;
use protocol::reply::Reply;
use serde_json::Value;

/// Hands it to a human agent: no keyword stands in it.
pub(crate) async fn on_miniprogrampage(_: Miniprogrampage) -> Result<Value, Infallible> {
    Ok(Reply::transfer_customer_service().into_output())
}
