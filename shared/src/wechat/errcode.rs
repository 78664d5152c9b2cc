//! WeChat's `errcode`s, as far as something follows from them.

use std::fmt;

/// An `errcode`, known or not. From the pages "发送客服消息" (sending customer messages), "消息订阅 统一服务消息 客服消息
/// 消息推送" (subscriptions) and "全局返回码" (global return codes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Errcode(pub i64);

/// What follows from an [`Errcode`]. Only the first three are acted upon here; the others are for whoever reads the log
/// or the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing: it is done.
    Done,
    /// Nothing was done, and the same request may be sent again.
    Repeat,
    /// Nothing was done for want of a valid access token, and with a new one the same request may be sent again.
    ReplaceToken,
    /// The request is wrong and stays so.
    CorrectRequest,
    /// The user must act first: write, enter the conversation, subscribe.
    WaitForUser,
    /// A quota is used up; it fills again with time.
    WaitForQuota,
    /// Somebody must act in WeChat's console: a setting, a permission, a ban.
    AskAdministrator,
    /// WeChat has withdrawn the call; it never comes back.
    Retired,
    /// Not known here: WeChat's list of return codes tells.
    LookUp,
}

impl Errcode {
    /// Done.
    pub const OK: Self = Self(0);
    /// WeChat is busy; nothing was done.
    pub const BUSY: Self = Self(-1);
    /// Whether WeChat acted is unknown. Not WeChat's: some SDKs read -1 as "send again", whatever the HTTP status says.
    pub const UNKNOWN_OUTCOME: Self = Self(-1000);
    /// The access token is none, or not the latest.
    pub const INVALID_CREDENTIAL: Self = Self(40001);
    /// `grant_type` is missing or not one that WeChat knows.
    pub const INVALID_GRANT_TYPE: Self = Self(40002);
    /// The kind of media is not taken.
    pub const INVALID_MEDIA_TYPE: Self = Self(40004);
    /// The file is none of the formats that are taken.
    pub const INVALID_FILE_TYPE: Self = Self(40005);
    /// `msgtype` is none of WeChat's.
    pub const INVALID_MESSAGE_TYPE: Self = Self(40008);
    /// There is no such mini program.
    pub const INVALID_APPID: Self = Self(40013);
    /// A parameter is wrong.
    pub const INVALID_PARAMETER: Self = Self(40035);
    /// There is no such call.
    pub const INVALID_URL: Self = Self(40066);
    /// The secret is wrong.
    pub const INVALID_SECRET: Self = Self(40125);
    /// There is no access token in the query.
    pub const TOKEN_MISSING: Self = Self(41001);
    /// There is no appid.
    pub const APPID_MISSING: Self = Self(41002);
    /// There is no secret.
    pub const SECRET_MISSING: Self = Self(41004);
    /// There is no file in the upload.
    pub const MEDIA_MISSING: Self = Self(41005);
    /// The access token has expired.
    pub const TOKEN_EXPIRED: Self = Self(42001);
    /// The user has not subscribed, or not to one more.
    pub const NOT_SUBSCRIBED: Self = Self(43101);
    /// The file is too large.
    pub const MEDIA_TOO_LARGE: Self = Self(45001);
    /// The text is longer than 2048 bytes.
    pub const CONTENT_TOO_LONG: Self = Self(45002);
    /// The reply window is closed.
    pub const REPLY_WINDOW_EXPIRED: Self = Self(45015);
    /// All messages of the reply window are sent.
    pub const REPLY_WINDOW_EXHAUSTED: Self = Self(45047);
    /// The typing state's command is none.
    pub const INVALID_COMMAND: Self = Self(45072);
    /// No message went either way within the last 30 seconds.
    pub const NO_RECENT_EXCHANGE: Self = Self(45080);
    /// The typing state is shown already.
    pub const ALREADY_TYPING: Self = Self(45081);
    /// WeChat has withdrawn the call.
    pub const RETIRED: Self = Self(45109);
    /// The body is not JSON.
    pub const NOT_JSON: Self = Self(47001);
    /// A template's value breaks the rule of its key.
    pub const INVALID_VALUE: Self = Self(47003);

    /// Whether it stands here. A metric counts by these alone, since each value of a dimension is paid for.
    #[must_use]
    pub fn is_known(self) -> bool {
        let is_asking = matches!(self, Self::TOKEN_MISSING | Self::APPID_MISSING | Self::SECRET_MISSING);
        is_asking || matches!(self, Self::INVALID_URL | Self::UNKNOWN_OUTCOME) || self.next() != Next::LookUp
    }

    /// What follows from it.
    #[must_use]
    pub fn next(self) -> Next {
        match self.0 {
            0 => Next::Done,
            -1 => Next::Repeat,
            // Invalid, of a wrong kind, expired. From the page "stable_token".
            40001 | 40014 | 42001 => Next::ReplaceToken,
            40002..=40008 | 40035 | 40037 | 41005 | 44004 | 45001 | 45002 | 45072 | 45168 | 47001 | 47003 => {
                Next::CorrectRequest
            }
            43101 | 45015 | 45047 | 45080 | 45081 => Next::WaitForUser,
            43108 | 45009 | 45011 => Next::WaitForQuota,
            40013 | 40125 | 40164 | 40243 | 43107 | 48001 | 89503 | 89506 | 89507 => Next::AskAdministrator,
            45109 => Next::Retired,
            _ => Next::LookUp,
        }
    }
}

impl fmt::Display for Errcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_is_told_for_each_documented_code_and_the_unknown_are_kept() {
        for (errcode, next) in [
            (0, Next::Done),
            (-1, Next::Repeat),
            (40001, Next::ReplaceToken),
            (40014, Next::ReplaceToken),
            (42001, Next::ReplaceToken),
            (40003, Next::CorrectRequest),
            (47003, Next::CorrectRequest),
            (43101, Next::WaitForUser),
            (45047, Next::WaitForUser),
            (45009, Next::WaitForQuota),
            (40164, Next::AskAdministrator),
            (48001, Next::AskAdministrator),
            (45109, Next::Retired),
            (99999, Next::LookUp),
        ] {
            assert_eq!(Errcode(errcode).next(), next, "{errcode}");
        }
        assert_eq!(Errcode(99999).to_string(), "99999");
    }

    #[test]
    fn what_stands_here_is_known_and_nothing_else() {
        for known in [0, -1, -1000, 40001, 40002, 40066, 40125, 41001, 41002, 41004, 45047, 45109, 47003, 48001] {
            assert!(Errcode(known).is_known(), "{known}");
        }
        for other in [1, -2, 40000, 61450, 99999, i64::MAX, i64::MIN] {
            assert!(!Errcode(other).is_known(), "{other}");
        }
    }

    #[test]
    fn only_a_busy_wechat_and_a_refused_token_allow_another_try() {
        let repeated: Vec<i64> = (-1..100_000)
            .filter(|&errcode| matches!(Errcode(errcode).next(), Next::Repeat | Next::ReplaceToken))
            .collect();
        assert_eq!(repeated, [-1, 40001, 40014, 42001]);
    }
}
