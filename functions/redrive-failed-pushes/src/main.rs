//! Hands parked pushes back to their functions; invoked by hand, once what failed is mended.

mod hand_on;
mod parked;
mod redrive;
mod request;
mod settings;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use redrive::Redrive;
use request::Request;
use settings::Settings;
use shared::host::clients;
use shared::host::logs;
use shared::serve::diagnostic::diagnostic;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let redrive = Redrive::from_settings(&clients::sdk_config().await, Settings::from_environment()?);
    let redrive = &redrive;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Request>| async move {
        redrive.run(&event.payload, event.context.deadline).await.map_err(|error| {
            let failure = diagnostic("RedriveFailed", &error);
            tracing::error!(request_id = event.context.request_id, error = failure.error_message, "redrive");
            failure
        })
    }))
    .await
}
