//! What is done with a request.

use aws_config::SdkConfig;
use serde_json::{Map, Value};
use shared::api::errcode::Errcode;
use shared::api::typing::{Command, SetTyping};
use shared::lambda::action::{ActionAnswer, ActionError};
use shared::lambda::clock;
use shared::lambda::failure::causes;
use shared::lambda::settings::{self, SettingError};
use shared::lambda::wechat::Wechat;
use shared::state::StateError;
use shared::state::reply_window::ReplyWindow;
use shared::state::typing::Begun;

/// Whoever types.
#[derive(Debug)]
pub(crate) struct Agent {
    wechat: Wechat,
    windows: ReplyWindow,
    path: String,
}

impl Agent {
    pub(crate) fn from_settings(config: &SdkConfig) -> Result<Self, SettingError> {
        let dynamodb = aws_sdk_dynamodb::Client::new(config);
        Ok(Self {
            wechat: Wechat::from_settings(config)?,
            windows: ReplyWindow::new(dynamodb, settings::text("REPLY_WINDOW_TABLE")?),
            path: settings::text("TYPING_PATH")?,
        })
    }
}

/// Refuses what WeChat would refuse by what is known here; asks WeChat for the rest.
pub(crate) async fn set_typing(body: Map<String, Value>, agent: &Agent) -> Result<ActionAnswer, ActionError> {
    let request = SetTyping::from_body(body)?;
    match request.command() {
        Command::Typing => begin(&request, agent).await,
        Command::CancelTyping => {
            let answer = agent.wechat.post(&agent.path, request.body()).await?;
            if answer.errcode == Errcode::OK {
                kept(agent.windows.end_typing(request.openid()).await);
            }
            Ok(answer.into())
        }
    }
}

async fn begin(request: &SetTyping, agent: &Agent) -> Result<ActionAnswer, ActionError> {
    let refuse = |errcode, errmsg| Ok(ActionAnswer::refusal(errcode, errmsg));
    let typing = match agent.windows.begin_typing(request.openid(), clock::now_seconds()).await? {
        Begun::Typing(typing) => Some(typing),
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
    let result = agent.wechat.post(&agent.path, request.body()).await;
    let is_shown = match &result {
        Ok(answer) => matches!(answer.errcode, Errcode::OK | Errcode::ALREADY_TYPING),
        Err(error) => error.is_outcome_unknown(),
    };
    if let (false, Some(typing)) = (is_shown, typing) {
        kept(agent.windows.give_typing_back(typing).await);
    }
    Ok(result?.into())
}

/// The answer is known and must be told; what could not be noted is forgotten after 15 seconds anyway.
fn kept(result: Result<(), StateError>) {
    if let Err(error) = result {
        tracing::warn!(error = causes(&error), "typing state not kept");
    }
}
