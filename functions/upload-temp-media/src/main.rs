//! customerServiceMessage.uploadTempMedia: what WeChat takes, without an access token.

use lambda_http::Error;
use shared::host::{clients, logs};
use shared::sending::authorized_api::AuthorizedApi;
use shared::sending::settings::WechatSettings;
use shared::serve::actions::upload_temp_media::{read_picture, upload_temp_media};
use shared::serve::serve_action::serve_action;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let settings = WechatSettings::from_environment()?;
    let api = AuthorizedApi::from_settings(&clients::sdk_config().await, &settings)?;
    api.open_connections(&settings.appid).await;
    serve_action(
        &settings.stack,
        &settings.appid,
        env!("CARGO_PKG_NAME"),
        read_picture,
        |_| None,
        |appid, picture| upload_temp_media(appid, picture, &api),
    )
    .await
}
