//! AWS's own clients, pointed at the host: what they understand is written as AWS writes it.

use aws_sdk_lambda::config::{BehaviorVersion, Credentials, Region};
use lambda_host::Host;

macro_rules! client {
    ($service:ident, $host:expr) => {{
        let config = $service::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url($host.endpoint("test").await.unwrap())
            .retry_config($service::config::retry::RetryConfig::disabled())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        $service::Client::from_conf(config)
    }};
}

pub(crate) async fn lambda(host: &Host) -> aws_sdk_lambda::Client {
    client!(aws_sdk_lambda, host)
}

pub(crate) async fn sqs(host: &Host) -> aws_sdk_sqs::Client {
    client!(aws_sdk_sqs, host)
}

pub(crate) async fn secrets_manager(host: &Host) -> aws_sdk_secretsmanager::Client {
    client!(aws_sdk_secretsmanager, host)
}
