//! A subscription message is checked and sent, if the ledger does not refuse it.
//!
//! ```text
//! take a slot ─┬─ the user or WeChat refused within 10 s: answer 43101, WeChat is not asked
//!              └─ taken, or none is counted: ask WeChat ─┬─ done: the slot is spent, the msgid is noted
//!                                                        ├─ 43101: the ledger is corrected
//!                                                        ├─ certainly not sent: the slot is given back
//!                                                        └─ unknown: the slot stays spent, nothing is repeated
//! ```

use std::sync::Arc;

use crate::host::clock;
use crate::host::logs::warn_if_failed;
use crate::sending::authorized_api::AuthorizedApi;
use crate::sending::settings::SubscribeMessageSettings;
use crate::serve::action::{ActionAnswer, ActionError};
use crate::state::subscription::{Subscriptions, Taken};
use crate::wechat::errcode::Errcode;
use crate::wechat::subscribe_message::{self, SubscribeMessage};
use aws_config::SdkConfig;
use protocol::appid::Appid;
use serde_json::{Map, Value};

/// Logged if the ledger could not be written: a count is one too low then, which refuses nothing.
const NOT_NOTED: &str = "ledger not updated";

/// Sends subscription messages, and keeps the ledger.
#[derive(Debug)]
pub struct Sender {
    api: Arc<AuthorizedApi>,
    ledger: Subscriptions,
}

impl Sender {
    /// Sends by `api`, with the ledger that the settings name.
    #[must_use]
    pub fn new(config: &SdkConfig, api: Arc<AuthorizedApi>, settings: SubscribeMessageSettings) -> Self {
        let dynamodb = aws_sdk_dynamodb::Client::new(config);
        Self { api, ledger: Subscriptions::new(dynamodb, settings.subscription_table, settings.wechat.appid) }
    }
}

/// Checks the message before the ledger is touched, then sends it.
///
/// # Errors
/// [`ActionError`] if the message is malformed, the ledger is out of reach or WeChat gave no answer.
pub async fn send_subscribe_message(
    appid: Appid,
    body: Map<String, Value>,
    sender: &Sender,
) -> Result<ActionAnswer, ActionError> {
    let message = SubscribeMessage::from_body(body)?;
    let ledger = &sender.ledger;
    let slot = match ledger.take(&appid, message.openid(), message.template_id(), clock::now_seconds()).await? {
        Taken::Slot(slot) => slot,
        Taken::Refused { .. } => {
            let errmsg =
                "user refuse to accept the msg: they refused this template, or WeChat did, within the last 10 seconds";
            return Ok(ActionAnswer::refusal(Errcode::NOT_SUBSCRIBED, errmsg));
        }
    };
    let answer = match sender.api.post(&appid, subscribe_message::PATH, message.body()).await {
        Ok(answer) => answer,
        Err(error) => {
            if !error.is_outcome_unknown() {
                warn_if_failed(ledger.give_back(slot).await, NOT_NOTED);
            }
            return Err(error.into());
        }
    };
    match (answer.errcode, subscribe_message::msg_id(&answer)) {
        (Errcode::OK, Some(msg_id)) => {
            warn_if_failed(
                ledger.sent(&appid, &msg_id, message.openid(), message.template_id(), clock::now_seconds()).await,
                NOT_NOTED,
            );
        }
        (Errcode::OK, None) => tracing::warn!("no msgid: the report on this message will not be matched"),
        (Errcode::NOT_SUBSCRIBED, _) => warn_if_failed(ledger.correct(slot, clock::now_seconds()).await, NOT_NOTED),
        (_, _) => warn_if_failed(ledger.give_back(slot).await, NOT_NOTED),
    }
    Ok(answer.into())
}
