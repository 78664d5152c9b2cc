//! What a caller is answered over HTTP.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

/// An HTTP answer, whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers, without those that belong to the connection.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// An answer without headers.
    #[must_use]
    pub fn new(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Self { status, headers: HeaderMap::new(), body: body.into() }
    }

    /// A JSON answer.
    #[must_use]
    pub fn json(status: StatusCode, body: &Value) -> Self {
        let answer = Self::new(status, body.to_string());
        answer.with(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
    }

    /// An error as the AWS services with a JSON protocol write it. `code` is the exception's name.
    pub(crate) fn aws_error(status: StatusCode, code: &str, message: &str) -> Self {
        // Each service spells the message in its own way; the SDKs accept both spellings.
        let answer = Self::json(status, &json!({"__type": code, "message": message, "Message": message}));
        match HeaderValue::from_str(code) {
            Ok(code) => answer.with(HeaderName::from_static("x-amzn-errortype"), code),
            Err(_) => answer,
        }
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}
