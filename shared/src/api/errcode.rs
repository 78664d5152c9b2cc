//! WeChat's `errcode`s, as far as something follows from them.

use std::fmt;

/// An `errcode`. From the pages "发送客服消息" (sending customer messages) and "全局返回码" (global return codes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Errcode(pub i64);

impl Errcode {
    /// Done.
    pub const OK: Self = Self(0);
    /// WeChat is busy; nothing was done.
    pub const BUSY: Self = Self(-1);
    /// `msgtype` is none of WeChat's.
    pub const INVALID_MESSAGE_TYPE: Self = Self(40008);
    /// The caller's IP is not on the mini program's list; `errmsg` names it.
    pub const IP_NOT_LISTED: Self = Self(40164);
    /// A parameter is wrong.
    pub const INVALID_PARAMETER: Self = Self(40035);
    /// The text is longer than 2048 bytes.
    pub const CONTENT_TOO_LONG: Self = Self(45002);
    /// The reply window is closed.
    pub const REPLY_WINDOW_EXPIRED: Self = Self(45015);
    /// All messages of the reply window are sent.
    pub const REPLY_WINDOW_EXHAUSTED: Self = Self(45047);
    /// The body is not JSON.
    pub const NOT_JSON: Self = Self(47001);

    /// The access token is invalid (40001), of a wrong kind (40014) or expired (42001): nothing was done, and a new
    /// token helps. From the page "`stable_token`".
    #[must_use]
    pub fn refuses_access_token(self) -> bool {
        matches!(self.0, 40001 | 40014 | 42001)
    }
}

impl fmt::Display for Errcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
