//! The one address at which an environment finds the Runtime API, AWS and WeChat. Every call passes here, is recorded,
//! and meets the test's rules.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::{Request, StatusCode};
use parking_lot::RwLock;
use serde_json::Value;

use crate::answer::Answer;
use crate::call::{PassedCall, Service};
use crate::dynamodb::{self, DynamoDb};
use crate::environment::Environment;
use crate::forward::Upstream;
use crate::invoke_api::{self, InvokeApi};
use crate::queue::Queues;
use crate::record::Record;
use crate::rules::{Applying, Rules, Verdict};
use crate::runtime_api::RuntimeCall;
use crate::schedule::Moment;
use crate::secrets_manager::{self, Secrets};
use crate::server::Cut;
use crate::sqs;

/// Everything that can be called.
pub(crate) struct Endpoint {
    pub(crate) dynamodb: DynamoDb,
    pub(crate) invoke_api: InvokeApi,
    pub(crate) queues: Arc<Queues>,
    pub(crate) secrets: Secrets,
    pub(crate) wechat: RwLock<Option<Upstream>>,
    pub(crate) rules: Arc<Rules>,
    pub(crate) record: Record,
}

/// Who calls.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    Environment(Arc<Environment>),
    /// A client of the test, by a name that it chose.
    Test(String),
}

/// What a request wants.
enum Wanted {
    Runtime(RuntimeCall),
    Invoke { function: String, invocation_type: String },
    DynamoDb { operation: String, request: Value },
    Sqs { operation: String, request: Value },
    SecretsManager { operation: String, request: Value },
    WeChat { path: String },
}

impl Endpoint {
    /// Answers a request, or leaves it without an answer.
    pub(crate) async fn answer(self: &Arc<Self>, caller: &Caller, request: Request<Bytes>) -> Result<Answer, Cut> {
        let wanted = Wanted::of(&request);
        if let (Wanted::Runtime(RuntimeCall::Next), Caller::Environment(environment)) = (&wanted, caller) {
            return Ok(RuntimeCall::Next.answer(environment, Bytes::new()).await);
        }
        let call = wanted.call(caller, request.body());
        let place = self.record.arrived(call.clone());
        let applying = self.rules.applying(&call);
        let result = self.pass(&applying, caller, wanted, request, &call).await;
        self.record.ended(place);
        result
    }

    async fn pass(
        self: &Arc<Self>,
        rules: &Applying,
        caller: &Caller,
        wanted: Wanted,
        request: Request<Bytes>,
        call: &PassedCall,
    ) -> Result<Answer, Cut> {
        if let Some(result) = follow(rules, Moment::Before, caller, call).await {
            return result;
        }
        // A service goes on with a call that has reached it, whatever becomes of the connection.
        let (endpoint, by) = (self.clone(), caller.clone());
        let serving = tokio::spawn(async move { endpoint.serve(wanted, &by, request).await });
        if let Some(result) = follow(rules, Moment::During, caller, call).await {
            return result;
        }
        let answer = serving.await.map_err(|_| Cut)?;
        follow(rules, Moment::After, caller, call).await.unwrap_or(Ok(answer))
    }

    async fn serve(&self, wanted: Wanted, caller: &Caller, request: Request<Bytes>) -> Answer {
        match wanted {
            Wanted::Runtime(call) => match caller {
                Caller::Environment(environment) => call.answer(environment, request.into_body()).await,
                Caller::Test(_) => Answer::new(StatusCode::NOT_FOUND, "the Runtime API is for environments"),
            },
            Wanted::Invoke { function, .. } => self.invoke_api.answer(&function, &request).await,
            Wanted::DynamoDb { .. } => self.dynamodb.answer(request).await,
            Wanted::Sqs { operation, request } => sqs::answer(&self.queues, &operation, &request).await,
            Wanted::SecretsManager { operation, request } => self.secrets.answer(&operation, &request),
            Wanted::WeChat { .. } => {
                let wechat = self.wechat.read().clone();
                match wechat {
                    Some(upstream) => upstream.forward(request).await,
                    None => Answer::new(StatusCode::BAD_GATEWAY, "the test named no stand-in for WeChat"),
                }
            }
        }
    }
}

/// What the rules make of a call at a moment; nothing if it goes on.
async fn follow(rules: &Applying, moment: Moment, caller: &Caller, call: &PassedCall) -> Option<Result<Answer, Cut>> {
    match rules.follow(moment, call).await {
        Verdict::GoOn => None,
        Verdict::Cut => Some(Err(Cut)),
        Verdict::Answer(answer) => Some(Ok(answer)),
        Verdict::Kill => {
            if let Caller::Environment(environment) = caller {
                environment.kill().await;
            }
            rules.killed(moment);
            Some(Err(Cut))
        }
    }
}

impl Wanted {
    fn of(request: &Request<Bytes>) -> Self {
        if let Some(call) = RuntimeCall::of(request) {
            return Self::Runtime(call);
        }
        if let Some(function) = invoke_api::invoked_function(request) {
            return Self::Invoke { function, invocation_type: invoke_api::invocation_type(request).to_owned() };
        }
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
        if let Some((service, operation)) = target.and_then(|target| target.split_once('.')) {
            let (operation, request) = (operation.to_owned(), json(request.body()));
            match service {
                "DynamoDB_20120810" => return Self::DynamoDb { operation, request },
                "AmazonSQS" => return Self::Sqs { operation, request },
                "secretsmanager" => return Self::SecretsManager { operation, request },
                _ => {}
            }
        }
        Self::WeChat { path: request.uri().path().to_owned() }
    }

    fn call(&self, caller: &Caller, body: &Bytes) -> PassedCall {
        let (service, operation, targets) = match self {
            Self::Runtime(call) => (Service::Runtime, call.operation(), vec![]),
            Self::Invoke { function, invocation_type } => {
                (Service::Lambda, invocation_type.as_str(), vec![function.clone()])
            }
            Self::DynamoDb { operation, request } => {
                (Service::DynamoDb, operation.as_str(), dynamodb::tables_of(request))
            }
            Self::Sqs { operation, request } => (Service::Sqs, operation.as_str(), vec![sqs::queue_of(request)]),
            Self::SecretsManager { operation, request } => {
                let secret = secrets_manager::secret_of(request).to_owned();
                (Service::SecretsManager, operation.as_str(), vec![secret])
            }
            Self::WeChat { path } => (Service::WeChat, path.as_str(), vec![]),
        };
        let (caller, environment, invocation) = match caller {
            Caller::Environment(environment) => {
                (environment.function.clone(), Some(environment.number), environment.invocation())
            }
            Caller::Test(name) => (name.clone(), None, None),
        };
        let (request_id, event) = invocation.unzip();
        PassedCall {
            caller,
            environment,
            request_id,
            event,
            service,
            operation: operation.to_owned(),
            targets,
            body: body.clone(),
            at: Instant::now(),
        }
    }
}

fn json(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}
