//! With a stand-in for Secrets Manager.

use std::sync::{Arc, Mutex as Shared};

use axum::Router;
use axum::http::StatusCode;
use serde_json::json;

use super::*;
use crate::host::secrets_manager_stand_in;

const NOW: i64 = 1_700_000_000;

fn text(letter: &str) -> String {
    letter.repeat(32)
}

fn name(text: &str) -> CallerName {
    text.parse().unwrap()
}

/// The names that a secret's text makes callers of.
fn names(text: &Value) -> Vec<String> {
    callers(Some(&text.to_string())).unwrap().0.into_keys().map(|name| name.to_string()).collect()
}

#[test]
fn a_caller_has_one_secret_or_two() {
    let found = callers(Some(&json!({"one": text("a"), "two": [text("b"), text("c")]}).to_string())).unwrap();
    assert_eq!(found.secrets_of(&name("one")), [CallerSecret::new(&text("a")).unwrap()]);
    assert_eq!(found.secrets_of(&name("two")).len(), 2);
    assert_eq!(found.secrets_of(&name("three")), []);
    for (secret, caller) in [("a", "one"), ("b", "two"), ("c", "two")] {
        assert_eq!(found.by_secret(&text(secret)).unwrap().0, &name(caller));
    }
    assert_eq!(found.by_secret(&text("d")), None);
}

#[test]
fn a_broken_entry_breaks_no_other() {
    for broken in [
        json!("short"),
        json!(null),
        json!(7),
        json!([]),
        json!([text("b"), "short"]),
        json!([text("b"), text("c"), text("d")]),
        json!({"secret": text("b")}),
    ] {
        assert_eq!(names(&json!({"good": text("a"), "broken": broken})), ["good"], "{broken}");
    }
    assert_eq!(names(&json!({"good": text("a"), "": text("b"), "a b": text("c")})), ["good"]);
    assert_eq!(names(&json!({})), [""; 0]);
}

#[test]
fn a_secret_that_two_callers_share_counts_for_neither() {
    let shared = json!({"first": text("a"), "second": [text("b"), text("a")], "third": text("c")});
    assert_eq!(names(&shared), ["third"]);
}

#[test]
fn what_is_no_object_is_named_by_its_rule_and_not_by_its_value() {
    for (text, rule) in [(None, "it has no value"), (Some("hunter2"), "it is not the JSON object that it should be")] {
        assert_eq!(callers(text).unwrap_err().to_string(), rule);
    }
    assert!(!EntryError::from(CallerError::Secret).to_string().contains("hunter2"));
}

/// Secrets Manager with one secret, and how often that was read.
struct Stage {
    secrets: CallerSecrets,
    /// Nothing while it is out of reach.
    current: Arc<Shared<Option<Value>>>,
    reads: Arc<Shared<usize>>,
}

impl Stage {
    async fn set(current: Value) -> Self {
        let current = Arc::new(Shared::new(Some(current)));
        let reads = Arc::<Shared<usize>>::default();
        let (value, count) = (current.clone(), reads.clone());
        let answer = move || async move {
            *count.lock().unwrap() += 1;
            let value = value.lock().unwrap();
            let value = value.as_ref().ok_or((StatusCode::BAD_REQUEST, r#"{"__type":"x"}"#))?;
            Ok::<_, (StatusCode, &str)>(json!({"Name": "callers", "SecretString": value.to_string()}).to_string())
        };
        let client = secrets_manager_stand_in::client(Router::new().fallback(answer)).await;
        let secrets = CallerSecrets::new(client, "callers".into());
        Self { secrets, current, reads }
    }

    /// The caller whose secret is this letter.
    async fn caller(&self, letter: &str, now_seconds: i64) -> Result<Option<String>, SecretError> {
        let find = |callers: &Callers| Some(callers.by_secret(&text(letter))?.0.to_string());
        self.secrets.find(find, now_seconds).await
    }

    fn put(&self, value: Option<Value>) {
        *self.current.lock().unwrap() = value;
    }

    fn reads(&self) -> usize {
        *self.reads.lock().unwrap()
    }
}

#[tokio::test]
async fn what_verifies_costs_one_read_in_five_minutes() {
    let stage = Stage::set(json!({"shop": text("a")})).await;
    for second in 0..300 {
        assert_eq!(stage.caller("a", NOW + second).await.unwrap().unwrap(), "shop");
    }
    assert_eq!(stage.reads(), 1);
    stage.caller("a", NOW + 300).await.unwrap();
    assert_eq!(stage.reads(), 2);
}

#[tokio::test]
async fn a_flood_of_bad_secrets_costs_one_further_read_a_minute() {
    let stage = Stage::set(json!({"shop": text("a")})).await;
    stage.caller("a", NOW).await.unwrap();
    for second in 0..60 {
        for _ in 0..20 {
            assert_eq!(stage.caller("x", NOW + second).await.unwrap(), None);
        }
    }
    assert_eq!(stage.reads(), 2);
    for second in 60..290 {
        stage.caller("x", NOW + second).await.unwrap();
    }
    // At 60, 120, 180 and 240 seconds.
    assert_eq!(stage.reads(), 6);
}

#[tokio::test]
async fn a_flood_after_a_cold_start_costs_one_read_in_the_first_minute() {
    let stage = Stage::set(json!({"shop": text("a")})).await;
    for second in 0..60 {
        assert_eq!(stage.caller("x", NOW + second).await.unwrap(), None);
        assert_eq!(stage.caller("a", NOW + second).await.unwrap().unwrap(), "shop");
    }
    assert_eq!(stage.reads(), 1);
}

#[tokio::test]
async fn a_flood_while_secrets_manager_is_out_of_reach_costs_one_try_in_five_seconds() {
    let stage = Stage::set(json!({"shop": text("a")})).await;
    stage.caller("a", NOW).await.unwrap();
    stage.put(None);
    for second in 0..60 {
        assert!(matches!(stage.caller("x", NOW + second).await, Err(SecretError::OutOfReach(_))));
        assert_eq!(stage.caller("a", NOW + second).await.unwrap().unwrap(), "shop");
    }
    assert_eq!(stage.reads(), 1 + 60 / 5);
}

#[tokio::test]
async fn a_new_caller_is_known_at_once_and_a_removed_one_refused_within_five_minutes() {
    let stage = Stage::set(json!({"shop": text("a")})).await;
    stage.caller("a", NOW).await.unwrap();
    stage.put(Some(json!({"club": text("b")})));
    assert_eq!(stage.caller("a", NOW + 299).await.unwrap().as_deref(), Some("shop"));
    assert_eq!(stage.caller("b", NOW + 299).await.unwrap().as_deref(), Some("club"));
    assert_eq!(stage.caller("a", NOW + 299).await.unwrap(), None);
}

#[tokio::test]
async fn a_removed_caller_is_not_served_longer_because_secrets_manager_is_out_of_reach() {
    let stage = Stage::set(json!({"shop": text("a")})).await;
    stage.caller("a", NOW).await.unwrap();
    stage.put(None);
    assert_eq!(stage.caller("a", NOW + 299).await.unwrap().as_deref(), Some("shop"));
    assert!(matches!(stage.caller("a", NOW + 300).await, Err(SecretError::OutOfReach(_))));
    // Five seconds later it tries again, no sooner.
    let reads = stage.reads();
    assert!(stage.caller("a", NOW + 304).await.is_err());
    assert_eq!(stage.reads(), reads);
    stage.put(Some(json!({"shop": text("a")})));
    assert_eq!(stage.caller("a", NOW + 305).await.unwrap().as_deref(), Some("shop"));
}

#[tokio::test]
async fn a_secret_that_is_broken_as_a_whole_is_not_read_at_every_call() {
    let stage = Stage::set(json!("no object")).await;
    for second in 0..60 {
        assert!(matches!(stage.caller("a", NOW + second).await, Err(SecretError::NotSet(_))));
    }
    assert_eq!(stage.reads(), 1);
    stage.put(Some(json!({"shop": text("a")})));
    assert_eq!(stage.caller("a", NOW + 60).await.unwrap().as_deref(), Some("shop"));
}
