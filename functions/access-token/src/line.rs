//! A mini program's line in the log, which is also its metric.

use serde::Serialize;
use serde_json::Value;
use shared::host::causes::causes;
use shared::host::logs;
use shared::host::metrics::{self, Directive, Unit};
use shared::sending::access_token::TokenOutcome;

use crate::refresh::RefreshError;

/// What the log tells of a token. Nothing in it is the token or the AppSecret.
#[derive(Debug, Serialize)]
pub(crate) struct Line<'a> {
    message: &'static str,
    stack: &'a str,
    request_id: &'a str,
    appid: &'a str,
    outcome: Option<TokenOutcome>,
    error: Option<String>,
    token_failures: u8,
}

const FAILURES: Directive<'_> =
    Directive { dimensions: &[&["stack"], &["stack", "appid"]], metrics: &[("token_failures", Unit::Count)] };

impl<'a> Line<'a> {
    pub(crate) fn new(
        (stack, request_id): (&'a str, &'a str),
        appid: &'a str,
        result: &Result<TokenOutcome, RefreshError>,
    ) -> Self {
        Self {
            message: "access token",
            stack,
            request_id,
            appid,
            outcome: result.as_ref().ok().copied(),
            error: result.as_ref().err().map(|error| causes(error)),
            token_failures: u8::from(result.is_err()),
        }
    }

    pub(crate) fn write(&self) {
        logs::write(self, self.metrics());
    }

    fn metrics(&self) -> Option<Value> {
        (self.token_failures > 0).then(|| metrics::embedded(&[FAILURES]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_counted_by_mini_program_and_nothing_else_is() {
        let line = |result| Line::new(("test", "1"), "wxba5fad812f8e6fb9", &result);
        assert_eq!(line(Ok(TokenOutcome::NotDue)).metrics(), None);
        assert_eq!(line(Ok(TokenOutcome::NotConfigured)).metrics(), None);
        let failed = line(Err(RefreshError::Busy));
        let metrics = failed.metrics().unwrap();
        assert_eq!(metrics["CloudWatchMetrics"][0]["Dimensions"], serde_json::json!([["stack"], ["stack", "appid"]]));
        assert_eq!((failed.token_failures, failed.outcome), (1, None));
    }
}
