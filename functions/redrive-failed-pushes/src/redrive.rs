//! One run over the failed queue.
//!
//! ```text
//! receive ─ claim ─┬─ Claimed ── invoke, asynchronously ─┬─ taken ─── complete ── delete: it went
//!                  │                                     └─ refused ─ release: it stays
//!                  ├─ Done ───── delete: an earlier run handed it back and died before this
//!                  └─ Running ── it stays: another run has it
//! ```
//!
//! The claim is on the queue's message id, in the same table as the claims of pushes: SQS may deliver twice, and two runs
//! may be under way at once.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_sqs::error::BoxError;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use protocol::push::Push;
use protocol::push_key::PushKey;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use shared::host::causes::causes;
use shared::host::route_functions::RouteFunctions;
use shared::host::{clients, clock, random};
use shared::state::StateError;
use shared::state::dedupe::{Claimed, PushDedupe};

use crate::settings::Settings;

/// Longer than a run: what it received and could not hand back comes up again only for the next one.
const INVISIBLE_SECONDS: i32 = 120;
/// The longest that Lambda may take to accept a push: as long as a run can wait, since one that was accepted without an
/// answer stays in the queue and is handed back again.
const HAND_ON: Duration = Duration::from_secs(45);
/// A run ends this long before Lambda would end it.
const MARGIN_MILLISECONDS: i64 = 10_000;

const UNREADABLE: &str = "unreadable when it came";

/// What a run needs.
#[derive(Debug)]
pub(crate) struct Redrive {
    sqs: aws_sdk_sqs::Client,
    queue_url: String,
    dedupe: PushDedupe,
    functions: RouteFunctions,
}

/// What a run is asked: any other event reads as one that asks for nothing.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Request {
    /// Removes the pushes that nobody could read, once somebody has looked at them.
    #[serde(default)]
    discard_unreadable: bool,
}

/// How a message left the queue.
enum Away {
    Went,
    Discarded,
}

/// What a run did.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    /// Handed back to their functions and removed.
    went: usize,
    /// Removed, as asked, because nobody could read them.
    discarded: usize,
    /// Left in the queue.
    stayed: usize,
    /// Why they were left, and how many for that.
    why: BTreeMap<String, usize>,
    /// Whether time ran out with the queue not empty: run it again.
    unfinished: bool,
}

/// Why a run ended before its time, or a push stayed. What was done until then is done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RedriveError {
    #[error("SQS did not answer")]
    Queue(#[source] BoxError),
    #[error(transparent)]
    State(#[from] StateError),
    #[error("no random bytes")]
    Random(#[from] getrandom::Error),
}

impl Redrive {
    pub(crate) fn from_settings(config: &SdkConfig, settings: Settings) -> Self {
        let dynamodb = aws_sdk_dynamodb::Client::new(config);
        Self {
            sqs: aws_sdk_sqs::Client::new(config),
            queue_url: settings.failed_pushes_queue_url,
            dedupe: PushDedupe::new(dynamodb, settings.push_dedupe_table),
            functions: RouteFunctions::new(&clients::lambda_once(config), settings.route_arns),
        }
    }

    /// Goes through the queue once. `deadline_milliseconds` is when Lambda ends the run.
    pub(crate) async fn run(&self, request: &Request, deadline_milliseconds: u64) -> Result<Report, RedriveError> {
        let deadline = i64::try_from(deadline_milliseconds).unwrap_or(i64::MAX).saturating_sub(MARGIN_MILLISECONDS);
        let mut report = Report::default();
        let mut left = Vec::new();
        let result = self.go_through(request, deadline, &mut report, &mut left).await;
        tracing::info!(went = report.went, stayed = report.stayed, unfinished = report.unfinished, "redrive");
        self.show_again(left).await;
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
                let handed_back = self.hand_back(request, &message).await.unwrap_or_else(|error| {
                    tracing::warn!(error = causes(&error), "a push was not handed back for certain");
                    Err(error.to_string())
                });
                match handed_back {
                    Ok(Away::Went) => report.went += 1,
                    Ok(Away::Discarded) => report.discarded += 1,
                    Err(why) => {
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

    /// Hands one back; the inner error says why it stays.
    async fn hand_back(&self, request: &Request, message: &Message) -> Result<Result<Away, String>, RedriveError> {
        let push = match parked_push(message.body().unwrap_or_default()) {
            Ok(push) => push,
            Err(UNREADABLE) if request.discard_unreadable => {
                return self.delete(message).await.map(|()| Ok(Away::Discarded));
            }
            Err(why) => return Ok(Err(why.to_owned())),
        };
        let key = PushKey::of_parked(message.message_id().unwrap_or_default());
        let claim = match self.dedupe.claim(&key, random::unique_text()?, clock::now_seconds()).await? {
            Claimed::Claimed(claim) => claim,
            Claimed::Done(_) => return self.delete(message).await.map(|()| Ok(Away::Went)),
            Claimed::Running => return Ok(Err("another run has it".into())),
        };
        if let Err(why) = self.invoke(&push).await {
            self.dedupe.release(&claim).await?;
            return Ok(Err(why));
        }
        self.dedupe.complete(&claim, &json!("success"), clock::now_seconds()).await?;
        self.delete(message).await.map(|()| Ok(Away::Went))
    }

    async fn invoke(&self, push: &Push) -> Result<(), String> {
        self.functions.tell(push, HAND_ON).await.map_err(|error| {
            let route = push.route();
            tracing::warn!(error = causes(&error), ?route, "Lambda did not take a push");
            format!("Lambda did not take it ({route:?})")
        })
    }

    async fn delete(&self, message: &Message) -> Result<(), RedriveError> {
        let delete = self.sqs.delete_message().queue_url(&self.queue_url);
        let delete = delete.receipt_handle(message.receipt_handle().unwrap_or_default());
        delete.send().await.map(drop).map_err(|error| RedriveError::Queue(error.into()))
    }

    /// Lets the next run see at once what this one left; it would in two minutes anyway.
    async fn show_again(&self, left: Vec<Message>) {
        for message in left {
            let show = self.sqs.change_message_visibility().queue_url(&self.queue_url).visibility_timeout(0);
            let show = show.receipt_handle(message.receipt_handle().unwrap_or_default());
            if let Err(error) = show.send().await {
                tracing::warn!(error = causes(&error), "a message stays invisible for two minutes");
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

/// The message that failed, out of Lambda's record of the failure (AWS Lambda docs: asynchronous invocation records).
fn parked_push(body: &str) -> Result<Push, &'static str> {
    let record: Map<String, Value> = serde_json::from_str(body).map_err(|_| "not a parked push")?;
    if record.contains_key("unreadable") {
        return Err(UNREADABLE);
    }
    match record.get("requestPayload") {
        Some(Value::Object(fields)) => Push::new(fields.clone()).map_err(|_| "not a parked push"),
        _ => Err("not a parked push"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_push_is_taken_out_of_lambdas_record_of_the_failure() {
        let record = json!({
            "version": "1.0",
            "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": 3},
            "requestPayload": {"MsgType": "text", "MsgId": "9223372036854775807"},
            "responsePayload": {"errorType": "HandlerFailed"},
        });
        assert_eq!(parked_push(&record.to_string()).unwrap().msg_id(), Some("9223372036854775807"));
    }

    #[test]
    fn what_is_no_failed_push_stays_and_says_why() {
        for (body, why) in [
            (
                json!({"unreadable": "the padding is broken", "query": {}, "body": "{}"}).to_string(),
                "unreadable when it came",
            ),
            (json!({"requestPayload": {"a": 1}}).to_string(), "not a parked push"),
            ("garbage".to_owned(), "not a parked push"),
        ] {
            assert_eq!(parked_push(&body), Err(why));
        }
    }
}
