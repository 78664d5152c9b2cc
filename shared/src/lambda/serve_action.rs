//! Serves an action: a request in by API Gateway (or a direct Invoke with a proxy event), WeChat's answer out.

use std::future::Future;
use std::time::Instant;

use lambda_http::http::{StatusCode, header};
use lambda_http::{Body, Error, Request, RequestExt, Response, service_fn};
use serde_json::Value;

use super::action::{ActionAnswer, ActionError, Content};
use super::action_line::ActionLine;
use super::{clock, settings};

/// Runs the function `action`: what `read` makes of each request (see [`super::input`]) is handed to `act`. `user` is
/// whom it names, for the log.
///
/// # Errors
/// Where `STACK_NAME` is not set, or the Lambda runtime itself cannot go on.
pub async fn serve_action<I, R, U, F, A>(action: &'static str, read: R, user: U, act: F) -> Result<(), Error>
where
    R: Fn(Request) -> Result<I, ActionError> + Sync,
    U: Fn(&I) -> Option<&str> + Sync,
    F: Fn(I) -> A + Sync,
    A: Future<Output = Result<ActionAnswer, ActionError>> + Send,
{
    let stack = settings::text("STACK_NAME")?;
    lambda_http::run(service_fn(|request: Request| {
        let started = Instant::now();
        let request_id = request.lambda_context_ref().map(|context| context.request_id.clone()).unwrap_or_default();
        let mut line = ActionLine::new(&stack, action, request_id);
        let acting = read(request).map(|input| {
            line.asked_for(user(&input));
            act(input)
        });
        async move {
            let result = match acting {
                Ok(acting) => acting.await,
                Err(error) => Err(error),
            };
            line.answered(&result);
            line.milliseconds = clock::milliseconds_since(started);
            line.write();
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
    use crate::api::errcode::Errcode;
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
