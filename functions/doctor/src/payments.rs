//! Payments (`xpay_*`) that were not acknowledged in the last day, by the logs: no table holds them, because WeChat sends each
//! again until it is acknowledged.

use std::time::Duration;

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::error::BoxError;
use serde::Deserialize;
use shared::host::causes::causes;
use shared::host::clock;

use crate::finding::{Check, Finding, Severity};

/// How long the logs may be searched; those of a busy stack are large.
const PATIENCE: Duration = Duration::from_secs(20);
const DAY_MILLISECONDS: i64 = 24 * 60 * 60 * 1000;
/// The metric of such a line, which CloudWatch Logs looks for.
const PATTERN: &str = "{ $.failed_payments > 0 }";

/// What a line tells of it.
#[derive(Deserialize)]
struct Line {
    failed_payments: u64,
}

pub(crate) async fn check(logs: &Client, log_groups: &[&str]) -> Option<Finding> {
    let since_milliseconds = clock::now_milliseconds().saturating_sub(DAY_MILLISECONDS);
    match tokio::time::timeout(PATIENCE, failed_since(since_milliseconds, logs, log_groups)).await {
        Ok(Ok(count)) => verdict(count),
        Ok(Err(error)) => Some(not_checked(causes(&*error))),
        Err(_) => {
            Some(not_checked(format!("the logs of a day are too long to be searched in {} s", PATIENCE.as_secs())))
        }
    }
}

async fn failed_since(since_milliseconds: i64, logs: &Client, log_groups: &[&str]) -> Result<u64, BoxError> {
    let mut count = 0;
    for log_group in log_groups {
        let search = logs.filter_log_events().log_group_name(*log_group).start_time(since_milliseconds);
        let mut pages = search.filter_pattern(PATTERN).into_paginator().send();
        while let Some(page) = pages.next().await {
            count += page?.events().iter().filter_map(|event| event.message()).map(failed).sum::<u64>();
        }
    }
    Ok(count)
}

fn failed(line: &str) -> u64 {
    serde_json::from_str::<Line>(line).map_or(0, |line| line.failed_payments)
}

fn verdict(count: u64) -> Option<Finding> {
    (count > 0).then(|| Finding {
        appid: None,
        check: Check::Payments,
        severity: Severity::Error,
        found: format!("{count} deliveries of payments were not acknowledged in the last day"),
        meaning: "WeChat delivers each again, up to 15 times in all. A later delivery may have been acknowledged; if none is, the user has paid for nothing.",
        remedy: "Look for failed_payments in the logs of push and deliver-reply. The function of xpay_* events (OtherFunctionArn) must return {\"ErrCode\": 0}.",
    })
}

fn not_checked(why: String) -> Finding {
    Finding::not_checked(
        Check::Payments,
        why,
        "Look at the metric failed_payments, and at the alarm FailedPaymentsAlarm.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_counts_what_it_says_and_any_other_counts_nothing() {
        let lines =
            [r#"{"failed_payments":1}"#, r#"{"failed_payments":0}"#, r#"{"message":"push"}"#, "START RequestId"];
        assert_eq!(lines.map(failed), [1, 0, 0, 0]);
    }

    #[test]
    fn none_is_fine_and_one_is_an_error() {
        assert_eq!(verdict(0), None);
        assert_eq!(verdict(1).unwrap().severity, Severity::Error);
    }
}
