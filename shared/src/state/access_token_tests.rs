use super::*;
use crate::state::dynamodb_local::{self, shop};

const NOW: i64 = 1_714_112_445;

async fn tokens(test: &str) -> AccessTokens {
    let (client, table) = dynamodb_local::table("appid", test).await;
    AccessTokens::new(client, table)
}

async fn refresh(tokens: &AccessTokens, token: &str, now_seconds: i64) {
    let seen = tokens.read(&shop()).await.unwrap();
    let refresh = tokens.begin(&shop(), seen, "a".into(), now_seconds).await.unwrap().unwrap();
    tokens.store(refresh, &Secret::new(token), now_seconds + 7200).await.unwrap();
}

async fn begun(tokens: &AccessTokens, owner: &str, now_seconds: i64) -> Refresh {
    let seen = tokens.read(&shop()).await.unwrap();
    tokens.begin(&shop(), seen, owner.into(), now_seconds).await.unwrap().unwrap()
}

#[tokio::test]
async fn before_the_first_refresh_there_is_no_token() {
    assert_eq!(tokens("none").await.read(&shop()).await.unwrap(), Stored::default());
}

#[tokio::test]
async fn a_stored_token_is_read_with_its_expiry_and_a_new_generation() {
    let tokens = tokens("stored").await;
    refresh(&tokens, "first", NOW).await;
    refresh(&tokens, "second", NOW + 7000).await;
    let stored = tokens.read(&shop()).await.unwrap();
    assert_eq!(stored, Stored { token: Some((Secret::new("second"), NOW + 14_200)), generation: 2 });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_50_that_find_the_same_token_dead_one_refreshes() {
    let tokens = tokens("fifty").await;
    refresh(&tokens, "dead", NOW).await;
    let seen = tokens.read(&shop()).await.unwrap();
    let mut refreshers = tokio::task::JoinSet::new();
    for owner in 0..50 {
        let (tokens, seen) = (tokens.clone(), seen.clone());
        refreshers.spawn(async move { tokens.begin(&shop(), seen, owner.to_string(), NOW).await.unwrap() });
    }
    let mut leases: Vec<Refresh> = refreshers.join_all().await.into_iter().flatten().collect();
    assert_eq!(leases.len(), 1);
    tokens.store(leases.remove(0), &Secret::new("new"), NOW + 7200).await.unwrap();
    // Whoever read the dead token before the new one was stored comes too late.
    assert!(tokens.begin(&shop(), seen, "late".into(), NOW).await.unwrap().is_none());
}

#[tokio::test]
async fn a_refresher_that_died_is_replaced_and_stores_nothing_when_it_wakes() {
    let tokens = tokens("died").await;
    let seen = tokens.read(&shop()).await.unwrap();
    let dead = tokens.begin(&shop(), seen.clone(), "dead".into(), NOW).await.unwrap().unwrap();
    assert!(tokens.begin(&shop(), seen.clone(), "b".into(), NOW + REFRESH_SECONDS - 1).await.unwrap().is_none());
    let next = tokens.begin(&shop(), seen, "b".into(), NOW + REFRESH_SECONDS).await.unwrap().unwrap();
    assert!(tokens.store(next, &Secret::new("good"), NOW + 7200).await.unwrap());
    assert!(!tokens.store(dead, &Secret::new("old"), NOW + 7200).await.unwrap());
    assert_eq!(tokens.read(&shop()).await.unwrap().token, Some((Secret::new("good"), NOW + 7200)));
}

#[tokio::test]
async fn a_lease_that_the_sdk_took_twice_is_still_ones_own() {
    let tokens = tokens("twice").await;
    let seen = tokens.read(&shop()).await.unwrap();
    assert!(tokens.begin(&shop(), seen.clone(), "a".into(), NOW).await.unwrap().is_some());
    assert!(tokens.begin(&shop(), seen, "a".into(), NOW).await.unwrap().is_some());
}

#[tokio::test]
async fn an_abandoned_refresh_leaves_the_token_and_frees_the_lease() {
    let tokens = tokens("abandoned").await;
    refresh(&tokens, "old", NOW).await;
    let seen = tokens.read(&shop()).await.unwrap();
    let failed = tokens.begin(&shop(), seen.clone(), "a".into(), NOW).await.unwrap().unwrap();
    tokens.abandon(failed).await.unwrap();
    assert_eq!(tokens.read(&shop()).await.unwrap(), seen);
    assert!(tokens.begin(&shop(), seen, "b".into(), NOW).await.unwrap().is_some());
}

#[tokio::test]
async fn a_forced_refresh_is_allowed_once_in_30_seconds_whoever_asks() {
    let tokens = tokens("forced").await;
    let mut first = begun(&tokens, "a", NOW).await;
    assert_eq!(tokens.may_force(&mut first, NOW).await.unwrap(), ForcePermit::Granted);
    let refused = ForcePermit::NotBefore { at_seconds: NOW + 30 };
    assert_eq!(tokens.may_force(&mut first, NOW + 29).await.unwrap(), refused);
    tokens.abandon(first).await.unwrap();

    let mut second = begun(&tokens, "b", NOW + 29).await;
    assert_eq!(tokens.may_force(&mut second, NOW + 29).await.unwrap(), refused);
    assert_eq!(tokens.may_force(&mut second, NOW + 30).await.unwrap(), ForcePermit::Granted);
}

#[tokio::test]
async fn a_forced_refresh_whose_write_the_sdk_repeats_is_granted_and_counted_once() {
    let tokens = tokens("forced_twice").await;
    let mut refresh = begun(&tokens, "a", NOW).await;
    // The same request again, as the SDK sends it if the answer to the first was lost.
    let mut repeated = begun(&tokens, "a", NOW).await;
    assert_eq!(tokens.may_force(&mut refresh, NOW).await.unwrap(), ForcePermit::Granted);
    assert_eq!(tokens.may_force(&mut repeated, NOW).await.unwrap(), ForcePermit::Granted);
    tokens.abandon(refresh).await.unwrap();
    assert_eq!(begun(&tokens, "b", NOW).await.forced.count, 1);
}

#[tokio::test]
async fn the_budget_of_forced_refreshes_outlives_tokens_and_refreshers_and_ends_with_the_day() {
    let tokens = tokens("forced_budget").await;
    let midnight_in_china = 1_714_060_800;
    let mut now = midnight_in_china;
    for _ in 0..20 {
        let mut refresh = begun(&tokens, "a", now).await;
        if let ForcePermit::NotBefore { at_seconds } = tokens.may_force(&mut refresh, now).await.unwrap() {
            now = at_seconds;
            assert_eq!(tokens.may_force(&mut refresh, now).await.unwrap(), ForcePermit::Granted);
        }
        tokens.store(refresh, &Secret::new("refused"), now + 7200).await.unwrap();
    }
    let mut refresh = begun(&tokens, "b", now).await;
    let at_seconds = midnight_in_china + 24 * 3600;
    assert_eq!(tokens.may_force(&mut refresh, at_seconds - 1).await.unwrap(), ForcePermit::NotBefore { at_seconds });
    assert_eq!(tokens.may_force(&mut refresh, at_seconds).await.unwrap(), ForcePermit::Granted);
}

#[tokio::test]
async fn a_refresher_that_lost_its_lease_forces_nothing() {
    let tokens = tokens("forced_late").await;
    let mut late = begun(&tokens, "late", NOW).await;
    let mut next = begun(&tokens, "next", NOW + REFRESH_SECONDS).await;
    assert_eq!(tokens.may_force(&mut late, NOW + REFRESH_SECONDS).await.unwrap(), ForcePermit::LeaseLost);
    assert_eq!(tokens.may_force(&mut next, NOW + REFRESH_SECONDS).await.unwrap(), ForcePermit::Granted);
}
