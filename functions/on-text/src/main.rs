//! A text that a user typed.

mod on_text;
mod replies;

use lambda_runtime::Error;
use shared::host::{clients, logs};
use shared::sending::customer_service::CustomerService;
use shared::sending::settings::CustomerServiceSettings;
use shared::serve::own_messages::OwnMessages;
use shared::serve::serve_push_type::serve_push_type;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let settings = CustomerServiceSettings::from_environment()?;
    let stack = settings.wechat.stack.clone();
    let service = CustomerService::from_settings(&clients::sdk_config().await, settings)?;
    let messages = OwnMessages::new(stack, env!("CARGO_PKG_NAME"), service);
    let replies = replies::Replies::embedded()?;
    serve_push_type(|text| on_text::on_text(text, &replies, &messages)).await
}
