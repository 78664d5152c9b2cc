//! What is done with it.

use std::convert::Infallible;

use shared::api::errcode::Errcode;
use shared::lambda::action::ActionError;
use shared::lambda::customer_service::CustomerService;
use shared::lambda::failure::causes;
use shared::push::message::Text;
use shared::push::reply::Reply;

use crate::replies::Replies;

/// Answers from the keyword table where a keyword stands in the text, with the typing state first; hands everything
/// else, and what could not be answered, to a human agent.
pub(crate) async fn on_text(text: Text, replies: &Replies, service: &CustomerService) -> Result<Reply, Infallible> {
    let openid = &text.header.from_user_name;
    let Some(message) = replies.find(&text.content, openid) else { return Ok(Reply::transfer_customer_service()) };
    service.show_typing(openid).await;
    Ok(match service.send_from(env!("CARGO_PKG_NAME"), &message).await {
        Ok(answer) if answer.errcode() == Errcode::OK.0 => Reply::Success,
        Ok(answer) => {
            tracing::warn!(errcode = answer.errcode(), "reply refused");
            Reply::transfer_customer_service()
        }
        // It may have been sent: an agent on top of it would be one too many.
        Err(ActionError::Wechat(error)) if error.is_outcome_unknown() => {
            tracing::warn!(error = causes(&error), "reply perhaps not sent");
            Reply::Success
        }
        Err(error) => {
            tracing::warn!(error = error.causes(), "reply not sent");
            Reply::transfer_customer_service()
        }
    })
}
