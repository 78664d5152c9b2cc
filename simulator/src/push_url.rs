//! The URL that pushes go to, as the console takes it.

use reqwest::Url;

/// Why a text is no push URL.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("must be an absolute http:// or https:// URL")]
pub(crate) struct BadPushUrl;

/// Takes a text as the push URL.
pub(crate) fn parse(text: &str) -> Result<Url, BadPushUrl> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https")).ok_or(BadPushUrl)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_absolute_web_urls_are_taken() {
        for text in ["", "localhost:3000/push", "/push", "ftp://a/b", "http://"] {
            assert_eq!(parse(text), Err(BadPushUrl), "{text:?}");
        }
        assert!(parse("http://127.0.0.1:4566/restapis/a/Prod/_user_request_/push").is_ok());
    }
}
