//! customerServiceMessage.uploadTempMedia: what WeChat takes, without an access token.

mod multipart;
mod upload_temp_media;

use lambda_http::Error;
use shared::lambda::{clients, logs, serve_action::serve_action, wechat::Wechat};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let wechat = Wechat::from_settings(&clients::sdk_config().await)?;
    serve_action(
        env!("CARGO_PKG_NAME"),
        upload_temp_media::read,
        |_| None,
        |picture| upload_temp_media::upload_temp_media(picture, &wechat),
    )
    .await
}
