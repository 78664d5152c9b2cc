//! A user's text is answered from the keyword table, or handed to an agent.

use std::convert::Infallible;

use protocol::message::Text;
use protocol::reply::Reply;
use serde_json::Value;
use shared::host::own_texts::OwnTexts;

use crate::replies::{OwnReplies, Replies};

/// Answers from the mini program's keyword table, its own or the built one, if the text holds a keyword, and hands every other
/// text to a human agent.
pub(crate) async fn on_text(
    text: Text,
    built: &Replies,
    own_texts: &OwnTexts<OwnReplies>,
) -> Result<Value, Infallible> {
    let own = own_texts.of(text.header.appid()).await;
    let replies = own.as_ref().and_then(|own| own.replies.as_ref()).unwrap_or(built);
    let reply = replies.find(&text.content).map(|reply| Value::Object(reply.clone()));
    Ok(reply.unwrap_or_else(|| Reply::transfer_customer_service().into_output()))
}
