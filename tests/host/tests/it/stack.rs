//! The product's functions on the host, wired as the template wires them, and WeChat in front of them.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lambda_host::{Call, EventSource, Function, Host, Queue, function_arn, queue_url, secret_arn};
use serde_json::{Map, Value, json};
use sha1::{Digest, Sha1};

use crate::wechat::WeChat;

pub(crate) const APP_ID: &str = "wxba5fad812f8e6fb9";
pub(crate) const TOKEN: &str = "AAAAA";
/// How long WeChat waits for an answer before it hangs up and repeats the push.
const WECHATS_PATIENCE: Duration = Duration::from_secs(5);
/// How many messages a user's message allows.
const MESSAGE_QUOTA: i64 = 5;
/// How many entering the session allows.
const ENTER_QUOTA: i64 = 2;
/// A time that is over, seconds since the epoch.
const LONG_AGO: i64 = 1;

/// The product, and WeChat around it.
pub(crate) struct Stack {
    pub(crate) host: Host,
    pub(crate) wechat: WeChat,
    pub(crate) guard: Arc<Queue>,
    pub(crate) failed: Arc<Queue>,
}

/// What became of a push that WeChat sent, up to four times.
#[derive(Debug)]
pub(crate) struct Pushed {
    pub(crate) attempts: Vec<Attempt>,
}

/// One of WeChat's attempts.
#[derive(Debug)]
pub(crate) struct Attempt {
    /// The status and the body; nothing if WeChat hung up.
    pub(crate) answer: Option<(u16, String)>,
    pub(crate) took: Duration,
}

impl Stack {
    /// The stack with a handler for every route.
    pub(crate) async fn start(handler: Function) -> Self {
        Self::start_with(handler, &[]).await
    }

    /// The stack with other settings of `deliver-reply` than usual.
    pub(crate) async fn start_with(handler: Function, settings: &[(&str, &str)]) -> Self {
        let host = Host::start().await.unwrap();
        for (table, key) in [("push-dedupe", "push_key"), ("reply-window", "openid"), ("access-token", "appid")] {
            host.table(table, &[key]).await.unwrap();
        }
        let token = json!({"appid": APP_ID, "access_token": "80_an_access_token_of_wechat", "expires_at": now_seconds() + 7200, "generation": 1});
        host.put("access-token", token.as_object().unwrap()).await.unwrap();
        let aes_key = "A".repeat(43);
        host.secret(&secret_arn("push"), &json!({"token": TOKEN, "encoding_aes_key": aes_key}));
        let (guard, failed) = (host.queue("guard"), host.queue("failed"));
        let wechat = WeChat::start().await;
        host.wechat(&wechat.url).unwrap();
        host.function("push", push());
        let settings = settings.iter().map(|(name, value)| (*name, (*value).to_owned()));
        host.function("deliver-reply", deliver_reply().variables(settings));
        host.function("resume-replies", resume_replies());
        host.function("handler", handler.timeout(Duration::from_mins(2)));
        host.route("/push", "push");
        host.route("/push/{appid}", "push");
        host.event_source(
            &guard,
            "resume-replies",
            EventSource { reports_item_failures: true, ..EventSource::default() },
        );
        Self { host, wechat, guard, failed }
    }

    /// Pushes as WeChat does in plain mode: it hangs up after five seconds, and repeats the same bytes up to three times
    /// until it gets an answer.
    pub(crate) async fn push(&self, message: &Value) -> Pushed {
        let path = signed_path("/push", TOKEN, now_seconds());
        self.push_by(&path, message).await
    }

    /// As [`Self::push`], for the mini program with this appid and this token.
    pub(crate) async fn push_for(&self, appid: &str, token: &str, message: &Value) -> Pushed {
        self.push_by(&signed_path(&format!("/push/{appid}"), token, now_seconds()), message).await
    }

    async fn push_by(&self, path: &str, message: &Value) -> Pushed {
        let mut attempts = Vec::new();
        while attempts.len() < 4 {
            let attempt = self.attempt(path, message).await;
            let is_answered = matches!(attempt.answer, Some((200, _)));
            attempts.push(attempt);
            if is_answered {
                break;
            }
        }
        Pushed { attempts }
    }

    /// Makes one attempt at a push that WeChat signed so long ago.
    pub(crate) async fn push_once(&self, message: &Value, age_seconds: u64) -> Attempt {
        self.attempt(&signed_path("/push", TOKEN, now_seconds() - age_seconds), message).await
    }

    async fn attempt(&self, path: &str, message: &Value) -> Attempt {
        let started = Instant::now();
        let answer = tokio::time::timeout(WECHATS_PATIENCE, self.host.post(path, message.to_string())).await;
        let answer = answer.ok().map(|answer| (answer.status.as_u16(), answer.text()));
        Attempt { answer, took: started.elapsed() }
    }

    /// Lets so much time pass, as far as rows and queues tell it, that every lease is over and every guard message due, and
    /// waits until what comes of that is done. Nothing may write to the rows meanwhile.
    pub(crate) async fn leases_end(&self) {
        self.leases_are_over().await;
        for body in self.guard.drain() {
            let mut guarded: Map<String, Value> = serde_json::from_str(&body).unwrap();
            guarded.insert("work_until".into(), LONG_AGO.into());
            self.guard.send(Value::Object(guarded).to_string());
        }
        self.host.at_rest().await.unwrap();
    }

    /// As [`Self::leases_end`], without the guard.
    pub(crate) async fn leases_are_over(&self) {
        for mut row in self.rows().await {
            for name in ["lease_expires_at", "work_until"] {
                row.entry(name).and_modify(|until| *until = LONG_AGO.into());
            }
            self.host.put("push-dedupe", &row).await.unwrap();
        }
    }

    /// The dedupe rows.
    pub(crate) async fn rows(&self) -> Vec<Map<String, Value>> {
        self.host.items("push-dedupe").await.unwrap()
    }

    /// The dedupe row of the only push.
    pub(crate) async fn row(&self) -> Map<String, Value> {
        let mut rows = self.rows().await;
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows.remove(0)
    }

    /// The row of the only user's reply window.
    pub(crate) async fn window(&self) -> Map<String, Value> {
        let mut rows = self.host.items("reply-window").await.unwrap();
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows.remove(0)
    }

    /// How many messages of the only user's reply window are counted as sent.
    pub(crate) async fn slots(&self) -> i64 {
        let window = self.window().await;
        let quota = if window.contains_key("message_at") { MESSAGE_QUOTA } else { ENTER_QUOTA };
        quota - window["remaining"].as_i64().unwrap()
    }

    /// How often the handler was asked.
    pub(crate) fn asked(&self) -> usize {
        self.host.count(&Call::invoke("handler"))
    }

    /// The records in the failed queue.
    pub(crate) fn parked(&self) -> Vec<Value> {
        self.failed.bodies().iter().map(|body| serde_json::from_str(body).unwrap()).collect()
    }
}

impl Pushed {
    /// What WeChat was answered in the end.
    pub(crate) fn answer(&self) -> &str {
        match self.attempts.last().unwrap() {
            Attempt { answer: Some((200, text)), .. } => text,
            _ => panic!("WeChat got no answer: {:?}", self.attempts),
        }
    }
}

impl Attempt {
    /// The status; 0 if WeChat hung up.
    pub(crate) fn status(&self) -> u16 {
        self.answer.as_ref().map_or(0, |(status, _)| *status)
    }
}

/// Whether an answer hands the user to an agent.
pub(crate) fn is_transfer(answer: &str) -> bool {
    let answer: Value = serde_json::from_str(answer).unwrap_or_default();
    answer["MsgType"] == "transfer_customer_service" && answer["ToUserName"] == "o1"
}

fn signed_path(path: &str, token: &str, at_seconds: u64) -> String {
    let (timestamp, nonce) = (at_seconds.to_string(), "n");
    let mut signed = [token, &timestamp, nonce];
    signed.sort_unstable();
    let signature = hex::encode(Sha1::digest(signed.concat()));
    format!("{path}?signature={signature}&timestamp={timestamp}&nonce={nonce}")
}

fn now_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// A text of the user `o1`.
pub(crate) fn text(msg_id: &str, content: &str) -> Value {
    json!({
        "ToUserName": "gh_1",
        "FromUserName": "o1",
        "CreateTime": now_seconds(),
        "MsgType": "text",
        "Content": content,
        "MsgId": msg_id,
    })
}

/// The event that the user `o1` has entered the session.
pub(crate) fn entering() -> Value {
    json!({
        "ToUserName": "gh_1",
        "FromUserName": "o1",
        "CreateTime": now_seconds(),
        "MsgType": "event",
        "Event": "user_enter_tempsession",
        "SessionFrom": "s",
    })
}

/// The event that a user has paid, which has no user to write to.
pub(crate) fn paying() -> Value {
    json!({
        "ToUserName": "gh_1",
        "FromUserName": "o1",
        "CreateTime": now_seconds(),
        "MsgType": "event",
        "Event": "xpay_goods_deliver_notify",
        "OutTradeNo": "t1",
    })
}

fn push() -> Function {
    Function::product("push").unwrap().timeout(Duration::from_secs(10)).variables([
        ("STACK_NAME", "host".to_owned()),
        ("APP_ID", APP_ID.to_owned()),
        ("PUSH_MODE", "plain".to_owned()),
        ("PUSH_TOLERANCE_SECONDS", "600".to_owned()),
        ("ENTER_SESSION_QUOTA", ENTER_QUOTA.to_string()),
        ("PUSH_SECRET_ARN", secret_arn("push")),
        ("PUSH_DEDUPE_TABLE", "push-dedupe".to_owned()),
        ("REPLY_WINDOW_TABLE", "reply-window".to_owned()),
        ("REPLY_TIMEOUT_SECONDS", "120".to_owned()),
        ("HANDOFF_MINUTES", "0".to_owned()),
        ("FAILED_PUSHES_QUEUE_URL", queue_url("failed")),
        ("REPLY_GUARD_QUEUE_URL", queue_url("guard")),
        ("DELIVER_REPLY_FUNCTION_ARN", function_arn("deliver-reply")),
    ])
}

/// The token is in its table: it asks nobody for another.
pub(crate) fn deliver_reply() -> Function {
    lambda_host::deliver_reply("host", APP_ID, "handler").unwrap()
}

fn resume_replies() -> Function {
    Function::product("resume-replies").unwrap().timeout(Duration::from_mins(1)).variables([
        ("APP_ID", APP_ID.to_owned()),
        ("PUSH_DEDUPE_TABLE", "push-dedupe".to_owned()),
        ("REPLY_GUARD_QUEUE_URL", queue_url("guard")),
        ("DELIVER_REPLY_FUNCTION_ARN", function_arn("deliver-reply")),
    ])
}
