//! The SDK gateway behind both of its APIs, with the function that refreshes the access token beside it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Bytes;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use lambda_host::{Answer, Call, Function, Host, function_arn, secret_arn};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::stack::APP_ID;
use crate::wechat::SEND;

const SECRET: &str = "the-shop-backends-secret-of-some-length";
const STABLE_TOKEN: &str = "/cgi-bin/stable_token";
/// More than fits into Lambda's answer.
const LARGE: usize = 4_500_001;

/// The gateway with WeChat behind it.
struct Gateway {
    host: Host,
    /// WeChat's only valid access token.
    current: Arc<Mutex<String>>,
}

impl Gateway {
    /// Behind the SDK API.
    async fn for_sdks() -> Self {
        Self::behind(&["/{proxy+}"]).await
    }

    /// Behind the main API.
    async fn for_iam_callers() -> Self {
        Self::behind(&["/cgi-bin/{proxy+}", "/wxa/{proxy+}"]).await
    }

    async fn behind(resources: &[&str]) -> Self {
        let host = Host::start().await.unwrap();
        for (table, key) in
            [("reply-window", "openid"), ("access-token", "appid"), ("subscription", "subscription_key")]
        {
            host.table(table, &[key]).await.unwrap();
        }
        host.secret(&secret_arn("callers"), &json!({"shop-backend": SECRET}));
        host.secret(&secret_arn("app"), &json!({"app_secret": "s"}));
        let current = Arc::new(Mutex::new("80_wechats-first-token".to_owned()));
        host.wechat(&wechat(current.clone()).await).unwrap();
        let access_token = Function::product("access-token").unwrap().timeout(Duration::from_secs(25)).variables([
            ("STACK_NAME", "host".to_owned()),
            ("APP_ID", APP_ID.to_owned()),
            ("ACCESS_TOKEN_TABLE", "access-token".to_owned()),
            ("APP_SECRET_ARN", secret_arn("app")),
        ]);
        host.function("access-token", access_token);
        let gateway = Function::product("wechat-gateway").unwrap().timeout(Duration::from_secs(28)).variables([
            ("STACK_NAME", "host".to_owned()),
            ("APP_ID", APP_ID.to_owned()),
            ("ACCESS_TOKEN_TABLE", "access-token".to_owned()),
            ("ACCESS_TOKEN_FUNCTION_ARN", function_arn("access-token")),
            ("REPLY_WINDOW_TABLE", "reply-window".to_owned()),
            ("TYPING_PATH", "/cgi-bin/message/custom/typing".to_owned()),
            ("SUBSCRIPTION_TABLE", "subscription".to_owned()),
            ("CALLER_SECRETS_ARN", secret_arn("callers")),
            ("SDK_GATEWAY_PATHS", "/cgi-bin/*,/wxa/*".to_owned()),
        ]);
        host.function("wechat-gateway", gateway);
        for resource in resources {
            host.route(resource, "wechat-gateway");
        }
        Self { host, current }
    }

    /// A caller token, as an SDK gets it.
    async fn token(&self) -> String {
        let path = format!("/cgi-bin/token?grant_type=client_credential&appid={APP_ID}&secret={SECRET}");
        let granted = told(&self.host.get(&path).await, 200);
        assert_eq!(granted["expires_in"], 7200, "{granted}");
        granted["access_token"].as_str().unwrap().to_owned()
    }

    /// The answers to fifty calls that are under way at the same time.
    async fn fifty_calls(self: &Arc<Self>, path: String) -> Vec<Answer> {
        fifty_at_once(|| {
            let (gateway, path) = (self.clone(), path.clone());
            async move { gateway.host.get(&path).await }
        })
        .await
    }

    /// Revokes WeChat's token, as somebody does who asks WeChat for another one.
    fn revoke(&self) {
        "80_wechats-second-token".clone_into(&mut self.current.lock().unwrap());
    }
}

/// WeChat: it takes its current token alone, and tells what else it got.
async fn wechat(current: Arc<Mutex<String>>) -> String {
    let answer = move |uri: Uri, body: Bytes| async move { wechats_answer(&current.lock().unwrap(), &uri, &body) };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    url
}

fn wechats_answer(current: &str, uri: &Uri, body: &[u8]) -> Response {
    if uri.path() == STABLE_TOKEN {
        return Json(json!({"access_token": current, "expires_in": 7200})).into_response();
    }
    let query = uri.query().unwrap_or_default();
    let Some(rest) = query.strip_prefix(&format!("access_token={current}")) else {
        return Json(json!({"errcode": 40001, "errmsg": "invalid credential"})).into_response();
    };
    match uri.path() {
        "/wxa/leak" => Json(json!({"url": format!("https://x/?access_token={current}")})).into_response(),
        "/wxa/large" => vec![0; LARGE].into_response(),
        path => Json(json!({"errcode": 0, "path": path, "query": rest, "body": body})).into_response(),
    }
}

async fn fifty_at_once<F: Future<Output: Send + 'static> + Send + 'static>(call: impl Fn() -> F) -> Vec<F::Output> {
    let mut calls = JoinSet::new();
    for _ in 0..50 {
        calls.spawn(call());
    }
    calls.join_all().await
}

/// The JSON of an answer with this status.
fn told(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    assert_eq!(answer.headers["content-type"], "application/json");
    serde_json::from_slice(&answer.body).unwrap()
}

fn message() -> String {
    json!({"touser": "o1", "msgtype": "text", "text": {"content": "hi"}}).to_string()
}

#[tokio::test]
async fn an_sdk_calls_with_its_own_token_and_wechat_gets_the_real_one() {
    let gateway = Gateway::for_sdks().await;
    let token = gateway.token().await;
    assert!(!token.contains("wechats"), "{token}");

    let path = format!("/cgi-bin/x/y?b=2&b=1&access_token={token}&a=%26%2B");
    let got = told(&gateway.host.post(&path, &b"\x00\xFF"[..]).await, 200);
    assert_eq!((&got["path"], &got["query"]), (&json!("/cgi-bin/x/y"), &json!("&a=%26%2B&b=2&b=1")));
    assert_eq!(got["body"], json!([0, 255]));

    let line = gateway.host.logged("wechat-gateway", r#""path_group":"/cgi-bin/*""#).await.unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    let expected = json!({"edge": "sdk", "caller": "shop-backend", "appid": APP_ID, "errcode": "0", "tries": 1});
    assert!(expected.as_object().unwrap().iter().all(|(name, value)| line[name] == *value), "{line}");
    let log = gateway.host.log_of("wechat-gateway").concat();
    assert!([token.as_str(), SECRET, "wechats-first"].iter().all(|secret| !log.contains(secret)), "{log}");
}

#[tokio::test]
async fn the_newer_token_call_grants_the_same() {
    let gateway = Gateway::for_sdks().await;
    let body = json!({"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET, "force_refresh": true});
    let granted = told(&gateway.host.post(STABLE_TOKEN, body.to_string()).await, 200);
    let path = format!("/wxa/x?access_token={}", granted["access_token"].as_str().unwrap());
    assert_eq!(told(&gateway.host.get(&path).await, 200)["errcode"], 0);
    assert_eq!(gateway.host.count(&Call::wechat(STABLE_TOKEN)), 1);
}

#[tokio::test]
async fn whoever_has_no_callers_secret_learns_nothing_of_the_mini_programs() {
    let gateway = Gateway::for_sdks().await;
    let other = "wx00112233445566ff";
    let wrong = "x".repeat(SECRET.len());
    for (appid, secret, errcode) in
        [(APP_ID, wrong.as_str(), 40125), (other, &wrong, 40125), (other, SECRET, 40013), ("wx1", SECRET, 40013)]
    {
        let path = format!("/cgi-bin/token?grant_type=client_credential&appid={appid}&secret={secret}");
        assert_eq!(told(&gateway.host.get(&path).await, 200)["errcode"], errcode, "{appid} {secret}");
    }
}

#[tokio::test]
async fn a_flood_of_bad_tokens_costs_one_further_read_of_the_secret_and_no_call() {
    let gateway = Gateway::for_sdks().await;
    let token = gateway.token().await;
    let (start, _) = token.split_at(token.len() - 1);
    let (first, rest) = token.split_at(1);
    let forged = format!("{}{rest}", if first == "A" { "B" } else { "A" });
    let appid = "appid=wx00112233445566ff";
    for _ in 0..20 {
        for (query, errcode) in [
            (String::new(), 41001),
            ("access_token=".to_owned(), 41001),
            ("access_token=80_wechats-first-token".to_owned(), 40001),
            (format!("access_token={forged}"), 40001),
            (format!("access_token={start}"), 40001),
            (format!("access_token={token}{token}"), 40001),
            (format!("access_token={token}&access_token={token}"), 40001),
            (format!("access_token={token}&{appid}"), 40001),
        ] {
            assert_eq!(told(&gateway.host.get(&format!("/wxa/x?{query}")).await, 200)["errcode"], errcode, "{query}");
        }
    }
    assert_eq!(gateway.host.count(&Call::secret().from("wechat-gateway")), 2);
    assert_eq!(gateway.host.count(&Call::wechat("/wxa/x")), 0);
}

#[tokio::test]
async fn fifty_callers_meet_a_revoked_token_and_none_notices_while_one_new_one_is_fetched() {
    let gateway = Gateway::for_sdks().await;
    let token = gateway.token().await;
    let gateway = Arc::new(gateway);
    // Starts all the processes, which takes a machine with few cores longer than a call may take.
    fifty_at_once(|| {
        let gateway = gateway.clone();
        let request = json!({"appid": APP_ID, "only_if_ended": true});
        async move { gateway.host.invoke("access-token", request).await }
    })
    .await;
    gateway.fifty_calls(format!("/wxa/started?access_token={token}")).await;
    gateway.revoke();
    for answer in gateway.fifty_calls(format!("/wxa/x?access_token={token}")).await {
        assert_eq!(told(&answer, 200)["errcode"], 0);
    }
    // One for the caller token, one after the revocation.
    assert_eq!(gateway.host.count(&Call::wechat(STABLE_TOKEN)), 2);
    let asked = gateway.host.count(&Call::wechat("/wxa/x"));
    assert!((51..=100).contains(&asked), "{asked}");
}

#[tokio::test]
async fn an_answer_that_holds_the_real_token_or_does_not_fit_is_not_passed_on() {
    let gateway = Gateway::for_sdks().await;
    let token = gateway.token().await;
    let leak = gateway.host.get(&format!("/wxa/leak?access_token={token}")).await;
    assert!(!leak.text().contains("wechats-first"), "{}", leak.text());
    assert_eq!(told(&leak, 504)["errcode"], -1000);
    gateway.host.logged("wechat-gateway", "contains the access token").await.unwrap();

    let large = gateway.host.get(&format!("/wxa/large?access_token={token}")).await;
    assert_eq!(told(&large, 200)["errcode"], 45001);
}

#[tokio::test]
async fn an_action_obeys_the_reply_window_also_for_an_sdk() {
    let gateway = Gateway::for_sdks().await;
    let path = format!("{SEND}?access_token={}", gateway.token().await);
    let expires_at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 3600;
    let window = json!({"openid": "o1", "remaining": 5, "expires_at": expires_at, "opening": "1"});
    gateway.host.put("reply-window", window.as_object().unwrap()).await.unwrap();
    for errcode in [0, 0, 0, 0, 0, 45047] {
        assert_eq!(told(&gateway.host.post(&path, message()).await, 200)["errcode"], errcode);
    }
    assert_eq!(gateway.host.count(&Call::wechat(SEND)), 5);
    let refused = path.replace("send?", "Send?");
    assert_eq!(told(&gateway.host.post(&refused, message()).await, 200)["errcode"], 40066);
    assert_eq!(told(&gateway.host.post(&path, "{}").await, 200)["errcode"], 40035);
}

#[tokio::test]
async fn no_path_leaves_the_list_or_the_host() {
    let gateway = Gateway::for_sdks().await;
    let token = gateway.token().await;
    let before = gateway.host.count(&Call::any(lambda_host::Service::WeChat));
    for path in [
        "/cgi-bin/clear_quota",
        "/cgi-bin/Token",
        "/cgi-bin/stable_token",
        "/datacube/x",
        "/cgi-bin/../datacube/x",
        "/cgi-bin/./x",
        "/cgi-bin//x",
        "//evil.example/x",
        "/cgi-bin/%2e%2e/x",
        "/cgi-bin/%2E%2e/x",
        "/cgi-bin/a%2Fb",
        "/cgi-bin/%63lear_quota",
        "/cgi-bin/x%00",
        "/cgi-bin%5Cx",
        "/cgi-bin/https://evil.example/x",
        "/https://evil.example/x",
        "/cgi-bin/x/",
    ] {
        let answer = gateway.host.get(&format!("{path}?access_token={token}")).await;
        assert_eq!(told(&answer, 200)["errcode"], 40066, "{path}");
    }
    assert_eq!(gateway.host.count(&Call::any(lambda_host::Service::WeChat)), before);
}

#[tokio::test]
async fn an_iam_caller_passes_calls_on_without_any_token_and_is_told_by_statuses() {
    let gateway = Gateway::for_iam_callers().await;
    for (path, query) in [("/cgi-bin/x?a=1", "&a=1"), (&format!("/wxa/x?a=1&appid={APP_ID}"), "&a=1")] {
        assert_eq!(told(&gateway.host.get(path).await, 200)["query"], query, "{path}");
    }
    let from_an_sdk = format!("/cgi-bin/token?grant_type=client_credential&appid={APP_ID}&secret={SECRET}");
    for (path, errcode) in [
        ("/wxa/x?access_token=80_wechats-first-token", 40035),
        ("/wxa/x?appid=wx1", 40013),
        ("/wxa/x?appid=wx00112233445566ff", 40013),
        (&from_an_sdk, 40066),
        ("/cgi-bin/clear_quota", 40066),
    ] {
        assert_eq!(told(&gateway.host.get(path).await, 400)["errcode"], errcode, "{path}");
    }
    let typing = json!({"touser": "o1", "command": "Typing"}).to_string();
    let newer = "/cgi-bin/message/custom/business/typing";
    assert_eq!(told(&gateway.host.post(newer, typing).await, 200)["path"], "/cgi-bin/message/custom/typing");
    assert_eq!(gateway.host.count(&Call::secret().from("wechat-gateway")), 1, "as it started, and for no call");
}
