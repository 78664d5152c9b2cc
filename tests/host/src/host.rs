//! The host: everything that a test can do.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};

use bytes::Bytes;
use http::{Method, Request};
use parking_lot::{Mutex, RwLock};
use serde_json::{Map, Value};
use tokio::net::TcpListener;

use crate::answer::Answer;
use crate::api_gateway::ApiGateway;
use crate::call::{Call, PassedCall};
use crate::dynamodb::DynamoDb;
use crate::effect::Effect;
use crate::endpoint::{Caller, Endpoint};
use crate::error::HostError;
use crate::event_source::{self, EventSource};
use crate::forward::Upstream;
use crate::function::Function;
use crate::functions::{Functions, Registered};
use crate::invocation::{Invocation, Outcome};
use crate::invoke_api::InvokeApi;
use crate::logs::Logs;
use crate::pool::{AllBusy, Background, Killed, Serve};
use crate::queue::{Queue, Queues};
use crate::record::Record;
use crate::rules::{Demand, Pause, Point, Rule, Rules};
use crate::schedule::Disturbance;
use crate::secrets_manager::Secrets;
use crate::server;
use crate::tasks::Tasks;
use crate::work::Work;

/// Runs functions as processes on this machine, with AWS and WeChat around them.
///
/// All that it started ends with it.
pub struct Host {
    endpoint: Arc<Endpoint>,
    functions: Arc<Functions>,
    api_gateway: Arc<ApiGateway>,
    address: SocketAddr,
    sources: Mutex<Vec<Arc<Queue>>>,
    work: Work,
    tasks: Tasks,
    logs: Logs,
}

/// What an invocation came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invoked {
    /// The function returned this.
    Returned(Value),
    /// The function failed; this is Lambda's description.
    Failed(Value),
    /// There was no environment for it.
    Throttled,
}

impl Host {
    /// Starts a host without functions. Its DynamoDB is the DynamoDB Local at the URL in `DYNAMODB_LOCAL_URL`, in which it
    /// has tables of its own.
    ///
    /// # Errors
    /// [`HostError`] if there is no free port, or the URL is none.
    pub async fn start() -> Result<Self, HostError> {
        let (work, tasks, logs) = (Work::new(), Tasks::new(), Logs::new());
        let queues = Arc::new(Queues::default());
        let dynamodb = DynamoDb::from_variables()?;
        let endpoint = Arc::new_cyclic(|endpoint: &Weak<Endpoint>| {
            let serve = serve_environments(endpoint.clone(), tasks.clone());
            let background = Background { serve, tasks: tasks.clone(), logs: logs.clone(), started: Arc::default() };
            let functions = Arc::new(Functions::new(background, work.clone()));
            Endpoint {
                dynamodb,
                invoke_api: InvokeApi { functions, queues: queues.clone(), work: work.clone() },
                queues,
                secrets: Secrets::default(),
                wechat: RwLock::default(),
                rules: Arc::new(Rules::default()),
                record: Record::new(),
            }
        });
        let functions = endpoint.invoke_api.functions.clone();
        let api_gateway = Arc::new(ApiGateway::new(functions.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let api = api_gateway.clone();
        tasks.spawn(async move {
            let handle = move |request| {
                let api = api.clone();
                async move { Ok(api.answer(request).await) }
            };
            server::serve(listener, handle).await;
        });
        Ok(Self { endpoint, functions, api_gateway, address, sources: Mutex::default(), work, tasks, logs })
    }

    /// Registers a function. It replaces one of the same name, whose processes end after their last invocation.
    pub fn function(&self, name: &str, function: Function) {
        self.functions.register(name, function);
    }

    /// Hands every GET and POST of a path to a function, as API Gateway does. A segment in braces takes any value,
    /// and one such as `{proxy+}` the rest of the path.
    pub fn route(&self, path: &str, function: &str) {
        self.api_gateway.route(path, function);
    }

    /// The queue with this name, created if there is none.
    pub fn queue(&self, name: &str) -> Arc<Queue> {
        self.endpoint.queues.get_or_create(name)
    }

    /// Feeds what arrives in a queue to a function.
    pub fn event_source(&self, queue: &Arc<Queue>, function: &str, source: EventSource) {
        self.sources.lock().push(queue.clone());
        let (functions, work) = (self.functions.clone(), self.work.clone());
        self.tasks.spawn(event_source::feed(queue.clone(), function.to_owned(), functions, source, work));
    }

    /// Puts a new current value into a secret; the value before becomes the previous one.
    pub fn secret(&self, arn: &str, value: &Value) {
        self.endpoint.secrets.put(arn, &value.to_string());
    }

    /// Sets a secret's value with one staging label, as text, or removes it.
    pub fn secret_version(&self, arn: &str, stage: &str, value: Option<&str>) {
        self.endpoint.secrets.set(arn, stage, value);
    }

    /// Creates a table with a partition key and, if `keys` has two, a sort key. All keys are strings.
    ///
    /// # Errors
    /// [`HostError`] if there is no DynamoDB Local or it refuses.
    pub async fn table(&self, name: &str, keys: &[&str]) -> Result<(), HostError> {
        self.endpoint.dynamodb.create_table(name, keys).await
    }

    /// All items of a table, as plain JSON.
    ///
    /// # Errors
    /// As [`Self::table`].
    pub async fn items(&self, table: &str) -> Result<Vec<Map<String, Value>>, HostError> {
        self.endpoint.dynamodb.items(table).await
    }

    /// Puts an item, given as plain JSON, into a table, in place of the one with its key.
    ///
    /// # Errors
    /// As [`Self::table`].
    pub async fn put(&self, table: &str, item: &Map<String, Value>) -> Result<(), HostError> {
        self.endpoint.dynamodb.put_item(table, item).await
    }

    /// Puts many items, given as plain JSON, into a table.
    ///
    /// # Errors
    /// As [`Self::table`].
    pub async fn put_all(&self, table: &str, items: &[Map<String, Value>]) -> Result<(), HostError> {
        self.endpoint.dynamodb.put_items(table, items).await
    }

    /// Names the server that stands in for WeChat. The functions reach it through the host.
    ///
    /// # Errors
    /// [`HostError::Url`] unless it is of the form `http://host:port`.
    pub fn wechat(&self, url: &str) -> Result<(), HostError> {
        *self.endpoint.wechat.write() = Some(Upstream::new(url)?);
        Ok(())
    }

    /// The API's URL, for clients that send requests over HTTP.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A URL at which the test's own clients find AWS. Their calls are recorded under `caller` and meet the rules.
    ///
    /// # Errors
    /// [`HostError::Listen`].
    pub async fn endpoint(&self, caller: &str) -> Result<String, HostError> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let caller = Caller::Test(caller.to_owned());
        self.tasks.spawn(serve_caller(listener, caller, Arc::downgrade(&self.endpoint)));
        Ok(url)
    }

    /// Posts to the API; the path may have a query.
    pub async fn post(&self, path: &str, body: impl Into<Bytes>) -> Answer {
        self.request(Method::POST, path, body.into()).await
    }

    /// Gets from the API; the path may have a query.
    pub async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, Bytes::new()).await
    }

    async fn request(&self, method: Method, path: &str, body: Bytes) -> Answer {
        match Request::builder().method(method).uri(path).body(body) {
            Ok(request) => self.api_gateway.answer(request).await,
            Err(error) => Answer::new(http::StatusCode::BAD_REQUEST, error.to_string()),
        }
    }

    /// Invokes a function and waits for it.
    ///
    /// # Errors
    /// [`HostError::NoFunction`].
    pub async fn invoke(&self, function: &str, payload: impl Into<Value>) -> Result<Invoked, HostError> {
        let invocation = Invocation::new(payload.into().to_string().into(), None);
        let json = |payload: Bytes| serde_json::from_slice(&payload).unwrap_or_default();
        Ok(match self.registered(function)?.run(invocation, AllBusy::Throttle).await {
            Ok(Outcome::Returned(payload)) => Invoked::Returned(json(payload)),
            Ok(Outcome::Failed(payload)) => Invoked::Failed(json(payload)),
            Err(_) => Invoked::Throttled,
        })
    }

    /// Has something happen at a point.
    pub fn when(&self, point: Point, effect: Effect) -> Rule {
        self.endpoint.rules.add(point, Demand::Effect(effect))
    }

    /// Has the process that is at a point killed (SIGKILL). The call gets no answer.
    pub fn kill_when(&self, point: Point) -> Rule {
        self.endpoint.rules.add(point, Demand::Kill)
    }

    /// Stops the caller that is at a point until the test lets it go on.
    pub fn pause_when(&self, point: Point) -> Pause {
        self.endpoint.rules.pause(point)
    }

    /// Kills all processes of a function now (SIGKILL); returns how many there were.
    ///
    /// # Errors
    /// [`HostError::NoFunction`].
    pub async fn kill(&self, function: &str) -> Result<usize, HostError> {
        Ok(self.registered(function)?.kill().await)
    }

    /// Kills one process of a function now (SIGKILL), if there is any: the one that `choice` says, whatever its size.
    ///
    /// # Errors
    /// [`HostError::NoFunction`].
    pub async fn kill_one(&self, function: &str, choice: usize) -> Result<Option<Killed>, HostError> {
        Ok(self.registered(function)?.kill_one(choice).await)
    }

    /// How many processes a function has.
    ///
    /// # Errors
    /// [`HostError::NoFunction`].
    pub fn environments(&self, function: &str) -> Result<usize, HostError> {
        Ok(self.processes(function)?.len())
    }

    /// The process ids of a function's environments; 0 for one that has no process yet.
    ///
    /// # Errors
    /// [`HostError::NoFunction`].
    pub fn processes(&self, function: &str) -> Result<Vec<u32>, HostError> {
        Ok(self.registered(function)?.processes())
    }

    /// Has a schedule decide what becomes of each call from now on, beside the rules.
    pub fn follow_schedule(&self, choose: impl Fn(&PassedCall) -> Option<Disturbance> + Send + Sync + 'static) {
        self.endpoint.rules.follow_schedule(Arc::new(choose));
    }

    /// Keeps no record of calls from now on, and forgets those before: for trials whose calls would fill the memory.
    pub fn record_nothing(&self) {
        self.endpoint.record.end();
    }

    /// The calls so far that a description fits, whatever number it names.
    #[must_use]
    pub fn calls_to(&self, call: &Call) -> Vec<PassedCall> {
        self.endpoint.record.matching(call)
    }

    /// How many calls so far a description fits, whatever number it names.
    #[must_use]
    pub fn count(&self, call: &Call) -> usize {
        self.endpoint.record.matching(call).len()
    }

    /// All calls so far, in the order of arrival.
    #[must_use]
    pub fn calls(&self) -> Vec<PassedCall> {
        self.endpoint.record.all()
    }

    /// Waits until the call that is described has ended, and returns it.
    ///
    /// # Errors
    /// [`HostError::NeverHappened`].
    pub async fn called(&self, call: &Call) -> Result<PassedCall, HostError> {
        self.endpoint.record.wait_for(call).await
    }

    /// Waits until nothing runs, no asynchronous invocation waits or is to be retried, and no message that can be received
    /// waits for a function. Messages with a delay or a visibility timeout that is not over do not count.
    ///
    /// # Errors
    /// [`HostError::NeverHappened`].
    pub async fn at_rest(&self) -> Result<(), HostError> {
        let rest = async {
            loop {
                self.work.none().await;
                let sources = self.sources.lock().clone();
                let is_fed = sources.iter().any(|queue| queue.counts().visible > 0);
                // What left a queue before it was looked at has been counted as work since.
                if !is_fed && self.work.is_none() {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        HostError::unless_in_time(rest, || "all functions are at rest".to_owned()).await
    }

    /// Waits until a function writes a line that contains `text` to its standard output or error, and returns the line.
    ///
    /// # Errors
    /// [`HostError::NeverHappened`].
    pub async fn logged(&self, function: &str, text: &str) -> Result<String, HostError> {
        self.logs.wait_for(function, text).await
    }

    /// The lines that a function wrote so far. What it wrote last may not have arrived yet: [`Self::logged`] waits.
    #[must_use]
    pub fn log_of(&self, function: &str) -> Vec<String> {
        self.logs.of(function)
    }

    fn registered(&self, function: &str) -> Result<Arc<Registered>, HostError> {
        self.functions.get(function).ok_or_else(|| HostError::NoFunction(function.to_owned()))
    }
}

/// A failed test shows what the functions logged.
impl Drop for Host {
    fn drop(&mut self) {
        self.tasks.end();
        if std::thread::panicking() {
            // A failure to write to standard error cannot be reported anywhere.
            let _ = self.logs.write_all(&mut std::io::stderr());
        }
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("address", &self.address).finish_non_exhaustive()
    }
}

fn serve_environments(endpoint: Weak<Endpoint>, tasks: Tasks) -> Serve {
    Arc::new(move |listener, environment| {
        let served = serve_caller(listener, Caller::Environment(environment.clone()), endpoint.clone());
        tasks.spawn(async move {
            tokio::select! {
                () = served => {}
                () = environment.ended() => {}
            }
        });
    })
}

async fn serve_caller(listener: TcpListener, caller: Caller, endpoint: Weak<Endpoint>) {
    let handle = move |request| {
        let (caller, endpoint) = (caller.clone(), endpoint.upgrade());
        async move {
            match endpoint {
                Some(endpoint) => endpoint.answer(&caller, request).await,
                None => Err(server::Cut),
            }
        }
    };
    server::serve(listener, handle).await;
}
