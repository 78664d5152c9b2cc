//! The time that a push has, of WeChat's five seconds.

use std::future::Future;
use std::time::Duration;

use shared::host::clock;

/// A push is answered from what is known by then; what is left to 4.5 s is for writing that down, and what is left to
/// WeChat's 5 s for the way back.
const WAIT_MILLISECONDS: i64 = 4_300;
/// WeChat waits for the answer to a query less long: 3 s.
const WAIT_FOR_QUERY_MILLISECONDS: i64 = 2_500;
/// A write that decides has this long, even past the deadline.
const LEAST: Duration = Duration::from_millis(500);
/// Pauses between tries of a service that is out of reach: the last one is repeated.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(50), Duration::from_millis(150), Duration::from_millis(400), Duration::from_millis(800)];

/// When the waiting ends, milliseconds since the epoch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(i64);

/// A service did not do what it was asked in the time that there is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Overdue<E> {
    /// It failed, the last time that it was tried.
    #[error(transparent)]
    Failed(E),
    /// It did not answer.
    #[error("no answer before the deadline")]
    Silent,
}

impl Deadline {
    /// Of a push that arrived then.
    pub(crate) fn of(arrived_milliseconds: i64, is_query: bool) -> Self {
        let wait = if is_query { WAIT_FOR_QUERY_MILLISECONDS } else { WAIT_MILLISECONDS };
        Self(arrived_milliseconds.saturating_add(wait))
    }

    pub(crate) fn milliseconds(self) -> i64 {
        self.0
    }

    /// What is left until then.
    pub(crate) fn left(self) -> Duration {
        let left = self.0.saturating_sub(clock::now_milliseconds());
        Duration::from_millis(u64::try_from(left).unwrap_or_default())
    }

    /// Lets the time pass, or `pause` if that is less.
    pub(crate) async fn pass(self, pause: Duration) {
        tokio::time::sleep(self.left().min(pause)).await;
    }

    /// Tries until the deadline what may be tried again, and at least once, for half a second: never a fast failure, for WeChat
    /// repeats a push that fails at once, and has only four attempts.
    pub(crate) async fn insist<T, E, F>(self, attempt: impl Fn() -> F) -> Result<T, Overdue<E>>
    where
        F: Future<Output = Result<T, E>>,
    {
        let mut pauses = PAUSES.into_iter();
        let mut pause = Duration::ZERO;
        loop {
            let failed = match tokio::time::timeout(self.left().max(LEAST), attempt()).await {
                Ok(Ok(done)) => return Ok(done),
                Ok(Err(error)) => Overdue::Failed(error),
                Err(_) => Overdue::Silent,
            };
            pause = pauses.next().unwrap_or(pause);
            if self.left() <= pause {
                tokio::time::sleep(self.left()).await;
                return Err(failed);
            }
            tokio::time::sleep(pause).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn what_fails_is_tried_until_it_succeeds() {
        let deadline = Deadline::of(clock::now_milliseconds(), false);
        let tries = Cell::new(0);
        let attempt = || {
            tries.set(tries.get() + 1);
            let count = tries.get();
            async move { if count < 3 { Err("no") } else { Ok(count) } }
        };
        assert_eq!(deadline.insist(attempt).await.unwrap(), 3);
    }

    #[tokio::test]
    async fn past_the_deadline_it_is_tried_once() {
        let deadline = Deadline::of(0, false);
        let tries = Cell::new(0);
        let attempt = || {
            tries.set(tries.get() + 1);
            async { Err::<(), _>("no") }
        };
        assert!(matches!(deadline.insist(attempt).await, Err(Overdue::Failed("no"))));
        assert_eq!(tries.get(), 1);
    }
}
