//! Serves an action: a request in by API Gateway (or a direct Invoke with a proxy event), WeChat's answer out.

use std::future::Future;
use std::time::{Duration, Instant};

use lambda_http::http::{StatusCode, header};
use lambda_http::{Body, Error, Request, RequestExt, Response, service_fn};
use protocol::appid::Appid;
use serde_json::Value;

use super::action::{ActionAnswer, ActionError, Content};
use super::action_line::ActionLine;
use super::input;
use crate::host::clock;

/// Before Lambda ends the function, which answers for it then: with a 502 that does not say that WeChat may have acted.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Runs the function `action` of the stack `stack`: what `read` makes of each request (see [`super::input`]) is handed to `act`, with
/// the mini program that it names, or `default_appid`. `user` is whom it names, for the log.
///
/// # Errors
/// Where the Lambda runtime itself cannot go on.
pub async fn serve_action<I, R, U, F, A>(
    stack: &str,
    default_appid: &Appid,
    action: &'static str,
    read: R,
    user: U,
    act: F,
) -> Result<(), Error>
where
    R: Fn(Request) -> Result<I, ActionError> + Sync,
    U: Fn(&I) -> Option<&str> + Sync,
    F: Fn(Appid, I) -> A + Sync,
    A: Future<Output = Result<ActionAnswer, ActionError>> + Send,
{
    lambda_http::run(service_fn(|request: Request| {
        let started = Instant::now();
        let context = request.lambda_context_ref();
        let request_id = context.map(|context| context.request_id.clone()).unwrap_or_default();
        let deadline_milliseconds = context.map_or(u64::MAX, |context| context.deadline);
        let mut line = ActionLine::new(stack, action, request_id);
        let acting = input::appid(&request, default_appid).and_then(|appid| {
            line.is_for(&appid);
            let input = read(request)?;
            line.asked_for(user(&input));
            Ok(act(appid, input))
        });
        async move {
            let result = match acting {
                Ok(acting) => until(deadline_milliseconds, acting).await,
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

/// Gives up when only the last words are left before the deadline, so that the caller learns of it.
pub(super) async fn until<T, E: From<ActionError>>(
    deadline_milliseconds: u64,
    acting: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let now_milliseconds = u64::try_from(clock::now_milliseconds()).unwrap_or_default();
    let patience = patience(deadline_milliseconds, now_milliseconds);
    tokio::time::timeout(patience, acting).await.unwrap_or(Err(ActionError::OutOfTime.into()))
}

/// How long an action may take from now.
fn patience(deadline_milliseconds: u64, now_milliseconds: u64) -> Duration {
    Duration::from_millis(deadline_milliseconds.saturating_sub(now_milliseconds)).saturating_sub(LAST_WORDS)
}

fn respond(result: Result<ActionAnswer, ActionError>) -> Result<Response<Body>, Error> {
    match result {
        Ok(answer) => response(StatusCode::OK, answer),
        Err(error) => response(error.status(), ActionAnswer::new(error.fields())),
    }
}

/// An answer as HTTP.
pub(super) fn response(status: StatusCode, answer: ActionAnswer) -> Result<Response<Body>, Error> {
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
    use crate::wechat::client::Download;
    use crate::wechat::errcode::Errcode;
    use crate::wechat::temp_media::File;

    #[test]
    fn a_second_is_kept_for_the_last_words() {
        for (deadline, now, patience_milliseconds) in
            [(28_000, 0, 27_000), (3_000, 1_000, 1_000), (500, 0, 0), (0, 9, 0)]
        {
            assert_eq!(patience(deadline, now), Duration::from_millis(patience_milliseconds));
        }
    }

    #[tokio::test]
    async fn what_takes_longer_than_the_function_may_run_ends_as_unknown() {
        let result = until::<ActionAnswer, ActionError>(0, std::future::pending()).await;
        assert!(matches!(result, Err(ActionError::OutOfTime)));

        let refused = || ActionAnswer::refusal(Errcode::NOT_SUBSCRIBED, "no");
        let result = until::<_, ActionError>(u64::MAX, async { Ok(refused()) }).await;
        assert_eq!(result.unwrap(), refused());
    }

    #[test]
    fn json_goes_out_as_text_and_a_file_as_bytes_with_wechats_type() {
        let refused = respond(Ok(ActionAnswer::refusal(Errcode::NOT_SUBSCRIBED, "no"))).unwrap();
        assert_eq!(refused.status(), 200);
        assert_eq!(refused.headers()[header::CONTENT_TYPE], "application/json");
        assert!(matches!(refused.body(), Body::Text(text) if text == r#"{"errcode":43101,"errmsg":"no"}"#));

        let bytes = Bytes::from_static(b"\xFF\xD8\xFF");
        let file = File { content_type: "image/jpeg".into(), content_disposition: None, bytes };
        let file = respond(Ok(ActionAnswer::downloaded(Download::File(file)))).unwrap();
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
