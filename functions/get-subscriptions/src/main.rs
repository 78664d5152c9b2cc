//! GET /subscriptions/{openid}: what a user has accepted.

mod get_subscriptions;

use aws_sdk_dynamodb::Client;
use lambda_http::Error;
use shared::host::{clients, logs, settings};
use shared::serve::input;
use shared::serve::serve_action::serve_action;
use shared::state::subscription::Subscriptions;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let stack = settings::text("STACK_NAME")?;
    let dynamodb = Client::new(&clients::sdk_config().await);
    let ledger = Subscriptions::new(dynamodb, settings::text("SUBSCRIPTION_TABLE")?);
    let read = |request| input::path_parameter(&request, "openid");
    serve_action(
        &stack,
        env!("CARGO_PKG_NAME"),
        read,
        |openid| Some(openid),
        |openid| get_subscriptions::get_subscriptions(openid, &ledger),
    )
    .await
}
