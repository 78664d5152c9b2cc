//! customerServiceMessage.setTyping: what WeChat takes, without an access token.

mod set_typing;

use lambda_http::Error;
use shared::lambda::{clients, input, logs, serve_action::serve_action};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let agent = set_typing::Agent::from_settings(&clients::sdk_config().await)?;
    serve_action(env!("CARGO_PKG_NAME"), input::json, input::touser, |body| set_typing::set_typing(body, &agent)).await
}
