//! Customer messages, sent within the reply window.
//!
//! ```text
//! take a slot ─┬─ refused: answer 45047 or 45015, WeChat is not asked
//!              └─ taken, or the user is unknown: ask WeChat ─┬─ done: the slot is spent
//!                                                            ├─ 45047, 45015: the window is corrected
//!                                                            ├─ certainly not sent: the slot is given back
//!                                                            └─ unknown: the slot stays spent, nothing is repeated
//! ```

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use protocol::appid::Appid;

use super::authorized_api::{AuthorizedApi, AuthorizedCallError};
use super::settings::CustomerServiceSettings;
use crate::host::causes::causes;
use crate::host::clock;
use crate::host::logs::warn_if_failed;
use crate::state::StateError;
use crate::state::reply_window::{Correction, ReplyWindow, Slot, Taken};
use crate::wechat::client::Answer;
use crate::wechat::customer_message::{self, CustomerMessage};
use crate::wechat::errcode::Errcode;
use crate::wechat::typing;

/// The most time that showing the typing state may take away from the message itself.
const TYPING_PATIENCE: Duration = Duration::from_secs(1);

/// Logged where the row could not be written: its count is one too low then, until WeChat corrects it.
const NOT_CORRECTED: &str = "reply window not corrected";

/// Writes to users.
#[derive(Debug)]
pub struct CustomerService {
    api: Arc<AuthorizedApi>,
    windows: ReplyWindow,
    typing_path: String,
}

/// What came of a message: WeChat's answer, or a refusal in WeChat's words.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// The answer. An `errcode` other than 0 says that the message was not sent.
    pub answer: Answer,
    /// Who gave it.
    pub answered_by: AnsweredBy,
    /// What is left of the user's reply window; nothing where no push of the user was seen.
    pub window: Option<Window>,
}

/// How a message belongs to a reply.
#[derive(Debug, Clone, Copy, Default)]
pub struct Part {
    /// How many parts of the same text follow, which the window must have room for: else this one is not sent either.
    pub following: i64,
    /// When WeChat waits for the answer to the push: no further try begins that might not end before.
    pub last_try_ends: Option<Instant>,
}

/// Who answered a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnsweredBy {
    /// WeChat.
    Wechat,
    /// The local state, which knew that WeChat would refuse.
    LocalState,
}

/// What is left of a reply window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// How many messages may still be sent.
    pub remaining: i64,
    /// When it closes, seconds since the epoch.
    pub expires_at_seconds: i64,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The reply window could not be read; nothing was sent.
    #[error(transparent)]
    State(#[from] StateError),
    /// WeChat gave no answer.
    #[error(transparent)]
    Call(#[from] AuthorizedCallError),
}

impl SendError {
    /// Whether WeChat may have sent the message all the same.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        match self {
            Self::State(_) => false,
            Self::Call(error) => error.is_outcome_unknown(),
        }
    }
}

impl CustomerService {
    /// Sends by `api`, within the windows that the settings name.
    #[must_use]
    pub fn new(config: &SdkConfig, api: Arc<AuthorizedApi>, settings: CustomerServiceSettings) -> Self {
        let dynamodb = aws_sdk_dynamodb::Client::new(config);
        Self {
            api,
            windows: ReplyWindow::new(dynamodb, settings.reply_window_table, settings.wechat.appid),
            typing_path: settings.typing_path,
        }
    }

    /// As [`AuthorizedApi::open_connections`], and to Lambda, for a function that sends what others say.
    pub async fn open_connections(&self, appid: &Appid) {
        tokio::join!(self.api.open_connections(appid), self.api.open_connection_to_lambda());
    }

    /// Sends a message of a mini program's.
    ///
    /// # Errors
    /// [`SendError`] where WeChat was not asked or gave no answer; a refusal is an answer.
    pub async fn send(&self, appid: &Appid, message: &CustomerMessage) -> Result<Sent, SendError> {
        let taken = self.windows.take(appid, message.openid(), clock::now_seconds()).await?;
        self.send_taken(appid, message, taken, &Part::default()).await
    }

    /// Sends a message of a reply, which is marked as being sent. A slot whose taking has no answer counts as taken: WeChat's
    /// own count corrects that.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn send_part(&self, appid: &Appid, message: &CustomerMessage, part: &Part) -> Result<Sent, SendError> {
        let taken = self.windows.take(appid, message.openid(), clock::now_seconds()).await.unwrap_or_else(|error| {
            tracing::warn!(error = causes(&error), "reply window not counted for certain");
            Taken::Unknown
        });
        self.send_taken(appid, message, taken, part).await
    }

    async fn send_taken(
        &self,
        appid: &Appid,
        message: &CustomerMessage,
        taken: Taken,
        part: &Part,
    ) -> Result<Sent, SendError> {
        let slot = match taken {
            Taken::Slot(slot) if slot.remaining < part.following => {
                let expires_at_seconds = slot.expires_at_seconds;
                let window = self.give_back(slot).await;
                let errmsg =
                    "out of response count limit: the parts of the text are more than this reply window has left";
                let mut refused = refused_by_window(Errcode::REPLY_WINDOW_EXHAUSTED, errmsg, expires_at_seconds);
                refused.window = Some(window);
                return Ok(refused);
            }
            Taken::Slot(slot) => Some(slot),
            // WeChat is the authority.
            Taken::Unknown => None,
            Taken::Exhausted { expires_at_seconds } => {
                let errmsg = "out of response count limit: all messages of this reply window have been sent";
                return Ok(refused_by_window(Errcode::REPLY_WINDOW_EXHAUSTED, errmsg, expires_at_seconds));
            }
            Taken::Expired { expires_at_seconds } => {
                let errmsg = "response out of time limit: this reply window is closed";
                return Ok(refused_by_window(Errcode::REPLY_WINDOW_EXPIRED, errmsg, expires_at_seconds));
            }
        };
        match self.api.post_until(appid, customer_message::PATH, message.body(), part.last_try_ends).await {
            Ok(answer) => {
                let window = match slot {
                    Some(slot) => Some(self.settle(slot, answer.errcode).await),
                    None => None,
                };
                Ok(Sent { answer, answered_by: AnsweredBy::Wechat, window })
            }
            Err(error) => {
                if let (false, Some(slot)) = (error.is_outcome_unknown(), slot) {
                    self.give_back(slot).await;
                }
                Err(error.into())
            }
        }
    }

    /// Spends, corrects or gives back a slot, by what WeChat answered.
    async fn settle(&self, slot: Slot, errcode: Errcode) -> Window {
        let expires_at_seconds = slot.expires_at_seconds;
        match errcode {
            Errcode::OK => Window { remaining: slot.remaining, expires_at_seconds },
            Errcode::REPLY_WINDOW_EXHAUSTED => {
                warn_if_failed(
                    self.windows.correct(slot, Correction::Exhausted, clock::now_seconds()).await,
                    NOT_CORRECTED,
                );
                Window { remaining: 0, expires_at_seconds }
            }
            Errcode::REPLY_WINDOW_EXPIRED => {
                let now_seconds = clock::now_seconds();
                warn_if_failed(self.windows.correct(slot, Correction::Expired, now_seconds).await, NOT_CORRECTED);
                Window { remaining: 0, expires_at_seconds: now_seconds }
            }
            _ => self.give_back(slot).await,
        }
    }

    /// Shows the user the typing state, if WeChat allows it. A failure is logged and is no failure of the caller's.
    pub async fn show_typing(&self, appid: &Appid, openid: &str) {
        let body = typing::typing(openid);
        let shown = tokio::time::timeout(TYPING_PATIENCE, self.api.post(appid, &self.typing_path, &body)).await;
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

    async fn give_back(&self, slot: Slot) -> Window {
        let window =
            Window { remaining: slot.remaining.saturating_add(1), expires_at_seconds: slot.expires_at_seconds };
        warn_if_failed(self.windows.give_back(slot).await, NOT_CORRECTED);
        window
    }
}

fn refused_by_window(errcode: Errcode, errmsg: &str, expires_at_seconds: i64) -> Sent {
    Sent {
        answer: Answer::refusal(errcode, errmsg),
        answered_by: AnsweredBy::LocalState,
        window: Some(Window { remaining: 0, expires_at_seconds }),
    }
}
