//! A picture that a user sent.

mod on_image;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    shared::host::logs::start();
    shared::serve::serve_push_type::serve_push_type(on_image::on_image).await
}
