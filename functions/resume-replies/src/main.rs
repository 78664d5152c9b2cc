//! Sees to late replies whose time is over: see [`resume`].

mod resume;
mod settings;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use resume::{GuardEvent, Resume};
use settings::Settings;
use shared::host::{clients, logs};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let resume = Resume::from_settings(&clients::sdk_config().await, Settings::from_environment()?);
    let resume = &resume;
    lambda_runtime::run(service_fn(|event: LambdaEvent<GuardEvent>| async move {
        Ok::<_, Error>(resume.run(event.payload).await)
    }))
    .await
}
