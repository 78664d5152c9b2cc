//! What the tests of the control API play on: a running simulator, a product for it to push to, and who watches.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::Uri;
use reqwest::{Client, Method, Response, Url};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::connection::{Connection, Connections};
use crate::http_clients::HttpClients;
use crate::identity::{Identity, published};
use crate::mini_programs::MiniPrograms;
use crate::push::delivery::Timing;
use crate::serve;
use crate::wechat::WeChat;

/// Query and body of each request, in order.
pub(super) type Seen = Arc<Mutex<Vec<(String, Bytes)>>>;

/// A running simulator, and the product that it pushes to, which acknowledges everything.
pub(super) struct Stage {
    pub(super) base: String,
    pub(super) client: Client,
    pub(super) pushes: Seen,
    pub(super) wechat: Arc<WeChat>,
}

impl Stage {
    pub(super) async fn set() -> Self {
        Self::set_with(None).await
    }

    /// A simulator that plays another mini program beside the first one. The same product gets the pushes of both.
    pub(super) async fn set_with(another: Option<Identity>) -> Self {
        let pushes = Seen::default();
        let log = pushes.clone();
        let product = Router::new().fallback(move |uri: Uri, body: Bytes| async move {
            log.lock().unwrap().push((uri.query().unwrap_or_default().to_owned(), body));
            "success"
        });
        let timing = Timing { payment_pause: Duration::from_millis(1), ..Timing::WECHAT };
        let push_url: Url = format!("{}/push", start(product).await).parse().unwrap();
        let clients = HttpClients::new();
        let wechat = |identity| WeChat::new(identity, Some(push_url.clone()), 2, timing, clients.clone());
        let mini_programs = Arc::new(MiniPrograms::new(wechat(published()), another.map(wechat)));
        let wechat = mini_programs.first().clone();
        let client = wechat.clients.for_url(&"http://127.0.0.1/".parse().unwrap()).unwrap().clone();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = serve::router(mini_programs).into_make_service_with_connect_info::<Connection>();
        tokio::spawn(async move { axum::serve(Connections(listener), router).await });
        Self { base, client, pushes, wechat }
    }

    pub(super) async fn call(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let request = self.client.request(method, format!("{}{path}", self.base));
        let response = request.body(body.to_string()).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(Method::POST, path, body).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        self.call(Method::GET, path, json!({})).await.1
    }

    pub(super) async fn access_token(&self) -> String {
        let credentials =
            json!({"grant_type": "client_credential", "appid": "wxba5fad812f8e6fb9", "secret": "an-app-secret"});
        let issued = self.post("/cgi-bin/stable_token", credentials).await;
        issued["access_token"].as_str().unwrap().to_owned()
    }

    pub(super) async fn send(&self, token: &str, openid: &str) -> i64 {
        let path = format!("/cgi-bin/message/custom/send?access_token={token}");
        let body = json!({"touser": openid, "msgtype": "text", "text": {"content": "hello"}});
        self.post(&path, body).await["errcode"].as_i64().unwrap()
    }
}

pub(super) async fn start(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    base
}

pub(super) fn text_of(openid: &str) -> Value {
    json!({"openid": openid, "message": {"MsgType": "text", "Content": "hi"}})
}

/// Somebody who watches the timeline.
pub(super) struct Watcher {
    /// Name and data of what came before any happening.
    pub(super) greeting: Vec<(String, Value)>,
    stream: Response,
    read: String,
}

impl Watcher {
    /// `seen`: the id of the last event that was seen before.
    pub(super) async fn of(stage: &Stage, seen: Option<&str>) -> Self {
        Self::at(stage, "/simulator/timeline", seen).await
    }

    /// The same of a mini program that is not the first.
    pub(super) async fn of_mini_program(stage: &Stage, appid: &str, seen: Option<&str>) -> Self {
        Self::at(stage, &format!("/simulator/timeline?appid={appid}"), seen).await
    }

    async fn at(stage: &Stage, path: &str, seen: Option<&str>) -> Self {
        let request = stage.client.get(format!("{}{path}", stage.base));
        let request = seen.into_iter().fold(request, |request, seen| request.header("Last-Event-ID", seen));
        let mut watcher = Self { greeting: Vec::new(), stream: request.send().await.unwrap(), read: String::new() };
        while watcher.greeting.last().is_none_or(|(name, _)| name != "state") {
            let fields = watcher.next().await;
            assert_eq!(fields.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["event", "data"]);
            watcher.greeting.push((fields[0].1.clone(), serde_json::from_str(&fields[1].1).unwrap()));
        }
        watcher
    }

    /// The next event's fields.
    async fn next(&mut self) -> Vec<(String, String)> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let fields = event.lines().filter_map(|line| line.split_once(": "));
                let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                self.read = rest.to_owned();
                return fields;
            }
            let chunk = tokio::time::timeout(Duration::from_secs(5), self.stream.chunk()).await.expect("an event");
            self.read.push_str(std::str::from_utf8(&chunk.unwrap().expect("a stream without end")).unwrap());
        }
    }

    /// The next event's id and what happened.
    pub(super) async fn next_happening(&mut self) -> (String, Value) {
        let fields = self.next().await;
        let field = |name| fields.iter().find(|(given, _)| given == name).unwrap().1.clone();
        (field("id"), serde_json::from_str(&field("data")).unwrap())
    }

    /// The next happening of this kind.
    pub(super) async fn until(&mut self, what: &str) -> Value {
        loop {
            let (_, happening) = self.next_happening().await;
            if happening["what"] == what {
                return happening;
            }
        }
    }
}
