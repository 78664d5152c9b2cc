//! A user's text is answered from the keyword table, or handed to an agent.

use std::convert::Infallible;

use protocol::message::Text;
use protocol::reply::Reply;
use serde_json::Value;

use crate::replies::Replies;

/// Answers from the keyword table if the text holds a keyword, and hands every other text to a human agent.
pub(crate) async fn on_text(text: Text, replies: &Replies) -> Result<Value, Infallible> {
    let reply = replies.find(&text.content).map(|reply| Value::Object(reply.clone()));
    Ok(reply.unwrap_or_else(|| Reply::transfer_customer_service().into_output()))
}
