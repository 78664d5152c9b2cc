//! The two formats that a push can be written in.

use std::fmt;
use std::str::FromStr;

/// How a body is written. A reply is written as its push was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `{…}`
    Json,
    /// `<xml>…</xml>`
    Xml,
}

/// A text that names no [`Format`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("must be one of json, xml")]
pub struct UnknownFormat;

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "json",
            Self::Xml => "xml",
        })
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        match name {
            "json" => Ok(Self::Json),
            "xml" => Ok(Self::Xml),
            _ => Err(UnknownFormat),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_is_read_and_written_by_its_name() {
        for (name, format) in [("json", Format::Json), ("xml", Format::Xml)] {
            assert_eq!((name.parse(), format.to_string()), (Ok(format), name.to_owned()));
        }
        assert_eq!("raw".parse::<Format>(), Err(UnknownFormat));
    }
}
