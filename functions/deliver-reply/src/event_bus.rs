//! The bus of `EventBridge` on which pushes are published.

use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::{BoxError, ProvideErrorMetadata, SdkError};
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use protocol::appid::Appid;
use protocol::push::Push;
use serde_json::Value;

use crate::event_detail::{detail, detail_type};
use crate::settings::{EventBusSettings, EventContent};

const SOURCE: &str = "wechat.miniprogram";

/// The bus.
#[derive(Debug)]
pub(crate) struct EventBus {
    eventbridge: Client,
    name: String,
    content: EventContent,
}

/// Why a push may not have been published. Nothing in it is what a user wrote.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PublishError {
    #[error("EventBridge refused the event: {0}")]
    Refused(String),
    #[error("EventBridge did not answer")]
    NoAnswer(#[source] BoxError),
    #[error("EventBridge did not answer in time")]
    TooLate,
}

impl EventBus {
    pub(crate) fn new(config: &SdkConfig, settings: EventBusSettings) -> Self {
        Self { eventbridge: Client::new(config), name: settings.name, content: settings.content }
    }

    /// Publishes a push.
    pub(crate) async fn publish(&self, push: &Push, appid: &Appid) -> Result<(), PublishError> {
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(SOURCE)
            .detail_type(detail_type(push))
            .detail(Value::Object(detail(push, appid, self.content)).to_string())
            .build();
        let output = match self.eventbridge.put_events().entries(entry).send().await {
            Ok(output) => output,
            // The text of a refusal may repeat what was sent; its code does not.
            Err(SdkError::ServiceError(refusal)) => return Err(refused(refusal.err().code())),
            Err(error) => return Err(PublishError::NoAnswer(error.into())),
        };
        if output.failed_entry_count() == 0 {
            return Ok(());
        }
        Err(refused(output.entries().iter().find_map(|entry| entry.error_code())))
    }
}

fn refused(code: Option<&str>) -> PublishError {
    PublishError::Refused(code.unwrap_or("no error code").to_owned())
}
