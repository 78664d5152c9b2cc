//! One request to WeChat, sent once.
//!
//! What matters of a failure is whether WeChat may have acted, for a message must not be sent twice: see [`CallError`].

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use serde::Serialize;
use serde_json::{Map, Value};

use super::errcode::Errcode;
use crate::secret::Secret;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const TIMEOUT: Duration = Duration::from_secs(5);

/// WeChat's API.
#[derive(Debug, Clone)]
pub struct WechatApi {
    http: Client,
    base_url: Url,
}

/// WeChat's answer: HTTP 200 and JSON, whatever became of the request.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// 0 where it was done; also where WeChat leaves it out, as `stable_token` does on success.
    pub errcode: Errcode,
    /// In words.
    pub errmsg: String,
    /// The whole answer.
    pub fields: Map<String, Value>,
}

/// Why there is no answer. Neither variant shows the URL, which holds the access token.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// There was no connection: WeChat certainly did nothing.
    #[error("WeChat is out of reach")]
    OutOfReach(#[source] reqwest::Error),
    /// The request went out, and no answer that can be read came back: WeChat may have acted.
    #[error("WeChat did not answer in time or broke off; whether it acted is unknown")]
    Unknown(#[source] reqwest::Error),
    /// Something answered that is not WeChat's API: WeChat may have acted.
    #[error("the answer (HTTP {status}) is not WeChat's JSON; whether it acted is unknown")]
    Unreadable {
        /// The answer's status.
        status: u16,
    },
    /// The base URL and the path make no URL.
    #[error("the path makes no URL")]
    Url,
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

impl WechatApi {
    /// A client for this base URL, <https://api.weixin.qq.com> or a stand-in. Built once a process.
    ///
    /// # Errors
    /// [`ClientError`] where it is no base URL or TLS cannot be set up.
    pub fn new(base_url: &str) -> Result<Self, ClientError> {
        let base_url = Url::parse(base_url).map_err(|_| ClientError::BaseUrl)?;
        if !matches!(base_url.scheme(), "http" | "https") || !base_url.has_host() || base_url.query().is_some() {
            return Err(ClientError::BaseUrl);
        }
        // Err only says that it is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // A redirect would carry the token elsewhere.
        let builder = Client::builder().redirect(Policy::none());
        let http = builder.connect_timeout(CONNECT_TIMEOUT).timeout(TIMEOUT).build()?;
        Ok(Self { http, base_url })
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
        let mut url = self.base_url.join(path).map_err(|_| CallError::Url)?;
        if let Some(token) = access_token {
            url.query_pairs_mut().append_pair("access_token", token.expose());
        }
        let response = self.http.post(url).json(body).send().await.map_err(|error| {
            let error = error.without_url();
            if error.is_connect() || error.is_builder() {
                CallError::OutOfReach(error)
            } else {
                CallError::Unknown(error)
            }
        })?;
        let status = response.status().as_u16();
        let bytes = response.bytes().await.map_err(|error| CallError::Unknown(error.without_url()))?;
        answer(&bytes).ok_or(CallError::Unreadable { status })
    }
}

fn answer(bytes: &[u8]) -> Option<Answer> {
    let fields: Map<String, Value> = serde_json::from_slice(bytes).ok()?;
    let errcode = match fields.get("errcode") {
        Some(errcode) => Errcode(errcode.as_i64()?),
        None if fields.contains_key("access_token") => Errcode::OK,
        None => return None,
    };
    let errmsg = fields.get("errmsg").and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(Answer { errcode, errmsg, fields })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_without_errcode_is_one_only_if_it_brings_a_token() {
        assert_eq!(answer(br#"{"access_token":"t","expires_in":7200}"#).unwrap().errcode, Errcode::OK);
        assert_eq!(answer(br#"{"errcode":45047,"errmsg":"out"}"#).unwrap().errcode, Errcode::REPLY_WINDOW_EXHAUSTED);
        for unreadable in ["", "{}", "<html>", r#"{"errcode":0"#, r#"{"errcode":"0"}"#, "[]", "null"] {
            assert_eq!(answer(unreadable.as_bytes()), None, "{unreadable}");
        }
    }

    #[test]
    fn a_base_url_is_absolute_and_has_no_query() {
        for bad in ["", "api.weixin.qq.com", "ftp://a/", "https://a/?x=1", "mailto:a@b"] {
            assert!(matches!(WechatApi::new(bad), Err(ClientError::BaseUrl)), "{bad}");
        }
        assert!(WechatApi::new("https://api.weixin.qq.com").is_ok());
    }
}
