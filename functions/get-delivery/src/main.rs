//! GET /deliveries/{msgid}: what became of a subscription message.

mod get_delivery;

use aws_sdk_dynamodb::Client;
use lambda_http::Error;
use shared::host::{clients, logs};
use shared::serve::input;
use shared::serve::serve_action::serve_action;
use shared::serve::settings::LedgerSettings;
use shared::state::subscription::Subscriptions;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let settings = LedgerSettings::from_environment()?;
    let dynamodb = Client::new(&clients::sdk_config().await);
    let ledger = Subscriptions::new(dynamodb, settings.subscription_table, settings.appid.clone());
    let read = |request| input::path_parameter(&request, "msgid");
    serve_action(
        &settings.stack,
        &settings.appid,
        env!("CARGO_PKG_NAME"),
        read,
        |_| None,
        |appid, msgid| get_delivery::get_delivery(appid, msgid, &ledger),
    )
    .await
}
