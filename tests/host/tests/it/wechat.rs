//! A stand-in for WeChat that accepts everything.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The stand-in, up as long as the test's runtime.
pub(crate) struct WeChat {
    pub(crate) url: String,
    sent: Sent,
}

/// The customer messages that arrived.
type Sent = Arc<Mutex<Vec<Value>>>;

impl WeChat {
    pub(crate) async fn start() -> Self {
        let sent = Sent::default();
        let router = Router::new()
            .route("/cgi-bin/stable_token", post(|| async { Json(json!({"access_token": "t", "expires_in": 7200})) }))
            .route("/cgi-bin/message/custom/send", post(take))
            .fallback(|| async { ok() })
            .with_state(sent.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, sent }
    }

    /// The customer messages that arrived, in order.
    pub(crate) fn sent(&self) -> Vec<Value> {
        self.sent.lock().unwrap().clone()
    }
}

async fn take(State(sent): State<Sent>, body: String) -> Json<Value> {
    sent.lock().unwrap().push(serde_json::from_str(&body).unwrap());
    ok()
}

fn ok() -> Json<Value> {
    Json(json!({"errcode": 0, "errmsg": "ok"}))
}
