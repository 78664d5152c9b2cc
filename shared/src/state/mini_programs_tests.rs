//! Equal openid, `MsgId` and `CreateTime` in two mini programs: neither touches the other's rows.

use aws_sdk_dynamodb::Client;
use protocol::appid::Appid;
use protocol::push_key::PushKey;
use serde_json::json;

use super::access_token::AccessTokens;
use super::dedupe::{Phase, PushDedupe, Recording, Written};
use super::dynamodb_local::{self, shop};
use super::reply_window::{Correction, Grant, ReplyWindow, Taken};
use super::subscription::{self, Decision, Report, Subscriptions};
use super::typing::Begun;
use crate::secret::Secret;

const NOW: i64 = 1_714_112_445;
const USER: &str = "o9AgO5Kd5ggOC-bXrbNODIiE3bGY";
const TEMPLATE: &str = "BEwX0BO-T3MqK3Uc5oTU3CGBqzjpndk2jzUf7VfExd8";
const MESSAGE: Grant<'static> = Grant::Message { at_seconds: NOW, msg_id: "24" };

/// Another mini program of the same stack.
fn club() -> Appid {
    "wx00112233445566ff".parse().unwrap()
}

/// A third one.
fn test_program() -> Appid {
    "wxffeeddccbbaa9988".parse().unwrap()
}

/// Each mini program, and another one.
fn pairs() -> [(Appid, Appid); 3] {
    [(shop(), club()), (club(), shop()), (club(), test_program())]
}

async fn keys(client: &Client, table: &str, key: &str) -> Vec<String> {
    let items = client.scan().table_name(table).send().await.unwrap().items.unwrap_or_default();
    let mut keys: Vec<String> = items.iter().map(|item| item[key].as_s().unwrap().clone()).collect();
    keys.sort();
    keys
}

fn push_key() -> PushKey {
    let fields = json!({"FromUserName": USER, "CreateTime": NOW, "MsgId": "24", "MsgType": "text"});
    PushKey::of(fields.as_object().unwrap())
}

async fn remaining(windows: &ReplyWindow, appid: &Appid) -> Option<i64> {
    match windows.take(appid, USER, NOW).await.unwrap() {
        Taken::Slot(slot) => {
            let remaining = slot.remaining;
            windows.give_back(slot).await.unwrap();
            Some(remaining)
        }
        _ => None,
    }
}

#[tokio::test]
async fn the_rows_of_the_first_mini_program_have_the_keys_of_version_1_and_those_of_others_their_appid() {
    let key = push_key();
    let (client, table) = dynamodb_local::table("push_key", "apart_keys").await;
    let dedupe = PushDedupe::new(client.clone(), table.clone(), shop());
    for appid in [shop(), club()] {
        dedupe.claim(&appid, &key, "a", false, NOW).await.unwrap();
    }
    let mut expected = [key.as_str().to_owned(), format!("{}#{}", club(), key.as_str())];
    expected.sort();
    assert_eq!(keys(&client, &table, "push_key").await, expected);

    let (client, table) = dynamodb_local::table("openid", "apart_keys").await;
    let windows = ReplyWindow::new(client.clone(), table.clone(), shop());
    for appid in [shop(), club()] {
        windows.open(&appid, USER, MESSAGE, NOW).await.unwrap();
    }
    assert_eq!(keys(&client, &table, "openid").await, [USER.to_owned(), format!("{}#{USER}", club())]);

    let (client, table) = dynamodb_local::sorted_table("pk", "sk", "apart_keys").await;
    let ledger = Subscriptions::new(client.clone(), table.clone(), shop());
    for appid in [shop(), club()] {
        ledger.decide(&appid, USER, TEMPLATE, Decision::Accepted, NOW, NOW).await.unwrap();
    }
    assert_eq!(keys(&client, &table, "pk").await, [format!("user {USER}"), format!("{}#user {USER}", club())]);
}

#[tokio::test]
async fn a_push_that_one_has_handled_is_new_to_the_other() {
    let (client, table) = dynamodb_local::table("push_key", "apart_push").await;
    let dedupe = PushDedupe::new(client, table, shop());
    for (number, (one, other)) in pairs().into_iter().enumerate() {
        let key = PushKey::of_unreadable(&number.to_string(), "", b"");
        let owner = format!("{one}");
        assert!(matches!(dedupe.claim(&one, &key, &owner, false, NOW).await.unwrap(), Written::Written(_)));
        assert_eq!(dedupe.read(&other, &key, NOW).await.unwrap(), None);
        let foreign = dedupe.turn_late(&other, &key, &owner, &json!("success"), NOW + 60, NOW).await.unwrap();
        assert_eq!(foreign, Written::Refused(None));
        let recording = (&json!("r"), Recording::Done { answer: None });
        dedupe.record(&one, &key, (&owner, "run"), Phase::Running, recording, NOW).await.unwrap();
        let claimed = dedupe.claim(&other, &key, "b", false, NOW).await.unwrap().row().unwrap();
        assert_eq!((claimed.phase, claimed.attempt), (Phase::Running, 1));
        dedupe.release(&other, &key, "b").await.unwrap();
        let row = dedupe.read(&one, &key, NOW).await.unwrap().unwrap();
        assert_eq!((row.phase, row.owner, row.reply), (Phase::Done, owner, Some(json!("r"))));
    }
}

#[tokio::test]
async fn what_a_user_does_in_one_leaves_their_window_in_the_other_alone() {
    for (number, (one, other)) in pairs().into_iter().enumerate() {
        let (client, table) = dynamodb_local::table("openid", &format!("apart_window_{number}")).await;
        let windows = ReplyWindow::new(client, table, shop());
        windows.open(&one, USER, MESSAGE, NOW).await.unwrap();
        assert_eq!(windows.take(&other, USER, NOW).await.unwrap(), Taken::Unknown);
        assert_eq!(windows.begin_typing(&other, USER, NOW).await.unwrap(), Begun::Unknown);

        windows.open(&other, USER, MESSAGE, NOW).await.unwrap();
        let Taken::Slot(slot) = windows.take(&one, USER, NOW).await.unwrap() else { panic!("no slot") };
        windows.correct(slot, Correction::Expired, NOW).await.unwrap();
        assert_eq!((remaining(&windows, &one).await, remaining(&windows, &other).await), (None, Some(4)));

        windows.set_transfer_mark(&one, USER, "m", NOW).await.unwrap();
        windows.hand_off(&one, USER, NOW + 60).await.unwrap();
        let agents = windows.open(&other, USER, MESSAGE, NOW).await.unwrap();
        assert_eq!((agents.transfer_mark, agents.is_handed_off), (None, false));
        windows.remove_transfer_mark(&other, USER, "m", 0).await.unwrap();
        let agents = windows.open(&one, USER, MESSAGE, NOW).await.unwrap();
        assert_eq!((agents.transfer_mark.as_deref(), agents.is_handed_off), (Some("m"), true));

        assert!(matches!(windows.begin_typing(&other, USER, NOW).await.unwrap(), Begun::Typing(_)));
        windows.end_typing(&one, USER).await.unwrap();
        assert_eq!(windows.begin_typing(&other, USER, NOW).await.unwrap(), Begun::AlreadyTyping);
    }
}

#[tokio::test]
async fn an_openid_that_looks_like_another_mini_programs_key_reaches_none_of_its_rows() {
    let (client, table) = dynamodb_local::table("openid", "apart_forged").await;
    let windows = ReplyWindow::new(client, table, shop());
    windows.open(&club(), USER, MESSAGE, NOW).await.unwrap();
    let forged = format!("{}#{USER}", club());
    for appid in [shop(), test_program()] {
        assert_eq!(windows.take(&appid, &forged, NOW).await.unwrap(), Taken::Unknown);
    }
    assert_eq!(remaining(&windows, &club()).await, Some(4));
}

#[tokio::test]
async fn the_ledger_keeps_users_and_messages_of_two_mini_programs_apart() {
    for (number, (one, other)) in pairs().into_iter().enumerate() {
        let (client, table) = dynamodb_local::sorted_table("pk", "sk", &format!("apart_ledger_{number}")).await;
        let ledger = Subscriptions::new(client, table, shop());
        ledger.decide(&one, USER, TEMPLATE, Decision::Accepted, NOW, NOW).await.unwrap();
        assert_eq!(ledger.of_user(&other, USER, NOW).await.unwrap(), []);
        ledger.decide(&other, USER, TEMPLATE, Decision::Rejected, NOW, NOW).await.unwrap();
        let taken = |appid: Appid| {
            let ledger = &ledger;
            async move { ledger.take(&appid, USER, TEMPLATE, NOW).await.unwrap() }
        };
        assert!(matches!(taken(other.clone()).await, subscription::Taken::Refused { .. }));
        let subscription::Taken::Slot(slot) = taken(one.clone()).await else { panic!("refused") };
        ledger.give_back(slot).await.unwrap();
        assert_eq!(ledger.of_user(&one, USER, NOW).await.unwrap()[0].remaining, 1);

        ledger.sent(&one, "7", USER, TEMPLATE, NOW).await.unwrap();
        let report = Report { at_seconds: NOW, error_code: 0, error_status: "success".into() };
        ledger.reported(&other, "7", USER, TEMPLATE, &report, NOW).await.unwrap();
        let sent = ledger.delivery(&one, "7", NOW).await.unwrap().unwrap();
        assert_eq!((sent.sent_at_seconds, sent.report), (Some(NOW), None));
        assert_eq!(ledger.delivery(&other, "7", NOW).await.unwrap().unwrap().sent_at_seconds, None);
    }
}

#[tokio::test]
async fn the_token_of_one_is_replaced_while_the_others_lease_and_token_stay() {
    let (client, table) = dynamodb_local::table("appid", "apart_tokens").await;
    let tokens = AccessTokens::new(client, table);
    let seen = tokens.read(&shop()).await.unwrap();
    let shops = tokens.begin(&shop(), seen, "a".into(), NOW).await.unwrap().unwrap();
    let seen = tokens.read(&club()).await.unwrap();
    let clubs = tokens.begin(&club(), seen, "a".into(), NOW).await.unwrap().unwrap();
    assert!(tokens.store(clubs, &Secret::new("club"), NOW + 7200).await.unwrap());
    assert_eq!(tokens.read(&shop()).await.unwrap().token, None);
    assert!(tokens.store(shops, &Secret::new("shop"), NOW + 7200).await.unwrap());
    for (appid, token) in [(shop(), "shop"), (club(), "club")] {
        let stored = tokens.read(&appid).await.unwrap();
        assert_eq!((stored.token.unwrap().0, stored.generation), (Secret::new(token), 1));
    }
}
