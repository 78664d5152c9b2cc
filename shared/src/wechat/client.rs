//! One request to WeChat, sent once.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use reqwest::multipart::{Form, Part};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response, Url};
use rustls::ClientConfig;
use serde::Serialize;
use serde_json::{Map, Value};

use super::call_error::CallError;
use super::errcode::Errcode;
use super::received::Received;
use super::temp_media::{File, Picture};
use crate::secret::Secret;

/// How long a connection to WeChat may take.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that rested for longer, as while the environment was frozen, may be closed at the other end: a request on
/// it would go out into the void, with an unknown outcome.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// For megabytes; API Gateway hangs up after 29 seconds.
pub(super) const MEDIA_TIMEOUT: Duration = Duration::from_secs(15);
/// WeChat's JSON is far smaller.
const MAX_JSON_BYTES: usize = 1_000_000;

/// What WeChat answers a success with in place of an `errcode`.
const WITHOUT_ERRCODE: [&str; 3] = ["access_token", "media_id", "video_url"];

/// WeChat's API.
#[derive(Debug, Clone)]
pub struct WechatApi {
    pub(super) http: Client,
    base_url: Url,
}

/// WeChat's answer: HTTP 200 and JSON, whatever became of the request.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// 0 where it was done; also where WeChat leaves it out, as `stable_token` and uploadTempMedia do on success.
    pub errcode: Errcode,
    /// In words.
    pub errmsg: String,
    /// The whole answer.
    pub fields: Map<String, Value>,
}

/// What a download brings.
#[derive(Debug, Clone, PartialEq)]
pub enum Download {
    /// The file.
    File(File),
    /// JSON in its place: an error, or a video's `video_url`.
    Answer(Answer),
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The base URL is not one.
    #[error("must be an absolute http or https URL without a query")]
    BaseUrl,
    /// TLS cannot be set up.
    #[error("the HTTP client cannot be built")]
    Build(#[from] reqwest::Error),
}

impl Answer {
    /// A refusal as WeChat would have written it: `{"errcode", "errmsg"}`.
    #[must_use]
    pub fn refusal(errcode: Errcode, errmsg: &str) -> Self {
        let mut fields = Map::new();
        fields.insert("errcode".into(), errcode.0.into());
        fields.insert("errmsg".into(), errmsg.into());
        Self { errcode, errmsg: errmsg.to_owned(), fields }
    }
}

impl WechatApi {
    /// A client for this base URL, <https://api.weixin.qq.com> or a stand-in, with this TLS configuration. Built once a process.
    ///
    /// # Errors
    /// [`ClientError`] where it is no base URL or TLS cannot be set up.
    pub fn new(base_url: &str, tls: ClientConfig) -> Result<Self, ClientError> {
        let base_url = Url::parse(base_url).map_err(|_| ClientError::BaseUrl)?;
        if !matches!(base_url.scheme(), "http" | "https") || !base_url.has_host() || base_url.query().is_some() {
            return Err(ClientError::BaseUrl);
        }
        // A redirect would carry the token elsewhere.
        let builder = Client::builder().tls_backend_preconfigured(tls).redirect(Policy::none());
        let http =
            builder.connect_timeout(CONNECT_TIMEOUT).pool_idle_timeout(POOL_IDLE_TIMEOUT).timeout(TIMEOUT).build()?;
        Ok(Self { http, base_url })
    }

    /// Opens a connection, by a request that asks for nothing. Whatever is answered will do.
    ///
    /// # Errors
    /// [`CallError`] if there is no answer.
    pub async fn connect(&self) -> Result<(), CallError> {
        let mut response = send(self.http.get(self.base_url.clone())).await?;
        // A connection whose answer is read whole serves the next request. One whose answer is larger is not worth that.
        let mut left = MAX_JSON_BYTES;
        while let Some(chunk) = response.chunk().await.map_err(|error| CallError::Unknown(error.without_url()))? {
            let Some(rest) = left.checked_sub(chunk.len()) else { break };
            left = rest;
        }
        Ok(())
    }

    /// Posts JSON once.
    ///
    /// # Errors
    /// [`CallError`], by what is certain about the outcome.
    pub async fn post(
        &self,
        path: &str,
        access_token: Option<&Secret>,
        body: &(impl Serialize + Sync),
    ) -> Result<Answer, CallError> {
        let response = send(self.http.post(self.url(path, access_token, &[])?).json(body)).await?;
        read_answer(response, access_token).await
    }

    /// Uploads a picture once, as the field `media` of a multipart body whose length is told (WeChat takes no chunks).
    ///
    /// # Errors
    /// [`CallError`], by what is certain about the outcome.
    pub async fn upload(&self, path: &str, access_token: &Secret, picture: &Picture) -> Result<Answer, CallError> {
        let url = self.url(path, Some(access_token), &[("type", "image")])?;
        let format = picture.format();
        let part = Part::stream(picture.bytes().clone())
            .file_name(format.file_name())
            .mime_str(format.content_type())
            .map_err(CallError::OutOfReach)?;
        let request = self.http.post(url).timeout(MEDIA_TIMEOUT).multipart(Form::new().part("media", part));
        read_answer(send(request).await?, Some(access_token)).await
    }

    /// Gets a file once. One of more than `max_bytes` is not read to its end.
    ///
    /// # Errors
    /// [`CallError`], by what is certain about the outcome.
    pub async fn get(
        &self,
        path: &str,
        access_token: &Secret,
        query: &[(&str, &str)],
        max_bytes: usize,
    ) -> Result<Download, CallError> {
        let url = self.url(path, Some(access_token), query)?;
        let response = send(self.http.get(url).timeout(MEDIA_TIMEOUT)).await?;
        let received = Received::read(response, Some(access_token), max_bytes).await?;
        let status = received.status.as_u16();
        let content_type = received.header(&CONTENT_TYPE).unwrap_or_default();
        let content_disposition = received.header(&CONTENT_DISPOSITION);
        download(status, content_type, content_disposition, received.bytes).ok_or(CallError::Unreadable { status })
    }

    pub(super) fn url(
        &self,
        path: &str,
        access_token: Option<&Secret>,
        query: &[(&str, &str)],
    ) -> Result<Url, CallError> {
        let mut url = self.base_url.join(path).map_err(|_| CallError::Url)?;
        if let Some(token) = access_token {
            url.query_pairs_mut().append_pair("access_token", token.expose());
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }
}

pub(super) async fn send(request: RequestBuilder) -> Result<Response, CallError> {
    request.send().await.map_err(|error| {
        let error = error.without_url();
        if error.is_connect() || error.is_builder() { CallError::OutOfReach(error) } else { CallError::Unknown(error) }
    })
}

async fn read_answer(response: Response, access_token: Option<&Secret>) -> Result<Answer, CallError> {
    let received = Received::read(response, access_token, MAX_JSON_BYTES).await?;
    answer(&received.bytes).ok_or(CallError::Unreadable { status: received.status.as_u16() })
}

fn answer(bytes: &[u8]) -> Option<Answer> {
    let fields: Map<String, Value> = serde_json::from_slice(bytes).ok()?;
    let errcode = match fields.get("errcode") {
        Some(errcode) => Errcode(errcode.as_i64()?),
        None if WITHOUT_ERRCODE.iter().any(|name| fields.contains_key(*name)) => Errcode::OK,
        None => return None,
    };
    let errmsg = fields.get("errmsg").and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(Answer { errcode, errmsg, fields })
}

/// Tells a file from JSON by what is there: WeChat says 200 to both, and `Content-Type` is text for some errors.
fn download(status: u16, content_type: String, content_disposition: Option<String>, bytes: Bytes) -> Option<Download> {
    if let Some(answer) = answer(&bytes) {
        return Some(Download::Answer(answer));
    }
    let is_text = content_type.starts_with("text/") || content_type.starts_with("application/json");
    let is_file = status == 200 && !content_type.is_empty() && !is_text && !bytes.is_empty();
    is_file.then_some(Download::File(File { content_type, content_disposition, bytes }))
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use axum::Router;
    use axum::body::Body;
    use futures_util::stream;
    use rustls::RootCertStore;
    use tokio::net::TcpListener;

    use super::*;

    /// TLS that no server satisfies: the stand-ins speak plain HTTP.
    pub(in crate::wechat) fn without_roots() -> ClientConfig {
        let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth()
    }

    #[test]
    fn an_answer_without_errcode_is_one_only_if_it_brings_what_was_asked_for() {
        for bringing in [r#"{"access_token":"t","expires_in":7200}"#, r#"{"media_id":"m"}"#, r#"{"video_url":"u"}"#] {
            assert_eq!(answer(bringing.as_bytes()).unwrap().errcode, Errcode::OK);
        }
        assert_eq!(answer(br#"{"errcode":45047,"errmsg":"out"}"#).unwrap().errcode, Errcode::REPLY_WINDOW_EXHAUSTED);
        for unreadable in ["", "{}", "<html>", r#"{"errcode":0"#, r#"{"errcode":"0"}"#, "[]", "null"] {
            assert_eq!(answer(unreadable.as_bytes()), None, "{unreadable}");
        }
    }

    #[test]
    fn a_file_is_told_from_json_whatever_the_content_type_says() {
        let download = |status, content_type: &str, bytes: &'static [u8]| {
            download(status, content_type.into(), None, Bytes::from_static(bytes))
        };
        let error = br#"{"errcode":40007,"errmsg":"invalid media_id"}"#;
        for content_type in ["application/json; encoding=utf-8", "text/plain", "image/jpeg", ""] {
            assert!(matches!(download(200, content_type, error), Some(Download::Answer(_))), "{content_type}");
        }
        assert!(matches!(download(200, "image/jpeg", b"\xFF\xD8\xFF"), Some(Download::File(_))));
        for (status, content_type, bytes) in [
            (200, "text/html", &b"<html>"[..]),
            (200, "application/json", br#"{"errcode":400"#),
            (200, "image/jpeg", b""),
            (200, "", b"\xFF\xD8\xFF"),
            (500, "image/jpeg", b"\xFF\xD8\xFF"),
        ] {
            assert_eq!(download(status, content_type, bytes), None, "{status} {content_type}");
        }
    }

    #[tokio::test]
    async fn a_first_answer_without_an_end_does_not_hold_up_the_start() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let endless =
            || async { Body::from_stream(stream::repeat(Ok::<_, std::convert::Infallible>(vec![b'x'; 10_000]))) };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(endless)).await });
        WechatApi::new(&url, without_roots()).unwrap().connect().await.unwrap();
    }

    #[test]
    fn a_base_url_is_absolute_and_has_no_query() {
        for bad in ["", "api.weixin.qq.com", "ftp://a/", "https://a/?x=1", "mailto:a@b"] {
            assert!(matches!(WechatApi::new(bad, without_roots()), Err(ClientError::BaseUrl)), "{bad}");
        }
        assert!(WechatApi::new("https://api.weixin.qq.com", without_roots()).is_ok());
    }
}
