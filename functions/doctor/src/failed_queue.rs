//! The failed queue: nothing should wait there.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use shared::host::causes::causes;

use crate::finding::{Check, Finding, Severity};

pub(crate) async fn check(sqs: &Client, queue_url: &str) -> Option<Finding> {
    let waiting = QueueAttributeName::ApproximateNumberOfMessages;
    match sqs.get_queue_attributes().queue_url(queue_url).attribute_names(waiting.clone()).send().await {
        Ok(output) => verdict(output.attributes().and_then(|attributes| attributes.get(&waiting)).map(String::as_str)),
        Err(error) => Some(not_checked(causes(&error))),
    }
}

fn verdict(waiting: Option<&str>) -> Option<Finding> {
    match waiting.and_then(|digits| digits.parse::<u64>().ok()) {
        Some(0) => None,
        Some(waiting) => Some(Finding {
            appid: None,
            check: Check::FailedQueue,
            severity: Severity::Error,
            found: format!("{waiting} records wait in the failed queue"),
            meaning: "Users have not got the replies, and after 14 days each record is lost. The dashboard shows the age of the oldest.",
            remedy: "Look at the reason in the records, mend the function, then invoke redrive-failed-pushes.",
        }),
        None => Some(not_checked("SQS did not say how many records wait in the failed queue".to_owned())),
    }
}

fn not_checked(why: String) -> Finding {
    let remedy = "Invoke doctor again. If it stays so, look at the role of DoctorFunction and at AWS's health page.";
    Finding::not_checked(Check::FailedQueue, why, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_queue_is_fine_a_record_is_an_error_and_no_number_is_not_checked() {
        assert_eq!(verdict(Some("0")), None);
        let found = verdict(Some("3")).unwrap();
        assert_eq!((found.severity, found.found.as_str()), (Severity::Error, "3 records wait in the failed queue"));
        assert_eq!(verdict(None).unwrap().severity, Severity::NotChecked);
    }
}
