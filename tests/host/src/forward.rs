//! Forwards requests to another server on this machine.

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::answer::Answer;
use crate::error::HostError;

/// A server that requests are forwarded to.
#[derive(Debug, Clone)]
pub(crate) struct Upstream {
    authority: Authority,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Upstream {
    /// The server at `http://host:port`.
    pub(crate) fn new(url: &str) -> Result<Self, HostError> {
        let authority = url.strip_prefix("http://").map(|rest| rest.trim_end_matches('/')).map(str::parse::<Authority>);
        let Some(Ok(authority)) = authority else { return Err(HostError::Url(url.to_owned())) };
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Ok(Self { authority, client: Client::builder(TokioExecutor::new()).build(connector) })
    }

    /// Forwards a request. A server that does not answer is told as 502.
    pub(crate) async fn forward(&self, request: Request<Bytes>) -> Answer {
        self.try_forward(request).await.unwrap_or_else(|error| Answer::new(StatusCode::BAD_GATEWAY, error))
    }

    async fn try_forward(&self, request: Request<Bytes>) -> Result<Answer, String> {
        let (mut parts, body) = request.into_parts();
        parts.uri = self.uri(parts.uri.path_and_query()).map_err(|error| error.to_string())?;
        forget_connection(&mut parts.headers);
        let request = Request::from_parts(parts, Full::new(body));
        let response = self.client.request(request).await.map_err(|error| error.to_string())?;
        let (mut parts, body) = response.into_parts();
        forget_connection(&mut parts.headers);
        let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }

    fn uri(&self, path_and_query: Option<&PathAndQuery>) -> Result<Uri, http::Error> {
        let path_and_query = path_and_query.map_or("/", PathAndQuery::as_str);
        Uri::builder().scheme(Scheme::HTTP).authority(self.authority.clone()).path_and_query(path_and_query).build()
    }
}

/// What belongs to one connection is not passed on to another. The body is whole, so that its length is known anew.
fn forget_connection(headers: &mut HeaderMap) {
    for name in [CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING] {
        headers.remove(name);
    }
}
