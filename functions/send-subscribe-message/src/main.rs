//! subscribeMessage.send: what WeChat takes, without an access token.

mod send_subscribe_message;
mod settings;

use lambda_http::Error;
use settings::Settings;
use shared::host::{clients, logs};
use shared::serve::input;
use shared::serve::serve_action::serve_action;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let settings = Settings::from_environment()?;
    let sender = send_subscribe_message::Sender::from_settings(&clients::sdk_config().await, &settings)?;
    serve_action(
        &settings.wechat.stack,
        &settings.wechat.appid,
        env!("CARGO_PKG_NAME"),
        input::json,
        input::touser,
        |appid, body| send_subscribe_message::send_subscribe_message(appid, body, &sender),
    )
    .await
}
