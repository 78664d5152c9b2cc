//! What is done with it.

use std::convert::Infallible;

use shared::push::message::Miniprogrampage;
use shared::push::reply::Reply;

/// Hands it to a human agent: no keyword stands in it.
pub(crate) async fn on_miniprogrampage(_: Miniprogrampage) -> Result<Reply, Infallible> {
    Ok(Reply::transfer_customer_service())
}
