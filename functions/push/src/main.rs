//! WeChat's URLs. See [`receive`] for what is answered, [`handle`] for how a push is handled exactly once.

mod arrival;
mod claim;
mod claimed;
mod deadline;
mod handle;
mod line;
mod outcome;
mod receive;
mod settings;

use lambda_http::{Error, Request, service_fn};
use receive::Receiver;
use settings::Settings;
use shared::host::{clients, logs};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let receiver = Receiver::from_settings(&clients::sdk_config().await, Settings::from_environment()?);
    receiver.open_connections().await;
    lambda_http::run(service_fn(|request: Request| receiver.receive(request))).await
}
