//! What is done about it.

use aws_config::SdkConfig;
use shared::api::customer_message::CustomerMessage;
use shared::api::errcode::Errcode;
use shared::lambda::action::ActionError;
use shared::lambda::customer_service::CustomerService;
use shared::lambda::failure::causes;
use shared::lambda::settings::{self, SettingError};
use shared::push::message::UserEnterTempsession;
use shared::push::reply::Reply;

/// What users are welcomed with, if anything.
#[derive(Debug)]
pub(crate) struct Welcome {
    text: Option<String>,
    service: CustomerService,
}

/// The welcome could not be sent now; Lambda is to try again. Later than a minute it is refused, and that is that.
#[derive(Debug, thiserror::Error)]
#[error("the welcome was not sent")]
pub(crate) struct NotSent(#[from] ActionError);

impl Welcome {
    pub(crate) fn from_settings(config: &SdkConfig) -> Result<Self, SettingError> {
        let text = settings::optional_text("WELCOME_TEXT");
        if let Some(text) = &text {
            CustomerMessage::text("any", text)
                .map_err(|malformed| SettingError::new("WELCOME_TEXT", malformed.rule))?;
        }
        Ok(Self { text, service: CustomerService::from_settings(config)? })
    }

    /// Sends the welcome, within the minute that entering allows.
    pub(crate) async fn on_user_enter_tempsession(&self, event: UserEnterTempsession) -> Result<Reply, NotSent> {
        let openid = &event.header.from_user_name;
        let Some(Ok(welcome)) = self.text.as_ref().map(|text| CustomerMessage::text(openid, text)) else {
            return Ok(Reply::Success);
        };
        match self.service.send_from(env!("CARGO_PKG_NAME"), &welcome).await {
            Ok(answer) if answer.errcode() == Errcode::OK.0 => Ok(Reply::Success),
            Ok(answer) => {
                tracing::info!(errcode = answer.errcode(), "welcome refused");
                Ok(Reply::Success)
            }
            // It may have been sent, and one welcome is enough.
            Err(ActionError::Wechat(error)) if error.is_outcome_unknown() => {
                tracing::warn!(error = causes(&error), "welcome perhaps not sent");
                Ok(Reply::Success)
            }
            Err(error) => Err(error.into()),
        }
    }
}
