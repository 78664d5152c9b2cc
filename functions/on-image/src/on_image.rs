//! A picture goes to an agent.

use std::convert::Infallible;

use protocol::message::Image;
use protocol::reply::Reply;

/// Hands it to a human agent: no keyword stands in it.
pub(crate) async fn on_image(_: Image) -> Result<Reply, Infallible> {
    Ok(Reply::transfer_customer_service())
}
