//! A caller token is asked for, by either of WeChat's two calls.

use lambda_http::Request;
use protocol::appid::Appid;
use protocol::caller::CallerSecret;
use serde_json::{Map, Value};

use super::call::GatewayCall;
use super::error::GatewayError;
use crate::serve::action::ActionError;
use crate::serve::input;

/// The one grant that WeChat knows.
const CLIENT_CREDENTIAL: &str = "client_credential";

/// Who asks, and for which mini program. No `Debug`: the secret is not redacted.
pub(super) struct Grant {
    pub(super) appid: Appid,
    pub(super) secret: String,
}

impl Grant {
    /// Reads the query of `GET /cgi-bin/token`. A parameter that stands twice counts as wrong.
    pub(super) fn of_query(call: &GatewayCall) -> Result<Self, GatewayError> {
        Self::read(
            call.only("grant_type").map_err(|_| GatewayError::GRANT_TYPE)?,
            call.only("appid").map_err(|_| ActionError::InvalidAppid)?,
            call.only("secret").map_err(|_| GatewayError::SECRET_INVALID)?,
        )
    }

    /// Reads the body of `POST /cgi-bin/stable_token`. `force_refresh` may stand there: no caller forces a refresh of the token
    /// that all share.
    pub(super) fn of_body(request: Request) -> Result<Self, GatewayError> {
        let body = input::json(request)?;
        Self::read(text(&body, "grant_type"), text(&body, "appid"), text(&body, "secret"))
    }

    fn read(grant_type: Option<&str>, appid: Option<&str>, secret: Option<&str>) -> Result<Self, GatewayError> {
        if grant_type != Some(CLIENT_CREDENTIAL) {
            return Err(GatewayError::GRANT_TYPE);
        }
        let appid = appid.ok_or(GatewayError::APPID_MISSING)?;
        let secret = secret.ok_or(GatewayError::SECRET_MISSING)?;
        // Costs no read of the callers' secret.
        CallerSecret::new(secret).map_err(|_| GatewayError::SECRET_INVALID)?;
        let appid = appid.parse().map_err(|_| ActionError::InvalidAppid)?;
        Ok(Self { appid, secret: secret.to_owned() })
    }
}

fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    body.get(name)?.as_str().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::serve::sdk_gateway::edge::Edge;

    fn errcode(body: &Value) -> i64 {
        match Grant::of_body(Request::new(body.to_string().into())) {
            Ok(_) => 0,
            Err(error) => error.errcode(Edge::Sdk).0,
        }
    }

    #[test]
    fn what_is_wrong_is_told_by_wechats_codes() {
        let good = json!({"grant_type": "client_credential", "appid": "wxba5fad812f8e6fb9", "secret": "s".repeat(32)});
        assert_eq!(errcode(&good), 0);
        for (name, value, expected) in [
            ("force_refresh", json!(true), 0),
            ("grant_type", json!("refresh_token"), 40002),
            ("grant_type", json!(null), 40002),
            ("appid", json!(null), 41002),
            ("appid", json!(""), 41002),
            ("appid", json!("wx1"), 40013),
            ("secret", json!(null), 41004),
            ("secret", json!(""), 41004),
            ("secret", json!("s".repeat(31)), 40125),
            ("secret", json!("s".repeat(257)), 40125),
            ("secret", json!(format!("{} ", "s".repeat(32))), 40125),
        ] {
            let mut body = good.clone();
            body[name] = value;
            assert_eq!(errcode(&body), expected, "{body}");
        }
        assert_eq!(errcode(&json!([])), 47001);
    }
}
