//! Customer messages, sent within the reply window.
//!
//! ```text
//! take a slot ─┬─ refused: answer 45047 or 45015, WeChat is not asked
//!              └─ taken, or the user is unknown: ask WeChat ─┬─ done: the slot is spent
//!                                                            ├─ 45047, 45015: the window is corrected
//!                                                            ├─ certainly not sent: the slot is given back
//!                                                            └─ unknown: the slot stays spent, nothing is repeated
//! ```

use std::time::{Duration, Instant};

use aws_config::SdkConfig;

use super::action::{ActionAnswer, ActionError};
use super::action_line::ActionLine;
use super::clock;
use super::failure::causes;
use super::settings::{self, SettingError};
use super::wechat::Wechat;
use crate::api::customer_message::{self, CustomerMessage};
use crate::api::errcode::Errcode;
use crate::api::typing;
use crate::state::StateError;
use crate::state::reply_window::{Correction, ReplyWindow, Slot, Taken};

/// What a courtesy may take of the time for the message itself.
const COURTESY: Duration = Duration::from_secs(1);

/// Says how many messages the window still allows after this one.
pub(crate) const REMAINING_HEADER: &str = "x-reply-window-remaining";
/// Says when the window closes, seconds since the epoch.
pub(crate) const EXPIRES_HEADER: &str = "x-reply-window-expires";

/// What is needed to write to users.
#[derive(Debug)]
pub struct CustomerService {
    stack: String,
    wechat: Wechat,
    windows: ReplyWindow,
    typing_path: String,
}

impl CustomerService {
    /// As the environment variables say that the template sets for functions which write to users.
    ///
    /// # Errors
    /// [`SettingError`] where one is missing or wrong.
    pub fn from_settings(config: &SdkConfig) -> Result<Self, SettingError> {
        let dynamodb = aws_sdk_dynamodb::Client::new(config);
        Ok(Self {
            stack: settings::text("STACK_NAME")?,
            wechat: Wechat::from_settings(config)?,
            windows: ReplyWindow::new(dynamodb, settings::text("REPLY_WINDOW_TABLE")?),
            typing_path: settings::text("TYPING_PATH")?,
        })
    }

    /// Sends a message.
    ///
    /// # Errors
    /// [`ActionError`] where WeChat was not asked or gave no answer; a refusal is an answer.
    pub async fn send(&self, message: &CustomerMessage) -> Result<ActionAnswer, ActionError> {
        let slot = match self.windows.take(message.openid(), clock::now_seconds()).await? {
            Taken::Slot(slot) => Some(slot),
            // WeChat is the authority.
            Taken::Unknown => None,
            Taken::Exhausted { expires_at_seconds } => {
                let errmsg = "out of response count limit: every message of this reply window is sent";
                let answer = ActionAnswer::refusal(Errcode::REPLY_WINDOW_EXHAUSTED, errmsg);
                return Ok(with_window(answer, 0, expires_at_seconds));
            }
            Taken::Expired { expires_at_seconds } => {
                let errmsg = "response out of time limit: this reply window is closed";
                let answer = ActionAnswer::refusal(Errcode::REPLY_WINDOW_EXPIRED, errmsg);
                return Ok(with_window(answer, 0, expires_at_seconds));
            }
        };
        let window = slot.as_ref().map(|slot| (slot.remaining, slot.expires_at_seconds));
        let (answer, window) = match self.wechat.post(customer_message::PATH, message.body()).await {
            Ok(answer) => {
                let window = match (answer.errcode, slot) {
                    (Errcode::OK, _) | (_, None) => window,
                    (Errcode::REPLY_WINDOW_EXHAUSTED, Some(slot)) => {
                        let expires_at = slot.expires_at_seconds;
                        kept(self.windows.correct(slot, Correction::Exhausted, clock::now_seconds()).await);
                        Some((0, expires_at))
                    }
                    (Errcode::REPLY_WINDOW_EXPIRED, Some(slot)) => {
                        let now_seconds = clock::now_seconds();
                        kept(self.windows.correct(slot, Correction::Expired, now_seconds).await);
                        Some((0, now_seconds))
                    }
                    (_, Some(slot)) => self.give_back(slot).await,
                };
                (ActionAnswer::from(answer), window)
            }
            Err(error) => {
                if let (false, Some(slot)) = (error.is_outcome_unknown(), slot) {
                    self.give_back(slot).await;
                }
                return Err(error.into());
            }
        };
        Ok(match window {
            Some((remaining, expires_at)) => with_window(answer, remaining, expires_at),
            None => answer,
        })
    }

    /// Sends a message that the push type `function` answers with: as [`Self::send`], with the line and the metrics
    /// that an action's call has.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn send_from(
        &self,
        function: &'static str,
        message: &CustomerMessage,
    ) -> Result<ActionAnswer, ActionError> {
        let started = Instant::now();
        let mut line = ActionLine::own_message(&self.stack, function, message.openid());
        let result = self.send(message).await;
        line.answered(&result);
        line.milliseconds = clock::milliseconds_since(started);
        line.write();
        result
    }

    /// Shows the user that somebody is typing, if WeChat lets us: a courtesy, whose failure is no failure.
    pub async fn show_typing(&self, openid: &str) {
        let body = typing::typing(openid);
        let shown = tokio::time::timeout(COURTESY, self.wechat.post(&self.typing_path, &body)).await;
        let Ok(shown) = shown else {
            tracing::warn!("typing not shown in time");
            return;
        };
        match shown {
            Ok(answer) if answer.errcode == Errcode::OK => {}
            Ok(answer) => tracing::info!(errcode = answer.errcode.0, "typing refused"),
            Err(error) => tracing::warn!(error = causes(&error), "typing failed"),
        }
    }

    async fn give_back(&self, slot: Slot) -> Option<(i64, i64)> {
        let window = (slot.remaining.saturating_add(1), slot.expires_at_seconds);
        kept(self.windows.give_back(slot).await);
        Some(window)
    }
}

/// The answer is known and must be told; a count that could not be mended is one too low, which WeChat corrects.
fn kept(result: Result<(), StateError>) {
    if let Err(error) = result {
        tracing::warn!(error = causes(&error), "reply window not mended");
    }
}

fn with_window(answer: ActionAnswer, remaining: i64, expires_at_seconds: i64) -> ActionAnswer {
    answer.with_header(REMAINING_HEADER, remaining).with_header(EXPIRES_HEADER, expires_at_seconds)
}
