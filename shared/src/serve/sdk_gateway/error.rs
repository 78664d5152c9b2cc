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
use crate::wechat::pass_through::Withheld;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum GatewayError {
    /// The call is refused, in WeChat's words.
    #[error("{1}")]
    Refused(Errcode, &'static str),
    /// Who calls cannot be told.
    #[error("the callers of the SDK gateway cannot be read")]
    Callers(#[from] SecretError),
    /// WeChat's answer is not passed on.
    #[error(transparent)]
    Withheld(#[from] Withheld),
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
        let status = match self {
            Self::Refused(..) => StatusCode::BAD_REQUEST,
            Self::Callers(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Withheld(_) | Self::StackTokenRefused(_) => StatusCode::BAD_GATEWAY,
            Self::Action(error) => error.status(),
        };
        if edge == Edge::Sdk && self.errcode() != Errcode::BUSY { StatusCode::OK } else { status }
    }

    /// The code of WeChat's that says it best.
    pub(super) fn errcode(&self) -> Errcode {
        match self {
            Self::Refused(errcode, _) => *errcode,
            Self::Withheld(Withheld::TooLarge { .. }) => Errcode::MEDIA_TOO_LARGE,
            Self::Callers(_) | Self::Withheld(_) | Self::StackTokenRefused(_) => Errcode::BUSY,
            Self::Action(error) => error.errcode(),
        }
    }

    /// The body: `{"errcode", "errmsg"}`.
    pub(super) fn fields(&self) -> Map<String, Value> {
        Answer::refusal(self.errcode(), &self.to_string()).fields
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
    use crate::wechat::client::CallError;
    use crate::wechat::malformed::Malformed;

    #[test]
    fn an_sdk_is_told_an_errcode_with_200_and_an_iam_caller_what_the_actions_tell() {
        let unknown = || AuthorizedCallError::from(CallError::Unreadable { status: 500 });
        for (error, iam, sdk, errcode) in [
            (GatewayError::TOKEN_MISSING, 400, 200, 41001),
            (GatewayError::TOKEN_INVALID, 400, 200, 40001),
            (GatewayError::TOKEN_EXPIRED, 400, 200, 42001),
            (GatewayError::PATH, 400, 200, 40066),
            (GatewayError::OTHER_SEND, 400, 200, 40066),
            (GatewayError::SECRET_INVALID, 400, 200, 40125),
            (ActionError::from(Malformed::new(Errcode::MEDIA_TOO_LARGE, "f", "r")).into(), 413, 200, 45001),
            (ActionError::InvalidAppid.into(), 400, 200, 40013),
            (ActionError::BodyTooLarge { max_bytes: 1 }.into(), 413, 200, 40035),
            (ActionError::FileTooLarge { bytes: 1 }.into(), 502, 200, 45001),
            (Withheld::TooLarge { max_bytes: 1 }.into(), 502, 200, 45001),
            (Withheld::Token.into(), 502, 502, -1),
            (Withheld::Redirect(302).into(), 502, 502, -1),
            (GatewayError::StackTokenRefused(Errcode::INVALID_CREDENTIAL), 502, 502, -1),
            (ActionError::State(StateError::Row("x")).into(), 503, 503, -1),
            (SecretError::OutOfReach("x".into()).into(), 503, 503, -1),
            (ActionError::OutOfTime.into(), 504, 504, -1),
            (unknown().into(), 504, 504, -1),
            (AuthorizedCallError::from(TokenError::NotRefreshed).into(), 502, 502, -1),
        ] {
            let told = (error.status(Edge::Iam).as_u16(), error.status(Edge::Sdk).as_u16());
            assert_eq!((told, error.fields()["errcode"].as_i64()), ((iam, sdk), Some(errcode)), "{error}");
        }
    }
}
