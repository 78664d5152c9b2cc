//! A text that a user typed.

mod on_text;
mod replies;

use lambda_runtime::Error;
use shared::lambda::{clients, customer_service::CustomerService, logs, serve_push_type::serve_push_type};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let service = CustomerService::from_settings(&clients::sdk_config().await)?;
    let replies = replies::Replies::embedded()?;
    serve_push_type(|text| on_text::on_text(text, &replies, &service)).await
}
