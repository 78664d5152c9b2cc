//! What a call brought, as it came over the wire: method, raw query, headers and body. Credentials are not kept.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::credentials;

/// No call has a longer body than this.
pub(crate) const LONGEST_BODY: usize = 16 << 20;
/// The longest body that is kept whole. Of a longer one, the hash must do.
const LONGEST_KEPT: usize = 16 << 10;

/// What a call brought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Received {
    method: String,
    /// As it came, percent-encoding and order included; the values of credentials are replaced. Null if there was none.
    query: Option<String>,
    /// Name in lower case and value, all values of a name in order; the values of credentials are replaced.
    headers: Vec<(String, String)>,
    content_type: Option<String>,
    /// How long the body was.
    bytes: usize,
    /// The body's SHA-256 in lower-case hex. Null if the body has a credential in it.
    sha256: Option<String>,
    /// The body. Null if it has a credential in it or is longer than 16 KiB.
    base64: Option<String>,
}

/// Reads the whole request and hands on what it brought, in the request's extensions.
pub(crate) async fn note(request: Request, next: Next) -> Response {
    let (mut head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LONGEST_BODY).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    let headers = head.headers.iter().map(|(name, value)| {
        let secret = credentials::is_header(name.as_str());
        let value = if secret { credentials::REDACTED.into() } else { String::from_utf8_lossy(value.as_bytes()) };
        (name.as_str().to_owned(), value.into_owned())
    });
    let has_credentials = serde_json::from_slice::<Map<String, Value>>(&body).is_ok_and(|it| credentials::are_in(&it));
    let received = Received {
        method: head.method.to_string(),
        query: head.uri.query().map(credentials::redacted),
        headers: headers.collect(),
        content_type: head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned),
        bytes: body.len(),
        sha256: (!has_credentials).then(|| hex::encode(Sha256::digest(&body))),
        base64: (!has_credentials && body.len() <= LONGEST_KEPT).then(|| STANDARD.encode(&body)),
    };
    head.extensions.insert(Arc::new(received));
    next.run(Request::from_parts(head, Body::from(body))).await
}
