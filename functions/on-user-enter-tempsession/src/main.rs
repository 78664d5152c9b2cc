//! A user entered the customer service conversation.

mod on_user_enter_tempsession;

use lambda_runtime::Error;
use on_user_enter_tempsession::Welcome;
use shared::lambda::{clients, logs, serve_push_type::serve_push_type};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let welcome = Welcome::from_settings(&clients::sdk_config().await)?;
    serve_push_type(|event| welcome.on_user_enter_tempsession(event)).await
}
