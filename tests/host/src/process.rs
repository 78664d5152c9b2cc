//! The process of an environment: a bootstrap with the variables that Lambda sets, and its end.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};

use crate::environment::Environment;
use crate::logs::Logs;
use crate::names::REGION;
use crate::tasks::Tasks;

/// What a process is started with.
#[derive(Debug)]
pub(crate) struct Start<'a> {
    pub(crate) bootstrap: &'a Path,
    pub(crate) variables: &'a BTreeMap<String, String>,
    /// Of each, the environment has the value whose turn it is.
    pub(crate) variables_in_turn: &'a BTreeMap<String, Vec<String>>,
    pub(crate) memory_megabytes: u32,
    /// Where the Runtime API, AWS and WeChat are, for this environment.
    pub(crate) address: SocketAddr,
}

/// Starts the process of an environment. That it could not be started is told as its end.
pub(crate) fn start(start: &Start<'_>, environment: &Arc<Environment>, tasks: &Tasks, logs: &Logs) {
    let child = command(start, environment).spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => return environment.end(&format!("{}: {error}", start.bootstrap.display())),
    };
    environment.runs_as(child.id().unwrap_or_default());
    collect(child.stdout.take(), &environment.function, tasks, logs);
    collect(child.stderr.take(), &environment.function, tasks, logs);
    let environment = environment.clone();
    tasks.spawn(async move {
        let how = end_of(&mut child, &environment).await;
        environment.end(&how);
    });
}

fn command(start: &Start<'_>, environment: &Environment) -> Command {
    let url = format!("http://{}", start.address);
    let memory = start.memory_megabytes.to_string();
    let address = start.address.to_string();
    let mut command = Command::new(start.bootstrap);
    command.env_clear().envs([
        ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
        ("AWS_LAMBDA_FUNCTION_NAME", environment.function.as_str()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "stream"),
        ("AWS_REGION", REGION),
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", "host"),
        ("AWS_SECRET_ACCESS_KEY", "host"),
        ("AWS_SESSION_TOKEN", "host"),
        ("AWS_ENDPOINT_URL", &url),
        ("WECHAT_API_BASE_URL", &url),
        ("TZ", ":UTC"),
        ("_HANDLER", "bootstrap"),
    ]);
    // What a bootstrap written as a script needs to find its interpreter.
    command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.envs(start.variables);
    for (name, values) in start.variables_in_turn {
        command.envs(environment.number.checked_rem(values.len()).and_then(|turn| Some((name, values.get(turn)?))));
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

async fn end_of(child: &mut Child, environment: &Environment) -> String {
    let status = tokio::select! {
        status = child.wait() => status,
        () = environment.kill_wanted() => {
            // Fails only if the process has ended by itself.
            let _ = child.start_kill();
            child.wait().await
        }
    };
    status.map_or_else(|error| error.to_string(), |status| status.to_string())
}

fn collect(output: Option<impl AsyncRead + Send + Unpin + 'static>, function: &str, tasks: &Tasks, logs: &Logs) {
    let Some(output) = output else { return };
    let (function, logs) = (function.to_owned(), logs.clone());
    tasks.spawn(async move {
        let mut lines = BufReader::new(output).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            logs.add(&function, line);
        }
    });
}
