//! Runs the product's real Lambda binaries as processes on this machine, with AWS and WeChat around them under a test's
//! control. It needs no Docker, and of AWS only Amazon's DynamoDB Local.
//!
//! ```text
//! test ── post ──> API Gateway ──> pool of environments ── Runtime API ──> bootstrap (a process)
//!                                        ^                                    │
//!                 Invoke, events, queues ┘        endpoint <── every call ────┘
//!                                                   │ recorded, and met by the test's rules:
//!                                                   │ cut, delay, fail, throttle, pause, kill
//!                                                   └──> DynamoDB Local, queues, secrets, functions, WeChat
//! ```
//!
//! [`Host`] is where a test begins. A [`Call`] describes calls, a [`Point`] is just before, during or just after one of them.
//! Whatever a test waits for is an event; a wait that is in vain ends with [`HostError::NeverHappened`].
//!
//! ```no_run
//! # use lambda_host::{Call, Function, Host, HostError, Point, queue_url};
//! # async fn test() -> Result<(), HostError> {
//! let host = Host::start().await?;
//! host.table("push-dedupe", &["push_key"]).await?;
//! host.queue("failed");
//! host.function("push", Function::product("push")?.variable("FAILED_PUSHES_QUEUE_URL", queue_url("failed")));
//! host.route("/push", "push");
//! // The first process that claims a push dies before it knows of its claim.
//! let claim = Call::dynamodb("UpdateItem").from("push").to("push-dedupe");
//! let kill = host.kill_when(Point::after(claim.clone()));
//! assert_eq!(host.post("/push?nonce=1", "<xml/>").await.status, 502);
//! kill.applied().await?;
//! assert_eq!(host.count(&claim), 1);
//! host.at_rest().await?;
//! # Ok(())
//! # }
//! ```
//!
//! What is simpler here than on AWS: nothing checks signatures or roles (the local stack does), a process is not frozen
//! between two invocations, and an initialisation that fails is not repeated.

mod answer;
mod api_gateway;
mod call;
mod clock;
mod deliver_reply;
mod dynamodb;
mod effect;
mod endpoint;
mod environment;
mod error;
mod event_source;
mod events;
mod forward;
mod function;
mod functions;
mod host;
mod invocation;
mod invoke_api;
mod logs;
mod names;
mod pool;
mod process;
mod queue;
mod record;
mod rules;
mod runtime_api;
mod schedule;
mod secrets_manager;
mod server;
mod sqs;
mod tasks;
mod work;

pub use answer::Answer;
pub use call::{Call, PassedCall, Service};
pub use deliver_reply::deliver_reply;
pub use effect::Effect;
pub use error::{HostError, PATIENCE};
pub use event_source::EventSource;
pub use function::Function;
pub use host::{Host, Invoked};
pub use names::{function_arn, queue_arn, queue_url, secret_arn};
pub use pool::Killed;
pub use queue::{Counts, Queue};
pub use rules::{Held, Pause, Point, Rule};
pub use schedule::{Act, Disturbance, Moment};
pub use secrets_manager::{CURRENT, PREVIOUS};
