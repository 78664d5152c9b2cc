//! A user who enters is welcomed.

use aws_config::SdkConfig;
use protocol::message::UserEnterTempsession;
use protocol::reply::Reply;
use shared::host::causes::causes;
use shared::host::settings::SettingError;
use shared::sending::customer_service::{CustomerService, SendError};
use shared::serve::own_messages::OwnMessages;
use shared::wechat::customer_message::CustomerMessage;
use shared::wechat::errcode::Errcode;

use crate::settings::Settings;
use crate::welcome_text;

/// The text that users are welcomed with, if there is one.
#[derive(Debug)]
pub(crate) struct Welcome {
    text: Option<String>,
    messages: OwnMessages,
}

/// The welcome could not be sent now. Lambda retries; a minute after entering, WeChat refuses it for good.
#[derive(Debug, thiserror::Error)]
#[error("the welcome was not sent")]
pub(crate) struct NotSent(#[from] SendError);

impl Welcome {
    pub(crate) fn from_settings(config: &SdkConfig, settings: Settings) -> Result<Self, SettingError> {
        let stack = settings.customer_service.wechat.stack.clone();
        let service = CustomerService::from_settings(config, settings.customer_service)?;
        let messages = OwnMessages::new(stack, env!("CARGO_PKG_NAME"), service);
        Ok(Self { text: welcome_text::usable(settings.welcome_text), messages })
    }

    /// Sends the welcome, within the minute that entering allows.
    pub(crate) async fn on_user_enter_tempsession(&self, event: UserEnterTempsession) -> Result<Reply, NotSent> {
        let openid = &event.header.from_user_name;
        let Some(Ok(welcome)) = self.text.as_ref().map(|text| CustomerMessage::text(openid, text)) else {
            return Ok(Reply::Success);
        };
        match self.messages.send(&welcome).await {
            Ok(sent) if sent.answer.errcode == Errcode::OK => Ok(Reply::Success),
            Ok(sent) => {
                tracing::info!(errcode = sent.answer.errcode.0, "welcome refused");
                Ok(Reply::Success)
            }
            // It may have been sent, and one welcome is enough.
            Err(error) if error.is_outcome_unknown() => {
                tracing::warn!(error = causes(&error), "welcome perhaps not sent");
                Ok(Reply::Success)
            }
            Err(error) => Err(error.into()),
        }
    }
}
