use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;

use super::*;
use crate::state::dynamodb_local::{self, shop};

const NOW: i64 = 1_714_112_445;
const HOURS_48: i64 = 172_800;
const USER: &str = "o9AgO5Kd5ggOC-bXrbNODIiE3bGY";

async fn windows(test: &str) -> ReplyWindow {
    let (client, table) = dynamodb_local::table("openid", test).await;
    ReplyWindow::new(client, table, shop())
}

async fn message(windows: &ReplyWindow, at_seconds: i64, msg_id: &str) {
    windows.open(&shop(), USER, Grant::Message { at_seconds, msg_id }, at_seconds).await.unwrap();
}

async fn enter(windows: &ReplyWindow, at_seconds: i64, quota: i64) {
    windows.open(&shop(), USER, Grant::Enter { at_seconds, quota }, at_seconds).await.unwrap();
}

async fn take(windows: &ReplyWindow, now_seconds: i64) -> Taken {
    windows.take(&shop(), USER, now_seconds).await.unwrap()
}

async fn slot(windows: &ReplyWindow, now_seconds: i64) -> Slot {
    match take(windows, now_seconds).await {
        Taken::Slot(slot) => slot,
        other => panic!("no slot: {other:?}"),
    }
}

async fn left(windows: &ReplyWindow, now_seconds: i64) -> i64 {
    match take(windows, now_seconds).await {
        Taken::Slot(slot) => {
            let left = slot.remaining + 1;
            windows.give_back(slot).await.unwrap();
            left
        }
        _ => 0,
    }
}

#[tokio::test]
async fn a_message_allows_5_and_the_sixth_is_refused() {
    let windows = windows("five").await;
    message(&windows, NOW, "1").await;
    for remaining in [4, 3, 2, 1, 0] {
        let slot = slot(&windows, NOW + 1).await;
        assert_eq!((slot.remaining, slot.expires_at_seconds), (remaining, NOW + HOURS_48));
    }
    assert_eq!(take(&windows, NOW + 1).await, Taken::Exhausted { expires_at_seconds: NOW + HOURS_48 });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_50_parallel_takes_from_a_window_of_5_exactly_5_succeed() {
    let windows = windows("parallel").await;
    message(&windows, NOW, "1").await;
    let mut takes = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let windows = windows.clone();
        takes.spawn(async move { take(&windows, NOW).await });
    }
    let mut remaining: Vec<i64> = Vec::new();
    let mut exhausted = 0;
    for taken in takes.join_all().await {
        match taken {
            Taken::Slot(slot) => remaining.push(slot.remaining),
            Taken::Exhausted { .. } => exhausted += 1,
            other => panic!("{other:?}"),
        }
    }
    remaining.sort_unstable();
    assert_eq!((remaining, exhausted), (vec![0, 1, 2, 3, 4], 45));
}

#[tokio::test]
async fn a_window_closes_after_48_hours_to_the_second() {
    let windows = windows("closes").await;
    message(&windows, NOW, "1").await;
    slot(&windows, NOW + HOURS_48 - 1).await;
    assert_eq!(take(&windows, NOW + HOURS_48).await, Taken::Expired { expires_at_seconds: NOW + HOURS_48 });
}

#[tokio::test]
async fn a_user_nobody_saw_is_unknown_and_a_take_leaves_no_row() {
    let windows = windows("unknown").await;
    assert_eq!(take(&windows, NOW).await, Taken::Unknown);
    assert_eq!(take(&windows, NOW).await, Taken::Unknown);
}

#[tokio::test]
async fn a_newer_message_resets_the_window() {
    let windows = windows("reset").await;
    message(&windows, NOW, "9").await;
    slot(&windows, NOW).await;
    message(&windows, NOW + 10, "10").await;
    let slot = slot(&windows, NOW + 10).await;
    assert_eq!((slot.remaining, slot.expires_at_seconds), (4, NOW + 10 + HOURS_48));
}

#[tokio::test]
async fn a_second_message_of_the_same_second_resets_and_a_repeat_of_either_does_not() {
    let windows = windows("same_second").await;
    message(&windows, NOW, "99").await;
    slot(&windows, NOW).await;
    message(&windows, NOW, "100").await;
    slot(&windows, NOW).await;
    message(&windows, NOW, "99").await;
    message(&windows, NOW, "100").await;
    assert_eq!(left(&windows, NOW).await, 4);
}

#[tokio::test]
async fn late_and_repeated_messages_never_reopen_or_lengthen() {
    let windows = windows("late").await;
    message(&windows, NOW, "2").await;
    for _ in 0..5 {
        slot(&windows, NOW).await;
    }
    message(&windows, NOW, "2").await;
    message(&windows, NOW - 60, "1").await;
    assert_eq!(take(&windows, NOW).await, Taken::Exhausted { expires_at_seconds: NOW + HOURS_48 });
}

#[tokio::test]
async fn a_push_that_comes_after_its_window_would_have_closed_opens_nothing() {
    let windows = windows("over").await;
    windows.open(&shop(), USER, Grant::Message { at_seconds: NOW, msg_id: "1" }, NOW + HOURS_48).await.unwrap();
    windows.open(&shop(), USER, Grant::Enter { at_seconds: NOW, quota: 1 }, NOW + 60).await.unwrap();
    assert_eq!(take(&windows, NOW).await, Taken::Unknown);
}

#[tokio::test]
async fn entering_allows_its_quota_for_a_minute() {
    let windows = windows("enter").await;
    enter(&windows, NOW, 2).await;
    assert_eq!(slot(&windows, NOW + 59).await.expires_at_seconds, NOW + 60);
    slot(&windows, NOW + 59).await;
    assert_eq!(take(&windows, NOW + 59).await, Taken::Exhausted { expires_at_seconds: NOW + 60 });
    assert_eq!(take(&windows, NOW + 60).await, Taken::Expired { expires_at_seconds: NOW + 60 });
}

#[tokio::test]
async fn entering_never_lowers_what_is_open() {
    let windows = windows("never_lowers").await;
    message(&windows, NOW, "1").await;
    slot(&windows, NOW).await;
    enter(&windows, NOW + 5, 1).await;
    let slot = slot(&windows, NOW + 5).await;
    assert_eq!((slot.remaining, slot.expires_at_seconds), (3, NOW + HOURS_48));
}

#[tokio::test]
async fn entering_raises_a_window_that_is_used_up() {
    let windows = windows("raises").await;
    message(&windows, NOW, "1").await;
    for _ in 0..5 {
        slot(&windows, NOW).await;
    }
    enter(&windows, NOW + 5, 1).await;
    assert_eq!(left(&windows, NOW + 5).await, 1);
}

#[tokio::test]
async fn entering_lengthens_a_window_that_is_about_to_close() {
    let windows = windows("lengthens").await;
    message(&windows, NOW, "1").await;
    enter(&windows, NOW + HOURS_48 - 10, 1).await;
    let slot = slot(&windows, NOW + HOURS_48).await;
    assert_eq!((slot.remaining, slot.expires_at_seconds), (4, NOW + HOURS_48 + 50));
}

#[tokio::test]
async fn entering_renews_a_window_that_is_used_up_and_about_to_close() {
    let windows = windows("renews").await;
    enter(&windows, NOW, 1).await;
    slot(&windows, NOW).await;
    enter(&windows, NOW + 10, 1).await;
    let slot = slot(&windows, NOW + 69).await;
    assert_eq!((slot.remaining, slot.expires_at_seconds), (0, NOW + 70));
}

#[tokio::test]
async fn entering_again_after_the_minute_opens_again_and_a_repeat_does_not() {
    let windows = windows("enter_again").await;
    enter(&windows, NOW, 1).await;
    slot(&windows, NOW).await;
    enter(&windows, NOW, 1).await;
    assert_eq!(left(&windows, NOW).await, 0);
    enter(&windows, NOW + 120, 1).await;
    assert_eq!(slot(&windows, NOW + 120).await.expires_at_seconds, NOW + 180);
}

#[tokio::test]
async fn an_entering_that_comes_after_a_later_message_changes_nothing() {
    let windows = windows("enter_late").await;
    message(&windows, NOW, "1").await;
    for _ in 0..5 {
        slot(&windows, NOW).await;
    }
    enter(&windows, NOW - 1, 1).await;
    assert_eq!(left(&windows, NOW).await, 0);
}

#[tokio::test]
async fn a_message_that_comes_after_a_later_entering_still_opens_its_own_window() {
    let windows = windows("message_late").await;
    enter(&windows, NOW + 3, 1).await;
    message(&windows, NOW, "1").await;
    let slot = slot(&windows, NOW + 3).await;
    assert_eq!((slot.remaining, slot.expires_at_seconds), (4, NOW + HOURS_48));
}

/// A row as it is, to be passed to [`ReplyWindow::widen`] after something has changed it.
async fn row(windows: &ReplyWindow) -> Row {
    windows.0.get(&shop(), USER).await.unwrap().unwrap()
}

fn entering(at_seconds: i64, quota: i64) -> Entering {
    Entering { at_seconds, quota, expires_at_seconds: at_seconds + 60 }
}

#[tokio::test]
async fn what_changes_between_the_two_writes_of_entering_stays() {
    let windows = windows("enter_while_sending").await;
    message(&windows, NOW, "1").await;
    for _ in 0..3 {
        slot(&windows, NOW).await;
    }
    let seen = row(&windows).await;
    slot(&windows, NOW + 5).await;
    windows.widen(&shop(), USER, entering(NOW + 5, 2), seen, NOW + 5).await.unwrap();
    let slot = slot(&windows, NOW + 5).await;
    assert_eq!((slot.remaining, slot.expires_at_seconds), (0, NOW + HOURS_48));
}

#[tokio::test]
async fn a_message_that_is_sent_between_the_two_writes_of_entering_stays_counted() {
    let windows = windows("enter_keeps_count").await;
    message(&windows, NOW, "1").await;
    let seen = row(&windows).await;
    slot(&windows, NOW + 5).await;
    windows.widen(&shop(), USER, entering(NOW + 5, 1), seen, NOW + 5).await.unwrap();
    assert_eq!(left(&windows, NOW + 5).await, 4);
}

#[tokio::test]
async fn entering_changes_nothing_if_a_newer_push_comes_between_its_two_writes() {
    let windows = windows("enter_overtaken").await;
    message(&windows, NOW, "1").await;
    let seen = row(&windows).await;
    message(&windows, NOW + 6, "2").await;
    for _ in 0..5 {
        slot(&windows, NOW + 6).await;
    }
    windows.widen(&shop(), USER, entering(NOW + 5, 1), seen, NOW + 6).await.unwrap();
    assert_eq!(left(&windows, NOW + 6).await, 0);

    message(&windows, NOW + 10, "3").await;
    let seen = row(&windows).await;
    enter(&windows, NOW + 12, 1).await;
    windows.widen(&shop(), USER, entering(NOW + 11, 1), seen, NOW + 12).await.unwrap();
    assert_eq!(row(&windows).await.number("entered_at").unwrap(), NOW + 12);
}

/// Counts the requests to DynamoDB.
#[derive(Debug, Clone, Default)]
struct Requests(Arc<AtomicUsize>);

impl Intercept for Requests {
    fn name(&self) -> &'static str {
        "Requests"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

#[tokio::test]
async fn entering_takes_one_write_if_both_are_more_or_it_is_old_news_and_else_two() {
    let (client, table) = dynamodb_local::table("openid", "enter_writes").await;
    let requests = Requests::default();
    let counting = Client::from_conf(client.config().to_builder().interceptor(requests.clone()).build());
    let windows = ReplyWindow::new(counting, table, shop());
    let writes_of_entering = async |at_seconds, quota| {
        requests.0.store(0, Ordering::Relaxed);
        enter(&windows, at_seconds, quota).await;
        requests.0.load(Ordering::Relaxed)
    };
    assert_eq!(writes_of_entering(NOW, 1).await, 1, "nobody saw the user");
    assert_eq!(writes_of_entering(NOW, 1).await, 1, "the same push again");
    assert_eq!(writes_of_entering(NOW - 1, 1).await, 1, "an older push");
    assert_eq!(writes_of_entering(NOW + 10, 2).await, 1, "both are more");
    assert_eq!(writes_of_entering(NOW + 20, 2).await, 2, "the deadline is later");
    assert_eq!(writes_of_entering(NOW + 90, 1).await, 1, "the window is closed");
    message(&windows, NOW + 100, "1").await;
    assert_eq!(writes_of_entering(NOW + 101, 1).await, 2, "neither is more");
    assert_eq!(writes_of_entering(NOW + 102, 6).await, 2, "the count is larger");
    assert_eq!(writes_of_entering(NOW + 99, 1).await, 1, "a newer push came before");
}

#[tokio::test]
async fn entering_by_the_same_push_again_changes_nothing_also_if_it_changed_nothing_at_first() {
    let windows = windows("enter_repeated").await;
    message(&windows, NOW, "1").await;
    enter(&windows, NOW + 5, 1).await;
    for _ in 0..5 {
        slot(&windows, NOW + 5).await;
    }
    enter(&windows, NOW + 5, 1).await;
    assert_eq!(left(&windows, NOW + 5).await, 0);
}

#[tokio::test]
async fn a_slot_given_back_is_one_slot() {
    let windows = windows("give_back").await;
    message(&windows, NOW, "1").await;
    slot(&windows, NOW).await;
    let failed = slot(&windows, NOW).await;
    windows.give_back(failed).await.unwrap();
    assert_eq!(left(&windows, NOW).await, 4);
}

#[tokio::test]
async fn a_slot_of_an_earlier_window_is_not_given_to_the_next() {
    let windows = windows("give_back_late").await;
    message(&windows, NOW, "1").await;
    let failed = slot(&windows, NOW).await;
    message(&windows, NOW + 1, "2").await;
    windows.give_back(failed).await.unwrap();
    assert_eq!(left(&windows, NOW + 1).await, 5);
}

#[tokio::test]
async fn wechats_refusals_correct_the_window_they_are_about() {
    let windows = windows("correct").await;
    message(&windows, NOW, "1").await;
    let refused = slot(&windows, NOW).await;
    windows.correct(refused, Correction::Exhausted, NOW).await.unwrap();
    assert_eq!(take(&windows, NOW).await, Taken::Exhausted { expires_at_seconds: NOW + HOURS_48 });

    message(&windows, NOW + 1, "2").await;
    let refused = slot(&windows, NOW + 1).await;
    windows.correct(refused, Correction::Expired, NOW + 2).await.unwrap();
    assert_eq!(take(&windows, NOW + 2).await, Taken::Expired { expires_at_seconds: NOW + 2 });

    message(&windows, NOW + 3, "3").await;
    let refused = slot(&windows, NOW + 3).await;
    message(&windows, NOW + 4, "4").await;
    windows.correct(refused, Correction::Expired, NOW + 4).await.unwrap();
    assert_eq!(left(&windows, NOW + 4).await, 5);
}

#[tokio::test]
async fn a_slot_does_not_come_back_to_a_count_that_wechat_has_refused_since() {
    let windows = windows("correct_stays").await;
    message(&windows, NOW, "1").await;
    let refused = slot(&windows, NOW).await;
    let unsent = slot(&windows, NOW).await;
    windows.correct(refused, Correction::Exhausted, NOW).await.unwrap();
    windows.give_back(unsent).await.unwrap();
    assert_eq!(left(&windows, NOW).await, 0);
    enter(&windows, NOW + 5, 1).await;
    assert_eq!(left(&windows, NOW + 5).await, 1, "the user acts");
}

#[tokio::test]
async fn a_refusal_that_is_older_than_an_entering_leaves_the_window_open() {
    let windows = windows("correct_older").await;
    message(&windows, NOW, "1").await;
    let refused = slot(&windows, NOW).await;
    enter(&windows, NOW + 5, 1).await;
    windows.correct(refused, Correction::Exhausted, NOW + 5).await.unwrap();
    assert_eq!(left(&windows, NOW + 5).await, 4, "before the user entered");

    let refused = slot(&windows, NOW + 5).await;
    windows.correct(refused, Correction::Exhausted, NOW + 6).await.unwrap();
    assert_eq!(left(&windows, NOW + 6).await, 0, "since the user entered");
}

#[tokio::test]
async fn entering_leaves_a_window_without_a_count_to_wechat() {
    let windows = windows("enter_without_count").await;
    windows.set_transfer_mark(&shop(), USER, "m1", NOW).await.unwrap();
    enter(&windows, NOW + 5, 1).await;
    assert_eq!(take(&windows, NOW + 5).await, Taken::Unknown);
    enter(&windows, NOW + HOURS_48, 1).await;
    assert_eq!(left(&windows, NOW + HOURS_48).await, 1, "the row has expired");
}

#[tokio::test]
async fn entering_stops_if_the_window_has_no_count_any_more_at_its_second_write() {
    let windows = windows("enter_count_lost").await;
    message(&windows, NOW, "1").await;
    let seen = row(&windows).await;
    windows.set_transfer_mark(&shop(), USER, "m1", NOW + HOURS_48).await.unwrap();
    windows.widen(&shop(), USER, entering(NOW + HOURS_48, 1), seen, NOW + HOURS_48).await.unwrap();
    assert_eq!(take(&windows, NOW + HOURS_48).await, Taken::Unknown);
}
