//! What an action is asked: each function reads its request by one of these.

use lambda_http::http::header;
use lambda_http::{Body, Request, RequestExt};
use protocol::appid::Appid;
use serde_json::{Map, Value};

use crate::serve::action::ActionError;
use crate::wechat::malformed::{MAX_ID_BYTES, Malformed};

/// As much as a push may have; WeChat's own JSON is far smaller.
const MAX_JSON_BYTES: usize = 256 * 1024;

/// A JSON object in the body.
///
/// # Errors
/// [`ActionError`] where it is none or too large.
pub fn json(request: Request) -> Result<Map<String, Value>, ActionError> {
    let body = bytes(request.into_body());
    if body.len() > MAX_JSON_BYTES {
        return Err(ActionError::BodyTooLarge { max_bytes: MAX_JSON_BYTES });
    }
    serde_json::from_slice(&body).map_err(|_| ActionError::NotJson)
}

/// The user whom a body names.
#[must_use]
pub fn touser(body: &Map<String, Value>) -> Option<&str> {
    body.get("touser")?.as_str()
}

/// The mini program that a call names by the query parameter `appid`; without one, `default`. An empty parameter names none:
/// a caller whose variable is not set must not reach another mini program's users.
///
/// # Errors
/// [`ActionError::InvalidAppid`] if it is no appid.
pub fn appid(request: &Request, default: &Appid) -> Result<Appid, ActionError> {
    match request.query_string_parameters().first("appid") {
        None => Ok(default.clone()),
        Some(text) => text.parse().map_err(|_| ActionError::InvalidAppid),
    }
}

/// A parameter of the query that must be there.
///
/// # Errors
/// [`ActionError`] where it is missing or empty.
pub fn query_parameter(request: &Request, name: &str) -> Result<String, ActionError> {
    let query = request.query_string_parameters();
    let value = query.first(name).filter(|value| !value.is_empty());
    Ok(value.ok_or_else(|| Malformed::parameter(name, "is required"))?.to_owned())
}

/// A parameter of the path, an id of WeChat's.
///
/// # Errors
/// [`ActionError`] where it is missing or empty, as it can be by direct Invoke alone, or too long for an id.
pub fn path_parameter(request: &Request, name: &str) -> Result<String, ActionError> {
    let path = request.path_parameters();
    let value = path.first(name).filter(|value| !value.is_empty());
    let id = value.ok_or_else(|| Malformed::parameter(name, "is required"))?;
    if id.len() > MAX_ID_BYTES {
        return Err(Malformed::parameter(name, "must not exceed 128 bytes").into());
    }
    Ok(id.to_owned())
}

/// The `Content-Type`, or nothing.
#[must_use]
pub fn content_type(request: &Request) -> &str {
    request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The body's bytes, handed on and not copied.
#[must_use]
pub fn bytes(body: Body) -> Vec<u8> {
    match body {
        Body::Text(text) => text.into_bytes(),
        Body::Binary(bytes) => bytes,
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn error<T: std::fmt::Debug>(result: Result<T, ActionError>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn only_a_json_object_of_bounded_size_is_read() {
        assert_eq!(json(Request::new(r#"{"a":1}"#.into())).unwrap()["a"], 1);
        for body in ["", "[]", "null", "x", r#"{"a":"#] {
            assert_eq!(error(json(Request::new(body.into()))), "the body must be a JSON object");
        }
        let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(MAX_JSON_BYTES));
        assert_eq!(error(json(Request::new(large.into()))), "the body must not exceed 262144 bytes");
    }

    #[test]
    fn a_call_is_for_the_mini_program_that_it_names_or_for_the_default_one() {
        let default: Appid = "wxba5fad812f8e6fb9".parse().unwrap();
        let named = |text: &str| {
            let parameters = HashMap::from([("appid".to_owned(), vec![text.to_owned()])]);
            appid(&Request::default().with_query_string_parameters(parameters), &default)
        };
        assert_eq!(appid(&Request::default(), &default).unwrap(), default);
        assert_eq!(named("wx00112233445566ff").unwrap().as_str(), "wx00112233445566ff");
        for text in ["", "wx1", "wxba5fad812f8e6fb9#o"] {
            assert_eq!(named(text).unwrap_err().fields()["errcode"], 40013, "{text:?}");
        }
    }

    #[test]
    fn a_parameter_that_is_missing_or_empty_is_named() {
        let parameters = |value: &str| HashMap::from([("msgid".to_owned(), vec![value.to_owned()])]);
        let request = |value: &str| {
            Request::default().with_query_string_parameters(parameters(value)).with_path_parameters(parameters(value))
        };
        assert_eq!(query_parameter(&request("7"), "msgid").unwrap(), "7");
        assert_eq!(path_parameter(&request("7"), "msgid").unwrap(), "7");
        assert_eq!(error(query_parameter(&request(""), "msgid")), "msgid: is required");
        assert_eq!(error(path_parameter(&Request::default(), "msgid")), "msgid: is required");
    }
}
