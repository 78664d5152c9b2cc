//! A user entered the customer service conversation.

mod on_user_enter_tempsession;
mod settings;
mod welcome_text;

use lambda_runtime::Error;
use on_user_enter_tempsession::Welcome;
use settings::Settings;
use shared::host::{clients, logs};
use shared::serve::serve_push_type::serve_push_type;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let welcome = Welcome::from_settings(&clients::sdk_config().await, Settings::from_environment()?)?;
    serve_push_type(|event| welcome.on_user_enter_tempsession(event)).await
}
