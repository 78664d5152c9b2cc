//! HTTP to a server on this machine.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use crate::error::TrialError;

/// A client for one server.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    base: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Http {
    pub(crate) fn new(base: String) -> Self {
        Self { base, client: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// Sends a request and returns the answer's JSON. Any status but 2xx is an error.
    pub(crate) async fn json(&self, method: Method, path: &str, body: &Value) -> Result<Value, TrialError> {
        let request = self.request(method, path).header("content-type", "application/json");
        let response = self.send(request.body(Full::new(body.to_string().into()))).await?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(refused)?.to_bytes();
        let json = serde_json::from_slice(&body).unwrap_or_default();
        if status.is_success() { Ok(json) } else { Err(TrialError::Simulator(format!("{path}: {status}: {json}"))) }
    }

    /// Opens a stream of server-sent events, from the one after `last` on.
    pub(crate) async fn stream(&self, path: &str, last: Option<&str>) -> Result<Incoming, TrialError> {
        let mut request = self.request(Method::GET, path);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = self.send(request.body(Full::default())).await?;
        if response.status() == StatusCode::OK {
            return Ok(response.into_body());
        }
        Err(TrialError::Simulator(format!("{path}: {}", response.status())))
    }

    fn request(&self, method: Method, path: &str) -> http::request::Builder {
        Request::builder().method(method).uri(format!("{}{path}", self.base))
    }

    async fn send(&self, request: Result<Request<Full<Bytes>>, http::Error>) -> Result<Response<Incoming>, TrialError> {
        self.client.request(request.map_err(refused)?).await.map_err(refused)
    }
}

fn refused(error: impl std::error::Error) -> TrialError {
    TrialError::Simulator(error.to_string())
}
