//! What WeChat's API answers when it refuses: errcode and errmsg, always with HTTP 200.
//! Source: "发送客服消息", the pages of the other calls and the global list of return codes. WeChat's words for 76003 are not
//! published. Behind each errmsg WeChat adds ` rid: …`, which is left out.

use serde_json::{Value, json};

/// Why a call is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("system error")]
    Busy,
    #[error("invalid credential, access_token is invalid or not latest")]
    TokenInvalid,
    #[error("invalid grant_type")]
    GrantType,
    #[error("invalid openid")]
    Openid,
    #[error("invalid media type")]
    MediaType,
    #[error("invalid file type")]
    FileType,
    #[error("invalid file size")]
    FileSize,
    #[error("invalid media_id")]
    MediaId,
    #[error("invalid message type")]
    MessageType,
    #[error("invalid appid")]
    Appid,
    #[error("invalid template_id")]
    Template,
    #[error("invalid url")]
    Url,
    #[error("invalid args")]
    Arguments,
    #[error("invalid appsecret")]
    AppSecret,
    #[error("invalid scene")]
    Scene,
    #[error("invalid length for scene, or the data is not json string")]
    SceneLength,
    #[error("invalid url")]
    CallbackUrl,
    #[error("invalid action")]
    Action,
    #[error("invalid check_operator")]
    Operator,
    #[error("access_token missing")]
    TokenMissing,
    #[error("appid missing")]
    AppidMissing,
    #[error("appsecret missing")]
    AppSecretMissing,
    #[error("media data missing")]
    MediaMissing,
    #[error("invalid page")]
    Page,
    #[error("access_token expired")]
    TokenExpired,
    #[error("require GET method")]
    NotGet,
    #[error("require POST method")]
    NotPost,
    #[error("user refuse to accept the msg")]
    NotSubscribed,
    #[error("empty post data")]
    PostEmpty,
    #[error("empty content")]
    ContentEmpty,
    #[error("content size out of limit")]
    ContentSize,
    #[error("reach max api daily quota limit")]
    DailyQuota,
    #[error("response out of time limit or subscription is canceled")]
    WindowOutOfTime,
    #[error("out of response count limit")]
    WindowUsedUp,
    #[error("invalid command")]
    TypingCommand,
    #[error("no message exchange in the last 30 seconds")]
    TypingNoExchange,
    #[error("already typing")]
    TypingAlready,
    #[error("this api has been offline, please use subscribeMessage.send")]
    Retired,
    #[error("data format error")]
    NotJson,
    #[error("argument invalid! {0}")]
    Argument(&'static str),
    #[error("argument invalid! data.{key}.value is invalid")]
    Value { key: String },
    #[error("forbid to clear quota because of reaching the limit")]
    QuotaCleared,
    #[error("code is expired")]
    NotVisited,
    #[error("cgi_path must begin with /")]
    CgiPathForm,
    #[error("cgi_path not found, please check")]
    CgiPath,
    #[error("could not use this cgi_path，no permission")]
    CgiPathOfAnother,
    #[error("risky content")]
    Risky,
}

impl Refusal {
    /// What the caller gets.
    pub(crate) fn answer(&self) -> Value {
        json!({"errcode": self.errcode(), "errmsg": self.to_string()})
    }

    /// WeChat's number for it.
    pub(crate) const fn errcode(&self) -> i64 {
        match self {
            Self::Busy => -1,
            Self::TokenInvalid => 40001,
            Self::GrantType => 40002,
            Self::Openid => 40003,
            Self::MediaType => 40004,
            Self::FileType => 40005,
            Self::FileSize => 40006,
            Self::MediaId => 40007,
            Self::MessageType => 40008,
            Self::Appid => 40013,
            Self::Template => 40037,
            Self::Url => 40066,
            Self::Arguments => 40097,
            Self::AppSecret => 40125,
            Self::Scene => 40129,
            Self::SceneLength => 40169,
            Self::CallbackUrl => 40201,
            Self::Action => 40202,
            Self::Operator => 40203,
            Self::TokenMissing => 41001,
            Self::AppidMissing => 41002,
            Self::AppSecretMissing => 41004,
            Self::MediaMissing => 41005,
            Self::Page => 41030,
            Self::TokenExpired => 42001,
            Self::NotGet => 43001,
            Self::NotPost => 43002,
            Self::NotSubscribed => 43101,
            Self::PostEmpty => 44002,
            Self::ContentEmpty => 44004,
            Self::ContentSize => 45002,
            Self::DailyQuota => 45009,
            Self::WindowOutOfTime => 45015,
            Self::WindowUsedUp => 45047,
            Self::TypingCommand => 45072,
            Self::TypingNoExchange => 45080,
            Self::TypingAlready => 45081,
            Self::Retired => 45109,
            Self::NotJson => 47001,
            Self::Argument(_) | Self::Value { .. } => 47003,
            Self::QuotaCleared => 48006,
            Self::NotVisited => 61010,
            Self::CgiPathForm => 76003,
            Self::CgiPath => 76021,
            Self::CgiPathOfAnother => 76022,
            Self::Risky => 87014,
        }
    }
}
