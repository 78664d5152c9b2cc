//! Connections that a function opens while it starts. Lambda lends a full core then, of which the first invocation has a small
//! part: with TLS, the first connections cost more than all else that the first invocation does.

use std::error::Error;
use std::future::Future;
use std::time::Duration;

use super::causes::causes;

/// How much a service that is out of reach may delay a start.
const PATIENCE: Duration = Duration::from_secs(1);

/// Makes the first call to a service, so that later ones find its connection open. A failure is logged: the calls that need the
/// service try again by themselves. Calls to several services are made side by side, with `tokio::join!`.
pub async fn opened<T, E: Error + 'static>(service: &str, call: impl Future<Output = Result<T, E>>) {
    match tokio::time::timeout(PATIENCE, call).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::warn!(service, error = causes(&error), "the first call at the start failed"),
        Err(_) => tracing::warn!(service, "the first call at the start was not answered in time"),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::io;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_service_that_does_not_answer_delays_the_start_by_a_second() {
        let started = tokio::time::Instant::now();
        let silent = opened("silent", std::future::pending::<Result<(), Infallible>>());
        let failing = opened("failing", async { Err::<(), _>(io::Error::other("refused")) });
        tokio::join!(silent, failing, opened("silent, too", std::future::pending::<Result<(), Infallible>>()));
        assert_eq!(started.elapsed(), PATIENCE);
    }
}
