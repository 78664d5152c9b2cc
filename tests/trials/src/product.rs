//! The product on the host, wired as the template wires it, with two mini programs.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lambda_host::{EventSource, Function, Host, Queue, function_arn, queue_url, secret_arn};
use serde_json::{Map, Value, json};

use crate::built::beside_this_one;
use crate::error::TrialError;
use crate::mini_program::{ENTER_QUOTA, MINI_PROGRAMS, MiniProgram};

/// How many words the keyword table of `on-text` has: `word0;` and so on.
pub(crate) const WORDS: usize = 10;
/// How long a handler may take. The template's default is 120.
const REPLY_TIMEOUT_SECONDS: u32 = 20;
/// The variable that holds the library which shifts the clocks of processes.
const SKEWED_CLOCK: &str = "SKEWED_CLOCK";

/// How the functions run.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    /// How far the clocks of the processes are off, in turn.
    pub(crate) clock_offsets_milliseconds: Vec<i64>,
    /// Whether the slow handler does what it is asked whatever a push wants of it.
    pub(crate) is_healed: bool,
    /// When Lambda tries again.
    pub(crate) retry_delays: Vec<Duration>,
    /// How many environments each function has at most.
    pub(crate) max_environments: usize,
}

/// The functions on their host, and the queues.
#[derive(Debug)]
pub(crate) struct Product {
    pub(crate) host: Arc<Host>,
    pub(crate) guard: Arc<Queue>,
    pub(crate) failed: Arc<Queue>,
    skewed_clock: Option<PathBuf>,
}

/// The handlers of the pushes, by the name of their function.
pub(crate) const HANDLERS: [&str; 2] = ["on-text", "slow-handler"];
/// The functions whose processes are killed at any moment.
pub(crate) const KILLED: [(u64, &str); 6] = [
    (30, "push"),
    (35, "deliver-reply"),
    (8, "resume-replies"),
    (10, "on-text"),
    (12, "slow-handler"),
    (5, "access-token"),
];

impl Product {
    /// Starts the host with tables, queues and secrets, without functions.
    pub(crate) async fn start() -> Result<Self, TrialError> {
        let host = Arc::new(Host::start().await?);
        host.record_nothing();
        for (table, key) in [("push-dedupe", "push_key"), ("reply-window", "openid"), ("access-token", "appid")] {
            host.table(table, &[key]).await?;
        }
        let of_each = |entry: fn(&MiniProgram) -> Value| -> Value {
            MINI_PROGRAMS.iter().map(|it| (it.appid.to_owned(), entry(it))).collect::<Map<_, _>>().into()
        };
        let pair = |it: &MiniProgram| json!({"token": it.token, "encoding_aes_key": it.encoding_aes_key()});
        host.secret(&secret_arn("push"), &of_each(pair));
        host.secret(&secret_arn("app"), &of_each(|it| json!({"app_secret": it.app_secret})));
        host.secret(&secret_arn("own-texts"), &of_each(|_| json!({"replies": replies()})));
        let (guard, failed) = (host.queue("guard"), host.queue("failed"));
        guard.set_visibility_timeout(Duration::from_secs(20));
        guard.set_dead_letters(10, &failed);
        let source = EventSource { batch_size: 5, reports_item_failures: true };
        host.event_source(&guard, "resume-replies", source);
        host.route("/push", "push");
        host.route("/push/{appid}", "push");
        Ok(Self { host, guard, failed, skewed_clock: std::env::var_os(SKEWED_CLOCK).map(PathBuf::from) })
    }

    /// Registers the functions. Those that were there before end after their last invocation.
    pub(crate) fn run(&self, running: &Running) -> Result<(), TrialError> {
        let product = |package: &str, seconds, variables: Vec<(&'static str, String)>| -> Result<(), TrialError> {
            let function = Function::product(package)?.timeout(Duration::from_secs(seconds)).variables(variables);
            self.register(package, function, running);
            Ok(())
        };
        product("push", 10, push())?;
        product("resume-replies", 60, resume_replies())?;
        product("on-text", 15, vec![("OWN_TEXTS_SECRET_ARN", secret_arn("own-texts"))])?;
        product("access-token", 25, access_token())?;
        // It measures its time by Lambda's deadline, which is the host's: its clock is not put forward.
        let redrive = Function::product("redrive-failed-pushes")?.timeout(Duration::from_secs(55)).variables(redrive());
        self.host.function("redrive-failed-pushes", redrive);
        let deliver_reply = lambda_host::deliver_reply("trial", &first_appid(), "slow-handler")?;
        let deliver_reply = deliver_reply
            .variable("REPLY_TIMEOUT_SECONDS", REPLY_TIMEOUT_SECONDS.to_string())
            .variable("TEXT_FUNCTION_ARN", function_arn("on-text"));
        self.register("deliver-reply", deliver_reply.retry_delays(running.retry_delays.clone()), running);
        let handler = Function::new(beside_this_one("slow-handler")?).timeout(Duration::from_mins(1));
        let handler = handler.variables(running.is_healed.then(|| ("HEALED", "1".to_owned())));
        self.register("slow-handler", handler, running);
        Ok(())
    }

    fn register(&self, name: &str, function: Function, running: &Running) {
        let offsets = running.clock_offsets_milliseconds.iter().map(i64::to_string).collect::<Vec<_>>();
        let function = match &self.skewed_clock {
            Some(library) => function
                .variable("LD_PRELOAD", library.display().to_string())
                .variable_in_turn("CLOCK_OFFSET_MILLISECONDS", offsets),
            None => function,
        };
        self.host.function(name, function.max_environments(running.max_environments));
    }

    /// Whether the clocks of processes can be shifted.
    pub(crate) fn can_skew_clocks(&self) -> bool {
        self.skewed_clock.is_some()
    }
}

fn replies() -> Value {
    let row = |word: usize| {
        let content = format!("reply to word{word};");
        json!({"keywords": [format!("word{word};")], "reply": {"msgtype": "text", "text": {"content": content}}})
    };
    (0..WORDS).map(row).collect()
}

fn first_appid() -> String {
    let [first, ..] = &MINI_PROGRAMS;
    first.appid.to_owned()
}

fn push() -> Vec<(&'static str, String)> {
    vec![
        ("STACK_NAME", "trial".to_owned()),
        ("APP_ID", first_appid()),
        ("PUSH_MODE", "plain".to_owned()),
        ("PUSH_TOLERANCE_SECONDS", "600".to_owned()),
        ("ENTER_SESSION_QUOTA", ENTER_QUOTA.to_string()),
        ("PUSH_SECRET_ARN", secret_arn("push")),
        ("PUSH_DEDUPE_TABLE", "push-dedupe".to_owned()),
        ("REPLY_WINDOW_TABLE", "reply-window".to_owned()),
        ("REPLY_TIMEOUT_SECONDS", REPLY_TIMEOUT_SECONDS.to_string()),
        ("HANDOFF_MINUTES", "0".to_owned()),
        ("FAILED_PUSHES_QUEUE_URL", queue_url("failed")),
        ("REPLY_GUARD_QUEUE_URL", queue_url("guard")),
        ("DELIVER_REPLY_FUNCTION_ARN", function_arn("deliver-reply")),
    ]
}

fn resume_replies() -> Vec<(&'static str, String)> {
    vec![
        ("APP_ID", first_appid()),
        ("PUSH_DEDUPE_TABLE", "push-dedupe".to_owned()),
        ("REPLY_GUARD_QUEUE_URL", queue_url("guard")),
        ("DELIVER_REPLY_FUNCTION_ARN", function_arn("deliver-reply")),
    ]
}

fn access_token() -> Vec<(&'static str, String)> {
    vec![
        ("STACK_NAME", "trial".to_owned()),
        ("APP_ID", first_appid()),
        ("ACCESS_TOKEN_TABLE", "access-token".to_owned()),
        ("APP_SECRET_ARN", secret_arn("app")),
    ]
}

fn redrive() -> Vec<(&'static str, String)> {
    vec![
        ("APP_ID", first_appid()),
        ("FAILED_PUSHES_QUEUE_URL", queue_url("failed")),
        ("DELIVER_REPLY_FUNCTION_ARN", function_arn("deliver-reply")),
        ("PUSH_FUNCTION_ARN", function_arn("push")),
    ]
}
