//! uniformMessage.send: what WeChat takes, without an access token, as far as WeChat still does.

mod send_uniform_message;

use lambda_http::Error;
use shared::lambda::{clients, input, logs, serve_action::serve_action, wechat::Wechat};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let wechat = Wechat::from_settings(&clients::sdk_config().await)?;
    serve_action(env!("CARGO_PKG_NAME"), input::json, input::touser, |body| {
        send_uniform_message::send_uniform_message(body, &wechat)
    })
    .await
}
