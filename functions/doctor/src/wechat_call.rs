//! A call to WeChat that asks and changes nothing.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use protocol::appid::Appid;
use protocol::gateway_path::{GatewayPath, GatewayPathError};
use serde_json::{Map, Value};
use shared::host::causes::causes;
use shared::sending::authorized_api::{AuthorizedApi, AuthorizedCallError};
use shared::wechat::errcode::Errcode;
use shared::wechat::pass_through::PassThrough;

use crate::finding::{Check, Finding};

/// How long one call may take, the replacement of a refused token included.
const PATIENCE: Duration = Duration::from_secs(12);
/// WeChat's lists are far smaller.
const MAX_BYTES: usize = 1_000_000;

/// A call that has not brought what was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unanswered {
    #[error("WeChat refuses {path}: {errcode} {errmsg}")]
    Refused { path: &'static str, errcode: Errcode, errmsg: String },
    #[error("what WeChat answers to {path} cannot be read")]
    Unreadable { path: &'static str },
    #[error("WeChat did not answer {path} in time")]
    Late { path: &'static str },
    #[error("{path} could not be called")]
    NotCalled { path: &'static str, source: AuthorizedCallError },
    #[error(transparent)]
    Path(#[from] GatewayPathError),
}

impl Unanswered {
    pub(crate) fn unreadable(path: &'static str) -> Self {
        Self::Unreadable { path }
    }

    /// The finding that the check could not be made.
    pub(crate) fn not_checked(&self, check: Check) -> Finding {
        let remedy = "Mend what else is found first, then invoke doctor again. Look up an errcode in WeChat's list of return codes.";
        Finding::not_checked(check, causes(self), remedy)
    }
}

/// Gets, without a body.
pub(crate) async fn get(
    api: &AuthorizedApi,
    appid: &Appid,
    path: &'static str,
) -> Result<Map<String, Value>, Unanswered> {
    call(api, appid, Method::GET, path, Bytes::new()).await
}

/// Posts JSON.
pub(crate) async fn post(
    api: &AuthorizedApi,
    appid: &Appid,
    path: &'static str,
    body: &Value,
) -> Result<Map<String, Value>, Unanswered> {
    call(api, appid, Method::POST, path, body.to_string().into()).await
}

/// Some of these calls answer a success without an `errcode`.
async fn call(
    api: &AuthorizedApi,
    appid: &Appid,
    method: Method,
    path: &'static str,
    body: Bytes,
) -> Result<Map<String, Value>, Unanswered> {
    let call = PassThrough::new(method, GatewayPath::read(path)?, Vec::new(), &HeaderMap::new(), body);
    let passed = tokio::time::timeout(PATIENCE, api.pass(appid, &call, MAX_BYTES)).await;
    let (answer, _) = passed.map_err(|_| Unanswered::Late { path })?;
    let answer = answer.map_err(|source| Unanswered::NotCalled { path, source })?;
    let fields: Map<String, Value> =
        serde_json::from_slice(&answer.bytes).map_err(|_| Unanswered::Unreadable { path })?;
    if answer.errcode == Errcode::OK {
        return Ok(fields);
    }
    let errmsg = fields.get("errmsg").and_then(Value::as_str).unwrap_or_default().to_owned();
    Err(Unanswered::Refused { path, errcode: answer.errcode, errmsg })
}
