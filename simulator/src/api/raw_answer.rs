//! An answer that is sent as it was ordered, whatever WeChat would say: any status, any bytes.

use axum::body::Bytes;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use memchr::memmem;

/// Stands for the access token that the call brought, in the body and in both headers.
pub(super) const TOKEN: &str = "{access_token}";

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawAnswer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: Option<String>,
    pub(crate) content_disposition: Option<String>,
    pub(crate) body: Bytes,
}

impl Default for RawAnswer {
    /// 200 without a body.
    fn default() -> Self {
        Self { status: StatusCode::OK, content_type: None, content_disposition: None, body: Bytes::new() }
    }
}

impl RawAnswer {
    /// The answer to a call that brought this access token.
    pub(super) fn response(&self, access_token: &str) -> Response {
        let mut response = (self.status, with_token(&self.body, access_token)).into_response();
        response.headers_mut().remove(CONTENT_TYPE);
        for (name, text) in [(CONTENT_TYPE, &self.content_type), (CONTENT_DISPOSITION, &self.content_disposition)] {
            let text = text.as_ref().map(|text| text.replace(TOKEN, access_token));
            // A caller's token need not be fit for a header; then the header is left out.
            if let Some(value) = text.and_then(|text| HeaderValue::from_str(&text).ok()) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

fn with_token(body: &Bytes, access_token: &str) -> Bytes {
    let mut rest = &body[..];
    let mut sent = Vec::new();
    while let Some(at) = memmem::find(rest, TOKEN.as_bytes()) {
        let (before, after) = rest.split_at(at);
        sent.extend_from_slice(before);
        sent.extend_from_slice(access_token.as_bytes());
        rest = after.get(TOKEN.len()..).unwrap_or_default();
    }
    if sent.is_empty() {
        return body.clone();
    }
    sent.extend_from_slice(rest);
    sent.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_put_in_wherever_it_is_named_and_nothing_else_changes() {
        for (body, expected) in [
            (&b"\xFF\x00"[..], &b"\xFF\x00"[..]),
            (b"{access_token}", b"T"),
            (b"a{access_token}b{access_token}", b"aTbT"),
            (b"{access_token", b"{access_token"),
        ] {
            assert_eq!(with_token(&Bytes::from_static(body), "T"), expected);
        }
    }
}
