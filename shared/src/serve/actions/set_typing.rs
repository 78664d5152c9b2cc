//! The typing state is shown or taken away.

use std::sync::Arc;

use crate::host::clock;
use crate::host::logs::warn_if_failed;
use crate::sending::authorized_api::AuthorizedApi;
use crate::sending::settings::CustomerServiceSettings;
use crate::serve::action::{ActionAnswer, ActionError};
use crate::state::reply_window::ReplyWindow;
use crate::state::typing::Begun;
use crate::wechat::errcode::Errcode;
use crate::wechat::typing::{Command, SetTyping};
use aws_config::SdkConfig;
use protocol::appid::Appid;
use serde_json::{Map, Value};

/// Logged if the row could not be written: it forgets the typing state after 15 seconds anyway.
const NOT_NOTED: &str = "typing state not noted";

/// The users' typing state, at WeChat and as far as the row of their reply window tells.
#[derive(Debug)]
pub struct TypingState {
    api: Arc<AuthorizedApi>,
    windows: ReplyWindow,
    path: String,
}

impl TypingState {
    /// Calls WeChat by `api`, at the path and with the windows that the settings name.
    #[must_use]
    pub fn new(config: &SdkConfig, api: Arc<AuthorizedApi>, settings: CustomerServiceSettings) -> Self {
        let dynamodb = aws_sdk_dynamodb::Client::new(config);
        Self {
            api,
            windows: ReplyWindow::new(dynamodb, settings.reply_window_table, settings.wechat.appid),
            path: settings.typing_path,
        }
    }
}

/// Refuses what WeChat would refuse by what is known here; asks WeChat for the rest.
///
/// # Errors
/// [`ActionError`] if the request is malformed, the window is out of reach or WeChat gave no answer.
pub async fn set_typing(
    appid: Appid,
    body: Map<String, Value>,
    typing: &TypingState,
) -> Result<ActionAnswer, ActionError> {
    let request = SetTyping::from_body(body)?;
    match request.command() {
        Command::Typing => begin(&appid, &request, typing).await,
        Command::CancelTyping => {
            let answer = typing.api.post(&appid, &typing.path, request.body()).await?;
            if answer.errcode == Errcode::OK {
                warn_if_failed(typing.windows.end_typing(&appid, request.openid()).await, NOT_NOTED);
            }
            Ok(answer.into())
        }
    }
}

async fn begin(appid: &Appid, request: &SetTyping, typing: &TypingState) -> Result<ActionAnswer, ActionError> {
    let refuse = |errcode, errmsg| Ok(ActionAnswer::refusal(errcode, errmsg));
    let begun = match typing.windows.begin_typing(appid, request.openid(), clock::now_seconds()).await? {
        Begun::Typing(begun) => Some(begun),
        // WeChat is the authority.
        Begun::Unknown => None,
        Begun::AlreadyTyping => return refuse(Errcode::ALREADY_TYPING, "already typing: it lasts 15 seconds"),
        Begun::NoRecentExchange => {
            return refuse(Errcode::NO_RECENT_EXCHANGE, "no message went either way within the last 30 seconds");
        }
        Begun::WindowExpired => {
            return refuse(Errcode::REPLY_WINDOW_EXPIRED, "response out of time limit: this reply window is closed");
        }
    };
    let result = typing.api.post(appid, &typing.path, request.body()).await;
    let is_shown = match &result {
        Ok(answer) => matches!(answer.errcode, Errcode::OK | Errcode::ALREADY_TYPING),
        Err(error) => error.is_outcome_unknown(),
    };
    if let (false, Some(begun)) = (is_shown, begun) {
        warn_if_failed(typing.windows.give_typing_back(begun).await, NOT_NOTED);
    }
    Ok(result?.into())
}
