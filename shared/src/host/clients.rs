//! AWS clients, each built once a process.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

/// `push` waits at least 750 ms for a function: a connection that cannot be opened must be known before that.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(500);
/// A connection that was idle for longer, as while the environment was frozen, may be closed at the other end: a request on
/// it would go out into the void, with an unknown outcome.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// What the clients are built from. A service that is out of reach is told within 2.5 seconds, so that `push` can still
/// answer within its five.
pub async fn sdk_config() -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(Duration::from_millis(1500))
        .operation_timeout(Duration::from_millis(2500))
        .build();
    // ring for the SDK and for reqwest: one TLS stack in the binary.
    let http_client = aws_smithy_http_client::Builder::new()
        .pool_idle_timeout(POOL_IDLE_TIMEOUT)
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http_client)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(50)))
        .load()
        .await
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
