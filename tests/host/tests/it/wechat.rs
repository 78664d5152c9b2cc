//! A stand-in for WeChat that accepts everything, but for a token of the mini program [`BROKEN`].

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Where WeChat takes customer messages.
pub(crate) const SEND: &str = "/cgi-bin/message/custom/send";
/// Where WeChat takes the typing state.
pub(crate) const TYPING: &str = "/cgi-bin/message/custom/typing";

/// Where WeChat issues access tokens.
const STABLE_TOKEN: &str = "/cgi-bin/stable_token";
/// The mini program whose AppSecret WeChat refuses, after a while.
pub(crate) const BROKEN: &str = "wxbbbbbbbbbbbbbbbb";

/// The stand-in, up as long as the test's runtime.
pub(crate) struct WeChat {
    pub(crate) url: String,
    arrived: Arc<Arrived>,
}

/// What arrived, in order.
#[derive(Default)]
struct Arrived {
    messages: Mutex<Vec<Value>>,
    typing: Mutex<Vec<Value>>,
}

impl WeChat {
    pub(crate) async fn start() -> Self {
        let arrived = Arc::<Arrived>::default();
        let router = Router::new()
            .route(SEND, post(take_message))
            .route(TYPING, post(take_typing))
            .route(STABLE_TOKEN, post(issue_token))
            .fallback(|| async { ok() })
            .with_state(arrived.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, arrived }
    }

    /// The customer messages that arrived, in order.
    pub(crate) fn sent(&self) -> Vec<Value> {
        self.arrived.messages.lock().unwrap().clone()
    }

    /// The texts of the customer messages that arrived, in order.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.sent().iter().map(text_of).collect()
    }

    /// The calls for the typing state that arrived, in order.
    pub(crate) fn typing(&self) -> Vec<Value> {
        self.arrived.typing.lock().unwrap().clone()
    }
}

/// The text of a customer message.
pub(crate) fn text_of(message: &Value) -> String {
    message["text"]["content"].as_str().unwrap_or_default().to_owned()
}

async fn take_message(State(arrived): State<Arc<Arrived>>, body: String) -> Json<Value> {
    arrived.messages.lock().unwrap().push(serde_json::from_str(&body).unwrap());
    ok()
}

async fn take_typing(State(arrived): State<Arc<Arrived>>, body: String) -> Json<Value> {
    arrived.typing.lock().unwrap().push(serde_json::from_str(&body).unwrap());
    ok()
}

async fn issue_token(body: String) -> Json<Value> {
    let request: Value = serde_json::from_str(&body).unwrap();
    if request["appid"] == BROKEN {
        tokio::time::sleep(Duration::from_secs(1)).await;
        return Json(json!({"errcode": 40125, "errmsg": "invalid appsecret"}));
    }
    Json(json!({"access_token": format!("token of {}", request["appid"]), "expires_in": 7200}))
}

fn ok() -> Json<Value> {
    Json(json!({"errcode": 0, "errmsg": "ok"}))
}
