//! A user entered the customer service conversation.

mod on_user_enter_tempsession;
mod welcome_text;

use lambda_runtime::Error;
use on_user_enter_tempsession::on_user_enter_tempsession;
use shared::host::own_texts::OwnTexts;
use shared::host::{logs, settings};
use shared::serve::serve_push_type::serve_push_type;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let welcome_text = welcome_text::usable(settings::optional_text("WELCOME_TEXT"));
    let own_texts = OwnTexts::from_environment().await;
    serve_push_type(|event| on_user_enter_tempsession(event, welcome_text.as_deref(), &own_texts)).await
}
