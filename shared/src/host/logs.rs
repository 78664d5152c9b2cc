//! Logs: JSON, a line per push and per call.
//!
//! A line holds no content, token, secret or key, and an openid only as [`hashed`].

use std::error::Error;
use std::io::Write;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::causes::causes;

/// Sends `tracing`'s events to standard output, where Lambda picks them up.
pub fn start() {
    // The runtime's own span holds nothing that a line needs; the request id stands in each line.
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_max_level(tracing::Level::INFO)
        .with_writer(std::io::stdout);
    // Err only says that logs were started before.
    let _ = subscriber.try_init();
}

/// Writes one line of its own shape, with the metrics that it embeds (see [`super::metrics::embedded`]).
pub fn write(line: &impl Serialize, metrics: Option<Value>) {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(line) else {
        tracing::error!("a log line could not be written");
        return;
    };
    fields.retain(|_, value| !value.is_null());
    fields.extend(metrics.map(|metrics| ("_aws".to_owned(), metrics)));
    let Ok(mut written) = serde_json::to_vec(&fields) else {
        tracing::error!("a log line could not be written");
        return;
    };
    written.push(b'\n');
    // The whole line at once: formatting into standard output would search each piece for a line's end. A log that is lost must
    // not lose the push.
    let _ = std::io::stdout().write_all(&written);
}

/// Logs a failure that must not stand in the way of what the caller is told.
pub fn warn_if_failed(result: Result<(), impl Error + 'static>, message: &'static str) {
    if let Err(error) = result {
        tracing::warn!(error = causes(&error), "{message}");
    }
}

/// An openid as logs show it: the same for the same user, 16 hex digits.
#[must_use]
pub fn hashed(openid: &str) -> String {
    let mut digits = hex::encode(Sha256::digest(openid));
    digits.truncate(16);
    digits
}
