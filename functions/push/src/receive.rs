//! What is answered over HTTP, at `/push/{appid}` or, for the mini program of the parameter `AppId`, at `/push`. A sender who
//! is not WeChat learns nothing but the status.

use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use lambda_http::http::{Method, StatusCode, header};
use lambda_http::{Body, Error, Request, RequestExt, Response};
use protocol::appid::Appid;
use protocol::credentials::Credentials;
use protocol::envelope::{self, OpenError, Opened, PushQuery, PushRules, Refusal, Seal, Unreadable};
use protocol::mode::Mode;
use protocol::push::{Kind, Push};
use protocol::push_key::PushKey;
use protocol::reply::{Encoded, Reply};
use serde_json::Value;
use shared::host::causes::causes;
use shared::host::connections::opened;
use shared::host::deliver_reply::DeliverReply;
use shared::host::failed_pushes::{FailedPushes, ParkError};
use shared::host::push_secret::PushSecret;
use shared::host::reply_guard::ReplyGuard;
use shared::host::secrets::SecretError;
use shared::host::{clients, clock, random};
use shared::state::dedupe::{PushDedupe, RETENTION_SECONDS};
use shared::state::reply_window::ReplyWindow;

use crate::arrival::{Arrival, arrived_milliseconds};
use crate::claim::LAST_ATTEMPTS_AGE_SECONDS;
use crate::deadline::{Deadline, Overdue};
use crate::handle::{HandleError, Handled, Handling, Job};
use crate::line::Line;
use crate::outcome::Outcome;
use crate::settings::Settings;

/// A push of WeChat's has some kilobytes.
const MAX_BODY_BYTES: usize = 256 * 1024;
/// Before the 503 where a secret is not set: WeChat repeats the push at once.
const NOT_SET: Duration = Duration::from_secs(1);

/// Receives what is sent to WeChat's URLs.
#[derive(Debug)]
pub(crate) struct Receiver {
    stack: String,
    appid: Appid,
    mode: Mode,
    tolerance_seconds: i64,
    secret: PushSecret,
    handling: Handling,
}

impl Receiver {
    pub(crate) fn from_settings(config: &SdkConfig, settings: Settings) -> Self {
        let dynamodb = aws_sdk_dynamodb::Client::new(config);
        let secrets = aws_sdk_secretsmanager::Client::new(config);
        let sqs = aws_sdk_sqs::Client::new(config);
        Self {
            stack: settings.stack,
            mode: settings.mode,
            tolerance_seconds: settings.tolerance_seconds,
            secret: PushSecret::new(secrets, settings.push_secret_arn, settings.appid.clone()),
            handling: Handling {
                dedupe: PushDedupe::new(dynamodb.clone(), settings.push_dedupe_table, settings.appid.clone()),
                windows: ReplyWindow::new(dynamodb, settings.reply_window_table, settings.appid.clone()),
                deliver_reply: DeliverReply::new(clients::lambda_once(config), settings.deliver_reply_function_arn),
                failed_pushes: FailedPushes::new(sqs.clone(), settings.failed_pushes_queue_url),
                guard: ReplyGuard::new(sqs, settings.reply_guard_queue_url),
                enter_session_quota: settings.enter_session_quota,
                reply_timeout_seconds: settings.reply_timeout_seconds,
                handoff_minutes: settings.handoff_minutes,
            },
            appid: settings.appid,
        }
    }

    /// Opens the connections that a push needs, and reads the secret. A push makes two calls to DynamoDB at once.
    pub(crate) async fn open_connections(&self) {
        let Handling { dedupe, deliver_reply, .. } = &self.handling;
        // The key of no push.
        let key = PushKey::of_unreadable("", "", b"");
        let look = || opened("DynamoDB", dedupe.read(&self.appid, &key, clock::now_seconds()));
        tokio::join!(
            opened("Secrets Manager", self.secret.credentials(&self.appid)),
            look(),
            look(),
            opened("Lambda", deliver_reply.connect()),
        );
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
        let Some(appid) = self.addressed(request) else { return refuse(Refusal::UnknownAppid, line) };
        let result = if request.method() == Method::GET {
            let echostr = parameters.first("echostr").unwrap_or_default();
            self.verify_url(&appid, &query, echostr, line).await
        } else {
            self.take(&appid, &query, request, line).await
        };
        result.unwrap_or_else(|error| {
            line.outcome = Some(match error {
                ReceiveError::Handle(HandleError::StillRunning) => Outcome::StillRunning,
                ReceiveError::Handle(HandleError::Broken) => Outcome::Broken,
                ReceiveError::Unreadable(_) => Outcome::Undecryptable,
                _ => Outcome::OutOfReach,
            });
            line.error = Some(causes(&error));
            Answer::status(StatusCode::SERVICE_UNAVAILABLE)
        })
    }

    /// The mini program that a request is for; nothing if its path names none.
    fn addressed(&self, request: &Request) -> Option<Appid> {
        match request.path_parameters().first("appid") {
            None => Some(self.appid.clone()),
            Some(text) => text.parse().ok(),
        }
    }

    /// The pairs of a mini program. An entry that is not set is set by hand, and not within seconds: that is no reason to keep this
    /// environment from other mini programs.
    async fn credentials(&self, appid: &Appid, deadline: Deadline) -> Result<Vec<Credentials>, Overdue<SecretError>> {
        match self.secret.credentials(appid).await {
            Ok(pairs) => Ok(pairs),
            Err(error @ SecretError::NotSet(_)) => {
                deadline.pass(NOT_SET).await;
                Err(Overdue::Failed(error))
            }
            Err(_) => deadline.insist(|| self.secret.credentials(appid)).await,
        }
    }

    /// The pairs read once more, if there are newer ones. Anybody can name a mini program that is none of the stack's: nobody
    /// waits for Secrets Manager then.
    async fn newer_credentials(
        &self,
        appid: &Appid,
        refusal: Refusal,
        deadline: Deadline,
    ) -> Result<Option<Vec<Credentials>>, Overdue<SecretError>> {
        if refusal == Refusal::UnknownAppid {
            return Ok(self.secret.newer_credentials(appid).await.unwrap_or_default());
        }
        deadline.insist(|| self.secret.newer_credentials(appid)).await
    }

    async fn verify_url(
        &self,
        appid: &Appid,
        query: &PushQuery<'_>,
        echostr: &str,
        line: &mut Line,
    ) -> Result<Answer, ReceiveError> {
        let deadline = Deadline::of(line.arrived_milliseconds, false);
        let mut verify = |pairs: &[Credentials]| {
            line.is_for(appid, pairs);
            envelope::verify_url(query, &self.rules(appid, pairs), clock::now_seconds())
        };
        let mut result = verify(&self.credentials(appid, deadline).await?);
        if let Err(refusal @ (Refusal::SignatureWrong | Refusal::UnknownAppid)) = result
            && let Some(newer) = self.newer_credentials(appid, refusal, deadline).await?
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

    async fn take(
        &self,
        appid: &Appid,
        query: &PushQuery<'_>,
        request: &Request,
        line: &mut Line,
    ) -> Result<Answer, ReceiveError> {
        let deadline = Deadline::of(line.arrived_milliseconds, false);
        let arrival = Arrival::of(request, query);
        let step = Instant::now();
        let mut pairs = self.credentials(appid, deadline).await?;
        line.steps.secret = Some(clock::milliseconds_since(step));
        let step = Instant::now();
        let mut result = envelope::open(query, request.body(), &self.rules(appid, &pairs), arrival.at_seconds);
        line.steps.open = Some(clock::milliseconds_since(step));
        let may_be_rotated = match &result {
            Err(OpenError::Refused(refusal @ (Refusal::SignatureWrong | Refusal::UnknownAppid))) => Some(*refusal),
            Err(OpenError::Unreadable(Unreadable::Decrypt(_))) => Some(Refusal::SignatureWrong),
            _ => None,
        };
        if let Some(refusal) = may_be_rotated
            && let Some(newer) = self.newer_credentials(appid, refusal, deadline).await?
        {
            pairs = newer;
            result = envelope::open(query, request.body(), &self.rules(appid, &pairs), arrival.at_seconds);
        }
        if matches!(result, Err(OpenError::Unreadable(Unreadable::Decrypt(_)))) && !arrival.is_redriven {
            // A key that was changed in the console may be in the secret in a moment.
            tokio::time::sleep(deadline.left()).await;
            if let Ok(Some(newer)) = self.secret.newer_credentials(appid).await {
                pairs = newer;
                result = envelope::open(query, request.body(), &self.rules(appid, &pairs), arrival.at_seconds);
            }
        }
        line.is_for(appid, &pairs);
        match result {
            Ok(Opened { push, seal }) => {
                line.read(&push, &seal);
                self.handle(appid, &push, &seal, &arrival, line).await
            }
            Err(OpenError::Refused(refusal)) => Ok(refuse(refusal, line)),
            Err(OpenError::Unreadable(unreadable)) => {
                self.unreadable(appid, unreadable, query, request, &arrival, line).await
            }
        }
    }

    async fn handle(
        &self,
        appid: &Appid,
        push: &Push,
        seal: &Seal<'_>,
        arrival: &Arrival,
        line: &mut Line,
    ) -> Result<Answer, ReceiveError> {
        let job = Job {
            appid,
            push,
            key: push.key(),
            deadline: Deadline::of(line.arrived_milliseconds, push.is_query()),
            signed_age_seconds: arrival.signed_age_seconds,
            is_waited_for: !arrival.is_redriven,
        };
        let Handled { answer, outcome, attempt } = self.handling.handle(&job, &mut line.steps).await?;
        (line.outcome, line.attempt) = (Some(outcome), attempt);
        line.failed_payments = u8::from(push.kind() == Kind::Payment && outcome == Outcome::OutOfReach);
        encode(&Reply::from_output(answer).unwrap_or(Reply::Success), push.kind(), seal)
    }

    /// WeChat signed what cannot be read. What decrypts and is no message stays so, and is parked. What does not decrypt may yet:
    /// WeChat repeats it, and its last attempts are parked too, as one.
    async fn unreadable(
        &self,
        appid: &Appid,
        unreadable: Unreadable,
        query: &PushQuery<'_>,
        request: &Request,
        arrival: &Arrival,
        line: &mut Line,
    ) -> Result<Answer, ReceiveError> {
        if arrival.is_redriven {
            return Err(ReceiveError::Unreadable(unreadable));
        }
        let deadline = Deadline::of(line.arrived_milliseconds, false);
        let parts = [
            ("signature", query.signature),
            ("timestamp", query.timestamp),
            ("nonce", query.nonce),
            ("encrypt_type", query.encrypt_type),
            ("msg_signature", query.msg_signature),
        ];
        let body = String::from_utf8_lossy(request.body());
        let why = unreadable.to_string();
        let at_seconds = arrival.at_seconds;
        let park = || self.handling.failed_pushes.park_unreadable(appid, &parts, &body, &why, at_seconds);
        if matches!(unreadable, Unreadable::Decrypt(_)) {
            line.outcome = Some(Outcome::Undecryptable);
            if arrival.signed_age_seconds >= LAST_ATTEMPTS_AGE_SECONDS {
                let (timestamp, nonce) = (query.timestamp.unwrap_or_default(), query.nonce.unwrap_or_default());
                let key = PushKey::of_unreadable(timestamp, nonce, request.body());
                self.handling.once(appid, &key, deadline, park).await?;
            }
            return Err(ReceiveError::Unreadable(unreadable));
        }
        deadline.insist(park).await?;
        line.outcome = Some(Outcome::Unreadable);
        line.error = Some(why);
        Ok(Answer::text("success"))
    }

    fn rules<'a>(&self, appid: &'a Appid, credentials: &'a [Credentials]) -> PushRules<'a> {
        PushRules {
            appid: appid.as_str(),
            mode: self.mode,
            tolerance_seconds: self.tolerance_seconds,
            payment_tolerance_seconds: RETENTION_SECONDS,
            credentials,
        }
    }
}

/// Why the push is answered 503, so that WeChat repeats it.
#[derive(Debug, thiserror::Error)]
enum ReceiveError {
    #[error(transparent)]
    Secret(#[from] Overdue<SecretError>),
    #[error(transparent)]
    Handle(#[from] HandleError),
    #[error(transparent)]
    Park(#[from] Overdue<ParkError>),
    #[error(transparent)]
    Unreadable(Unreadable),
    #[error("random bytes are unavailable")]
    Random(#[from] getrandom::Error),
}

fn encode(reply: &Reply, kind: Kind, seal: &Seal<'_>) -> Result<Answer, ReceiveError> {
    let write = |reply: &Reply, random| reply.encode(seal, clock::now_seconds(), random);
    let random = random::random_bytes()?;
    let written = write(reply, random).or_else(|error| {
        // The function has run and must not run again for a reply that cannot be written.
        tracing::error!(error = causes(&error), "reply unusable");
        // Success would book a payment.
        let plain = if kind == Kind::Payment { only_err_code(reply) } else { Reply::Success };
        write(&plain, random)
    });
    let success = || Encoded { content_type: "text/plain", body: "success".into() };
    let Encoded { content_type, body } = written.unwrap_or_else(|_| success());
    Ok(Answer { status: StatusCode::OK, content_type, body })
}

/// What a payment is answered whose answer cannot be written: its `ErrCode` alone.
fn only_err_code(reply: &Reply) -> Reply {
    let err_code = match reply {
        Reply::Passive(fields) => fields.get("ErrCode").and_then(Value::as_i64).unwrap_or(1),
        Reply::Success => 1,
    };
    Reply::Passive([("ErrCode".to_owned(), err_code.into())].into_iter().collect())
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
