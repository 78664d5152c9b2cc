//! GET /deliveries/{msgid}: what became of a subscription message.

mod get_delivery;

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
    let read = |request| input::path_parameter(&request, "msgid");
    serve_action(&stack, env!("CARGO_PKG_NAME"), read, |_| None, |msgid| get_delivery::get_delivery(msgid, &ledger))
        .await
}
