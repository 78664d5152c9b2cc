//! Serves an action: a request in by API Gateway (or a direct Invoke with a proxy event), WeChat's answer out.

use std::future::Future;
use std::time::Instant;

use lambda_http::http::{StatusCode, header};
use lambda_http::request::RequestContext;
use lambda_http::{Body, Error, Request, RequestExt, Response, service_fn};
use serde_json::Value;

use super::action::{ActionAnswer, ActionError, Content};
use super::clock;
use crate::api::errcode::Errcode;

/// Runs the function: what `read` makes of each request (see [`super::input`]) is handed to `act`.
///
/// # Errors
/// Only where the Lambda runtime itself cannot go on.
pub async fn serve_action<I, R, F, A>(read: R, act: F) -> Result<(), Error>
where
    R: Fn(Request) -> Result<I, ActionError> + Sync,
    F: Fn(I) -> A + Sync,
    A: Future<Output = Result<ActionAnswer, ActionError>> + Send,
{
    lambda_http::run(service_fn(|request: Request| {
        let started = Instant::now();
        let request_id = request.lambda_context_ref().map(|context| context.request_id.clone()).unwrap_or_default();
        // As the template writes it: a path itself may hold an openid.
        let path = match request.request_context_ref() {
            Some(RequestContext::ApiGatewayV1(context)) => context.resource_path.clone(),
            _ => None,
        };
        let action = read(request).map(&act);
        async move {
            let result = match action {
                Ok(action) => action.await,
                Err(error) => Err(error),
            };
            // A u128, as it comes, is written as text.
            let milliseconds = clock::milliseconds_since(started);
            match &result {
                Ok(answer) => {
                    let next = Errcode(answer.errcode()).next();
                    tracing::info!(request_id, path, errcode = answer.errcode(), ?next, milliseconds, "action");
                }
                Err(error) => {
                    tracing::warn!(
                        request_id,
                        path,
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

fn respond(result: Result<ActionAnswer, ActionError>) -> Result<Response<Body>, Error> {
    let (status, answer) = match result {
        Ok(answer) => (StatusCode::OK, answer),
        Err(error) => (error.status(), ActionAnswer::new(error.fields())),
    };
    let (content_type, body) = match answer.content {
        Content::Fields(fields) => ("application/json".to_owned(), Body::Text(Value::Object(fields).to_string())),
        Content::File(file) => (file.content_type, Body::Binary(file.bytes.into())),
    };
    let mut response = Response::builder().status(status).header(header::CONTENT_TYPE, content_type).body(body)?;
    response.headers_mut().extend(answer.headers);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::api::client::Download;
    use crate::api::temp_media::File;

    #[test]
    fn json_goes_out_as_text_and_a_file_as_bytes_with_wechats_type() {
        let refused = respond(Ok(ActionAnswer::refusal(Errcode::NOT_SUBSCRIBED, "no"))).unwrap();
        assert_eq!(refused.status(), 200);
        assert_eq!(refused.headers()[header::CONTENT_TYPE], "application/json");
        assert!(matches!(refused.body(), Body::Text(text) if text == r#"{"errcode":43101,"errmsg":"no"}"#));

        let bytes = Bytes::from_static(b"\xFF\xD8\xFF");
        let file = File { content_type: "image/jpeg".into(), content_disposition: None, bytes };
        let file = respond(ActionAnswer::downloaded(Download::File(file))).unwrap();
        assert_eq!(file.headers()[header::CONTENT_TYPE], "image/jpeg");
        assert!(matches!(file.body(), Body::Binary(bytes) if bytes == b"\xFF\xD8\xFF"));
    }

    #[test]
    fn a_failure_has_its_status_and_a_json_body() {
        let response = respond(Err(ActionError::NotJson)).unwrap();
        assert_eq!(response.status(), 400);
        assert!(matches!(response.body(), Body::Text(text) if text.contains(r#""errcode":47001"#)));
    }
}
