//! What an action answers, over API Gateway or by direct Invoke: WeChat's JSON with HTTP 200, or why there is none. The
//! one place that maps errors to HTTP.

use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use super::failure::causes;
use super::wechat::WechatError;
use crate::api::client::{Answer, Download};
use crate::api::errcode::Errcode;
use crate::api::malformed::Malformed;
use crate::api::temp_media::File;
use crate::state::StateError;

/// What of a file still fits into Lambda's 6 MB answer once it is in base64.
pub(crate) const MAX_FILE_BYTES: usize = 4_500_000;

/// WeChat's answer, its own or, where the local state refuses, as WeChat would have written it.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionAnswer {
    /// The body.
    pub content: Content,
    /// Headers beside `Content-Type`.
    pub headers: HeaderMap,
    /// Whether it is a refusal of the local state's: WeChat was not asked.
    pub is_local_refusal: bool,
}

/// The body of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// JSON with `errcode` and `errmsg`, or with what was asked for.
    Fields(Map<String, Value>),
    /// A file.
    File(File),
}

/// Why an action has no answer of WeChat's.
#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    /// The body is no JSON object.
    #[error("the body must be a JSON object")]
    NotJson,
    /// The body is larger than any that the action takes.
    #[error("the body must not exceed {max_bytes} bytes")]
    BodyTooLarge {
        /// What it takes.
        max_bytes: usize,
    },
    /// A field breaks its rule.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// There is nothing of that name.
    #[error("{0}: there is no such one")]
    NotFound(&'static str),
    /// What must be remembered could not be; nothing was sent.
    #[error(transparent)]
    State(#[from] StateError),
    /// WeChat gave no answer.
    #[error(transparent)]
    Wechat(#[from] WechatError),
    /// The function's own time is over.
    #[error("the time is up, and WeChat may have acted or not: the outcome is unknown")]
    OutOfTime,
    /// The file is larger than what Lambda can answer with.
    #[error("the file has {bytes} bytes; Lambda's limit of 6 MB an answer, in base64, leaves {MAX_FILE_BYTES}")]
    FileTooLarge {
        /// What it has.
        bytes: usize,
    },
}

impl ActionAnswer {
    /// A JSON object.
    #[must_use]
    pub fn new(fields: Map<String, Value>) -> Self {
        Self { content: Content::Fields(fields), headers: HeaderMap::new(), is_local_refusal: false }
    }

    /// A refusal of the local state's, in WeChat's words.
    #[must_use]
    pub fn refusal(errcode: Errcode, errmsg: &str) -> Self {
        Self { is_local_refusal: true, ..Self::new(error_fields(errcode, errmsg)) }
    }

    /// What a download brought.
    ///
    /// # Errors
    /// [`ActionError::FileTooLarge`] where it cannot be handed on.
    pub fn downloaded(download: Download) -> Result<Self, ActionError> {
        let file = match download {
            Download::Answer(answer) => return Ok(answer.into()),
            Download::File(file) => file,
        };
        if file.bytes.len() > MAX_FILE_BYTES {
            return Err(ActionError::FileTooLarge { bytes: file.bytes.len() });
        }
        let mut headers = HeaderMap::new();
        let disposition = file.content_disposition.as_deref().map(HeaderValue::from_str);
        if let Some(Ok(disposition)) = disposition {
            headers.insert(header::CONTENT_DISPOSITION, disposition);
        }
        Ok(Self { content: Content::File(file), headers, is_local_refusal: false })
    }

    /// Adds a header that holds a number.
    #[must_use]
    pub(crate) fn with_header(mut self, name: &'static str, value: i64) -> Self {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
        self
    }

    /// `errcode`, for the log; 0 where there is none.
    #[must_use]
    pub fn errcode(&self) -> i64 {
        match &self.content {
            Content::Fields(fields) => fields.get("errcode").and_then(Value::as_i64).unwrap_or_default(),
            Content::File(_) => Errcode::OK.0,
        }
    }
}

impl From<Answer> for ActionAnswer {
    fn from(answer: Answer) -> Self {
        Self::new(answer.fields)
    }
}

impl ActionError {
    /// The HTTP status: 400, 404 and 413 for a request that is not to be sent again, 502 where nothing was done by
    /// WeChat or nothing of it can be handed on, 503 where nothing was even tried, 504 where WeChat may have acted.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(malformed) if malformed.errcode == Errcode::MEDIA_TOO_LARGE => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            Self::NotJson | Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::State(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::OutOfTime => StatusCode::GATEWAY_TIMEOUT,
            Self::Wechat(error) if error.is_outcome_unknown() => StatusCode::GATEWAY_TIMEOUT,
            Self::Wechat(_) | Self::FileTooLarge { .. } => StatusCode::BAD_GATEWAY,
        }
    }

    /// The code of WeChat's that says it best.
    #[must_use]
    pub fn errcode(&self) -> Errcode {
        match self {
            Self::NotJson => Errcode::NOT_JSON,
            Self::Malformed(malformed) => malformed.errcode,
            Self::BodyTooLarge { .. } | Self::NotFound(_) => Errcode::INVALID_PARAMETER,
            Self::FileTooLarge { .. } => Errcode::MEDIA_TOO_LARGE,
            Self::State(_) | Self::Wechat(_) | Self::OutOfTime => Errcode::BUSY,
        }
    }

    /// The body: `{"errcode", "errmsg"}`.
    #[must_use]
    pub fn fields(&self) -> Map<String, Value> {
        error_fields(self.errcode(), &self.to_string())
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::api::client::CallError;
    use crate::lambda::token_source::TokenError;

    fn file(bytes: usize) -> Download {
        Download::File(File {
            content_type: "image/png".into(),
            content_disposition: Some("attachment; filename=\"m.png\"".into()),
            bytes: Bytes::from(vec![0; bytes]),
        })
    }

    #[test]
    fn each_failure_has_its_status_and_code() {
        let malformed = |errcode| ActionError::Malformed(Malformed::new(errcode, "f", "r"));
        for (error, status, errcode) in [
            (ActionError::NotJson, 400, 47001),
            (malformed(Errcode::CONTENT_TOO_LONG), 400, 45002),
            (malformed(Errcode::MEDIA_TOO_LARGE), 413, 45001),
            (ActionError::BodyTooLarge { max_bytes: 1 }, 413, 40035),
            (ActionError::NotFound("msgid"), 404, 40035),
            (ActionError::State(StateError::Row("x")), 503, -1),
            (ActionError::Wechat(TokenError::NotRefreshed.into()), 502, -1),
            (ActionError::Wechat(CallError::Unreadable { status: 500 }.into()), 504, -1),
            (ActionError::OutOfTime, 504, -1),
            (ActionError::FileTooLarge { bytes: 5_000_000 }, 502, 45001),
        ] {
            assert_eq!(
                (error.status().as_u16(), error.fields()["errcode"].as_i64()),
                (status, Some(errcode)),
                "{error}"
            );
        }
    }

    #[test]
    fn a_file_keeps_its_name_and_one_that_does_not_fit_is_refused() {
        let answer = ActionAnswer::downloaded(file(1)).unwrap();
        assert_eq!(answer.headers[header::CONTENT_DISPOSITION], "attachment; filename=\"m.png\"");
        assert_eq!(answer.errcode(), 0);
        assert!(matches!(
            ActionAnswer::downloaded(file(MAX_FILE_BYTES + 1)),
            Err(ActionError::FileTooLarge { bytes: 4_500_001 })
        ));
    }
}
