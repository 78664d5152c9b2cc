//! Logs: JSON, a line per push and per call.
//!
//! A line holds no content, token, secret or key, and an openid only as [`hashed`].

use sha2::{Digest, Sha256};

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

/// An openid as logs show it: the same for the same user, 16 hex digits.
#[must_use]
pub fn hashed(openid: &str) -> String {
    let mut digits = hex::encode(Sha256::digest(openid));
    digits.truncate(16);
    digits
}
