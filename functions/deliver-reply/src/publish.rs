//! A push is published beside the work on its reply, and its answer hardly waits for that.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use shared::host::causes::causes;
use shared::host::clock;
use shared::host::deliver_reply::Envelope;
use shared::host::logs::warn_if_failed;
use shared::state::dedupe::PushDedupe;

use crate::event_bus::{EventBus, PublishError};

/// How long the answer is held back for an event that is still under way.
const ATTENDED: Duration = Duration::from_millis(500);
/// The same where nobody waits. AWS's clients give up before.
const UNATTENDED: Duration = Duration::from_secs(5);
/// The way of the answer from here to `push`.
const WAY_BACK: Duration = Duration::from_millis(300);

/// Does the work, and publishes the push meanwhile. Returns what the work comes to, and whether the push was published, by this
/// run or an earlier one.
pub(crate) async fn while_publishing<T>(
    work: impl Future<Output = T>,
    bus: &EventBus,
    dedupe: &PushDedupe,
    envelope: &Envelope,
) -> (T, bool) {
    let publishing = publish_once(bus, dedupe, envelope);
    let grace = || grace(envelope.answer_by, clock::now_milliseconds());
    let (done, published) = beside(work, publishing, grace).await;
    if let Err(error) = &published {
        tracing::warn!(error = causes(error), appid = envelope.appid.as_str(), "push not published");
    }
    (done, published.is_ok())
}

/// Publishes a push that no earlier run has published. The row is marked afterwards, so that a run that dies in between leads to
/// a second event and not to none.
async fn publish_once(bus: &EventBus, dedupe: &PushDedupe, envelope: &Envelope) -> Result<(), PublishError> {
    let Envelope { push, appid, key, .. } = envelope;
    let row = dedupe.read(appid, key, clock::now_seconds()).await;
    if matches!(row, Ok(Some(row)) if row.is_published) {
        return Ok(());
    }
    bus.publish(push, appid).await?;
    warn_if_failed(
        dedupe.mark_published(appid, key).await,
        "a published push was not marked: it may be published again",
    );
    Ok(())
}

/// Runs both at once. Once the work is done, publishing has the grace, in milliseconds, to end.
async fn beside<T>(
    work: impl Future<Output = T>,
    publishing: impl Future<Output = Result<(), PublishError>>,
    grace: impl FnOnce() -> Duration,
) -> (T, Result<(), PublishError>) {
    let (mut work, mut publishing) = (pin!(work), pin!(publishing));
    tokio::select! {
        biased;
        done = &mut work => {
            let published = tokio::time::timeout(grace(), publishing).await;
            (done, published.unwrap_or(Err(PublishError::TooLate)))
        }
        published = &mut publishing => (work.await, published),
    }
}

fn grace(answer_by_milliseconds: Option<i64>, now_milliseconds: i64) -> Duration {
    let left = answer_by_milliseconds.map(|answer_by| answer_by.saturating_sub(now_milliseconds));
    match left {
        Some(left) if left > 0 => ATTENDED.min(Duration::from_millis(left.unsigned_abs()).saturating_sub(WAY_BACK)),
        _ => UNATTENDED,
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::time::{Instant, sleep};

    use super::*;

    const NOW: i64 = 1_714_112_445_000;

    async fn elapsed<T>(future: impl Future<Output = T>) -> (T, Duration) {
        let began = Instant::now();
        (future.await, began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_bus_that_does_not_answer_holds_the_answer_back_for_the_grace_and_no_longer() {
        let work = async { sleep(Duration::from_secs(2)).await };
        let (((), published), took) = elapsed(beside(work, pending(), || ATTENDED)).await;
        assert!(matches!(published, Err(PublishError::TooLate)));
        assert_eq!(took, Duration::from_secs(2) + ATTENDED);
    }

    #[tokio::test(start_paused = true)]
    async fn an_event_that_is_faster_than_the_work_takes_no_time() {
        let work = async { sleep(Duration::from_secs(2)).await };
        let publishing = async {
            sleep(Duration::from_secs(1)).await;
            Ok(())
        };
        let (((), published), took) = elapsed(beside(work, publishing, || panic!("nothing is left to wait for"))).await;
        assert!(published.is_ok());
        assert_eq!(took, Duration::from_secs(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_event_changes_nothing_of_what_the_work_comes_to() {
        let refused = ready(Err(PublishError::Refused("ThrottlingException".into())));
        let ((done, published), took) = elapsed(beside(ready("done"), refused, || ATTENDED)).await;
        assert_eq!((done, published.is_err(), took), ("done", true, Duration::ZERO));
    }

    #[test]
    fn the_grace_ends_before_the_answer_is_due_and_is_long_where_nobody_waits() {
        for (answer_by, expected) in [
            (Some(NOW + 4000), ATTENDED),
            (Some(NOW + 500), Duration::from_millis(200)),
            (Some(NOW + 300), Duration::ZERO),
            (Some(NOW + 1), Duration::ZERO),
            (Some(NOW - 1), UNATTENDED),
            (None, UNATTENDED),
        ] {
            assert_eq!(grace(answer_by, NOW), expected, "{answer_by:?}");
        }
    }
}
