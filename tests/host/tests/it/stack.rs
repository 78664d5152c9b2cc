//! The product's functions on the host, wired as the template wires them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_host::{Answer, Function, Host, function_arn, queue_url, secret_arn};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use crate::wechat::WeChat;

const APP_ID: &str = "wxba5fad812f8e6fb9";
const TOKEN: &str = "AAAAA";

/// The routes' variables in the environment of `push`. All of them name `on-text` here.
const ROUTES: [&str; 8] = [
    "TEXT_FUNCTION_ARN",
    "IMAGE_FUNCTION_ARN",
    "MINIPROGRAMPAGE_FUNCTION_ARN",
    "USER_ENTER_TEMPSESSION_FUNCTION_ARN",
    "SUBSCRIBE_MSG_POPUP_FUNCTION_ARN",
    "SUBSCRIBE_MSG_CHANGE_FUNCTION_ARN",
    "SUBSCRIBE_MSG_SENT_FUNCTION_ARN",
    "OTHER_FUNCTION_ARN",
];

/// The product, and WeChat around it.
pub(crate) struct Stack {
    pub(crate) host: Host,
    pub(crate) wechat: WeChat,
}

impl Stack {
    pub(crate) async fn start() -> Self {
        let host = Host::start().await.unwrap();
        for (table, key) in [("push-dedupe", "push_key"), ("reply-window", "openid"), ("access-token", "appid")] {
            host.table(table, &[key]).await.unwrap();
        }
        let aes_key = "A".repeat(43);
        host.secret(&secret_arn("push"), &json!({"token": TOKEN, "encoding_aes_key": aes_key}));
        host.secret(&secret_arn("app"), &json!({"app_secret": "s"}));
        host.queue("failed");
        let wechat = WeChat::start().await;
        host.wechat(&wechat.url).unwrap();
        host.function("push", push());
        host.function(
            "on-text",
            Function::product("on-text").unwrap().variables(sending()).timeout(Duration::from_secs(45)),
        );
        host.function("access-token", access_token());
        host.route("/push", "push");
        Self { host, wechat }
    }

    /// Pushes as WeChat does in plain mode: it hangs up after five seconds, and repeats the same bytes up to three times
    /// until it gets an answer. Nothing if it gets none.
    pub(crate) async fn push(&self, message: &Value) -> Option<Answer> {
        let path = signed_path();
        for _ in 0..4 {
            let attempt = self.host.post(&path, message.to_string());
            match tokio::time::timeout(Duration::from_secs(5), attempt).await {
                Ok(answer) if answer.status == 200 => return Some(answer),
                Ok(_) | Err(_) => {}
            }
        }
        None
    }
}

fn signed_path() -> String {
    let (now, nonce) = (now_seconds().to_string(), "n");
    let mut signed = [TOKEN, &now, nonce];
    signed.sort_unstable();
    let signature = hex::encode(Sha1::digest(signed.concat()));
    format!("/push?signature={signature}&timestamp={now}&nonce={nonce}")
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

fn push() -> Function {
    let push = Function::product("push").unwrap().timeout(Duration::from_secs(10)).variables([
        ("STACK_NAME", "host".to_owned()),
        ("APP_ID", APP_ID.to_owned()),
        ("PUSH_MODE", "plain".to_owned()),
        ("PUSH_TOLERANCE_SECONDS", "600".to_owned()),
        ("ENTER_SESSION_QUOTA", "1".to_owned()),
        ("PUSH_SECRET_ARN", secret_arn("push")),
        ("PUSH_DEDUPE_TABLE", "push-dedupe".to_owned()),
        ("REPLY_WINDOW_TABLE", "reply-window".to_owned()),
        ("FAILED_PUSHES_QUEUE_URL", queue_url("failed")),
    ]);
    push.variables(ROUTES.map(|route| (route, function_arn("on-text"))))
}

fn sending() -> [(&'static str, String); 6] {
    [
        ("STACK_NAME", "host".to_owned()),
        ("APP_ID", APP_ID.to_owned()),
        ("TYPING_PATH", "/cgi-bin/message/custom/typing".to_owned()),
        ("ACCESS_TOKEN_TABLE", "access-token".to_owned()),
        ("ACCESS_TOKEN_FUNCTION_ARN", function_arn("access-token")),
        ("REPLY_WINDOW_TABLE", "reply-window".to_owned()),
    ]
}

fn access_token() -> Function {
    Function::product("access-token").unwrap().timeout(Duration::from_secs(25)).variables([
        ("APP_ID", APP_ID.to_owned()),
        ("APP_SECRET_ARN", secret_arn("app")),
        ("ACCESS_TOKEN_TABLE", "access-token".to_owned()),
    ])
}
