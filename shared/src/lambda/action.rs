//! What an action answers, over API Gateway or by direct Invoke: WeChat's JSON with HTTP 200, or why there is none. The
//! one place that maps errors to HTTP.

use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use super::token_source::causes;
use super::wechat::WechatError;
use crate::api::client::Answer;
use crate::api::errcode::Errcode;
use crate::api::malformed::Malformed;
use crate::state::StateError;

/// WeChat's JSON, its own or, where the local window refuses, as WeChat would have written it.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionAnswer {
    /// The body, with `errcode` and `errmsg`.
    pub fields: Map<String, Value>,
    /// Headers beside `Content-Type`.
    pub headers: HeaderMap,
}

/// Why an action has no answer of WeChat's.
#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    /// The body is no JSON object.
    #[error("the body must be a JSON object")]
    NotJson,
    /// A field breaks its rule.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// What must be remembered could not be; nothing was sent.
    #[error(transparent)]
    State(#[from] StateError),
    /// WeChat gave no answer.
    #[error(transparent)]
    Wechat(#[from] WechatError),
}

impl ActionAnswer {
    /// A refusal in WeChat's words.
    #[must_use]
    pub fn refusal(errcode: Errcode, errmsg: &str) -> Self {
        Self { fields: error_fields(errcode, errmsg), headers: HeaderMap::new() }
    }

    /// Adds a header that holds a number.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: i64) -> Self {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
        self
    }

    /// `errcode`, for the log.
    #[must_use]
    pub fn errcode(&self) -> i64 {
        self.fields.get("errcode").and_then(Value::as_i64).unwrap_or_default()
    }
}

impl From<Answer> for ActionAnswer {
    fn from(answer: Answer) -> Self {
        Self { fields: answer.fields, headers: HeaderMap::new() }
    }
}

impl ActionError {
    /// The HTTP status: 400 for a malformed request, 502 where nothing was sent to WeChat, 503 where nothing was even
    /// tried, 504 where WeChat may have acted.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotJson | Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::State(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Wechat(error) if error.is_outcome_unknown() => StatusCode::GATEWAY_TIMEOUT,
            Self::Wechat(_) => StatusCode::BAD_GATEWAY,
        }
    }

    /// The body: `{"errcode", "errmsg"}`.
    #[must_use]
    pub fn fields(&self) -> Map<String, Value> {
        let errcode = match self {
            Self::NotJson => Errcode::NOT_JSON,
            Self::Malformed(malformed) => malformed.errcode,
            Self::State(_) | Self::Wechat(_) => Errcode::BUSY,
        };
        error_fields(errcode, &self.to_string())
    }

    /// With its causes, for the log.
    #[must_use]
    pub fn causes(&self) -> String {
        causes(self)
    }
}

fn error_fields(errcode: Errcode, errmsg: &str) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("errcode".into(), json!(errcode.0));
    fields.insert("errmsg".into(), errmsg.into());
    fields
}
