//! The HTTP client under AWS's clients: hyper with the process's own TLS configuration, which the SDK's client does not take.

use std::error::Error;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::{CaptureConnection, HttpConnector as TcpConnector, capture_connection};
use hyper_util::client::legacy::{Client, Error as RequestError};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower_service::Service;

/// `push` waits at least 750 ms for a function: a connection that cannot be opened must be known before that.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(500);
/// A connection that was idle for longer, as while the environment was frozen, may be closed at the other end: a request on
/// it would go out into the void, with an unknown outcome.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// `deliver-reply` waits for a function for minutes, during which nothing is said: what stands between them forgets a silent
/// connection (a NAT gateway after 350 seconds), and the answer would be lost.
const TCP_KEEPALIVE: Duration = Duration::from_secs(30);

/// A client whose connections all of AWS's clients share.
pub(super) fn http_client(tls: ClientConfig) -> SharedHttpClient {
    let mut tcp = TcpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(TCP_KEEPALIVE));
    let client = Client::builder(TokioExecutor::new())
        .pool_idle_timeout(POOL_IDLE_TIMEOUT)
        .pool_timer(TokioTimer::new())
        .build(Connector(HttpsConnector::from((tcp, tls))));
    let connector = SharedHttpConnector::new(Requests(client));
    http_client_fn(move |_, _| connector.clone())
}

/// Whether a request certainly was not sent, because there was no connection.
pub(super) fn is_unconnected(error: &(dyn Error + 'static)) -> bool {
    among_causes::<RequestError>(error).any(RequestError::is_connect)
}

/// Sends requests of AWS's clients.
#[derive(Debug)]
struct Requests(Client<Connector, SdkBody>);

impl HttpConnector for Requests {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let connection = capture_connection(&mut request);
        if let Some(capture) = request.extensions().get::<CaptureSmithyConnection>() {
            capture.set_connection_retriever(move || metadata(&connection));
        }
        let sent = self.0.request(request);
        HttpConnectorFuture::new(async move {
            let response = sent.await.map_err(connector_error)?;
            HttpResponse::try_from(response.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// What the SDK needs to close the connection of a call that failed in passing, such as with a 500: the server behind it may
/// be the cause, and the retry must meet another.
fn metadata(connection: &CaptureConnection) -> Option<ConnectionMetadata> {
    let is_proxied = connection.connection_metadata().as_ref()?.is_proxied();
    let connection = connection.clone();
    let poison = move || {
        if let Some(connected) = connection.connection_metadata().as_ref() {
            connected.poison();
        }
    };
    Some(ConnectionMetadata::builder().proxied(is_proxied).poison_fn(poison).build())
}

/// Tells the SDK which calls it may repeat, as far as its caller lets it: those that time or a broken connection ended. An answer
/// that is not HTTP is not among them: the server has the request, and would answer so again.
fn connector_error(error: RequestError) -> ConnectorError {
    if error.is_connect() {
        let kind = if is_timeout(&error) { ConnectorError::timeout } else { ConnectorError::io };
        return kind(error.into()).never_connected();
    }
    if is_timeout(&error) {
        ConnectorError::timeout(error.into())
    } else if is_broken_connection(&error) {
        ConnectorError::io(error.into())
    } else {
        ConnectorError::other(error.into(), None)
    }
}

fn is_timeout(error: &RequestError) -> bool {
    among_causes::<io::Error>(error).any(|error| error.kind() == io::ErrorKind::TimedOut)
}

fn is_broken_connection(error: &RequestError) -> bool {
    let is_broken = |error: &hyper::Error| error.is_canceled() || error.is_closed() || error.is_incomplete_message();
    among_causes::<io::Error>(error).next().is_some() || among_causes::<hyper::Error>(error).any(is_broken)
}

/// The errors of one kind among an error and its causes.
fn among_causes<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a E> {
    std::iter::successors(Some(error), |error| (*error).source()).filter_map(|cause| cause.downcast_ref())
}

/// Opens connections, TLS included, within [`CONNECT_TIMEOUT`].
#[derive(Debug, Clone)]
struct Connector(HttpsConnector<TcpConnector>);

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = tokio::time::timeout(CONNECT_TIMEOUT, self.0.call(uri));
        Box::pin(async { connecting.await.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into())) })
    }
}

#[cfg(test)]
#[path = "aws_http_tests.rs"]
mod tests;
