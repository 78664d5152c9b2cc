use super::*;
use crate::state::dynamodb_local::{self, shop};

const NOW: i64 = 1_714_112_445;
const SECONDS_10: i64 = 10;
const DAYS_30: i64 = 2_592_000;
const USER: &str = "o9AgO5Kd5ggOC-bXrbNODIiE3bGY";
const TEMPLATE: &str = "BEwX0BO-T3MqK3Uc5oTU3CGBqzjpndk2jzUf7VfExd8";
const MSG_ID: &str = "1864323726461255680";

async fn ledger(test: &str) -> Subscriptions {
    let (client, table) = dynamodb_local::sorted_table("pk", "sk", test).await;
    Subscriptions::new(client, table, shop())
}

async fn decide(ledger: &Subscriptions, decision: Decision, at_seconds: i64) {
    ledger.decide(&shop(), USER, TEMPLATE, decision, at_seconds, at_seconds).await.unwrap();
}

async fn slot(ledger: &Subscriptions, now_seconds: i64) -> Slot {
    match ledger.take(&shop(), USER, TEMPLATE, now_seconds).await.unwrap() {
        Taken::Slot(slot) => slot,
        other @ Taken::Refused { .. } => panic!("no slot: {other:?}"),
    }
}

async fn left(ledger: &Subscriptions) -> i64 {
    ledger.of_user(&shop(), USER, NOW).await.unwrap().first().map_or(0, |subscription| subscription.remaining)
}

fn report(at_seconds: i64, error_code: i64, error_status: &str) -> Report {
    Report { at_seconds, error_code, error_status: error_status.into() }
}

#[tokio::test]
async fn each_accept_allows_one_message() {
    let ledger = ledger("accepts").await;
    decide(&ledger, Decision::Accepted, NOW).await;
    decide(&ledger, Decision::Accepted, NOW + 1).await;
    assert_eq!(left(&ledger).await, 2);
    assert!(slot(&ledger, NOW + 2).await.is_counted);
    assert!(slot(&ledger, NOW + 2).await.is_counted);
    assert_eq!(left(&ledger).await, 0);
}

#[tokio::test]
async fn an_event_that_comes_again_or_late_changes_nothing() {
    let ledger = ledger("again").await;
    decide(&ledger, Decision::Accepted, NOW).await;
    decide(&ledger, Decision::Accepted, NOW).await;
    decide(&ledger, Decision::Rejected, NOW - 1).await;
    decide(&ledger, Decision::Accepted, NOW - 2).await;
    assert_eq!(left(&ledger).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_50_parallel_takes_from_5_accepts_exactly_5_are_counted() {
    let ledger = ledger("parallel").await;
    for at in NOW..NOW + 5 {
        decide(&ledger, Decision::Accepted, at).await;
    }
    let mut takes = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let ledger = ledger.clone();
        takes.spawn(async move { slot(&ledger, NOW + 5).await.is_counted });
    }
    let counted = takes.join_all().await.into_iter().filter(|is_counted| *is_counted).count();
    assert_eq!((counted, left(&ledger).await), (5, 0));
}

#[tokio::test]
async fn a_count_of_none_and_a_user_nobody_saw_are_left_to_wechat() {
    let ledger = ledger("none").await;
    assert!(!slot(&ledger, NOW).await.is_counted);
    assert_eq!(ledger.of_user(&shop(), USER, NOW).await.unwrap(), []);
    decide(&ledger, Decision::Accepted, NOW).await;
    slot(&ledger, NOW).await;
    let uncounted = slot(&ledger, NOW).await;
    assert!(!uncounted.is_counted);
    ledger.give_back(uncounted).await.unwrap();
    assert_eq!(left(&ledger).await, 0);
}

#[tokio::test]
async fn a_reject_sets_to_none_and_refuses_for_10_seconds() {
    let ledger = ledger("reject").await;
    decide(&ledger, Decision::Accepted, NOW).await;
    decide(&ledger, Decision::Rejected, NOW + 1).await;
    let refused = Taken::Refused { until_seconds: NOW + 1 + SECONDS_10 };
    assert_eq!(ledger.take(&shop(), USER, TEMPLATE, NOW + SECONDS_10).await.unwrap(), refused);
    assert!(!slot(&ledger, NOW + 1 + SECONDS_10).await.is_counted);
}

#[tokio::test]
async fn an_accept_or_switching_on_ends_a_refusal() {
    let ledger = ledger("accept_again").await;
    decide(&ledger, Decision::Rejected, NOW).await;
    decide(&ledger, Decision::Accepted, NOW + 1).await;
    assert!(slot(&ledger, NOW + 1).await.is_counted);
    decide(&ledger, Decision::Rejected, NOW + 2).await;
    decide(&ledger, Decision::SwitchedOn, NOW + 3).await;
    assert!(!slot(&ledger, NOW + 3).await.is_counted);
}

#[tokio::test]
async fn templates_and_users_do_not_mix() {
    let ledger = ledger("mix").await;
    decide(&ledger, Decision::Accepted, NOW).await;
    ledger.decide(&shop(), USER, "another", Decision::Rejected, NOW, NOW).await.unwrap();
    ledger.decide(&shop(), "oAnother", TEMPLATE, Decision::Rejected, NOW, NOW).await.unwrap();
    let expected = |template_id: &str, remaining, refused_until_seconds| Subscription {
        template_id: template_id.into(),
        remaining,
        changed_at_seconds: Some(NOW),
        refused_until_seconds,
    };
    assert_eq!(
        ledger.of_user(&shop(), USER, NOW).await.unwrap(),
        [expected(TEMPLATE, 1, None), expected("another", 0, Some(NOW + SECONDS_10))]
    );
    assert_eq!(ledger.of_user(&shop(), USER, NOW + SECONDS_10).await.unwrap()[1].refused_until_seconds, None);
}

#[tokio::test]
async fn a_slot_given_back_is_one_slot_also_after_another_accept() {
    let ledger = ledger("give_back").await;
    decide(&ledger, Decision::Accepted, NOW).await;
    let failed = slot(&ledger, NOW).await;
    decide(&ledger, Decision::Accepted, NOW + 1).await;
    ledger.give_back(failed).await.unwrap();
    assert_eq!(left(&ledger).await, 2);
}

#[tokio::test]
async fn a_slot_is_not_given_back_to_what_was_refused_since() {
    let ledger = ledger("give_back_late").await;
    decide(&ledger, Decision::Accepted, NOW).await;
    let failed = slot(&ledger, NOW).await;
    decide(&ledger, Decision::Rejected, NOW + 1).await;
    ledger.give_back(failed).await.unwrap();
    assert_eq!(left(&ledger).await, 0);
}

#[tokio::test]
async fn wechats_refusal_corrects_the_count_and_holds_for_10_seconds() {
    let ledger = ledger("correct").await;
    for at in [NOW, NOW + 1] {
        decide(&ledger, Decision::Accepted, at).await;
    }
    let refused = slot(&ledger, NOW + 1).await;
    ledger.correct(refused, NOW + 2).await.unwrap();
    assert_eq!(left(&ledger).await, 0);
    let refused = Taken::Refused { until_seconds: NOW + 2 + SECONDS_10 };
    assert_eq!(ledger.take(&shop(), USER, TEMPLATE, NOW + 1 + SECONDS_10).await.unwrap(), refused);
    assert!(!slot(&ledger, NOW + 2 + SECONDS_10).await.is_counted);
}

#[tokio::test]
async fn wechats_refusal_of_a_user_nobody_saw_is_remembered() {
    let ledger = ledger("correct_unknown").await;
    let refused = slot(&ledger, NOW).await;
    ledger.correct(refused, NOW).await.unwrap();
    assert_eq!(
        ledger.take(&shop(), USER, TEMPLATE, NOW).await.unwrap(),
        Taken::Refused { until_seconds: NOW + SECONDS_10 }
    );
}

#[tokio::test]
async fn a_refusal_that_comes_after_a_newer_accept_changes_nothing() {
    let ledger = ledger("correct_late").await;
    let refused = slot(&ledger, NOW).await;
    decide(&ledger, Decision::Accepted, NOW + 1).await;
    ledger.correct(refused, NOW + 1).await.unwrap();
    assert_eq!(left(&ledger).await, 1);
}

#[tokio::test]
async fn a_report_is_matched_to_its_message_whichever_comes_first() {
    let ledger = ledger("matched").await;
    let expected = Delivery {
        openid: USER.into(),
        template_id: TEMPLATE.into(),
        sent_at_seconds: Some(NOW),
        report: Some(report(NOW + 1, 0, "success")),
    };
    ledger.sent(&shop(), MSG_ID, USER, TEMPLATE, NOW).await.unwrap();
    assert_eq!(ledger.delivery(&shop(), MSG_ID, NOW).await.unwrap().unwrap().report, None);
    ledger.reported(&shop(), MSG_ID, USER, TEMPLATE, &report(NOW + 1, 0, "success"), NOW + 1).await.unwrap();
    assert_eq!(ledger.delivery(&shop(), MSG_ID, NOW).await.unwrap(), Some(expected.clone()));

    ledger.reported(&shop(), "2", USER, TEMPLATE, &report(NOW + 1, 0, "success"), NOW + 1).await.unwrap();
    assert_eq!(ledger.delivery(&shop(), "2", NOW).await.unwrap().unwrap().sent_at_seconds, None);
    ledger.sent(&shop(), "2", USER, TEMPLATE, NOW).await.unwrap();
    assert_eq!(ledger.delivery(&shop(), "2", NOW).await.unwrap(), Some(expected));
}

#[tokio::test]
async fn of_repeated_and_reordered_reports_the_newest_counts() {
    let ledger = ledger("reports").await;
    for (at, error_code) in [(NOW, 1), (NOW + 2, 2), (NOW + 2, 3), (NOW + 1, 4)] {
        ledger.reported(&shop(), MSG_ID, USER, TEMPLATE, &report(at, error_code, "x"), NOW).await.unwrap();
    }
    assert_eq!(ledger.delivery(&shop(), MSG_ID, NOW).await.unwrap().unwrap().report, Some(report(NOW + 2, 2, "x")));
}

#[tokio::test]
async fn a_message_is_forgotten_after_30_days_to_the_second_and_an_unknown_one_is_none() {
    let ledger = ledger("forgotten").await;
    ledger.sent(&shop(), MSG_ID, USER, TEMPLATE, NOW).await.unwrap();
    assert!(ledger.delivery(&shop(), MSG_ID, NOW + DAYS_30 - 1).await.unwrap().is_some());
    assert_eq!(ledger.delivery(&shop(), MSG_ID, NOW + DAYS_30).await.unwrap(), None);
    assert_eq!(ledger.delivery(&shop(), "7", NOW).await.unwrap(), None);
}
