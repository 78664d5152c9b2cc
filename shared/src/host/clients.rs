//! AWS clients, each built once a process.

use std::error::Error;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::pool::{Client, ConnectionPool};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

use super::causes::causes;

/// `push` waits at least 750 ms for a function: a connection that cannot be opened must be known before that.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(500);
/// A connection that was idle for longer, as while the environment was frozen, may be closed at the other end: a request on
/// it would go out into the void, with an unknown outcome.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// `deliver-reply` waits for a function for minutes, during which nothing is said: what stands between them forgets a silent
/// connection (a NAT gateway after 350 seconds), and the answer would be lost.
const TCP_KEEPALIVE: Duration = Duration::from_secs(30);

/// What the clients are built from. A service that is out of reach is told within 2.5 seconds, so that `push` can still
/// answer within its five.
pub async fn sdk_config() -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(Duration::from_millis(1500))
        .operation_timeout(Duration::from_millis(2500))
        .build();
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12());
    let config = match http_client() {
        Ok(http_client) => config.http_client(http_client),
        Err(error) => {
            tracing::error!(error = causes(&*error), "connections to AWS without keepalive");
            config
        }
    };
    config
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(50)))
        .load()
        .await
}

fn http_client() -> Result<Client, Box<dyn Error>> {
    let pool = ConnectionPool::builder()
        .idle_timeout(POOL_IDLE_TIMEOUT)
        .tcp_keepalive(TCP_KEEPALIVE)
        // ring for the SDK and for reqwest: one TLS stack in the binary.
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https()?;
    Ok(Client::new(&pool)?)
}

/// A Lambda client that invokes once: a function that was perhaps invoked must not be invoked again unasked. Its calls
/// take as long as the function does; the caller sets the limit.
#[must_use]
pub fn lambda_once(config: &SdkConfig) -> aws_sdk_lambda::Client {
    // What is not disabled is inherited.
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .disable_read_timeout()
        .disable_operation_attempt_timeout()
        .disable_operation_timeout()
        .build();
    let once = aws_sdk_lambda::config::Builder::from(config)
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts)
        .build();
    aws_sdk_lambda::Client::from_conf(once)
}
