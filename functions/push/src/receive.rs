//! What is answered over HTTP. A sender who is not WeChat learns nothing but the status.

use std::time::Instant;

use aws_config::SdkConfig;
use lambda_http::http::{Method, StatusCode, header};
use lambda_http::request::RequestContext;
use lambda_http::{Body, Error, Request, RequestExt, Response};
use protocol::credentials::Credentials;
use protocol::envelope::{self, OpenError, Opened, PushQuery, PushRules, Refusal, Seal, Unreadable};
use protocol::mode::Mode;
use protocol::reply::{Encoded, Reply};
use shared::host::causes::causes;
use shared::host::route_functions::RouteFunctions;
use shared::host::secrets::{PushSecret, SecretError};
use shared::host::{clients, clock, random};
use shared::state::dedupe::PushDedupe;
use shared::state::reply_window::ReplyWindow;

use crate::failed_pushes::{FailedPushes, ParkError};
use crate::handle::{HandleError, Handled, Handling};
use crate::line::Line;
use crate::outcome::Outcome;
use crate::settings::Settings;

/// A push of WeChat's has some kilobytes.
const MAX_BODY_BYTES: usize = 256 * 1024;

/// Receives what is sent to WeChat's one URL.
#[derive(Debug)]
pub(crate) struct Receiver {
    stack: String,
    appid: String,
    mode: Mode,
    tolerance_seconds: i64,
    secret: PushSecret,
    handling: Handling,
    failed_pushes: FailedPushes,
}

impl Receiver {
    pub(crate) fn from_settings(config: &SdkConfig, settings: Settings) -> Self {
        let dynamodb = aws_sdk_dynamodb::Client::new(config);
        let secrets = aws_sdk_secretsmanager::Client::new(config);
        let sqs = aws_sdk_sqs::Client::new(config);
        Self {
            stack: settings.stack,
            appid: settings.appid,
            mode: settings.mode,
            tolerance_seconds: settings.tolerance_seconds,
            secret: PushSecret::new(secrets, settings.push_secret_arn),
            handling: Handling {
                dedupe: PushDedupe::new(dynamodb.clone(), settings.push_dedupe_table),
                windows: ReplyWindow::new(dynamodb, settings.reply_window_table),
                functions: RouteFunctions::new(&clients::lambda_once(config), settings.route_arns),
                enter_session_quota: settings.enter_session_quota,
            },
            failed_pushes: FailedPushes::new(sqs, settings.failed_pushes_queue_url),
        }
    }

    /// Answers one request.
    pub(crate) async fn receive(&self, request: Request) -> Result<Response<Body>, Error> {
        let request_id = request.lambda_context_ref().map(|context| context.request_id.clone()).unwrap_or_default();
        let mut line = Line::new(&self.stack, request_id, arrived_milliseconds(&request));
        if request.method() == Method::POST {
            line.is_push();
        }
        let answer = self.answer(&request, &mut line).await;
        line.write(answer.status);
        answer.into_response()
    }

    async fn answer(&self, request: &Request, line: &mut Line) -> Answer {
        if request.body().len() > MAX_BODY_BYTES {
            line.outcome = Some(Outcome::TooLarge);
            return Answer::status(StatusCode::PAYLOAD_TOO_LARGE);
        }
        let parameters = request.query_string_parameters();
        let query = PushQuery {
            signature: parameters.first("signature"),
            timestamp: parameters.first("timestamp"),
            nonce: parameters.first("nonce"),
            encrypt_type: parameters.first("encrypt_type"),
            msg_signature: parameters.first("msg_signature"),
        };
        let result = if request.method() == Method::GET {
            let echostr = parameters.first("echostr").unwrap_or_default();
            self.verify_url(&query, echostr, line).await
        } else {
            self.take(&query, request, line).await
        };
        result.unwrap_or_else(|error| {
            line.outcome = Some(match error {
                ReceiveError::Handle(HandleError::StillRunning) => Outcome::StillRunning,
                _ => Outcome::OutOfReach,
            });
            line.error = Some(causes(&error));
            Answer::status(StatusCode::SERVICE_UNAVAILABLE)
        })
    }

    async fn verify_url(&self, query: &PushQuery<'_>, echostr: &str, line: &mut Line) -> Result<Answer, ReceiveError> {
        let verify = |pairs: &[Credentials]| envelope::verify_url(query, &self.rules(pairs), clock::now_seconds());
        let mut result = verify(&self.secret.credentials().await?);
        if result == Err(Refusal::SignatureWrong)
            && let Some(newer) = self.secret.newer_credentials().await?
        {
            result = verify(&newer);
        }
        Ok(match result {
            Ok(()) => {
                line.outcome = Some(Outcome::UrlVerified);
                Answer::text(echostr)
            }
            Err(refusal) => refuse(refusal, line),
        })
    }

    async fn take(&self, query: &PushQuery<'_>, request: &Request, line: &mut Line) -> Result<Answer, ReceiveError> {
        let step = Instant::now();
        let pairs = self.secret.credentials().await?;
        line.steps.secret = Some(clock::milliseconds_since(step));
        let step = Instant::now();
        let result = envelope::open(query, request.body(), &self.rules(&pairs), clock::now_seconds());
        line.steps.open = Some(clock::milliseconds_since(step));
        let may_be_rotated = matches!(
            result,
            Err(OpenError::Refused(Refusal::SignatureWrong) | OpenError::Unreadable(Unreadable::Decrypt(_)))
        );
        if may_be_rotated && let Some(newer) = self.secret.newer_credentials().await? {
            let result = envelope::open(query, request.body(), &self.rules(&newer), clock::now_seconds());
            return self.opened(result, query, request, line).await;
        }
        self.opened(result, query, request, line).await
    }

    async fn opened(
        &self,
        result: Result<Opened<'_>, OpenError>,
        query: &PushQuery<'_>,
        request: &Request,
        line: &mut Line,
    ) -> Result<Answer, ReceiveError> {
        match result {
            Ok(Opened { push, seal }) => {
                line.read(&push, &seal);
                let Handled { reply, outcome, attempt } =
                    self.handling.handle(&push, line.arrived_milliseconds, &mut line.steps).await?;
                (line.outcome, line.attempt) = (Some(outcome), attempt);
                encode(&reply, &seal)
            }
            Err(OpenError::Refused(refusal)) => Ok(refuse(refusal, line)),
            Err(OpenError::Unreadable(unreadable)) => {
                let query = [
                    ("signature", query.signature),
                    ("timestamp", query.timestamp),
                    ("nonce", query.nonce),
                    ("encrypt_type", query.encrypt_type),
                    ("msg_signature", query.msg_signature),
                ];
                let body = String::from_utf8_lossy(request.body());
                self.failed_pushes.park(&query, &body, &unreadable.to_string()).await?;
                line.outcome = Some(Outcome::Unreadable);
                line.error = Some(unreadable.to_string());
                Ok(Answer::text("success"))
            }
        }
    }

    fn rules<'a>(&'a self, credentials: &'a [Credentials]) -> PushRules<'a> {
        PushRules { appid: &self.appid, mode: self.mode, tolerance_seconds: self.tolerance_seconds, credentials }
    }
}

/// Why the push is answered 503, so that WeChat repeats it.
#[derive(Debug, thiserror::Error)]
enum ReceiveError {
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Handle(#[from] HandleError),
    #[error(transparent)]
    Park(#[from] ParkError),
    #[error("no random bytes")]
    Random(#[from] getrandom::Error),
}

fn encode(reply: &Reply, seal: &Seal<'_>) -> Result<Answer, ReceiveError> {
    let Encoded { content_type, body } =
        reply.encode(seal, clock::now_seconds(), random::random_bytes()?).unwrap_or_else(|error| {
            // The function has run and must not run again for a reply that cannot be written.
            tracing::error!(error = causes(&error), "reply unusable");
            Encoded { content_type: "text/plain", body: "success".into() }
        });
    Ok(Answer { status: StatusCode::OK, content_type, body })
}

/// When API Gateway took the request. If its clock and ours disagree, ours counts.
fn arrived_milliseconds(request: &Request) -> i64 {
    let now = clock::now_milliseconds();
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) if (0..5_000).contains(&(now - context.request_time_epoch)) => {
            context.request_time_epoch
        }
        _ => now,
    }
}

fn refuse(refusal: Refusal, line: &mut Line) -> Answer {
    line.refused(refusal);
    Answer::status(StatusCode::FORBIDDEN)
}

struct Answer {
    status: StatusCode,
    content_type: &'static str,
    body: String,
}

impl Answer {
    fn text(body: &str) -> Self {
        Self { status: StatusCode::OK, content_type: "text/plain", body: body.to_owned() }
    }

    fn status(status: StatusCode) -> Self {
        Self { status, content_type: "text/plain", body: String::new() }
    }

    fn into_response(self) -> Result<Response<Body>, Error> {
        let response = Response::builder().status(self.status).header(header::CONTENT_TYPE, self.content_type);
        Ok(response.body(Body::Text(self.body))?)
    }
}
