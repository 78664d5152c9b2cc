//! Replaces the shared access tokens, for the schedule and for whoever was refused. It alone reads the AppSecrets.

mod line;
mod refresh;
mod report;
mod settings;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use settings::Settings;
use shared::host::clients;
use shared::host::logs;
use shared::sending::access_token::TokenRequest;
use shared::serve::diagnostic::diagnostic;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let settings = Settings::from_environment()?;
    let stack = settings.stack.clone();
    let refresher = refresh::Refresher::from_settings(&clients::sdk_config().await, settings)?;
    let (stack, refresher) = (stack.as_str(), &refresher);
    lambda_runtime::run(service_fn(|event: LambdaEvent<TokenRequest>| async move {
        let request_id = event.context.request_id.as_str();
        let results = refresher.refresh(&event.payload).await.map_err(|error| {
            let failure = diagnostic("NoAccessToken", &error);
            tracing::error!(request_id, error = failure.error_message, "access token");
            failure
        })?;
        if event.payload.check {
            let checks = serde_json::to_value(report::report_checks(results, (stack, request_id)));
            return checks.map_err(|error| diagnostic("NoAccessToken", &error));
        }
        report::report(&results, (stack, request_id)).map_err(|error| diagnostic("NoAccessToken", &error))
    }))
    .await
}
