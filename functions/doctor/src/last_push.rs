//! When `push` last ran, by its log. CloudWatch's metrics would say it for each mini program, but the right to read them cannot
//! be limited to those of one stack.

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::{LogStream, OrderBy};
use shared::host::causes::causes;
use shared::host::clock;

use crate::finding::{Check, Finding, Severity};

/// A longer silence is told.
const SILENCE_DAYS: i64 = 7;
const DAY_MILLISECONDS: i64 = 24 * 60 * 60 * 1000;

pub(crate) async fn check(logs: &Client, log_group: &str) -> Option<Finding> {
    let streams = logs.describe_log_streams().log_group_name(log_group);
    match streams.order_by(OrderBy::LastEventTime).descending(true).limit(1).send().await {
        Ok(output) => {
            verdict(output.log_streams().first().and_then(LogStream::last_event_timestamp), clock::now_milliseconds())
        }
        Err(error) => Some(Finding::not_checked(
            Check::LastPush,
            causes(&error),
            "Invoke doctor again. If it stays so, look at the role of DoctorFunction and at AWS's health page.",
        )),
    }
}

fn verdict(last_milliseconds: Option<i64>, now_milliseconds: i64) -> Option<Finding> {
    let found = match last_milliseconds.map(|last| now_milliseconds.saturating_sub(last) / DAY_MILLISECONDS) {
        Some(days) if days < SILENCE_DAYS => return None,
        Some(days) => format!("the last push came {days} days ago"),
        None => "no push came in the last 30 days, for which the log is kept".to_owned(),
    };
    Some(Finding {
        appid: None,
        check: Check::LastPush,
        severity: Severity::Warning,
        found,
        meaning: "Nobody has written, or WeChat does not push to this stack.",
        remedy: "Write to the mini program's customer service yourself. If no push comes, compare the URL of message push in the WeChat console with the output PushUrl.",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_of_a_week_is_told_with_its_days() {
        let now = 100 * DAY_MILLISECONDS;
        assert_eq!(verdict(Some(now - 7 * DAY_MILLISECONDS + 1), now), None);
        let found = verdict(Some(now - 9 * DAY_MILLISECONDS), now).unwrap();
        assert_eq!((found.severity, found.found.as_str()), (Severity::Warning, "the last push came 9 days ago"));
        assert!(verdict(None, now).unwrap().found.starts_with("no push came"));
    }
}
