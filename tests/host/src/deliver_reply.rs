//! The product's `deliver-reply`, wired as the template wires it.

use std::time::Duration;

use crate::error::HostError;
use crate::function::Function;
use crate::names::{function_arn, queue_url};

/// The variables that name the function of each route.
const ROUTES: [&str; 8] = [
    "TEXT_FUNCTION_ARN",
    "IMAGE_FUNCTION_ARN",
    "MINIPROGRAMPAGE_FUNCTION_ARN",
    "USER_ENTER_TEMPSESSION_FUNCTION_ARN",
    "SUBSCRIBE_MSG_POPUP_FUNCTION_ARN",
    "SUBSCRIBE_MSG_CHANGE_FUNCTION_ARN",
    "SUBSCRIBE_MSG_SENT_FUNCTION_ARN",
    "OTHER_FUNCTION_ARN",
];

/// `deliver-reply` of the stack with this name and mini program, with the template's defaults and one handler for every route.
///
/// Its tables are `push-dedupe`, `reply-window` and `access-token`, its queues `failed` and `guard`.
///
/// # Errors
/// [`HostError::NoBootstrap`] if the function was not built.
pub fn deliver_reply(stack: &str, appid: &str, handler: &str) -> Result<Function, HostError> {
    let function = Function::product("deliver-reply")?.timeout(Duration::from_mins(15)).variables([
        ("STACK_NAME", stack.to_owned()),
        ("APP_ID", appid.to_owned()),
        ("TYPING_PATH", "/cgi-bin/message/custom/typing".to_owned()),
        ("REPLY_TIMEOUT_SECONDS", "120".to_owned()),
        ("TYPING_AFTER_MILLISECONDS", "800".to_owned()),
        ("WHEN_HANDLER_FAILS", "transfer".to_owned()),
        ("LONG_TEXT", "split".to_owned()),
        ("HANDOFF_MINUTES", "0".to_owned()),
        ("ACCESS_TOKEN_TABLE", "access-token".to_owned()),
        ("ACCESS_TOKEN_FUNCTION_ARN", function_arn("access-token")),
        ("PUSH_DEDUPE_TABLE", "push-dedupe".to_owned()),
        ("REPLY_WINDOW_TABLE", "reply-window".to_owned()),
        ("FAILED_PUSHES_QUEUE_URL", queue_url("failed")),
        ("REPLY_GUARD_QUEUE_URL", queue_url("guard")),
    ]);
    let function = function.variables(ROUTES.map(|route| (route, function_arn(handler))));
    Ok(function.on_failure("failed"))
}
