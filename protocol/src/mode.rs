//! The three modes of message push, as the console names them.

use std::fmt;
use std::str::FromStr;

/// How a push is protected, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// 明文: the fields as they are; `signature` covers the query alone.
    Plain,
    /// 兼容: the fields as they are, and `Encrypt` beside them.
    Compat,
    /// 安全: `ToUserName` and `Encrypt`.
    Safe,
}

/// A text that names no [`Mode`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("must be one of safe, compat, plain")]
pub struct UnknownMode;

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::Compat => "compat",
            Self::Safe => "safe",
        })
    }
}

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(name: &str) -> Result<Self, UnknownMode> {
        match name {
            "plain" => Ok(Self::Plain),
            "compat" => Ok(Self::Compat),
            "safe" => Ok(Self::Safe),
            _ => Err(UnknownMode),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mode_is_read_and_written_by_its_name() {
        for (name, mode) in [("plain", Mode::Plain), ("compat", Mode::Compat), ("safe", Mode::Safe)] {
            assert_eq!((name.parse(), mode.to_string()), (Ok(mode), name.to_owned()));
        }
        assert_eq!("raw".parse::<Mode>(), Err(UnknownMode));
    }
}
