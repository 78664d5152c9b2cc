//! AWS clients, each built once a process.

use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};

use super::aws_http::http_client;
use super::causes::causes;
use super::tls::{Servers, client_config};

/// What the clients are built from. A service that is out of reach is told within 2.5 seconds, so that `push` can still
/// answer within its five.
pub async fn sdk_config() -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(Duration::from_millis(1500))
        .operation_timeout(Duration::from_millis(2500))
        .build();
    // Lambda hands credentials over in the environment: no other provider is built.
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .credentials_provider(EnvironmentVariableCredentialsProvider::new());
    let config = match client_config(Servers::of_aws()) {
        Ok(tls) => config.http_client(http_client(tls)),
        Err(error) => {
            tracing::error!(error = causes(&error), "no connections to AWS");
            config
        }
    };
    config
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
