//! With a stand-in for Secrets Manager.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use serde_json::{Value, json};

use super::*;
use crate::host::secrets_manager_stand_in;

const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn shop() -> Appid {
    "wxba5fad812f8e6fb9".parse().unwrap()
}

fn club() -> Appid {
    "wx00112233445566ff".parse().unwrap()
}

fn entry(token: &str) -> Value {
    json!({"token": token, "encoding_aes_key": KEY})
}

fn flat(token: &str) -> String {
    entry(token).to_string()
}

fn keyed(entries: &[(&Appid, Value)]) -> String {
    let entries = entries.iter().map(|(appid, entry)| (appid.as_str().to_owned(), entry.clone()));
    Value::Object(entries.collect()).to_string()
}

fn pair(token: &str) -> Credentials {
    serde_json::from_value(entry(token)).unwrap()
}

/// The pairs of one mini program.
fn pairs_of(appid: &Appid, current: Option<&str>, previous: Option<&str>) -> Option<Vec<Credentials>> {
    let found = pairs(current, previous, &shop()).unwrap().remove(appid)?;
    Some(found.unwrap())
}

#[test]
fn the_current_pair_comes_first_and_the_previous_one_beside_it() {
    let of = |current: &str, previous: Option<&str>| pairs_of(&shop(), Some(current), previous).unwrap();
    assert_eq!(of(&flat("newer"), Some(&flat("older"))), [pair("newer"), pair("older")]);
    assert_eq!(of(&flat("newer"), None), [pair("newer")]);
    assert_eq!(of(&flat("newer"), Some("a first try")), [pair("newer")]);
}

#[test]
fn each_mini_program_rotates_on_its_own_also_from_the_flat_form_to_the_keyed_one() {
    let previous = flat("older");
    let current = keyed(&[(&shop(), entry("newer")), (&club(), entry("club"))]);
    assert_eq!(pairs_of(&shop(), Some(&current), Some(&previous)).unwrap(), [pair("newer"), pair("older")]);
    assert_eq!(pairs_of(&club(), Some(&current), Some(&previous)).unwrap(), [pair("club")]);
}

#[test]
fn a_broken_current_value_does_not_stop_what_the_previous_one_verifies() {
    for broken in [None, Some(""), Some("{"), Some("[]"), Some(r#"{"token":"newer"}"#), Some(flat("a b").as_str())] {
        assert_eq!(pairs_of(&shop(), broken, Some(&flat("older"))).unwrap(), [pair("older")], "{broken:?}");
    }
}

#[test]
fn a_broken_entry_affects_its_mini_program_alone() {
    let current = keyed(&[(&shop(), entry("shop")), (&club(), entry("hunter 2"))]);
    let mut without_previous = pairs(Some(&current), None, &shop()).unwrap();
    assert_eq!(without_previous.remove(&shop()).unwrap().unwrap(), [pair("shop")]);
    let rule = without_previous.remove(&club()).unwrap().unwrap_err().to_string();
    assert!(rule.starts_with("token: ") && !rule.contains("hunter"), "{rule}");

    let previous = keyed(&[(&shop(), entry("older")), (&club(), entry("club"))]);
    assert_eq!(pairs_of(&shop(), Some(&current), Some(&previous)).unwrap(), [pair("shop"), pair("older")]);
    assert_eq!(pairs_of(&club(), Some(&current), Some(&previous)).unwrap(), [pair("club")]);
}

#[test]
fn a_mini_program_that_was_removed_is_not_verified_by_its_previous_pair() {
    let previous = keyed(&[(&shop(), entry("shop")), (&club(), entry("club"))]);
    assert_eq!(pairs_of(&club(), Some(&keyed(&[(&shop(), entry("shop"))])), Some(&previous)), None);
}

#[test]
fn where_none_has_a_pair_the_current_values_fault_is_told_without_the_value() {
    let told = |current: Option<&str>| pairs(current, Some("{"), &shop()).unwrap_err().to_string();
    assert_eq!(told(None), "the secret is not set: it has no value");
    let error = told(Some(&flat("hunter 2")));
    assert!(error.contains("wxba5fad812f8e6fb9: token: ") && !error.contains("hunter"), "{error}");
}

/// Secrets Manager with one secret, of which AWSCURRENT is set, and how often that was read.
struct Stage {
    secret: PushSecret,
    current: Arc<Mutex<String>>,
    reads: Arc<Mutex<usize>>,
}

impl Stage {
    async fn set(current: String) -> Self {
        let current = Arc::new(Mutex::new(current));
        let reads = Arc::<Mutex<usize>>::default();
        let (text, count) = (current.clone(), reads.clone());
        let answer = move |body: Bytes| async move {
            let request: Value = serde_json::from_slice(&body).unwrap();
            if request["VersionStage"] != "AWSCURRENT" {
                return json!({"Name": "push"}).to_string();
            }
            *count.lock().unwrap() += 1;
            json!({"Name": "push", "SecretString": *text.lock().unwrap()}).to_string()
        };
        let client = secrets_manager_stand_in::client(Router::new().fallback(answer)).await;
        let secret = PushSecret::new(client, "push".into(), shop());
        Self { secret, current, reads }
    }

    fn reads(&self) -> usize {
        *self.reads.lock().unwrap()
    }
}

#[tokio::test]
async fn pushes_for_mini_programs_that_are_none_of_the_stacks_cause_one_further_read() {
    let stage = Stage::set(flat("shop")).await;
    for digit in 0..10 {
        let appid: Appid = format!("wx001122334455660{digit}").parse().unwrap();
        assert_eq!(stage.secret.credentials(&appid).await.unwrap(), []);
        assert_eq!(stage.secret.newer_credentials(&appid).await.unwrap(), None);
    }
    assert_eq!(stage.secret.credentials(&shop()).await.unwrap(), [pair("shop")]);
    assert_eq!(stage.reads(), 2);
}

#[tokio::test]
async fn a_mini_program_that_was_just_added_is_found_by_the_further_read() {
    let stage = Stage::set(flat("shop")).await;
    assert_eq!(stage.secret.credentials(&club()).await.unwrap(), []);
    *stage.current.lock().unwrap() = keyed(&[(&shop(), entry("shop")), (&club(), entry("club"))]);
    assert_eq!(stage.secret.newer_credentials(&club()).await.unwrap(), Some(vec![pair("club")]));
    assert_eq!(stage.secret.credentials(&club()).await.unwrap(), [pair("club")]);
    assert_eq!(stage.secret.newer_credentials(&shop()).await.unwrap(), None, "its pairs are the same");
}

#[tokio::test]
async fn an_entry_that_was_broken_is_read_again_before_the_cache_expires() {
    let with_club = |token: &str| keyed(&[(&shop(), entry("shop")), (&club(), entry(token))]);
    let stage = Stage::set(with_club("a b")).await;
    assert_eq!(stage.secret.credentials(&shop()).await.unwrap(), [pair("shop")]);
    *stage.current.lock().unwrap() = with_club("club");
    assert_eq!(stage.secret.credentials(&club()).await.unwrap(), [pair("club")]);
}

#[tokio::test]
async fn a_secret_that_is_not_set_is_read_at_each_push() {
    let stage = Stage::set(flat("")).await;
    for _ in 0..3 {
        assert!(matches!(stage.secret.credentials(&shop()).await, Err(SecretError::NotSet(_))));
    }
    *stage.current.lock().unwrap() = flat("shop");
    assert_eq!(stage.secret.credentials(&shop()).await.unwrap(), [pair("shop")]);
}
