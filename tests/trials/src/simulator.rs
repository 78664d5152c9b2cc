//! The simulator as a process of its own, and orders to it.

use std::process::Stdio;

use http::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::built::beside_this_one;
use crate::error::TrialError;
use crate::http::Http;
use crate::mini_program::{ENTER_QUOTA, MINI_PROGRAMS, MiniProgram};

/// WeChat, until it is dropped.
#[derive(Debug)]
pub(crate) struct Simulator {
    pub(crate) http: Http,
    pub(crate) url: String,
    _process: Child,
}

impl Simulator {
    /// Starts it; it pushes to the host at this URL.
    pub(crate) async fn start(host_url: &str) -> Result<Self, TrialError> {
        let [first, others @ ..] = &MINI_PROGRAMS;
        let others: Vec<_> = others.iter().map(|other| settings(other, host_url)).collect();
        let path = beside_this_one("simulator")?;
        let mut process = Command::new(&path)
            .args(["serve", "--listen", "127.0.0.1:0", "--push-url", &format!("{host_url}/push")])
            .args(["--appid", first.appid, "--app-secret", first.app_secret, "--token", first.token])
            .args(["--encoding-aes-key", &first.encoding_aes_key()])
            .args(["--mini-programs", &Value::from(others).to_string()])
            .args(["--enter-session-quota", &ENTER_QUOTA.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(TrialError::io(format!("{}: build it first (make simulator)", path.display())))?;
        let output = process.stdout.take().ok_or_else(|| TrialError::Simulator("no output".to_owned()))?;
        let mut lines = BufReader::new(output).lines();
        let ready = lines.next_line().await.map_err(TrialError::io("the simulator's first line"))?.unwrap_or_default();
        let url =
            ready.split_whitespace().find(|word| word.starts_with("http://")).map(|url| url.trim_end_matches(','));
        let url = url.ok_or_else(|| TrialError::Simulator(format!("did not start: {ready}")))?.to_owned();
        Ok(Self { http: Http::new(url.clone()), url, _process: process })
    }

    /// Lets a user act, and waits until WeChat has its answer or has given up. Returns the delivery.
    pub(crate) async fn push(&self, order: &Value) -> Result<Value, TrialError> {
        self.http.json(Method::POST, "/simulator/push", order).await
    }

    /// Revokes a mini program's access token. With `keep` WeChat goes on handing it out until a refresh is forced.
    pub(crate) async fn revoke(&self, appid: &str, keep: bool) -> Result<(), TrialError> {
        let order = json!({"appid": appid, "keep": keep});
        self.http.json(Method::POST, "/simulator/access-token/revoke", &order).await.map(drop)
    }

    /// How many access tokens a mini program was issued.
    pub(crate) async fn tokens_issued(&self, appid: &str) -> Result<u64, TrialError> {
        let path = format!("/simulator/access-token?appid={appid}");
        let counts = self.http.json(Method::GET, &path, &Value::Null).await?;
        Ok(counts.get("issued").and_then(Value::as_u64).unwrap_or_default())
    }
}

fn settings(mini_program: &MiniProgram, host_url: &str) -> Value {
    json!({
        "appid": mini_program.appid,
        "app_secret": mini_program.app_secret,
        "token": mini_program.token,
        "encoding_aes_key": mini_program.encoding_aes_key(),
        "push_url": format!("{host_url}/push/{}", mini_program.appid),
    })
}
