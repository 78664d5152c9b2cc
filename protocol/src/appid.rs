//! The id of a mini program.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A mini program's id, such as `wxba5fad812f8e6fb9`: `wx` and 16 lower-case hex digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Appid(String);

/// A text that is no [`Appid`]. The text itself is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be wx and 16 lower-case hex digits")]
pub struct AppidError;

impl Appid {
    /// The id as WeChat writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Appid {
    type Err = AppidError;

    fn from_str(text: &str) -> Result<Self, AppidError> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for Appid {
    type Error = AppidError;

    fn try_from(text: String) -> Result<Self, AppidError> {
        let digits = text.strip_prefix("wx").ok_or(AppidError)?;
        let fits = digits.len() == 16 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        fits.then_some(Self(text)).ok_or(AppidError)
    }
}

impl From<Appid> for String {
    fn from(appid: Appid) -> Self {
        appid.0
    }
}

impl fmt::Display for Appid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_appid_is_written_as_it_was_read() {
        let appid: Appid = "wxba5fad812f8e6fb9".parse().unwrap();
        assert_eq!((appid.to_string(), String::from(appid.clone())), (appid.as_str().into(), appid.as_str().into()));
    }

    #[test]
    fn an_appid_is_wx_and_16_hex_digits_and_nothing_else() {
        assert_eq!("wxba5fad812f8e6fb9".parse::<Appid>().unwrap().as_str(), "wxba5fad812f8e6fb9");
        for text in [
            "",
            "wx",
            "wxba5fad812f8e6fb",
            "wxba5fad812f8e6fb90",
            "wxBA5FAD812F8E6FB9",
            "wxba5fad812f8e6fg9",
            "gh_ba5fad812f8e6fb",
            " wxba5fad812f8e6fb9",
            "wxba5fad812f8e6fb9\n",
            "wxba5fad812f8e6#b9",
        ] {
            assert_eq!(text.parse::<Appid>(), Err(AppidError), "{text:?}");
        }
    }
}
