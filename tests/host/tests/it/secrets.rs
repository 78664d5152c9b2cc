//! Secrets Manager, through AWS's own client.

use lambda_host::{Host, PREVIOUS, secret_arn};
use serde_json::json;

use crate::aws_clients;

#[tokio::test]
async fn a_new_value_makes_the_one_before_the_previous_one() {
    let host = Host::start().await.unwrap();
    let arn = secret_arn("push");
    let client = aws_clients::secrets_manager(&host).await;
    let current = || client.get_secret_value().secret_id(&arn).send();
    let previous = || client.get_secret_value().secret_id(&arn).version_stage(PREVIOUS).send();

    host.secret(&arn, &json!({"token": "one"}));
    assert_eq!(current().await.unwrap().secret_string.unwrap(), r#"{"token":"one"}"#);
    assert!(previous().await.unwrap_err().into_service_error().is_resource_not_found_exception());

    host.secret(&arn, &json!({"token": "two"}));
    assert_eq!(current().await.unwrap().secret_string.unwrap(), r#"{"token":"two"}"#);
    assert_eq!(previous().await.unwrap().secret_string.unwrap(), r#"{"token":"one"}"#);

    host.secret_version(&arn, PREVIOUS, None);
    assert!(previous().await.unwrap_err().into_service_error().is_resource_not_found_exception());
}
