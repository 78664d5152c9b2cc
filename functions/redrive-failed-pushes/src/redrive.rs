//! One run over the failed queue.
//!
//! ```text
//! receive ─┬─ a push ─────────── deliver-reply, asynchronously, with the push's own key ─┬─ taken ── delete
//!          ├─ a message ──────── the same, once, if the user certainly does not have it ─┤
//!          ├─ as it came ─────── push ───────────────────────────────────────────────────┴─ refused ─ it stays
//!          └─ to be discarded ── delete
//! ```
//!
//! The dedupe row keeps anything from being said twice: SQS may deliver twice, and two runs may be under way at once.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_sqs::error::BoxError;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use shared::host::causes::causes;
use shared::host::deliver_reply::DeliverReply;
use shared::host::invoke::Function;
use shared::host::{clients, clock};
use tokio::task::JoinSet;

use crate::hand_on::{Takers, Waiting};
use crate::parked::Parked;
use crate::request::{Report, Request};
use crate::settings::Settings;

/// Longer than a run: what it received and could not hand on comes up again only for the next one.
const INVISIBLE_SECONDS: i32 = 120;
/// A run ends this long before Lambda would end it.
const MARGIN_MILLISECONDS: i64 = 18_000;
/// Showing the messages again that stay must end in time, too.
const SHOWING: Duration = Duration::from_secs(5);
/// So many ids are reported of the messages that stay for one reason.
const MAX_IDS: usize = 20;
/// How many of these calls are under way at once.
const AT_ONCE: usize = 10;

/// What a run needs.
#[derive(Debug)]
pub(crate) struct Redrive {
    sqs: aws_sdk_sqs::Client,
    queue_url: String,
    takers: Takers,
}

/// How a message left the queue.
enum Away {
    HandedOn,
    Discarded,
}

/// Why a run ended before its time. What was done until then is done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RedriveError {
    #[error("SQS did not answer")]
    Queue(#[source] BoxError),
}

impl Redrive {
    pub(crate) fn from_settings(config: &SdkConfig, settings: Settings) -> Self {
        let lambda = clients::lambda_once(config);
        Self {
            sqs: aws_sdk_sqs::Client::new(config),
            queue_url: settings.failed_pushes_queue_url,
            takers: Takers {
                deliver_reply: DeliverReply::new(lambda.clone(), settings.deliver_reply_function_arn),
                push: Function::new(lambda, settings.push_function_arn),
                appid: settings.appid,
            },
        }
    }

    /// Goes through the queue once. `deadline_milliseconds` is when Lambda ends the run.
    pub(crate) async fn run(&self, request: &Request, deadline_milliseconds: u64) -> Result<Report, RedriveError> {
        let deadline = i64::try_from(deadline_milliseconds).unwrap_or(i64::MAX).saturating_sub(MARGIN_MILLISECONDS);
        let mut report = Report::default();
        let mut left = Vec::new();
        let result = self.go_through(request, deadline, &mut report, &mut left).await;
        let Report { handed_on, discarded, stayed, unfinished, .. } = report;
        tracing::info!(handed_on, discarded, stayed, unfinished, "redrive");
        if tokio::time::timeout(SHOWING, self.show_again(left)).await.is_err() {
            tracing::warn!("some messages stay invisible for two minutes");
        }
        result.map(|()| report)
    }

    async fn go_through(
        &self,
        request: &Request,
        deadline: i64,
        report: &mut Report,
        left: &mut Vec<Message>,
    ) -> Result<(), RedriveError> {
        let began = clock::now_milliseconds();
        loop {
            let messages = self.receive().await?;
            if messages.is_empty() {
                return Ok(());
            }
            for message in messages {
                // One that was parked since failed again just now: it is for the next run, as is what there is no time for.
                report.unfinished |= clock::now_milliseconds() >= deadline;
                if report.unfinished || sent_milliseconds(&message) > began {
                    left.push(message);
                    continue;
                }
                let away = match self.see_to(request, &message).await {
                    Ok(away) => self.delete(&message).await.map(|()| away).map_err(|error| {
                        tracing::warn!(error = causes(&error), "a push that was handed on is still in the queue");
                        error.to_string()
                    }),
                    Err(why) => Err(why),
                };
                match away {
                    Ok(Away::HandedOn) => report.handed_on += 1,
                    Ok(Away::Discarded) => report.discarded += 1,
                    Err(why) => {
                        let ids = report.ids.entry(why.clone()).or_default();
                        if ids.len() < MAX_IDS {
                            ids.push(message.message_id().unwrap_or_default().to_owned());
                        }
                        *report.why.entry(why).or_default() += 1;
                        report.stayed += 1;
                        left.push(message);
                    }
                }
            }
            if report.unfinished {
                return Ok(());
            }
        }
    }

    async fn receive(&self) -> Result<Vec<Message>, RedriveError> {
        let receive = self
            .sqs
            .receive_message()
            .queue_url(&self.queue_url)
            .max_number_of_messages(10)
            .visibility_timeout(INVISIBLE_SECONDS)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            // A long poll asks all of SQS's servers; a short one may miss messages that are there.
            .wait_time_seconds(1);
        let output = receive.send().await.map_err(|error| RedriveError::Queue(error.into()))?;
        Ok(output.messages.unwrap_or_default())
    }

    /// Hands one on; the error says why it stays.
    async fn see_to(&self, request: &Request, message: &Message) -> Result<Away, String> {
        let id = message.message_id().unwrap_or_default();
        let is_named = |ids: &[String]| ids.iter().any(|named| named == id);
        if is_named(&request.discard) {
            return Ok(Away::Discarded);
        }
        if request.names_some() && !is_named(&request.resend) {
            return Err("not named".into());
        }
        let parked = Parked::read(message.body().unwrap_or_default()).map_err(|error| error.to_string())?;
        if request.discard_unreadable && matches!(parked, Parked::Unreadable { .. }) {
            return Ok(Away::Discarded);
        }
        let waiting = Waiting {
            id,
            parked,
            sent_at_seconds: sent_milliseconds(message) / 1000,
            is_resent: is_named(&request.resend),
        };
        self.takers.hand_on(waiting).await.map(|()| Away::HandedOn)
    }

    async fn delete(&self, message: &Message) -> Result<(), RedriveError> {
        let delete = self.sqs.delete_message().queue_url(&self.queue_url);
        let delete = delete.receipt_handle(message.receipt_handle().unwrap_or_default());
        delete.send().await.map(drop).map_err(|error| RedriveError::Queue(error.into()))
    }

    /// Lets the next run see at once what this one left; it would in two minutes anyway.
    async fn show_again(&self, left: Vec<Message>) {
        for batch in left.chunks(AT_ONCE) {
            let mut showing = JoinSet::new();
            for message in batch {
                let show = self.sqs.change_message_visibility().queue_url(&self.queue_url).visibility_timeout(0);
                let show = show.receipt_handle(message.receipt_handle().unwrap_or_default());
                showing.spawn(show.send());
            }
            for shown in showing.join_all().await {
                if let Err(error) = shown {
                    tracing::warn!(error = causes(&error), "a message stays invisible for two minutes");
                }
            }
        }
    }
}

/// When SQS took a message.
fn sent_milliseconds(message: &Message) -> i64 {
    let attributes = message.attributes();
    let sent = attributes.and_then(|attributes| attributes.get(&MessageSystemAttributeName::SentTimestamp));
    sent.and_then(|digits| digits.parse().ok()).unwrap_or_default()
}
