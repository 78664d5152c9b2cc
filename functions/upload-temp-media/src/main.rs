//! customerServiceMessage.uploadTempMedia: what WeChat takes, without an access token.

mod multipart;
mod upload_temp_media;

use lambda_http::Error;
use shared::host::{clients, logs};
use shared::sending::authorized_api::AuthorizedApi;
use shared::sending::settings::WechatSettings;
use shared::serve::serve_action::serve_action;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let settings = WechatSettings::from_environment()?;
    let api = AuthorizedApi::from_settings(&clients::sdk_config().await, &settings)?;
    serve_action(
        &settings.stack,
        &settings.appid,
        env!("CARGO_PKG_NAME"),
        upload_temp_media::read,
        |_| None,
        |appid, picture| upload_temp_media::upload_temp_media(appid, picture, &api),
    )
    .await
}
