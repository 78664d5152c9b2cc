//! Serves the gateway: a request in by either API, WeChat's answer or the gateway's own out.

use std::time::Instant;

use lambda_http::http::StatusCode;
use lambda_http::{Body, Error, Request, RequestExt, Response, service_fn};

use super::edge::Edge;
use super::error::GatewayError;
use super::gateway::{Gateway, GatewayAnswer};
use super::line::GatewayLine;
use crate::host::clock;
use crate::serve::action::ActionAnswer;
use crate::serve::serve_action::response;
use crate::wechat::pass_through::{PassedAnswer, Withheld};

/// Serves the gateway.
///
/// # Errors
/// Where the Lambda runtime itself cannot go on.
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
            if matches!(error, GatewayError::Withheld(Withheld::Token)) {
                tracing::error!("an answer of WeChat's contains the access token");
            }
            response(error.status(edge), ActionAnswer::new(error.fields()))
        }
    }
}

/// WeChat's answer, byte for byte.
fn passed(answer: PassedAnswer) -> Result<Response<Body>, Error> {
    let mut response = Response::builder().status(answer.status).body(Body::Binary(answer.bytes.into()))?;
    response.headers_mut().extend(answer.headers);
    Ok(response)
}
