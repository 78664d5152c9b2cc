use protocol::push_key::PushKey;
use serde_json::{Value, json};

use super::push_dedupe::LEASE_SECONDS;
use super::*;
use crate::state::StateError;
use crate::state::dynamodb_local::{self, shop};
use crate::state::table::{number, text};

const NOW: i64 = 1_714_112_445;
/// Until when a late reply may come.
const UNTIL: i64 = NOW + 150;

async fn dedupe(test: &str) -> PushDedupe {
    let (client, table) = dynamodb_local::table("push_key", test).await;
    PushDedupe::new(client, table, shop())
}

fn key(msg_id: &str) -> PushKey {
    PushKey::of(json!({"FromUserName": "o1", "MsgId": msg_id}).as_object().unwrap())
}

fn transfer() -> Value {
    json!({"MsgType": "transfer_customer_service"})
}

fn messages() -> Value {
    json!([{"msgtype": "text"}, {"msgtype": "image"}])
}

fn written(written: Result<Written, StateError>) -> DedupeRow {
    match written.unwrap() {
        Written::Written(row) => row,
        Written::Refused(row) => panic!("refused by {row:?}"),
    }
}

fn refused(written: Result<Written, StateError>) -> DedupeRow {
    match written.unwrap() {
        Written::Refused(Some(row)) => row,
        other => panic!("not refused by a row: {other:?}"),
    }
}

/// Who writes: an owner, and its run.
type Writer = (&'static str, &'static str);

const HOLDER: Writer = ("a", "run a");
const STRANGER: Writer = ("b", "run b");

const WRITES: &str = "claim claim_payment release turn_late complete fail record record_late mark_answered \
                      advance finish finish_with fail_late";

async fn write(dedupe: &PushDedupe, key: &PushKey, name: &str, (owner, run): Writer) -> Result<Written, StateError> {
    let deliver = (&messages(), Recording::Deliver { is_sending: true });
    match name {
        "claim" => dedupe.claim(&shop(), key, owner, false, NOW).await,
        "claim_payment" => dedupe.claim(&shop(), key, owner, true, NOW).await,
        "release" => dedupe.release(&shop(), key, owner).await,
        "turn_late" => dedupe.turn_late(&shop(), key, owner, &json!("success"), UNTIL, NOW).await,
        "complete" => dedupe.complete(&shop(), key, owner, &transfer(), NOW).await,
        "fail" => dedupe.fail(&shop(), key, owner, &transfer(), NOW).await,
        "record" => dedupe.record(&shop(), key, (owner, run), Phase::Running, deliver, NOW).await,
        "record_late" => dedupe.record(&shop(), key, (owner, run), Phase::Late, deliver, NOW).await,
        "record_done" => {
            let done = Recording::Done { answer: Some(&transfer()) };
            dedupe.record(&shop(), key, (owner, run), Phase::Running, (&transfer(), done), NOW).await
        }
        "take_over" => dedupe.take_over(&shop(), key, None, owner, UNTIL, NOW).await,
        "take_over_reply" => dedupe.take_over_reply(&shop(), key, HOLDER.1, STRANGER.1, NOW).await,
        "mark_answered" => dedupe.mark_answered(&shop(), key).await,
        "advance" => dedupe.advance(&shop(), key, run, 1, NOW).await,
        "finish" => dedupe.finish(&shop(), key, run, NOW).await,
        "finish_with" => dedupe.finish_with(&shop(), key, run, &transfer(), NOW).await,
        "fail_late" => dedupe.fail_late(&shop(), key, owner, NOW).await,
        other => panic!("no write {other}"),
    }
}

/// Writes as the holder, one after the other, and returns the last row.
async fn after(dedupe: &PushDedupe, key: &PushKey, writes: &str) -> Option<DedupeRow> {
    let mut last = None;
    for name in writes.split_whitespace() {
        last = Some(written(write(dedupe, key, name, HOLDER).await));
    }
    last
}

/// Makes all these writes at once, and returns the rows of those that succeeded.
async fn winners<F>(writes: impl IntoIterator<Item = F>) -> Vec<DedupeRow>
where
    F: Future<Output = Result<Written, StateError>> + Send + 'static,
{
    let writes: tokio::task::JoinSet<_> = writes.into_iter().collect();
    writes.join_all().await.into_iter().filter_map(|written| written.unwrap().row()).collect()
}

#[tokio::test]
async fn each_write_succeeds_in_its_phase_by_its_holder_only_and_else_changes_nothing() {
    let dedupe = dedupe("phases").await;
    // A write in brackets is one that the row shows to be made already by the same holder.
    let cases: [(&str, &str, &str); 9] = [
        ("", "claim claim_payment", "claim claim_payment"),
        ("claim", "(claim) (claim_payment) release turn_late complete fail record", ""),
        ("claim turn_late", "release (turn_late) record_late fail_late", ""),
        ("claim record", "(record) (record_late) mark_answered advance finish finish_with", "mark_answered"),
        ("claim turn_late record_late", "(record) (record_late) mark_answered advance finish", "mark_answered"),
        ("claim fail", "(fail) (fail_late)", ""),
        ("claim complete", "(complete)", ""),
        ("claim record finish", "(record) (record_late) (finish) (finish_with)", ""),
        ("claim record_done", "(record) (record_late) (finish) (finish_with)", ""),
    ];
    for (before, by_holder, by_stranger) in cases {
        for (by, succeeding) in [(HOLDER, by_holder), (STRANGER, by_stranger)] {
            for name in WRITES.split_whitespace() {
                let case = format!("{before}, then {name} by {}", by.0);
                let key = key(&case);
                let seen = after(&dedupe, &key, before).await;
                let result = write(&dedupe, &key, name, by).await.unwrap();
                let now = dedupe.read(&shop(), &key, NOW).await.unwrap();
                let is_made = succeeding.split(' ').any(|succeeding| succeeding == name);
                if !is_made {
                    assert_eq!(now, seen, "{case}");
                }
                if is_made || succeeding.contains(&format!("({name})")) {
                    assert_eq!(result, Written::Written(now.unwrap()), "{case}");
                } else {
                    assert_eq!(result, Written::Refused(now), "{case}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_write_that_is_made_twice_succeeds_twice_and_changes_nothing_more() {
    let dedupe = dedupe("own").await;
    let cases = "claim|take_over|claim turn_late|claim complete|claim fail|claim record|claim record_done|\
                 claim turn_late record_late|claim turn_late fail_late|claim record take_over_reply|\
                 claim record mark_answered|claim record finish|claim record finish_with";
    for case in cases.split('|') {
        let first = after(&dedupe, &key(case), case).await;
        let name = case.split(' ').next_back().unwrap();
        assert_eq!(Some(written(write(&dedupe, &key(case), name, HOLDER).await)), first, "{case}");
        assert_eq!(dedupe.read(&shop(), &key(case), NOW).await.unwrap(), first, "{case}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_50_concurrent_claims_exactly_one_wins() {
    let dedupe = dedupe("claims").await;
    let claims = (0..50).map(|owner| {
        let dedupe = dedupe.clone();
        async move { dedupe.claim(&shop(), &key("1"), &owner.to_string(), false, NOW).await }
    });
    let winners = winners(claims).await;
    assert_eq!((winners.len(), winners[0].attempt), (1, 1));
    assert_eq!(dedupe.read(&shop(), &key("1"), NOW).await.unwrap().as_ref(), winners.first());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_20_concurrent_take_overs_exactly_one_wins_whatever_was_seen_and_its_repeat_is_its_own() {
    let dedupe = dedupe("take_overs").await;
    for before in ["", "claim", "claim turn_late", "claim fail", "claim record"] {
        let seen = after(&dedupe, &key(before), before).await;
        let take_over = |by: String, now| {
            let (dedupe, key, seen) = (dedupe.clone(), key(before), seen.clone());
            async move {
                match seen.as_ref().and_then(|row| row.run.as_ref()) {
                    Some(run) => dedupe.take_over_reply(&shop(), &key, run, &by, now).await,
                    None => dedupe.take_over(&shop(), &key, seen.as_ref(), &by, now + 150, now).await,
                }
            }
        };
        let winners = winners((0..20).map(|by| take_over(by.to_string(), NOW))).await;
        assert_eq!(winners.len(), 1, "{before}");
        let winner = winners[0].clone();
        assert_eq!(dedupe.read(&shop(), &key(before), NOW).await.unwrap().as_ref(), Some(&winner));
        let by = winner.run.clone().unwrap_or_else(|| winner.owner.clone());
        assert_eq!(written(take_over(by, NOW + 9).await), winner, "{before}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_writes_that_exclude_each_other_exactly_one_succeeds_at_once() {
    let dedupe = dedupe("exclusive").await;
    let cases: [(&str, [&'static str; 2]); 4] = [
        ("claim record", ["finish_with", "mark_answered"]),
        ("claim", ["record", "turn_late"]),
        ("claim", ["fail", "turn_late"]),
        ("claim turn_late", ["record_late", "fail_late"]),
    ];
    for round in 0..10 {
        for (before, names) in cases {
            let key = key(&format!("{names:?} {round}"));
            after(&dedupe, &key, before).await;
            let both = names.map(|name| {
                let (dedupe, key) = (dedupe.clone(), key.clone());
                async move { write(&dedupe, &key, name, HOLDER).await }
            });
            assert_eq!(winners(both).await.len(), 1, "{names:?}");
        }
    }
}

#[tokio::test]
async fn a_claims_lease_holds_to_its_last_second_and_then_the_late_owner_writes_nothing() {
    let dedupe = dedupe("lease").await;
    let first = after(&dedupe, &key("1"), "claim").await.unwrap();
    assert!(first.is_leased(NOW + LEASE_SECONDS - 1) && !first.is_leased(NOW + LEASE_SECONDS));
    assert_eq!(refused(dedupe.claim(&shop(), &key("1"), "b", false, NOW + LEASE_SECONDS - 1).await), first);
    let second = written(dedupe.claim(&shop(), &key("1"), "b", false, NOW + LEASE_SECONDS).await);
    assert_eq!((second.attempt, second.owner.as_str()), (2, "b"));
    for name in ["release", "turn_late", "complete", "fail", "record"] {
        assert_eq!(refused(write(&dedupe, &key("1"), name, HOLDER).await), second, "{name}");
    }
}

#[tokio::test]
async fn each_claim_that_is_given_up_is_counted_and_can_be_had_at_once() {
    let dedupe = dedupe("release").await;
    for (owner, attempt) in [("a", 1), ("b", 2), ("c", 3)] {
        assert_eq!(written(dedupe.claim(&shop(), &key("1"), owner, false, NOW).await).attempt, attempt);
        assert!(!written(dedupe.release(&shop(), &key("1"), owner).await).is_leased(NOW));
    }
    assert_eq!(written(dedupe.claim(&shop(), &key("1"), "d", false, NOW).await).attempt, 4);
}

#[tokio::test]
async fn a_payments_late_claim_can_be_had_after_its_lease_and_no_other_can() {
    let dedupe = dedupe("payment").await;
    let not_booked = json!({"ErrCode": 1});
    after(&dedupe, &key("1"), "claim").await;
    let late = written(dedupe.turn_late(&shop(), &key("1"), "a", &not_booked, UNTIL, NOW).await);
    assert_eq!((&late.answer, late.lease_expires_at_seconds, late.is_answered), (&not_booked, UNTIL, true));
    assert_eq!(refused(dedupe.claim(&shop(), &key("1"), "b", true, UNTIL - 1).await), late);
    assert_eq!(refused(dedupe.claim(&shop(), &key("1"), "b", false, UNTIL).await), late);
    let again = written(dedupe.claim(&shop(), &key("1"), "b", true, UNTIL).await);
    assert_eq!((again.phase, again.attempt, again.is_answered), (Phase::Running, 2, false));
    assert_eq!(again.answer, json!("success"), "nothing of the claim before");

    written(dedupe.turn_late(&shop(), &key("1"), "b", &not_booked, UNTIL + 100, NOW).await);
    written(dedupe.release(&shop(), &key("1"), "b").await);
    assert_eq!(written(dedupe.claim(&shop(), &key("1"), "c", true, NOW).await).attempt, 3);
}

#[tokio::test]
async fn a_payment_booked_late_is_what_its_next_attempt_is_answered_whatever_its_text() {
    let dedupe = dedupe("booked_late").await;
    after(&dedupe, &key("1"), "claim turn_late").await;
    let booked = json!({"ErrCode": 0, "ErrMsg": "您好，汉字 👩‍👧 é \u{2028}\0\"\\\n", "n": 1.5});
    let done = Recording::Done { answer: Some(&booked) };
    let row = written(dedupe.record(&shop(), &key("1"), ("a", "run a"), Phase::Late, (&booked, done), NOW).await);
    assert_eq!((row.phase, &row.answer, row.reply.as_ref()), (Phase::Done, &booked, Some(&booked)));
    assert_eq!(refused(dedupe.claim(&shop(), &key("1"), "b", true, UNTIL).await), row);
}

#[tokio::test]
async fn a_reply_in_time_leaves_the_transfer_possible_and_a_late_one_does_not() {
    let dedupe = dedupe("in_time").await;
    let in_time = after(&dedupe, &key("1"), "claim record").await.unwrap();
    let late = after(&dedupe, &key("2"), "claim turn_late record_late").await.unwrap();
    assert_eq!(in_time, DedupeRow { is_answered: false, ..late });
    assert_eq!((in_time.next, in_time.is_sending, &in_time.reply), (0, true, &Some(messages())));
    assert_eq!(in_time.lease_expires_at_seconds, NOW + DELIVERY_LEASE_SECONDS);
    assert_eq!(in_time.answer, json!("success"));
    assert_eq!(written(write(&dedupe, &key("1"), "finish_with", HOLDER).await).answer, transfer());

    after(&dedupe, &key("3"), "claim record mark_answered").await;
    assert!(refused(write(&dedupe, &key("3"), "finish_with", HOLDER).await).is_answered);
    assert_eq!(written(write(&dedupe, &key("3"), "finish", HOLDER).await).answer, json!("success"));
}

#[tokio::test]
async fn a_late_transfer_is_recorded_without_a_mark_and_advancing_sets_it_and_renews_the_lease() {
    let dedupe = dedupe("advance").await;
    after(&dedupe, &key("1"), "claim turn_late").await;
    let deliver = (&transfer(), Recording::Deliver { is_sending: false });
    let recorded = written(dedupe.record(&shop(), &key("1"), ("a", "run a"), Phase::Late, deliver, NOW).await);
    assert_eq!((recorded.phase, recorded.is_sending), (Phase::Recorded, false));
    let row = written(dedupe.advance(&shop(), &key("1"), "run a", 2, NOW + 9).await);
    assert_eq!((row.next, row.is_sending), (2, true));
    assert_eq!(row.lease_expires_at_seconds, NOW + 9 + DELIVERY_LEASE_SECONDS);
    let done = written(dedupe.finish(&shop(), &key("1"), "run a", NOW + 9).await);
    assert_eq!((done.is_finished(), done.is_sending, done.lease_expires_at_seconds), (true, false, 0));
}

#[tokio::test]
async fn a_run_that_was_taken_over_from_writes_nothing_and_the_next_goes_on_from_its_mark() {
    let dedupe = dedupe("dead_run").await;
    after(&dedupe, &key("1"), "claim record advance").await;
    refused(dedupe.take_over_reply(&shop(), &key("1"), "run x", "run b", NOW).await);
    let row = written(dedupe.take_over_reply(&shop(), &key("1"), "run a", "run b", NOW + 60).await);
    assert_eq!((row.next, row.is_sending, row.run.as_deref()), (1, true, Some("run b")));
    assert_eq!(row.lease_expires_at_seconds, NOW + 60 + DELIVERY_LEASE_SECONDS);
    for name in ["record", "advance", "finish", "finish_with"] {
        assert_eq!(refused(write(&dedupe, &key("1"), name, HOLDER).await), row, "{name}");
    }
}

#[tokio::test]
async fn taking_over_compares_owner_and_state_so_that_nothing_written_meanwhile_is_lost() {
    let dedupe = dedupe("meanwhile").await;
    let cases: [(&str, &str); 4] =
        [("", "claim"), ("claim", "record"), ("claim", "turn_late"), ("claim turn_late", "record_late")];
    for (before, meanwhile) in cases {
        let key = key(&format!("{before}, {meanwhile}"));
        let seen = after(&dedupe, &key, before).await;
        let now = after(&dedupe, &key, meanwhile).await;
        let taken = dedupe.take_over(&shop(), &key, seen.as_ref(), "b", UNTIL, NOW).await;
        assert_eq!(Some(refused(taken)), now, "{before}, {meanwhile}");
    }
    let seen = after(&dedupe, &key("owner"), "claim release").await;
    let now = written(write(&dedupe, &key("owner"), "claim", STRANGER).await);
    assert_eq!(refused(dedupe.take_over(&shop(), &key("owner"), seen.as_ref(), "c", UNTIL, NOW).await), now);
    let gone = dedupe.take_over(&shop(), &key("gone"), seen.as_ref(), "c", UNTIL, NOW).await.unwrap();
    assert_eq!((gone, dedupe.read(&shop(), &key("gone"), NOW).await.unwrap()), (Written::Refused(None), None));
}

#[tokio::test]
async fn a_push_that_is_taken_over_is_late_and_answered_and_keeps_its_answer() {
    let dedupe = dedupe("answer_kept").await;
    let cases: [(&str, Value); 4] = [
        ("", json!("success")),
        ("claim", json!("success")),
        ("claim turn_late fail_late", json!("success")),
        ("claim fail", transfer()),
    ];
    for (before, answer) in cases {
        let key = key(before);
        let seen = after(&dedupe, &key, before).await;
        let row = written(dedupe.take_over(&shop(), &key, seen.as_ref(), "b", UNTIL, NOW).await);
        assert_eq!((row.phase, row.is_answered, row.lease_expires_at_seconds), (Phase::Late, true, UNTIL));
        assert_eq!((&row.answer, row.attempt), (&answer, 1), "{before}");
        let nothing = (&Value::Null, Recording::Done { answer: None });
        let done = written(dedupe.record(&shop(), &key, ("b", "run b"), Phase::Late, nothing, NOW).await);
        assert_eq!((done.phase, done.answer), (Phase::Done, answer));
    }
}

#[tokio::test]
async fn a_row_past_its_expiry_counts_for_nothing_though_ttl_has_not_deleted_it() {
    let dedupe = dedupe("expired").await;
    let end = NOW + RETENTION_SECONDS;
    for before in ["claim complete", "claim turn_late", "claim record", "claim fail"] {
        let (key, other) = (key(before), key(&format!("{before} again")));
        let row = after(&dedupe, &key, before).await.unwrap();
        after(&dedupe, &other, before).await;
        assert_eq!(dedupe.read(&shop(), &key, end - 1).await.unwrap().as_ref(), Some(&row));
        assert_eq!(dedupe.read(&shop(), &key, end).await.unwrap(), None);
        assert_eq!(refused(dedupe.claim(&shop(), &key, "b", false, end - 1).await), row);
        assert_eq!(refused(dedupe.take_over(&shop(), &key, None, "b", UNTIL, end - 1).await), row);
        let claimed = written(dedupe.claim(&shop(), &key, "b", false, end).await);
        assert_eq!((claimed.phase, claimed.answer, claimed.is_answered), (Phase::Running, json!("success"), false));
        let taken = written(dedupe.take_over(&shop(), &other, None, "b", end, end).await);
        assert_eq!((taken.phase, taken.is_answered), (Phase::Late, true));
        for row in [(claimed.reply, claimed.run, claimed.is_sending), (taken.reply, taken.run, taken.is_sending)] {
            assert_eq!(row, (None, None, false));
        }
        assert_eq!(claimed.expires_at_seconds, end + RETENTION_SECONDS);
    }
}

/// Puts a row with these texts, as another version has written it.
async fn put(dedupe: &PushDedupe, msg_id: &str, state: &str, reply: &str) -> Result<Written, StateError> {
    let update = "SET #state = :state, #owner = :owner, #reply = :reply, attempt = :one, expires_at = :expires";
    let values = [
        (":state", text(state)),
        (":owner", text("a")),
        (":reply", text(reply)),
        (":one", number(1)),
        (":expires", number(NOW + RETENTION_SECONDS)),
    ];
    dedupe.write(&shop(), &key(msg_id), "attribute_not_exists(push_key)", update, values).await
}

#[tokio::test]
async fn a_row_of_version_1_is_answered_with_its_reply() {
    let dedupe = dedupe("version_1").await;
    for reply in [json!("success"), transfer()] {
        let msg_id = reply.to_string();
        written(put(&dedupe, &msg_id, "done", &reply.to_string()).await);
        let row = refused(write(&dedupe, &key(&msg_id), "claim", STRANGER).await);
        assert_eq!((row.phase, &row.answer), (Phase::Done, &reply));
        assert_eq!(dedupe.read(&shop(), &key(&msg_id), NOW).await.unwrap(), Some(row));
    }
}

#[tokio::test]
async fn a_table_that_is_not_there_and_a_row_that_cannot_be_read_are_errors_that_name_it() {
    let (client, table) = dynamodb_local::table("push_key", "errors").await;
    let nowhere = PushDedupe::new(client.clone(), "nowhere".into(), shop());
    let error = write(&nowhere, &key("1"), "claim", HOLDER).await.unwrap_err();
    assert_eq!(error.to_string(), "DynamoDB table nowhere did not answer");
    let dedupe = PushDedupe::new(client, table, shop());
    assert!(matches!(put(&dedupe, "1", "paused", "1").await, Err(StateError::Row("state"))));
    assert!(matches!(put(&dedupe, "2", "done", "no JSON").await, Err(StateError::Row("reply"))));
}

#[tokio::test]
async fn a_published_push_stays_so_through_all_that_follows_and_a_push_without_a_row_gets_none() {
    let dedupe = dedupe("published").await;
    dedupe.mark_published(&shop(), &key("1")).await.unwrap();
    assert_eq!(dedupe.read(&shop(), &key("1"), NOW).await.unwrap(), None);

    let claimed = after(&dedupe, &key("1"), "claim").await.unwrap();
    assert!(!claimed.is_published);
    dedupe.mark_published(&shop(), &key("1")).await.unwrap();
    let marked = dedupe.read(&shop(), &key("1"), NOW).await.unwrap();
    assert_eq!(marked, Some(DedupeRow { is_published: true, ..claimed }), "nothing else has changed");

    written(write(&dedupe, &key("1"), "release", HOLDER).await);
    assert!(written(write(&dedupe, &key("1"), "claim", STRANGER).await).is_published);
    assert!(written(write(&dedupe, &key("1"), "fail", STRANGER).await).is_published);
}
