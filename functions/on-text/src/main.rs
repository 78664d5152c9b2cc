//! A text that a user typed.

mod on_text;
mod replies;

use lambda_runtime::Error;
use on_text::on_text;
use shared::host::logs;
use shared::host::own_texts::OwnTexts;
use shared::serve::serve_push_type::serve_push_type;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let replies = replies::Replies::embedded()?;
    let own_texts = OwnTexts::from_environment().await;
    serve_push_type(|text| on_text(text, &replies, &own_texts)).await
}
