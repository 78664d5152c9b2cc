//! A product of a test's own, which answers pushes as the test tells it.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What it does with a push.
#[derive(Clone, Copy)]
pub(crate) enum Does {
    /// Answers with this status and body.
    Answers(u16, &'static str),
    /// Answers with a passive reply of this `MsgType`; the push must be plain and in JSON.
    Replies(&'static str),
    /// Never answers.
    Hangs,
}

/// A product that listens; it ends with the test's runtime.
pub(crate) struct Product {
    pub(crate) push_url: String,
    does: Arc<Mutex<Does>>,
    pushes: Arc<Mutex<usize>>,
}

impl Product {
    pub(crate) async fn start(does: Does) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let push_url = format!("http://{}/push", listener.local_addr().unwrap());
        let (does, pushes) = (Arc::new(Mutex::new(does)), Arc::new(Mutex::new(0)));
        let product = Self { push_url, does: does.clone(), pushes: pushes.clone() };
        tokio::spawn(async move {
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                tokio::spawn(answer(connection, does.clone(), pushes.clone()));
            }
        });
        product
    }

    /// Does this with each push from now on.
    pub(crate) fn now(&self, does: Does) {
        *self.does.lock().unwrap_or_else(PoisonError::into_inner) = does;
    }

    /// How many pushes came.
    pub(crate) fn pushes(&self) -> usize {
        *self.pushes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer(mut connection: TcpStream, does: Arc<Mutex<Does>>, pushes: Arc<Mutex<usize>>) {
    let push = body(&mut connection).await;
    *pushes.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    let does = *does.lock().unwrap_or_else(PoisonError::into_inner);
    let (status, body) = match does {
        Does::Answers(status, body) => (status, body.to_owned()),
        Does::Replies(message_type) => (200, reply(&push, message_type)),
        Does::Hangs => std::future::pending().await,
    };
    let answer = format!("HTTP/1.1 {status} _\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    // An error says that the simulator does not wait any more.
    let _ = connection.write_all(answer.as_bytes()).await;
}

fn reply(push: &[u8], message_type: &str) -> String {
    let push: Value = serde_json::from_slice(push).expect("a plain push in JSON");
    json!({"ToUserName": push["FromUserName"], "FromUserName": push["ToUserName"], "CreateTime": 1_700_000_000,
        "MsgType": message_type, "Content": "We open at nine."})
    .to_string()
}

/// The body of a request.
async fn body(connection: &mut TcpStream) -> Vec<u8> {
    const END: &[u8] = b"\r\n\r\n";
    let mut read = Vec::new();
    loop {
        assert_ne!(connection.read_buf(&mut read).await.unwrap(), 0, "a request ends early");
        let Some(end) = read.windows(END.len()).position(|window| window == END) else { continue };
        let headers = String::from_utf8_lossy(&read[..end]).to_lowercase();
        let length = headers.lines().find_map(|line| line.strip_prefix("content-length:")).expect("a length");
        let length: usize = length.trim().parse().unwrap();
        let body = &read[end + END.len()..];
        if body.len() == length {
            return body.to_vec();
        }
    }
}
