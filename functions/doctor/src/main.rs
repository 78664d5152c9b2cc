//! Checks each mini program of the stack and reports what is wrong; invoked by hand and once a day.

mod access_token;
mod address_ranges;
mod callback;
mod callback_addresses;
mod doctor;
mod failed_queue;
mod finding;
mod last_push;
mod line;
mod payments;
mod push_secret;
mod quota;
mod report;
mod settings;
mod wechat_call;

use doctor::Doctor;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::de::IgnoredAny;
use settings::Settings;
use shared::host::{clients, logs};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let settings = Settings::from_environment()?;
    let stack = settings.wechat.stack.clone();
    let doctor = Doctor::from_settings(&clients::sdk_config().await, settings)?;
    let (stack, doctor) = (stack.as_str(), &doctor);
    lambda_runtime::run(service_fn(|event: LambdaEvent<IgnoredAny>| async move {
        let report = doctor.examine().await;
        line::write(&report, stack, &event.context.request_id);
        Ok::<_, Error>(report)
    }))
    .await
}
