use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_sdk_secretsmanager::Client as SecretsManager;
use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Credentials, Region};
use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::any;
use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::host::tls::{Servers, client_config};

/// A client of the server at this address, which tries a call three times.
fn secrets_manager(address: SocketAddr) -> SecretsManager {
    let config = aws_sdk_secretsmanager::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .retry_config(RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(1)))
        .endpoint_url(format!("http://{address}"))
        .http_client(http_client(client_config(Servers::Private).unwrap()))
        .build();
    SecretsManager::from_conf(config)
}

#[tokio::test]
async fn after_a_500_the_retry_comes_on_a_new_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let peers = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&peers);
    let answer = move |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move {
        let mut seen = seen.lock().unwrap();
        seen.push(peer);
        let status = if seen[0] == peer { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK };
        (status, "{}")
    };
    let server = Router::new().fallback(any(answer)).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, server).await });
    let client = secrets_manager(address);
    for _ in 0..2 {
        client.get_secret_value().secret_id("s").send().await.unwrap();
    }
    let peers = peers.lock().unwrap();
    let [refusing, retried, next] = peers[..] else { panic!("{peers:?}") };
    assert_ne!(refusing, retried);
    assert_eq!(retried, next, "a connection that answers is used again");
}

/// How often the client tries a call to a server that answers so and hangs up.
async fn tries_of_a_call_answered_with(answer: &'static [u8]) -> usize {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&tries);
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            counted.fetch_add(1, Ordering::SeqCst);
            let mut request = Vec::new();
            // The body ends the request; it names the secret.
            while !request.ends_with(b"}") {
                connection.read_buf(&mut request).await.unwrap();
            }
            connection.write_all(answer).await.unwrap();
        }
    });
    secrets_manager(address).get_secret_value().secret_id("s").send().await.unwrap_err();
    tries.load(Ordering::SeqCst)
}

#[tokio::test]
async fn a_call_whose_connection_breaks_is_tried_again_and_one_whose_answer_is_not_http_is_not() {
    assert_eq!(tries_of_a_call_answered_with(b"").await, 3);
    assert_eq!(tries_of_a_call_answered_with(b"HTTP/1.1 200 OK\r\nContent-").await, 3);
    assert_eq!(tries_of_a_call_answered_with(b"nonsense\r\n\r\n").await, 1);
}
