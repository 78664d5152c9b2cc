//! A mini-program card that a user sent.

mod on_miniprogrampage;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    shared::host::logs::start();
    shared::serve::serve_push_type::serve_push_type(on_miniprogrampage::on_miniprogrampage).await
}
