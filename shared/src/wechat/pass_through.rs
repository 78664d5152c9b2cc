//! A call that is passed on as it is, for the SDK gateway: any path, bytes in and bytes out.

use bytes::Bytes;
use protocol::gateway_path::GatewayPath;
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, USER_AGENT};
use serde::Deserialize;

use super::call_error::CallError;
use super::client::{MEDIA_TIMEOUT, WechatApi, send};
use super::errcode::Errcode;
use super::received::Received;
use crate::secret::Secret;

/// The headers of a request that WeChat gets.
const REQUEST_HEADERS: [HeaderName; 3] = [ACCEPT, CONTENT_TYPE, USER_AGENT];

/// A call to pass on. A clone shares the body.
#[derive(Debug, Clone)]
pub struct PassThrough {
    method: Method,
    path: GatewayPath,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
}

/// What WeChat answered.
#[derive(Debug, Clone, PartialEq)]
pub struct PassedAnswer {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Type` and `Content-Disposition`, if they are there and UTF-8.
    pub headers: HeaderMap,
    /// The body.
    pub bytes: Bytes,
    /// What the body says if it is JSON with an `errcode`; else 0.
    pub errcode: Errcode,
}

impl PassThrough {
    /// A call. `query` must not name an access token; of the headers, those that matter to WeChat are kept.
    #[must_use]
    pub fn new(
        method: Method,
        path: GatewayPath,
        query: Vec<(String, String)>,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Self {
        Self { method, path, query, headers: only(&REQUEST_HEADERS, headers), body }
    }
}

impl WechatApi {
    /// Passes a call on once, with the access token. An answer of more than `max_bytes` is not read to its end.
    ///
    /// # Errors
    /// [`CallError`] by what is certain about the outcome.
    pub(crate) async fn pass(
        &self,
        call: &PassThrough,
        access_token: &Secret,
        max_bytes: usize,
    ) -> Result<PassedAnswer, CallError> {
        let query: Vec<_> = call.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let url = self.url(call.path.as_str(), Some(access_token), &query)?;
        let mut request =
            self.http.request(call.method.clone(), url).timeout(MEDIA_TIMEOUT).headers(call.headers.clone());
        if !call.body.is_empty() {
            request = request.body(call.body.clone());
        } else if call.method == Method::POST {
            // Some servers refuse a POST whose length is not told.
            request = request.header(CONTENT_LENGTH, 0);
        }
        let Received { status, headers, bytes } =
            Received::read(send(request).await?, Some(access_token), max_bytes).await?;
        Ok(PassedAnswer { status: status.as_u16(), headers, errcode: errcode(&bytes), bytes })
    }
}

fn only(names: &[HeaderName], headers: &HeaderMap) -> HeaderMap {
    names.iter().filter_map(|name| Some((name.clone(), headers.get(name)?.clone()))).collect()
}

/// What JSON says; nothing else of it is kept.
fn errcode(bytes: &[u8]) -> Errcode {
    #[derive(Deserialize)]
    struct Told {
        errcode: i64,
    }
    serde_json::from_slice::<Told>(bytes).map_or(Errcode::OK, |told| Errcode(told.errcode))
}

#[cfg(test)]
#[path = "pass_through_tests.rs"]
mod tests;
