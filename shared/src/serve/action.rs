//! An action's answer, over API Gateway or by direct Invoke: WeChat's JSON with HTTP 200, or why there is none. The one
//! place that maps errors to HTTP.

use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Map, Value};

use crate::host::causes::causes;
use crate::sending::access_token::TokenError;
use crate::sending::authorized_api::AuthorizedCallError;
use crate::sending::customer_service::{AnsweredBy, SendError, Sent};
use crate::state::StateError;
use crate::wechat::call_error::{CallError, Withheld};
use crate::wechat::client::{Answer, Download};
use crate::wechat::errcode::Errcode;
use crate::wechat::malformed::Malformed;
use crate::wechat::temp_media::File;

/// Says how many messages the window still allows after this one.
const REMAINING_HEADER: HeaderName = HeaderName::from_static("x-reply-window-remaining");
/// Says when the window closes, seconds since the epoch.
const EXPIRES_HEADER: HeaderName = HeaderName::from_static("x-reply-window-expires");

/// What of a file still fits into Lambda's 6 MB answer once it is in base64.
pub(crate) const MAX_FILE_BYTES: usize = 4_500_000;

/// WeChat's answer, its own or, where the local state refuses, as WeChat would have written it.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionAnswer {
    /// The body.
    pub content: Content,
    /// Headers beside `Content-Type`.
    pub headers: HeaderMap,
    /// Who gave it.
    pub answered_by: AnsweredBy,
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
    /// The mini program is none of the stack's.
    #[error("invalid appid")]
    InvalidAppid,
    /// A field breaks its rule.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// There is nothing of that name.
    #[error("{0}: not found")]
    NotFound(&'static str),
    /// What must be remembered could not be; nothing was sent.
    #[error(transparent)]
    State(#[from] StateError),
    /// WeChat gave no answer.
    #[error(transparent)]
    Wechat(AuthorizedCallError),
    /// The function's own time is over.
    #[error("the function ran out of time; whether WeChat acted is unknown")]
    OutOfTime,
}

impl ActionAnswer {
    /// A JSON object.
    #[must_use]
    pub fn new(fields: Map<String, Value>) -> Self {
        Self { content: Content::Fields(fields), headers: HeaderMap::new(), answered_by: AnsweredBy::Wechat }
    }

    /// A refusal of the local state's, in WeChat's words.
    #[must_use]
    pub fn refusal(errcode: Errcode, errmsg: &str) -> Self {
        Self { answered_by: AnsweredBy::LocalState, ..Self::new(Answer::refusal(errcode, errmsg).fields) }
    }

    /// What a download brought.
    #[must_use]
    pub fn downloaded(download: Download) -> Self {
        let file = match download {
            Download::Answer(answer) => return answer.into(),
            Download::File(file) => file,
        };
        let mut headers = HeaderMap::new();
        let disposition = file.content_disposition.as_deref().map(HeaderValue::from_str);
        if let Some(Ok(disposition)) = disposition {
            headers.insert(header::CONTENT_DISPOSITION, disposition);
        }
        Self { content: Content::File(file), headers, answered_by: AnsweredBy::Wechat }
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

impl From<Sent> for ActionAnswer {
    fn from(sent: Sent) -> Self {
        let mut answer = Self { answered_by: sent.answered_by, ..Self::new(sent.answer.fields) };
        if let Some(window) = sent.window {
            answer.headers.insert(REMAINING_HEADER, HeaderValue::from(window.remaining));
            answer.headers.insert(EXPIRES_HEADER, HeaderValue::from(window.expires_at_seconds));
        }
        answer
    }
}

impl From<AuthorizedCallError> for ActionError {
    fn from(error: AuthorizedCallError) -> Self {
        match error {
            AuthorizedCallError::Token(TokenError::NotConfigured) => Self::InvalidAppid,
            error => Self::Wechat(error),
        }
    }
}

impl From<SendError> for ActionError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::State(error) => Self::State(error),
            SendError::Call(error) => error.into(),
        }
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
            Self::NotJson | Self::InvalidAppid | Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::State(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::OutOfTime => StatusCode::GATEWAY_TIMEOUT,
            Self::Wechat(error) => call_status(error),
        }
    }

    /// The code of WeChat's that says it best.
    #[must_use]
    pub fn errcode(&self) -> Errcode {
        match self {
            Self::NotJson => Errcode::NOT_JSON,
            Self::InvalidAppid => Errcode::INVALID_APPID,
            Self::Malformed(malformed) => malformed.errcode,
            Self::BodyTooLarge { .. } | Self::NotFound(_) => Errcode::INVALID_PARAMETER,
            Self::Wechat(AuthorizedCallError::Call(CallError::Withheld(Withheld::TooLarge { .. }))) => {
                Errcode::MEDIA_TOO_LARGE
            }
            Self::State(_) | Self::Wechat(_) | Self::OutOfTime => Errcode::BUSY,
        }
    }

    /// The body: `{"errcode", "errmsg"}`.
    #[must_use]
    pub fn fields(&self) -> Map<String, Value> {
        Answer::refusal(self.errcode(), &self.to_string()).fields
    }

    /// With its causes, for the log.
    #[must_use]
    pub fn causes(&self) -> String {
        causes(self)
    }
}

/// The status of a message that was not sent, or perhaps sent, as in [`ActionError::status`].
pub(super) fn send_status(error: &SendError) -> StatusCode {
    match error {
        SendError::State(_) => StatusCode::SERVICE_UNAVAILABLE,
        SendError::Call(error) => call_status(error),
    }
}

fn call_status(error: &AuthorizedCallError) -> StatusCode {
    match error {
        AuthorizedCallError::Call(CallError::Withheld(Withheld::TooLarge { .. })) => StatusCode::BAD_GATEWAY,
        error if error.is_outcome_unknown() => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::BAD_GATEWAY,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn file(bytes: usize) -> Download {
        Download::File(File {
            content_type: "image/png".into(),
            content_disposition: Some("attachment; filename=\"m.png\"".into()),
            bytes: Bytes::from(vec![0; bytes]),
        })
    }

    #[test]
    fn each_failure_has_its_status_and_code() {
        let withheld = |withheld| ActionError::Wechat(CallError::Withheld(withheld).into());
        let malformed = |errcode| ActionError::Malformed(Malformed::new(errcode, "f", "r"));
        for (error, status, errcode) in [
            (ActionError::NotJson, 400, 47001),
            (malformed(Errcode::CONTENT_TOO_LONG), 400, 45002),
            (malformed(Errcode::MEDIA_TOO_LARGE), 413, 45001),
            (ActionError::BodyTooLarge { max_bytes: 1 }, 413, 40035),
            (ActionError::NotFound("msgid"), 404, 40035),
            (ActionError::State(StateError::Row("x")), 503, -1),
            (AuthorizedCallError::from(TokenError::NotConfigured).into(), 400, 40013),
            (AuthorizedCallError::from(TokenError::NotRefreshed).into(), 502, -1),
            (ActionError::Wechat(CallError::Unreadable { status: 500 }.into()), 504, -1),
            (ActionError::OutOfTime, 504, -1),
            (withheld(Withheld::TooLarge { max_bytes: 1 }), 502, 45001),
            (withheld(Withheld::Token), 504, -1),
            (withheld(Withheld::Encoded), 504, -1),
            (withheld(Withheld::Redirect(302)), 504, -1),
        ] {
            assert_eq!(
                (error.status().as_u16(), error.fields()["errcode"].as_i64()),
                (status, Some(errcode)),
                "{error}"
            );
        }
    }

    #[test]
    fn a_file_keeps_its_name() {
        let answer = ActionAnswer::downloaded(file(1));
        assert_eq!(answer.headers[header::CONTENT_DISPOSITION], "attachment; filename=\"m.png\"");
        assert_eq!(answer.errcode(), 0);
    }
}
