//! Why the control API refuses. Each message names the field and the rule.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use protocol::xml::XmlError;
use serde_json::json;

use crate::http_clients::NoClient;
use crate::push::message::BadMessage;
use crate::push::recorded::NotRecorded;
use crate::push_url::BadPushUrl;
use crate::session::NotNow;

/// A refusal.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the body: must be a JSON object ({0})")]
    NotAnObject(#[source] serde_json::Error),
    #[error("{field}: {rule}")]
    Field { field: &'static str, rule: String },
    #[error("{0}: unknown field; known fields are {1}")]
    UnknownField(String, String),
    #[error("appid: unknown mini program; the simulator plays {0}")]
    UnknownAppid(String),
    #[error("the query: {0}")]
    Query(String),
    #[error(transparent)]
    Message(#[from] BadMessage),
    #[error("message: {0}")]
    Xml(#[from] XmlError),
    #[error("body: {0}")]
    Recorded(#[from] NotRecorded),
    #[error("openid: no push has gone out in this user's name yet")]
    NoLastPush,
    #[error("openid: {0}")]
    Session(#[from] NotNow),
    #[error("push_url: not set; start with --push-url, or PUT /simulator/push-url")]
    NoPushUrl,
    #[error("push_url: {0}")]
    PushUrl(#[from] BadPushUrl),
    #[error(transparent)]
    NoClient(#[from] NoClient),
    #[error("random bytes are unavailable: {0}")]
    Random(#[from] getrandom::Error),
    #[error("the picture: {0}")]
    Picture(String),
    #[error("the simulator stopped before it was done")]
    Stopped,
    #[error("Sec-Fetch-Site: pages of other sites may not drive the simulator")]
    AnotherSite,
    #[error("Origin: pages of other origins may not drive the simulator")]
    AnotherOrigin,
    #[error("Host: must be an IP address or localhost; the simulator refuses every other name")]
    HostName,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = match self {
            Self::NoClient(_) | Self::Random(_) | Self::Stopped => StatusCode::INTERNAL_SERVER_ERROR,
            Self::AnotherSite | Self::AnotherOrigin | Self::HostName => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        };
        (status, Json(json!({"error": self.to_string()}))).into_response()
    }
}
