//! uniformMessage.send: what WeChat takes, without an access token, as far as WeChat still does.

use lambda_http::Error;
use shared::host::{clients, logs};
use shared::sending::authorized_api::AuthorizedApi;
use shared::sending::settings::WechatSettings;
use shared::serve::actions::send_uniform_message::send_uniform_message;
use shared::serve::input;
use shared::serve::serve_action::serve_action;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let settings = WechatSettings::from_environment()?;
    let api = AuthorizedApi::from_settings(&clients::sdk_config().await, &settings)?;
    api.open_connections(&settings.appid).await;
    serve_action(&settings.stack, &settings.appid, env!("CARGO_PKG_NAME"), input::json, input::touser, |appid, body| {
        send_uniform_message(appid, body, &api)
    })
    .await
}
