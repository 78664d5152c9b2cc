//! SQS, through AWS's own client, and queues that feed functions.

use std::sync::{Arc, Mutex};

use aws_sdk_sqs::types::{MessageSystemAttributeName, QueueAttributeName};
use lambda_host::{Counts, EventSource, Function, Host, queue_url};
use serde_json::{Value, json};

use crate::aws_clients;

#[tokio::test]
async fn a_message_is_received_once_until_its_visibility_ends_and_is_gone_once_deleted() {
    let host = Host::start().await.unwrap();
    let queue = host.queue("failed");
    let sqs = aws_clients::sqs(&host).await;
    let url = queue_url("failed");
    sqs.send_message().queue_url(&url).message_body("hello").send().await.unwrap();
    let receive = || async {
        let receive = sqs.receive_message().queue_url(&url).max_number_of_messages(10);
        let receive = receive.message_system_attribute_names(MessageSystemAttributeName::All);
        receive.send().await.unwrap().messages.unwrap_or_default()
    };
    let first = receive().await;
    assert_eq!(first[0].body.as_deref(), Some("hello"));
    assert!(receive().await.is_empty());
    assert_eq!(queue.counts(), Counts { in_flight: 1, ..Counts::default() });

    let handle = first[0].receipt_handle.clone().unwrap();
    let show = sqs.change_message_visibility().queue_url(&url).receipt_handle(handle).visibility_timeout(0);
    show.send().await.unwrap();
    let second = receive().await;
    let attributes = second[0].attributes.clone().unwrap();
    assert_eq!(attributes[&MessageSystemAttributeName::ApproximateReceiveCount], "2");

    let handle = second[0].receipt_handle.clone().unwrap();
    sqs.delete_message().queue_url(&url).receipt_handle(handle).send().await.unwrap();
    assert_eq!(queue.counts(), Counts::default());
}

#[tokio::test]
async fn a_delayed_message_waits_and_a_long_poll_gets_it_as_soon_as_it_is_due() {
    let host = Host::start().await.unwrap();
    let queue = host.queue("guard");
    let sqs = aws_clients::sqs(&host).await;
    let url = queue_url("guard");
    sqs.send_message().queue_url(&url).message_body("later").delay_seconds(900).send().await.unwrap();
    assert_eq!(queue.counts(), Counts { delayed: 1, ..Counts::default() });
    let attributes = sqs.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::All);
    let attributes = attributes.send().await.unwrap().attributes.unwrap();
    assert_eq!(attributes[&QueueAttributeName::ApproximateNumberOfMessagesDelayed], "1");

    let poll = sqs.receive_message().queue_url(&url).wait_time_seconds(20).send();
    let (polled, ()) = tokio::join!(poll, async { queue.make_all_visible() });
    assert_eq!(polled.unwrap().messages.unwrap()[0].body.as_deref(), Some("later"));
    assert_eq!((queue.drain(), queue.counts()), (vec!["later".to_owned()], Counts::default()));
}

#[tokio::test]
async fn a_queue_that_does_not_exist_is_told_as_sqs_tells_it() {
    let host = Host::start().await.unwrap();
    let sqs = aws_clients::sqs(&host).await;
    let error = sqs.send_message().queue_url(queue_url("nowhere")).message_body("x").send().await.unwrap_err();
    assert!(error.into_service_error().is_queue_does_not_exist());
}

#[tokio::test]
async fn a_queue_feeds_its_function_and_what_fails_for_good_is_a_dead_letter() {
    let host = Host::start().await.unwrap();
    let (queue, dead) = (host.queue("guard"), host.queue("dead"));
    queue.set_dead_letters(3, &dead);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let handler = {
        let seen = seen.clone();
        Function::handler(move |event: Value| {
            let failures = event["Records"].as_array().unwrap().iter().filter_map(|record| {
                seen.lock().unwrap().push(record["body"].as_str().unwrap().to_owned());
                (record["body"] == "bad").then(|| json!({"itemIdentifier": record["messageId"]}))
            });
            let failures: Vec<_> = failures.collect();
            async move { Ok(json!({"batchItemFailures": failures})) }
        })
    };
    host.function("resume", handler);
    host.event_source(&queue, "resume", EventSource { reports_item_failures: true, ..EventSource::default() });
    for body in ["good", "bad", "fine"] {
        queue.send(body);
    }
    host.at_rest().await.unwrap();
    assert_eq!(queue.counts(), Counts { in_flight: 1, ..Counts::default() });
    for _ in 0..3 {
        queue.make_all_visible();
        host.at_rest().await.unwrap();
    }
    assert_eq!(dead.take().await.unwrap(), "bad");
    let mut seen = seen.lock().unwrap().clone();
    seen.sort();
    assert_eq!(seen, ["bad", "bad", "bad", "fine", "good"]);
    assert_eq!(queue.counts(), Counts::default());
}
