//! GET /subscriptions/{openid}: what a user has accepted.

mod get_subscriptions;

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
    let read = |request| input::path_parameter(&request, "openid");
    serve_action(
        &settings.stack,
        &settings.appid,
        env!("CARGO_PKG_NAME"),
        read,
        |openid| Some(openid),
        |appid, openid| get_subscriptions::get_subscriptions(appid, openid, &ledger),
    )
    .await
}
