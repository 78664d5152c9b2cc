//! A user answered a subscription dialog.

mod on_subscribe_msg_popup;

use aws_sdk_dynamodb::Client;
use lambda_runtime::Error;
use protocol::appid::Appid;
use shared::host::clients;
use shared::host::logs;
use shared::host::settings;
use shared::serve::serve_push_type::serve_push_type;
use shared::state::subscription::Subscriptions;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let dynamodb = Client::new(&clients::sdk_config().await);
    let appid: Appid = settings::parsed("APP_ID")?;
    let ledger = Subscriptions::new(dynamodb, settings::text("SUBSCRIPTION_TABLE")?, appid.clone());
    serve_push_type(|event| on_subscribe_msg_popup::on_subscribe_msg_popup(event, &appid, &ledger)).await
}
