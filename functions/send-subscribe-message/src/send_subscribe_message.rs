//! What is done with a request.
//!
//! ```text
//! take a slot ─┬─ the user or WeChat has just refused: answer 43101, WeChat is not asked
//!              └─ taken, or none is counted: ask WeChat ─┬─ done: the slot is spent, the msgid is noted
//!                                                        ├─ 43101: the ledger is corrected
//!                                                        ├─ certainly not sent: the slot is given back
//!                                                        └─ unknown: the slot stays spent, nothing is repeated
//! ```

use aws_config::SdkConfig;
use serde_json::{Map, Value};
use shared::api::errcode::Errcode;
use shared::api::subscribe_message::{self, SubscribeMessage};
use shared::lambda::action::{ActionAnswer, ActionError};
use shared::lambda::clock;
use shared::lambda::failure::causes;
use shared::lambda::settings::{self, SettingError};
use shared::lambda::wechat::Wechat;
use shared::state::StateError;
use shared::state::subscription::{Subscriptions, Taken};

/// What sending needs.
#[derive(Debug)]
pub(crate) struct Sender {
    wechat: Wechat,
    ledger: Subscriptions,
}

impl Sender {
    pub(crate) fn from_settings(config: &SdkConfig) -> Result<Self, SettingError> {
        let dynamodb = aws_sdk_dynamodb::Client::new(config);
        Ok(Self {
            wechat: Wechat::from_settings(config)?,
            ledger: Subscriptions::new(dynamodb, settings::text("SUBSCRIPTION_TABLE")?),
        })
    }
}

/// Checks the message before the ledger is touched, then sends it.
pub(crate) async fn send_subscribe_message(
    body: Map<String, Value>,
    sender: &Sender,
) -> Result<ActionAnswer, ActionError> {
    let message = SubscribeMessage::from_body(body)?;
    let ledger = &sender.ledger;
    let slot = match ledger.take(message.openid(), message.template_id(), clock::now_seconds()).await? {
        Taken::Slot(slot) => slot,
        Taken::Refused { .. } => {
            let errmsg =
                "user refuse to accept the msg: they refused this template, or WeChat did, within the last hour";
            return Ok(ActionAnswer::refusal(Errcode::NOT_SUBSCRIBED, errmsg));
        }
    };
    let answer = match sender.wechat.post(subscribe_message::PATH, message.body()).await {
        Ok(answer) => answer,
        Err(error) => {
            if !error.is_outcome_unknown() {
                kept(ledger.give_back(slot).await);
            }
            return Err(error.into());
        }
    };
    match (answer.errcode, subscribe_message::msg_id(&answer)) {
        (Errcode::OK, Some(msg_id)) => {
            kept(ledger.sent(&msg_id, message.openid(), message.template_id(), clock::now_seconds()).await);
        }
        (Errcode::OK, None) => tracing::warn!("no msgid: the report on this message will not be matched"),
        (Errcode::NOT_SUBSCRIBED, _) => kept(ledger.correct(slot, clock::now_seconds()).await),
        (_, _) => kept(ledger.give_back(slot).await),
    }
    Ok(answer.into())
}

/// The answer is known and must be told; a count that could not be mended is one too low, which refuses nothing.
fn kept(result: Result<(), StateError>) {
    if let Err(error) = result {
        tracing::warn!(error = causes(&error), "ledger not kept");
    }
}
