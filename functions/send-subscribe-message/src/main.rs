//! subscribeMessage.send: what WeChat takes, without an access token.

mod send_subscribe_message;

use lambda_http::Error;
use shared::lambda::{clients, input, logs, serve_action::serve_action};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let sender = send_subscribe_message::Sender::from_settings(&clients::sdk_config().await)?;
    serve_action(env!("CARGO_PKG_NAME"), input::json, input::touser, |body| {
        send_subscribe_message::send_subscribe_message(body, &sender)
    })
    .await
}
