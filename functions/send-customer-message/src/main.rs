//! customerServiceMessage.send: what WeChat takes, without an access token.

mod send_customer_message;

use lambda_http::Error;
use shared::lambda::{clients, customer_service::CustomerService, input, logs, serve_action::serve_action};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let service = CustomerService::from_settings(&clients::sdk_config().await)?;
    serve_action(env!("CARGO_PKG_NAME"), input::json, input::touser, |body| {
        send_customer_message::send_customer_message(body, &service)
    })
    .await
}
