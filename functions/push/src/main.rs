//! WeChat's one URL. See [`receive`] for what is answered, [`handle`] for how a push is handled exactly once.

mod failed_pushes;
mod functions;
mod handle;
mod line;
mod receive;

use lambda_http::{Error, Request, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    shared::lambda::logs::start();
    let push = receive::Push::from_settings().await?;
    lambda_http::run(service_fn(|request: Request| push.receive(request))).await
}
