//! A Lambda function that does what its event says: the other side in the host's own tests.

use std::future::pending;

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use lambda_runtime::{Context, Error, LambdaEvent, service_fn};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Order {
    /// Returns this.
    Return(Value),
    /// Returns what the Runtime API said beside the event, and the process id.
    Tell,
    /// Fails with this message.
    Fail(String),
    /// Ends the process.
    Exit,
    /// Never returns.
    Hang,
    /// Makes calls one after the other and returns their answers.
    Call(Vec<Call>),
}

#[derive(Deserialize)]
struct Call {
    /// The value of `X-Amz-Target`; without it, the call is for `WeChat`.
    target: Option<String>,
    #[serde(default)]
    path: String,
    body: Value,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if std::env::var_os("DOES_NOT_START").is_some() {
        return report_that_it_does_not_start().await;
    }
    lambda_runtime::run(service_fn(|event: LambdaEvent<Order>| async move {
        match event.payload {
            Order::Return(value) => Ok(value),
            Order::Tell => Ok(told(&event.context)),
            Order::Fail(message) => Err(Error::from(message)),
            Order::Exit => std::process::exit(1),
            Order::Hang => pending().await,
            Order::Call(calls) => {
                let mut answers = Vec::new();
                for call in calls {
                    answers.push(answer(call).await);
                }
                Ok(answers.into())
            }
        }
    }))
    .await
}

async fn report_that_it_does_not_start() -> Result<(), Error> {
    let url = format!("http://{}/2018-06-01/runtime/init/error", std::env::var("AWS_LAMBDA_RUNTIME_API")?);
    let error = json!({"errorType": "NotStarted", "errorMessage": "told not to start"});
    send(Request::post(url).body(Full::new(Bytes::from(error.to_string())))?).await?;
    Err("does not start".into())
}

fn told(context: &Context) -> Value {
    json!({
        "request_id": context.request_id,
        "deadline": context.deadline,
        "arn": context.invoked_function_arn,
        "client_context": context.client_context,
        "process": std::process::id(),
    })
}

/// The status and the body, or the error.
async fn answer(call: Call) -> Value {
    match try_answer(call).await {
        Ok((status, body)) => json!({"status": status, "body": body}),
        Err(error) => json!({"error": error.to_string()}),
    }
}

async fn try_answer(call: Call) -> Result<(u16, Value), Error> {
    let variable = if call.target.is_some() { "AWS_ENDPOINT_URL" } else { "WECHAT_API_BASE_URL" };
    let url = format!("{}/{}", std::env::var(variable)?, call.path.trim_start_matches('/'));
    let mut request = Request::post(url).body(Full::new(Bytes::from(call.body.to_string())))?;
    let headers: &mut HeaderMap = request.headers_mut();
    if let Some(target) = call.target {
        headers.insert("x-amz-target", target.parse()?);
        headers.insert("content-type", "application/x-amz-json-1.0".parse()?);
    }
    send(request).await
}

/// One connection per call, so that nothing is repeated.
async fn send(request: Request<Full<Bytes>>) -> Result<(u16, Value), Error> {
    let client: Client<HttpConnector, _> = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request).await?;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await?.to_bytes();
    Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
}
