//! Why the gateway has no answer of WeChat's, and how each edge is told.

use lambda_http::http::StatusCode;
use serde_json::{Map, Value};

use super::edge::Edge;
use crate::host::causes::causes;
use crate::host::secrets::SecretError;
use crate::sending::authorized_api::AuthorizedCallError;
use crate::serve::action::ActionError;
use crate::wechat::client::Answer;
use crate::wechat::errcode::Errcode;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum GatewayError {
    /// The call is refused, in WeChat's words.
    #[error("{1}")]
    Refused(Errcode, &'static str),
    /// Who calls cannot be told.
    #[error("the callers of the SDK gateway cannot be read")]
    Callers(#[from] SecretError),
    /// WeChat refuses the stack's own token although it was replaced. An SDK that read its errcode would replace its caller token
    /// instead, which helps nobody, and some SDKs never stop.
    #[error("WeChat refuses the access token of the stack, and a new one as well (errcode {0})")]
    StackTokenRefused(Errcode),
    /// As for an action.
    #[error(transparent)]
    Action(#[from] ActionError),
}

impl GatewayError {
    pub(super) const TOKEN_MISSING: Self = Self::Refused(Errcode::TOKEN_MISSING, "access_token missing");
    pub(super) const TOKEN_INVALID: Self =
        Self::Refused(Errcode::INVALID_CREDENTIAL, "invalid credential, access_token is invalid or not latest");
    pub(super) const TOKEN_EXPIRED: Self = Self::Refused(Errcode::TOKEN_EXPIRED, "access_token expired");
    pub(super) const GRANT_TYPE: Self = Self::Refused(Errcode::INVALID_GRANT_TYPE, "invalid grant_type");
    pub(super) const APPID_MISSING: Self = Self::Refused(Errcode::APPID_MISSING, "appid missing");
    pub(super) const SECRET_MISSING: Self = Self::Refused(Errcode::SECRET_MISSING, "appsecret missing");
    pub(super) const SECRET_INVALID: Self =
        Self::Refused(Errcode::INVALID_SECRET, "invalid appsecret: it must be that of a caller of the SDK gateway");
    pub(super) const PATH: Self = Self::Refused(Errcode::INVALID_URL, "invalid url: this path is not passed on");
    pub(super) const OTHER_SEND: Self = Self::Refused(
        Errcode::INVALID_URL,
        "invalid url: this path is not passed on; customer messages go by /cgi-bin/message/custom/send",
    );

    /// The HTTP status. An SDK reads an `errcode` only from HTTP 200, as WeChat sends it: it gets another status only if there
    /// is no errcode but -1. An IAM caller gets what the actions answer.
    pub(super) fn status(&self, edge: Edge) -> StatusCode {
        if edge == Edge::Sdk && self.wechats_errcode() != Errcode::BUSY { StatusCode::OK } else { self.plain_status() }
    }

    fn plain_status(&self) -> StatusCode {
        match self {
            Self::Refused(..) => StatusCode::BAD_REQUEST,
            Self::Callers(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::StackTokenRefused(_) => StatusCode::BAD_GATEWAY,
            Self::Action(error) => error.status(),
        }
    }

    /// The errcode. An SDK is told -1 only if certainly nothing was done, for some SDKs send the same again then.
    pub(super) fn errcode(&self, edge: Edge) -> Errcode {
        match self.wechats_errcode() {
            Errcode::BUSY if edge == Edge::Sdk && self.plain_status() == StatusCode::GATEWAY_TIMEOUT => {
                Errcode::UNKNOWN_OUTCOME
            }
            errcode => errcode,
        }
    }

    /// The code of WeChat's that says it best.
    fn wechats_errcode(&self) -> Errcode {
        match self {
            Self::Refused(errcode, _) => *errcode,
            Self::Callers(_) | Self::StackTokenRefused(_) => Errcode::BUSY,
            Self::Action(error) => error.errcode(),
        }
    }

    /// The body: `{"errcode", "errmsg"}`.
    pub(super) fn fields(&self, edge: Edge) -> Map<String, Value> {
        Answer::refusal(self.errcode(edge), &self.to_string()).fields
    }

    /// With its causes, for the log.
    pub(super) fn causes(&self) -> String {
        causes(self)
    }
}

impl From<AuthorizedCallError> for GatewayError {
    fn from(error: AuthorizedCallError) -> Self {
        Self::Action(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sending::access_token::TokenError;
    use crate::state::StateError;
    use crate::wechat::call_error::{CallError, Withheld};
    use crate::wechat::malformed::Malformed;

    #[test]
    fn an_sdk_is_told_an_errcode_with_200_and_an_iam_caller_what_the_actions_tell() {
        let call = |error: CallError| GatewayError::from(AuthorizedCallError::from(error));
        let withheld = |withheld: Withheld| call(withheld.into());
        for (error, iam, sdk) in [
            (GatewayError::TOKEN_MISSING, (400, 41001), (200, 41001)),
            (GatewayError::TOKEN_INVALID, (400, 40001), (200, 40001)),
            (GatewayError::TOKEN_EXPIRED, (400, 42001), (200, 42001)),
            (GatewayError::PATH, (400, 40066), (200, 40066)),
            (GatewayError::OTHER_SEND, (400, 40066), (200, 40066)),
            (GatewayError::SECRET_INVALID, (400, 40125), (200, 40125)),
            (ActionError::from(Malformed::new(Errcode::MEDIA_TOO_LARGE, "f", "r")).into(), (413, 45001), (200, 45001)),
            (ActionError::InvalidAppid.into(), (400, 40013), (200, 40013)),
            (ActionError::BodyTooLarge { max_bytes: 1 }.into(), (413, 40035), (200, 40035)),
            (withheld(Withheld::TooLarge { max_bytes: 1 }), (502, 45001), (200, 45001)),
            (withheld(Withheld::Token), (504, -1), (504, -1000)),
            (withheld(Withheld::Encoded), (504, -1), (504, -1000)),
            (withheld(Withheld::Redirect(302)), (504, -1), (504, -1000)),
            (GatewayError::StackTokenRefused(Errcode::INVALID_CREDENTIAL), (502, -1), (502, -1)),
            (ActionError::State(StateError::Row("x")).into(), (503, -1), (503, -1)),
            (SecretError::OutOfReach("x".into()).into(), (503, -1), (503, -1)),
            (ActionError::OutOfTime.into(), (504, -1), (504, -1000)),
            (call(CallError::Unreadable { status: 500 }), (504, -1), (504, -1000)),
            (AuthorizedCallError::from(TokenError::NotRefreshed).into(), (502, -1), (502, -1)),
        ] {
            let told = |edge| (error.status(edge).as_u16(), error.fields(edge)["errcode"].as_i64().unwrap());
            assert_eq!((told(Edge::Iam), told(Edge::Sdk)), (iam, sdk), "{error}");
        }
    }
}
