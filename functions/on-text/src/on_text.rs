//! A user's text is answered from the keyword table, or handed to an agent.

use std::convert::Infallible;

use protocol::message::Text;
use protocol::reply::Reply;
use shared::host::causes::causes;
use shared::serve::own_messages::OwnMessages;
use shared::wechat::errcode::Errcode;

use crate::replies::Replies;

/// Answers from the keyword table if the text holds a keyword, with the typing state first. Hands every other text, and
/// one whose answer certainly was not sent, to a human agent.
pub(crate) async fn on_text(text: Text, replies: &Replies, messages: &OwnMessages) -> Result<Reply, Infallible> {
    let openid = &text.header.from_user_name;
    let Some(message) = replies.find(&text.content, openid) else { return Ok(Reply::transfer_customer_service()) };
    messages.show_typing(openid).await;
    Ok(match messages.send(&message).await {
        Ok(sent) if sent.answer.errcode == Errcode::OK => Reply::Success,
        Ok(sent) => {
            tracing::warn!(errcode = sent.answer.errcode.0, "reply refused");
            Reply::transfer_customer_service()
        }
        // It may have been sent: an agent on top of it would be one too many.
        Err(error) if error.is_outcome_unknown() => {
            tracing::warn!(error = causes(&error), "reply perhaps not sent");
            Reply::Success
        }
        Err(error) => {
            tracing::warn!(error = causes(&error), "reply not sent");
            Reply::transfer_customer_service()
        }
    })
}
