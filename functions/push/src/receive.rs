//! What is answered over HTTP. A sender who is not WeChat learns nothing but the status.

use std::time::Instant;

use lambda_http::http::{Method, StatusCode, header};
use lambda_http::request::RequestContext;
use lambda_http::{Body, Error, Request, RequestExt, Response};
use shared::lambda::failure::causes;
use shared::lambda::route_functions::RouteFunctions;
use shared::lambda::secrets::{PushSecret, SecretError};
use shared::lambda::settings::{self, SettingError};
use shared::lambda::{chance, clients, clock};
use shared::push::credentials::Credentials;
use shared::push::envelope::{self, Mode, OpenError, Opened, PushQuery, PushRules, Refusal, Seal, Unreadable};
use shared::push::reply::{Encoded, Reply};
use shared::state::dedupe::PushDedupe;
use shared::state::reply_window::ReplyWindow;

use crate::failed_pushes::FailedPushes;
use crate::functions::Functions;
use crate::handle::{HandleError, Handled, Handling};
use crate::line::Line;

/// A push of WeChat's has some kilobytes.
const MAX_BODY_BYTES: usize = 256 * 1024;

/// The function.
#[derive(Debug)]
pub(crate) struct Push {
    stack: String,
    appid: String,
    mode: Mode,
    tolerance_seconds: i64,
    secret: PushSecret,
    handling: Handling,
    failed_pushes: FailedPushes,
}

impl Push {
    pub(crate) async fn from_settings() -> Result<Self, SettingError> {
        let config = clients::sdk_config().await;
        let dynamodb = aws_sdk_dynamodb::Client::new(&config);
        Ok(Self {
            stack: settings::text("STACK_NAME")?,
            appid: settings::text("APP_ID")?,
            mode: settings::parsed("PUSH_MODE")?,
            tolerance_seconds: settings::parsed("PUSH_TOLERANCE_SECONDS")?,
            secret: PushSecret::new(aws_sdk_secretsmanager::Client::new(&config), settings::text("PUSH_SECRET_ARN")?),
            handling: Handling {
                dedupe: PushDedupe::new(dynamodb.clone(), settings::text("PUSH_DEDUPE_TABLE")?),
                windows: ReplyWindow::new(dynamodb, settings::text("REPLY_WINDOW_TABLE")?),
                functions: Functions::new(clients::lambda_once(&config), RouteFunctions::from_settings()?),
                enter_session_quota: settings::parsed("ENTER_SESSION_QUOTA")?,
            },
            failed_pushes: FailedPushes::new(
                aws_sdk_sqs::Client::new(&config),
                settings::text("FAILED_PUSHES_QUEUE_URL")?,
            ),
        })
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
            line.outcome = "too_large";
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
            line.outcome = match error {
                ReceiveError::Handle(HandleError::StillRunning) => "still_running",
                _ => "out_of_reach",
            };
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
                line.outcome = "url_verified";
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
            Ok(Opened { fields, seal }) => {
                line.read(&fields, &seal);
                let Handled { reply, outcome, attempt } =
                    self.handling.handle(&fields, line.arrived_milliseconds, &mut line.steps).await?;
                (line.outcome, line.attempt) = (outcome, attempt);
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
                line.outcome = "unreadable";
                line.error = Some(unreadable.to_string());
                Ok(Answer::text("success"))
            }
        }
    }

    fn rules<'a>(&'a self, credentials: &'a [Credentials]) -> PushRules<'a> {
        PushRules { appid: &self.appid, mode: self.mode, tolerance_seconds: self.tolerance_seconds, credentials }
    }
}

/// Why WeChat is to ask again.
#[derive(Debug, thiserror::Error)]
enum ReceiveError {
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Handle(#[from] HandleError),
    #[error(transparent)]
    Park(#[from] crate::failed_pushes::ParkError),
    #[error("no random bytes")]
    Chance(#[from] getrandom::Error),
}

fn encode(reply: &Reply, seal: &Seal<'_>) -> Result<Answer, ReceiveError> {
    let Encoded { content_type, body } =
        reply.encode(seal, clock::now_seconds(), chance::random_bytes()?).unwrap_or_else(|error| {
            // The function has run and must not run again for a reply that cannot be written.
            tracing::error!(error = causes(&error), "reply unusable");
            Encoded { content_type: "text/plain", body: "success".into() }
        });
    Ok(Answer { status: StatusCode::OK, content_type, body })
}

/// When API Gateway took the request. A clock that disagrees with ours is not believed.
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
