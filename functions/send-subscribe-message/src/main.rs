//! subscribeMessage.send: what WeChat takes, without an access token.

use lambda_http::Error;
use shared::host::{clients, logs};
use shared::sending::authorized_api::AuthorizedApi;
use shared::sending::settings::SubscribeMessageSettings;
use shared::serve::actions::send_subscribe_message::{Sender, send_subscribe_message};
use shared::serve::input;
use shared::serve::serve_action::serve_action;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let settings = SubscribeMessageSettings::from_environment()?;
    let (stack, appid) = (settings.wechat.stack.clone(), settings.wechat.appid.clone());
    let config = clients::sdk_config().await;
    let api = AuthorizedApi::from_settings(&config, &settings.wechat)?;
    api.open_connections(&appid).await;
    let sender = Sender::new(&config, api, settings);
    serve_action(&stack, &appid, env!("CARGO_PKG_NAME"), input::json, input::touser, |appid, body| {
        send_subscribe_message(appid, body, &sender)
    })
    .await
}
