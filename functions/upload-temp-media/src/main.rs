//! customerServiceMessage.uploadTempMedia: what WeChat takes, without an access token.

mod multipart;
mod upload_temp_media;

use lambda_http::Error;
use shared::host::{clients, logs, settings};
use shared::sending::authorized_api::AuthorizedApi;
use shared::sending::settings::WechatSettings;
use shared::serve::serve_action::serve_action;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let stack = settings::text("STACK_NAME")?;
    let api = AuthorizedApi::from_settings(&clients::sdk_config().await, &WechatSettings::from_environment()?)?;
    serve_action(
        &stack,
        env!("CARGO_PKG_NAME"),
        upload_temp_media::read,
        |_| None,
        |picture| upload_temp_media::upload_temp_media(picture, &api),
    )
    .await
}
