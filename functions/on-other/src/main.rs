//! Any push type that has no function of its own.

mod on_other;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    shared::host::logs::start();
    shared::serve::serve_push_type::serve_push_type(on_other::on_other).await
}
