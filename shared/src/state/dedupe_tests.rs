use serde_json::{Map, json};

use super::*;
use crate::state::dynamodb_local;

const NOW: i64 = 1_714_112_445;

async fn dedupe(test: &str) -> PushDedupe {
    let (client, table) = dynamodb_local::table("push_key", test).await;
    PushDedupe::new(client, table)
}

fn key(msg_id: &str) -> PushKey {
    let fields: Map<String, Value> = json!({"FromUserName": "o1", "MsgId": msg_id}).as_object().unwrap().clone();
    PushKey::of(&fields)
}

async fn claim(dedupe: &PushDedupe, owner: &str, now_seconds: i64) -> Claimed {
    dedupe.claim(&key("1"), owner.into(), now_seconds).await.unwrap()
}

async fn claimed(dedupe: &PushDedupe, owner: &str, now_seconds: i64) -> Claim {
    match claim(dedupe, owner, now_seconds).await {
        Claimed::Claimed(claim) => claim,
        other => panic!("not claimed: {other:?}"),
    }
}

#[tokio::test]
async fn a_retry_gets_the_reply_that_was_stored() {
    let dedupe = dedupe("done").await;
    let first = claimed(&dedupe, "a", NOW).await;
    assert_eq!(first.attempt, 1);
    assert_eq!(claim(&dedupe, "b", NOW).await, Claimed::Running);
    let reply = json!({"MsgType": "transfer_customer_service", "Content": "汉字"});
    assert_eq!(dedupe.complete(&first, &reply, NOW + 1).await.unwrap(), Completed::Written);
    assert_eq!(claim(&dedupe, "b", NOW + 2).await, Claimed::Done(reply));
}

#[tokio::test]
async fn two_pushes_do_not_know_of_each_other() {
    let dedupe = dedupe("two").await;
    claimed(&dedupe, "a", NOW).await;
    assert!(matches!(dedupe.claim(&key("2"), "b".into(), NOW).await.unwrap(), Claimed::Claimed(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_50_concurrent_claims_exactly_one_wins() {
    let dedupe = dedupe("concurrent").await;
    let mut claims = tokio::task::JoinSet::new();
    for owner in 0..50 {
        let dedupe = dedupe.clone();
        claims.spawn(async move { dedupe.claim(&key("1"), owner.to_string(), NOW).await.unwrap() });
    }
    let outcomes = claims.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Claimed::Claimed(_))).count(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Claimed::Running)).count(), 49);
}

#[tokio::test]
async fn a_lease_holds_to_its_last_second_and_is_then_taken_over() {
    let dedupe = dedupe("lease").await;
    claimed(&dedupe, "a", NOW).await;
    assert_eq!(claim(&dedupe, "b", NOW + LEASE_SECONDS - 1).await, Claimed::Running);
    assert_eq!(claimed(&dedupe, "b", NOW + LEASE_SECONDS).await.attempt, 2);
}

#[tokio::test]
async fn a_late_owner_writes_nothing() {
    let dedupe = dedupe("late").await;
    let late = claimed(&dedupe, "a", NOW).await;
    let current = claimed(&dedupe, "b", NOW + LEASE_SECONDS).await;
    let release = dedupe.release(&late).await.unwrap();
    assert_eq!(release, Completed::LeaseLost);
    assert_eq!(dedupe.complete(&late, &json!("late"), NOW + 7).await.unwrap(), Completed::LeaseLost);
    assert_eq!(claim(&dedupe, "c", NOW + 7).await, Claimed::Running);
    assert_eq!(dedupe.complete(&current, &json!("success"), NOW + 8).await.unwrap(), Completed::Written);
    assert_eq!(dedupe.complete(&late, &json!("late"), NOW + 9).await.unwrap(), Completed::LeaseLost);
    assert_eq!(claim(&dedupe, "c", NOW + 9).await, Claimed::Done(json!("success")));
}

#[tokio::test]
async fn a_released_claim_is_taken_over_at_once() {
    let dedupe = dedupe("release").await;
    let first = claimed(&dedupe, "a", NOW).await;
    assert_eq!(dedupe.release(&first).await.unwrap(), Completed::Written);
    assert_eq!(claimed(&dedupe, "b", NOW).await.attempt, 2);
}

#[tokio::test]
async fn a_record_past_its_expiry_counts_for_nothing_though_ttl_has_not_deleted_it() {
    let dedupe = dedupe("expired").await;
    let first = claimed(&dedupe, "a", NOW).await;
    dedupe.complete(&first, &json!("success"), NOW).await.unwrap();
    assert_eq!(claim(&dedupe, "b", NOW + RETENTION_SECONDS - 1).await, Claimed::Done(json!("success")));
    claimed(&dedupe, "b", NOW + RETENTION_SECONDS).await;
}

#[tokio::test]
async fn a_claim_that_the_sdk_repeated_is_still_ones_own() {
    let dedupe = dedupe("repeated").await;
    let first = claimed(&dedupe, "a", NOW).await;
    assert_eq!(claim(&dedupe, "a", NOW).await, Claimed::Claimed(first));
}

#[tokio::test]
async fn a_table_that_is_not_there_is_an_error_that_names_it() {
    let (client, _) = dynamodb_local::table("push_key", "other").await;
    let error = PushDedupe::new(client, "nowhere".into()).claim(&key("1"), "a".into(), NOW).await.unwrap_err();
    assert_eq!(error.to_string(), "DynamoDB table nowhere did not answer");
}
