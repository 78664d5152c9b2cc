//! What WeChat sent back, read to a limit and searched for the access token, which must not leave the stack.

use bytes::Bytes;
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Response, StatusCode};

use super::call_error::{CallError, Withheld};
use super::token_search::holds;
use crate::secret::Secret;

/// The headers that are handed on.
const HEADERS: [HeaderName; 2] = [CONTENT_DISPOSITION, CONTENT_TYPE];

/// An answer that may be handed on.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) status: StatusCode,
    /// `Content-Type` and `Content-Disposition`, if they are there and UTF-8: Lambda's answer is JSON, which can hold no other bytes.
    pub(super) headers: HeaderMap,
    pub(super) bytes: Bytes,
}

impl Received {
    /// Reads an answer to a request that carried this token. An answer of more than `max_bytes` is not read to its end.
    ///
    /// # Errors
    /// [`CallError::Unknown`] if it breaks off, [`CallError::Withheld`] if it must not be handed on.
    pub(super) async fn read(
        mut response: Response,
        access_token: Option<&Secret>,
        max_bytes: usize,
    ) -> Result<Self, CallError> {
        let status = response.status();
        if status.is_redirection() {
            return Err(Withheld::Redirect(status.as_u16()).into());
        }
        if response.headers().get_all(CONTENT_ENCODING).iter().any(|encoding| encoding != "identity") {
            return Err(Withheld::Encoded.into());
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| CallError::Unknown(error.without_url()))? {
            if bytes.len().saturating_add(chunk.len()) > max_bytes {
                return Err(Withheld::TooLarge { max_bytes }.into());
            }
            bytes.extend_from_slice(&chunk);
        }
        let headers = readable(response.headers());
        let leaks = |token: &Secret| {
            holds(&bytes, token) || headers.values().any(|value: &HeaderValue| holds(value.as_bytes(), token))
        };
        if access_token.is_some_and(leaks) {
            tracing::error!("an answer of WeChat's contains the access token and is withheld");
            return Err(Withheld::Token.into());
        }
        Ok(Self { status, headers, bytes: bytes.into() })
    }

    /// A header's text, if it is visible ASCII.
    pub(super) fn header(&self, name: &HeaderName) -> Option<String> {
        Some(self.headers.get(name)?.to_str().ok()?.to_owned())
    }
}

fn readable(headers: &HeaderMap) -> HeaderMap {
    let is_utf8 = |value: &&HeaderValue| std::str::from_utf8(value.as_bytes()).is_ok();
    let kept = HEADERS.iter().filter_map(|name| Some((name.clone(), headers.get(name).filter(is_utf8)?.clone())));
    kept.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_is_not_utf8_is_dropped() {
        let value = |bytes: &[u8]| HeaderValue::from_bytes(bytes).unwrap();
        let gbk = value(b"attachment; filename=\"\xD6\xD0.png\"");
        let headers = HeaderMap::from_iter([(CONTENT_DISPOSITION, gbk), (CONTENT_TYPE, value(b"image/png"))]);
        assert_eq!(readable(&headers), HeaderMap::from_iter([(CONTENT_TYPE, value(b"image/png"))]));
        let utf8 = HeaderMap::from_iter([(CONTENT_DISPOSITION, value("attachment; filename=\"中.png\"".as_bytes()))]);
        assert_eq!(readable(&utf8), utf8);
    }
}
