//! Serves an action: JSON in by API Gateway (or a direct Invoke with a proxy event), WeChat's JSON out.

use std::future::Future;
use std::time::Instant;

use lambda_http::http::{StatusCode, header};
use lambda_http::{Body, Error, Request, RequestExt, Response, service_fn};
use serde_json::{Map, Value};

use super::action::{ActionAnswer, ActionError};

/// Runs the function: each request's body, parsed, is handed to `act`.
///
/// # Errors
/// Only where the Lambda runtime itself cannot go on.
pub async fn serve_action<F, A>(act: F) -> Result<(), Error>
where
    F: Fn(Map<String, Value>) -> A + Sync,
    A: Future<Output = Result<ActionAnswer, ActionError>> + Send,
{
    lambda_http::run(service_fn(|request: Request| {
        let started = Instant::now();
        let request_id = request.lambda_context_ref().map(|context| context.request_id.clone()).unwrap_or_default();
        let action = body_fields(request.body()).map(&act);
        async move {
            let result = match action {
                Ok(action) => action.await,
                Err(error) => Err(error),
            };
            let milliseconds = started.elapsed().as_millis();
            match &result {
                Ok(answer) => tracing::info!(request_id, errcode = answer.errcode(), milliseconds, "action"),
                Err(error) => {
                    tracing::warn!(
                        request_id,
                        status = error.status().as_u16(),
                        error = error.causes(),
                        milliseconds,
                        "action"
                    );
                }
            }
            respond(result)
        }
    }))
    .await
}

fn body_fields(body: &Body) -> Result<Map<String, Value>, ActionError> {
    serde_json::from_slice(body.as_ref()).map_err(|_| ActionError::NotJson)
}

fn respond(result: Result<ActionAnswer, ActionError>) -> Result<Response<Body>, Error> {
    let (status, fields, headers) = match result {
        Ok(answer) => (StatusCode::OK, answer.fields, answer.headers),
        Err(error) => (error.status(), error.fields(), header::HeaderMap::new()),
    };
    let mut response = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::Text(Value::Object(fields).to_string()))?;
    response.headers_mut().extend(headers);
    Ok(response)
}
