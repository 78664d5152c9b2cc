//! Amazon's own DynamoDB Local for the tests of this module: a fresh table for each test.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};
use protocol::appid::Appid;

/// The first mini program of the tests' stack.
pub(crate) fn shop() -> Appid {
    "wxba5fad812f8e6fb9".parse().unwrap()
}

/// Creates a table with this key and returns the client and the table's name.
pub(crate) async fn table(key: &str, test: &str) -> (Client, String) {
    create(&[(key, KeyType::Hash)], test).await
}

/// As [`table`], with a second key.
pub(crate) async fn sorted_table(key: &str, sort_key: &str, test: &str) -> (Client, String) {
    create(&[(key, KeyType::Hash), (sort_key, KeyType::Range)], test).await
}

async fn create(keys: &[(&str, KeyType)], test: &str) -> (Client, String) {
    let client = client();
    let name = format!("{}-{test}-{}", keys[0].0, std::process::id());
    let mut create = client.create_table().table_name(&name).billing_mode(BillingMode::PayPerRequest);
    for (key, kind) in keys {
        let attribute = AttributeDefinition::builder().attribute_name(*key).attribute_type(ScalarAttributeType::S);
        let element = KeySchemaElement::builder().attribute_name(*key).key_type(kind.clone());
        create = create.attribute_definitions(attribute.build().unwrap()).key_schema(element.build().unwrap());
    }
    create.send().await.unwrap();
    (client, name)
}

fn client() -> Client {
    let url = std::env::var("DYNAMODB_LOCAL_URL")
        .expect("DYNAMODB_LOCAL_URL is not set: run `make unit`, which starts DynamoDB Local");
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(url)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(config)
}
