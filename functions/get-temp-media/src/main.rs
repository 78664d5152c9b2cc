//! customerServiceMessage.getTempMedia: what WeChat hands out, without an access token.

mod get_temp_media;

use lambda_http::Error;
use shared::lambda::{clients, input, logs, serve_action::serve_action, wechat::Wechat};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let wechat = Wechat::from_settings(&clients::sdk_config().await)?;
    let read = |request| input::query_parameter(&request, "media_id");
    serve_action(env!("CARGO_PKG_NAME"), read, |_| None, |media_id| get_temp_media::get_temp_media(media_id, &wechat))
        .await
}
