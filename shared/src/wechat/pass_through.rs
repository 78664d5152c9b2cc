//! A call that is passed on as it is, for the SDK gateway: any path, bytes in and bytes out.
//!
//! WeChat's access token goes out in the query and must not come back: an answer that holds it is withheld.

use bytes::Bytes;
use memchr::memmem;
use protocol::gateway_path::GatewayPath;
use reqwest::header::{
    ACCEPT, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, USER_AGENT,
};
use reqwest::{Method, Response};
use serde::Deserialize;

use super::client::{CallError, MEDIA_TIMEOUT, WechatApi, send};
use super::errcode::Errcode;
use crate::secret::Secret;

/// The headers of a request that WeChat gets.
const REQUEST_HEADERS: [HeaderName; 3] = [ACCEPT, CONTENT_TYPE, USER_AGENT];
/// The headers of an answer that the caller gets.
const ANSWER_HEADERS: [HeaderName; 2] = [CONTENT_DISPOSITION, CONTENT_TYPE];

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
    /// `Content-Type` and `Content-Disposition`, if they are there.
    pub headers: HeaderMap,
    /// The body.
    pub bytes: Bytes,
    /// What the body says if it is JSON with an `errcode`; else 0.
    pub errcode: Errcode,
}

/// Why an answer is not passed on. WeChat has answered, and may have acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// It holds WeChat's access token.
    #[error("the answer is withheld: it contains WeChat's access token")]
    Token,
    /// It is compressed, so that nobody can see what it holds.
    #[error("the answer is withheld: its Content-Encoding was not asked for")]
    Encoded,
    /// It sends the caller elsewhere.
    #[error("the answer is withheld: it is a redirect (HTTP {0})")]
    Redirect(u16),
    /// It is larger than what the caller can get.
    #[error(
        "the answer is larger than {max_bytes} bytes, which is what Lambda's limit of 6 MB an answer leaves in base64"
    )]
    TooLarge {
        /// What it may have.
        max_bytes: usize,
    },
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
    ) -> Result<Result<PassedAnswer, Withheld>, CallError> {
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
        read(send(request).await?, access_token, max_bytes).await
    }
}

async fn read(
    mut response: Response,
    access_token: &Secret,
    max_bytes: usize,
) -> Result<Result<PassedAnswer, Withheld>, CallError> {
    let status = response.status();
    if status.is_redirection() {
        return Ok(Err(Withheld::Redirect(status.as_u16())));
    }
    if response.headers().get_all(CONTENT_ENCODING).iter().any(|encoding| encoding != "identity") {
        return Ok(Err(Withheld::Encoded));
    }
    let headers = only(&ANSWER_HEADERS, response.headers());
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| CallError::Unknown(error.without_url()))? {
        if bytes.len().saturating_add(chunk.len()) > max_bytes {
            return Ok(Err(Withheld::TooLarge { max_bytes }));
        }
        bytes.extend_from_slice(&chunk);
    }
    if holds(&bytes, access_token) || headers.values().any(|value| holds(value.as_bytes(), access_token)) {
        return Ok(Err(Withheld::Token));
    }
    let errcode = errcode(&bytes);
    Ok(Ok(PassedAnswer { status: status.as_u16(), headers, bytes: bytes.into(), errcode }))
}

fn only(names: &[HeaderName], headers: &HeaderMap) -> HeaderMap {
    names.iter().filter_map(|name| Some((name.clone(), headers.get(name)?.clone()))).collect()
}

/// Whether the token stands in there, as it is or percent-encoded in any way.
fn holds(bytes: &[u8], token: &Secret) -> bool {
    let finder = memmem::Finder::new(token.expose());
    if finder.find(bytes).is_some() {
        return true;
    }
    if memchr::memchr(b'%', bytes).is_none() {
        return false;
    }
    let decoded: Vec<u8> = percent_encoding::percent_decode(bytes).collect();
    finder.find(&decoded).is_some()
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
