//! customerServiceMessage.getTempMedia: what WeChat hands out, without an access token.

use lambda_http::Error;
use shared::host::{clients, logs};
use shared::sending::authorized_api::AuthorizedApi;
use shared::sending::settings::WechatSettings;
use shared::serve::actions::get_temp_media::{get_temp_media, read_media_id};
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
        |request| read_media_id(&request),
        |_| None,
        |appid, media_id| get_temp_media(appid, media_id, &api),
    )
    .await
}
