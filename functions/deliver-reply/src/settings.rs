//! What the function is told by the template.

use std::str::FromStr;

use shared::host::route_functions::RouteArns;
use shared::host::settings::{SettingError, optional_text, parsed, text};
use shared::sending::settings::CustomerServiceSettings;

/// Read once, when the function starts.
#[derive(Debug)]
pub(crate) struct Settings {
    /// How it writes to users.
    pub(crate) customer_service: CustomerServiceSettings,
    /// `PUSH_DEDUPE_TABLE`: holds the replies and how far they are delivered.
    pub(crate) push_dedupe_table: String,
    /// `REPLY_WINDOW_TABLE`: holds the transfer marks, beside the reply windows.
    pub(crate) reply_window_table: String,
    /// `FAILED_PUSHES_QUEUE_URL`: takes what cannot be delivered.
    pub(crate) failed_pushes_queue_url: String,
    /// `REPLY_GUARD_QUEUE_URL`: takes pushes whose function is to be asked again later.
    pub(crate) reply_guard_queue_url: String,
    /// `REPLY_TIMEOUT_SECONDS`: how long a function may take.
    pub(crate) reply_timeout_seconds: i64,
    /// `TYPING_AFTER_MILLISECONDS`: when the user sees the typing state. 0 = never.
    pub(crate) typing_after_milliseconds: u64,
    /// `WHEN_HANDLER_FAILS`: what becomes of a push whose function failed.
    pub(crate) when_handler_fails: WhenHandlerFails,
    /// `LONG_TEXT`: what becomes of a text over 2048 bytes.
    pub(crate) long_text: LongText,
    /// `HANDOFF_MINUTES`: how long an agent is supposed to be with a user who was transferred.
    pub(crate) handoff_minutes: i64,
    /// Where each push is published; nothing = nowhere.
    pub(crate) event_bus: Option<EventBusSettings>,
    /// One ARN per route.
    pub(crate) route_arns: RouteArns,
}

/// How pushes are published.
#[derive(Debug)]
pub(crate) struct EventBusSettings {
    /// `EVENT_BUS_NAME`: a bus of `EventBridge`, of the account in the region.
    pub(crate) name: String,
    /// `EVENT_CONTENT`: how much of a push an event tells.
    pub(crate) content: EventContent,
}

/// How much of a push an event tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventContent {
    /// All of it.
    Full,
    /// Nothing that a user wrote or chose, and the user only as logs show them.
    Redacted,
}

/// What becomes of a push whose function failed, also when it was tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhenHandlerFails {
    /// It is parked, and a user who wrote is handed to an agent.
    Transfer,
    /// Lambda tries it again, asynchronously, and parks it in the end; the user sees nothing.
    Retry,
}

/// What becomes of a text over 2048 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LongText {
    /// It is sent in parts.
    Split,
    /// It is not sent, and the push is parked.
    Refuse,
}

impl FromStr for WhenHandlerFails {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "transfer" => Ok(Self::Transfer),
            "retry" => Ok(Self::Retry),
            _ => Err("must be one of transfer, retry"),
        }
    }
}

impl FromStr for LongText {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "split" => Ok(Self::Split),
            "refuse" => Ok(Self::Refuse),
            _ => Err("must be one of split, refuse"),
        }
    }
}

impl FromStr for EventContent {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "full" => Ok(Self::Full),
            "redacted" => Ok(Self::Redacted),
            _ => Err("must be one of full, redacted"),
        }
    }
}

impl EventBusSettings {
    fn from_environment() -> Result<Option<Self>, SettingError> {
        let Some(name) = optional_text("EVENT_BUS_NAME") else { return Ok(None) };
        Ok(Some(Self { name, content: parsed("EVENT_CONTENT")? }))
    }
}

impl Settings {
    pub(crate) fn from_environment() -> Result<Self, SettingError> {
        Ok(Self {
            customer_service: CustomerServiceSettings::from_environment()?,
            push_dedupe_table: text("PUSH_DEDUPE_TABLE")?,
            reply_window_table: text("REPLY_WINDOW_TABLE")?,
            failed_pushes_queue_url: text("FAILED_PUSHES_QUEUE_URL")?,
            reply_guard_queue_url: text("REPLY_GUARD_QUEUE_URL")?,
            reply_timeout_seconds: parsed("REPLY_TIMEOUT_SECONDS")?,
            typing_after_milliseconds: parsed("TYPING_AFTER_MILLISECONDS")?,
            when_handler_fails: parsed("WHEN_HANDLER_FAILS")?,
            long_text: parsed("LONG_TEXT")?,
            handoff_minutes: parsed("HANDOFF_MINUTES")?,
            event_bus: EventBusSettings::from_environment()?,
            route_arns: RouteArns::from_environment()?,
        })
    }
}
