//! What a push's function says reaches the user once. See [`deliver`] for the order of the steps.

mod carry_out;
mod deliver;
mod event_bus;
mod event_detail;
mod failure;
mod handler;
mod invalid_reply;
mod line;
mod long_text;
mod outcome;
mod plan;
mod publish;
mod record;
mod resend;
mod settings;
mod spoken;
mod stack;

use deliver::Deliver;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use settings::Settings;
use shared::host::deliver_reply::Envelope;
use shared::host::{clients, logs};
use shared::serve::diagnostic::diagnostic;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let settings = Settings::from_environment()?;
    let appid = settings.customer_service.wechat.appid.clone();
    let deliver = Deliver::from_settings(&clients::sdk_config().await, settings)?;
    deliver.stack.messages.open_connections(&appid).await;
    let deliver = &deliver;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Envelope>| async move {
        let request_id = event.context.request_id;
        deliver.run(&event.payload, request_id).await.map_err(|error| diagnostic(error.error_type(), &error))
    }))
    .await
}
