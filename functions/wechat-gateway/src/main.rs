//! The SDK gateway: any WeChat SDK and any WeChat API, without WeChat's access token.

use lambda_http::http::header::CONTENT_TYPE;
use lambda_http::{Body, Error, Request, Response, service_fn};
use shared::host::logs;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    lambda_http::run(service_fn(|_: Request| async {
        let refusal = r#"{"errcode":40066,"errmsg":"invalid url"}"#;
        Ok::<_, Error>(Response::builder().header(CONTENT_TYPE, "application/json").body(Body::from(refusal))?)
    }))
    .await
}
