//! A handler that does what the push wants of it: the other side in the trials.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use trials::chaos::behaviour::{Task, task};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let is_healed = std::env::var_os("HEALED").is_some();
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        let Task { delay, result } = task(&event.payload, is_healed);
        tokio::time::sleep(delay).await;
        result.map_err(Error::from)
    }))
    .await
}
