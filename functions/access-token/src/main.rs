//! Replaces the shared access token, for the schedule and for whoever was refused. It alone reads the AppSecret.

mod refresh;
mod settings;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::json;
use settings::Settings;
use shared::host::clients;
use shared::host::logs;
use shared::sending::access_token::TokenRequest;
use shared::serve::diagnostic::diagnostic;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let refresher = refresh::Refresher::from_settings(&clients::sdk_config().await, Settings::from_environment()?)?;
    let refresher = &refresher;
    lambda_runtime::run(service_fn(|event: LambdaEvent<TokenRequest>| async move {
        let request_id = event.context.request_id;
        match refresher.refresh(&event.payload).await {
            Ok(outcome) => {
                tracing::info!(request_id, ?outcome, "access token");
                Ok(json!({ "outcome": format!("{outcome:?}") }))
            }
            Err(error) => {
                let failure = diagnostic("NoAccessToken", &error);
                tracing::error!(request_id, error = failure.error_message, "access token");
                Err(failure)
            }
        }
    }))
    .await
}
