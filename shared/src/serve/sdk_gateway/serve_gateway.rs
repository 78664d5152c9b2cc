//! Serves the gateway: a request in by either API, WeChat's answer or the gateway's own out.

use std::time::Instant;

use lambda_http::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Error, Request, RequestExt, Response, service_fn};

use super::edge::Edge;
use super::error::GatewayError;
use super::gateway::{Gateway, GatewayAnswer};
use super::line::GatewayLine;
use crate::host::clock;
use crate::serve::action::ActionAnswer;
use crate::serve::serve_action::response;
use crate::wechat::pass_through::PassedAnswer;

/// Serves the gateway.
///
/// # Errors
/// If the Lambda runtime itself cannot go on.
pub async fn serve_gateway(gateway: &Gateway) -> Result<(), Error> {
    lambda_http::run(service_fn(|request: Request| async move {
        let started = Instant::now();
        let context = request.lambda_context_ref();
        let request_id = context.map(|context| context.request_id.clone()).unwrap_or_default();
        let deadline_milliseconds = context.map_or(u64::MAX, |context| context.deadline);
        let mut line = GatewayLine::new(&gateway.stack, request_id);
        let came_by = Edge::of(&request);
        if let Some((edge, _)) = came_by {
            line.came_by(edge);
        }
        let result = match came_by {
            Some(came_by) => gateway.answer(came_by, request, deadline_milliseconds, &mut line).await,
            None => Err(GatewayError::PATH),
        };
        let response = respond(result, came_by.map_or(Edge::Iam, |(edge, _)| edge), &mut line)?;
        line.milliseconds = clock::milliseconds_since(started);
        line.write();
        Ok::<_, Error>(response)
    }))
    .await
}

fn respond(
    result: Result<GatewayAnswer, GatewayError>,
    edge: Edge,
    line: &mut GatewayLine<'_>,
) -> Result<Response<Body>, Error> {
    match result {
        Ok(answer) => {
            let errcode = answer.errcode();
            let response = match answer {
                GatewayAnswer::Action(answer) => response(StatusCode::OK, answer)?,
                GatewayAnswer::Passed(answer) => passed(answer)?,
            };
            line.answered(response.status().as_u16(), errcode);
            Ok(response)
        }
        Err(error) => {
            line.failed(&error, edge);
            response(error.status(edge), ActionAnswer::new(error.fields(edge)))
        }
    }
}

/// WeChat's answer, byte for byte.
fn passed(answer: PassedAnswer) -> Result<Response<Body>, Error> {
    let is_text = is_utf8(&answer);
    let mut response = Response::builder().status(answer.status).body(Body::Binary(answer.bytes.into()))?;
    response.headers_mut().extend(answer.headers);
    if !is_text {
        // `lambda_http` decodes what its type calls text, and leaves bytes alone if they have an encoding.
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("identity"));
    }
    Ok(response)
}

/// Whether the body stays as it is if it is read as text.
fn is_utf8(answer: &PassedAnswer) -> bool {
    let content_type = answer.headers.get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes).to_ascii_lowercase();
    let is_other = content_type.split(|&byte| byte == b';').any(|parameter| {
        let charset = parameter.trim_ascii().strip_prefix(b"charset=");
        charset.is_some_and(|charset| !matches!(charset, b"utf-8" | b"\"utf-8\""))
    });
    !is_other && std::str::from_utf8(&answer.bytes).is_ok() && !answer.bytes.starts_with(b"\xEF\xBB\xBF")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use lambda_http::http::HeaderMap;

    use super::*;
    use crate::wechat::errcode::Errcode;

    fn is_left_alone(content_type: Option<&'static str>, bytes: &'static [u8]) -> bool {
        let mut headers = HeaderMap::new();
        headers.extend(content_type.map(|kind| (CONTENT_TYPE, HeaderValue::from_static(kind))));
        let answer = PassedAnswer { status: 200, headers, bytes: Bytes::from_static(bytes), errcode: Errcode::OK };
        passed(answer).unwrap().headers().contains_key(CONTENT_ENCODING)
    }

    #[test]
    fn what_would_change_if_it_were_read_as_text_is_marked_as_bytes() {
        let text = "{\"词\": 1}".as_bytes();
        for (content_type, bytes, expected) in [
            (Some("application/json"), text, false),
            (Some("application/json; charset=UTF-8"), text, false),
            (None, text, false),
            (Some("text/plain; charset=GBK"), text, true),
            (Some("text/plain"), b"\xD6\xD0", true),
            (Some("text/plain"), b"\xEF\xBB\xBFx", true),
            (None, b"\x89PNG", true),
        ] {
            assert_eq!(is_left_alone(content_type, bytes), expected, "{content_type:?} {bytes:?}");
        }
    }
}
