//! The paths of WeChat's API that the SDK gateway passes on.
//!
//! A path is read once, as it came in, and sent as it was read. WeChat's paths need no percent-encoding, so that one with a
//! `%` is refused: nothing is decoded here, nor twice.

use std::str::FromStr;

/// The longest path.
const MAX_BYTES: usize = 256;
/// What ends an entry that stands for all that is below a path.
const BELOW: &str = "/*";

/// Calls that are never passed on, with all that is below them, whatever the list says: the first two take an AppSecret and
/// hand out WeChat's token, the others reset the quota that all callers share.
const DENIED: [&str; 5] = [
    "/cgi-bin/token",
    "/cgi-bin/stable_token",
    "/cgi-bin/clear_quota",
    "/cgi-bin/openapi/quota/clear",
    "/cgi-bin/component/clear_quota",
];

/// A path of one or more segments of A-Z, a-z, 0-9, `.`, `_`, `~` and `-`, none of them empty, `.` or `..`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayPath(String);

/// A text that is no [`GatewayPath`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the path must be segments of letters, digits, ., _, ~ and -, at most {MAX_BYTES} bytes, without a trailing slash"
)]
pub struct GatewayPathError;

/// What the operator allows to be passed on, separated by commas: exact paths, and those that end in `/*` with all that is
/// below them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathList(Vec<Entry>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    /// As the operator wrote it.
    text: String,
    /// The path itself, or the one above what is allowed; empty for `/*`.
    path: String,
    is_below: bool,
}

/// An entry of the list that is neither form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{entry:?} must be a path such as /cgi-bin/getcallbackip, or one that ends in /* and stands for all below it")]
pub struct PathListError {
    /// The entry.
    pub entry: String,
}

impl GatewayPath {
    /// Reads a path.
    ///
    /// # Errors
    /// [`GatewayPathError`] if it is none.
    pub fn read(text: &str) -> Result<Self, GatewayPathError> {
        let segments = text.strip_prefix('/').ok_or(GatewayPathError)?;
        let fits = text.len() <= MAX_BYTES && segments.split('/').all(is_segment);
        fits.then(|| Self(text.to_owned())).ok_or(GatewayPathError)
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it differs from another path at most in upper and lower case.
    #[must_use]
    pub fn resembles(&self, path: &str) -> bool {
        self.0.eq_ignore_ascii_case(path)
    }

    /// Whether it is another path or stands below it, in upper or lower case. The other one is in lower case.
    #[must_use]
    pub fn is_at_or_below(&self, path: &str) -> bool {
        is_at_or_below(&self.0.to_ascii_lowercase(), path)
    }

    fn is_denied(&self) -> bool {
        DENIED.iter().any(|denied| self.is_at_or_below(denied))
    }
}

impl PathList {
    /// The entry that allows a path to be passed on, as the operator wrote it.
    #[must_use]
    pub fn entry(&self, path: &GatewayPath) -> Option<&str> {
        if path.is_denied() {
            return None;
        }
        let allows = |entry: &&Entry| {
            let path = path.as_str();
            if entry.is_below { path != entry.path && is_at_or_below(path, &entry.path) } else { path == entry.path }
        };
        self.0.iter().find(allows).map(|entry| entry.text.as_str())
    }
}

impl FromStr for PathList {
    type Err = PathListError;

    fn from_str(text: &str) -> Result<Self, PathListError> {
        text.split(',').map(|entry| Entry::read(entry.trim())).collect::<Result<_, _>>().map(Self)
    }
}

impl Entry {
    fn read(text: &str) -> Result<Self, PathListError> {
        let (path, is_below) = text.strip_suffix(BELOW).map_or((text, false), |above| (above, true));
        if !(is_below && path.is_empty()) {
            GatewayPath::read(path).map_err(|_| PathListError { entry: text.to_owned() })?;
        }
        Ok(Self { text: text.to_owned(), path: path.to_owned(), is_below })
    }
}

fn is_segment(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'~' | b'-');
    !matches!(text, "" | "." | "..") && text.bytes().all(is_allowed)
}

fn is_at_or_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry<'a>(list: &'a PathList, path: &str) -> Option<&'a str> {
        list.entry(&GatewayPath::read(path).unwrap())
    }

    fn list(text: &str) -> PathList {
        text.parse().unwrap()
    }

    #[test]
    fn wechats_paths_are_read_as_they_are() {
        for path in [
            "/cgi-bin/message/custom/send",
            "/wxa/msg_sec_check",
            "/datacube/getweanalysisappiddailysummarytrend",
            "/a~b/c-d.e/..f/.g/...",
            &format!("/{}", "a".repeat(255)),
        ] {
            assert_eq!(GatewayPath::read(path).unwrap().as_str(), path);
        }
    }

    #[test]
    fn every_trick_with_a_path_is_refused() {
        for path in [
            "",
            "/",
            "cgi-bin/x",
            "//cgi-bin/x",
            "//evil.example/x",
            "/cgi-bin//x",
            "/cgi-bin/x/",
            "/cgi-bin/./x",
            "/cgi-bin/../x",
            "/..",
            "/cgi-bin/%2e%2e/x",
            "/cgi-bin/%2E%2e/x",
            "/cgi-bin/%252e%252e/x",
            "/cgi-bin/a%2fb",
            "/cgi-bin/a%2Fb",
            "/cgi-bin/t%6Fken",
            "/cgi-bin/x%00",
            "/cgi-bin/x\0",
            "/cgi-bin/x\n",
            "/cgi-bin\\x",
            "/cgi-bin/..\\x",
            "/cgi-bin/%5cx",
            "/cgi-bin/x;a=b",
            "/cgi-bin/x?access_token=y",
            "/cgi-bin/x#y",
            "/cgi-bin/x@evil.example",
            "/cgi-bin/x:80",
            "/cgi-bin/x y",
            "/cgi-bin/x+y",
            "/cgi-bin/ｘ",
            "/cgi-bin/\u{2025}/x",
            "https://evil.example/cgi-bin/x",
            "/https://evil.example/x",
            "\\\\evil.example\\x",
            &format!("/{}", "a".repeat(256)),
        ] {
            assert_eq!(GatewayPath::read(path), Err(GatewayPathError), "{path:?}");
        }
    }

    #[test]
    fn an_entry_is_a_path_or_all_below_one() {
        let list = list("/cgi-bin/getcallbackip, /wxa/*");
        assert_eq!(entry(&list, "/cgi-bin/getcallbackip"), Some("/cgi-bin/getcallbackip"));
        assert_eq!(entry(&list, "/wxa/a/b"), Some("/wxa/*"));
        for path in ["/cgi-bin/getcallbackip/x", "/cgi-bin/getcallbackips", "/wxa", "/wxaa/b", "/WXA/a", "/datacube/x"]
        {
            assert_eq!(entry(&list, path), None, "{path}");
        }
        assert_eq!(entry(&"/*".parse().unwrap(), "/anything"), Some("/*"));
    }

    #[test]
    fn what_hands_out_tokens_or_resets_quotas_is_denied_whatever_the_list_says() {
        let list = list("/*,/cgi-bin/*,/cgi-bin/token,/cgi-bin/stable_token,/cgi-bin/clear_quota/*");
        for path in [
            "/cgi-bin/token",
            "/cgi-bin/Token",
            "/CGI-BIN/TOKEN",
            "/cgi-bin/token/x",
            "/cgi-bin/stable_token",
            "/cgi-bin/STABLE_token",
            "/cgi-bin/clear_quota",
            "/cgi-bin/clear_quota/v2",
            "/cgi-bin/openapi/quota/clear",
            "/cgi-bin/OpenAPI/quota/Clear",
            "/cgi-bin/openapi/quota/clear/x",
            "/cgi-bin/component/clear_quota",
            "/cgi-bin/component/clear_quota/v2",
        ] {
            assert_eq!(entry(&list, path), None, "{path}");
        }
        for path in ["/cgi-bin/tokens", "/cgi-bin/openapi/quota/get"] {
            assert_eq!(entry(&list, path), Some("/*"), "{path}");
        }
    }

    #[test]
    fn a_path_resembles_another_that_differs_in_case_alone() {
        let path = GatewayPath::read("/cgi-bin/Token").unwrap();
        assert!(path.resembles("/CGI-bin/token"));
        assert!(!path.resembles("/cgi-bin/tokens"));
    }

    #[test]
    fn a_broken_entry_is_named() {
        for (text, broken) in [
            ("", ""),
            ("/wxa/*,,/x", ""),
            ("/wxa/*,cgi-bin/*", "cgi-bin/*"),
            ("*", "*"),
            ("/cgi-bin/*/x", "/cgi-bin/*/x"),
            ("/cgi-bin*", "/cgi-bin*"),
            ("/cgi-bin/", "/cgi-bin/"),
            ("/a/../*", "/a/../*"),
            ("/a/**", "/a/**"),
            ("https://api.weixin.qq.com/*", "https://api.weixin.qq.com/*"),
        ] {
            let error = text.parse::<PathList>().unwrap_err();
            assert_eq!(error.entry, broken, "{text}");
            assert!(error.to_string().starts_with(&format!("{broken:?} must be")), "{error}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_has_no_character_that_a_url_reads_otherwise(text in any::<String>()) {
            if let Ok(path) = GatewayPath::read(&text) {
                let is_allowed = |c: char| c.is_ascii_alphanumeric() || "/._~-".contains(c);
                prop_assert!(path.as_str().chars().all(is_allowed));
            }
        }

        #[test]
        fn a_listed_path_stays_below_its_entry(text in "[/a-z.%\\\\]{0,24}") {
            let list = list("/a/*");
            if let Ok(path) = GatewayPath::read(&text) {
                prop_assert_eq!(list.entry(&path).is_some(), text.starts_with("/a/"));
                prop_assert!(!text.split('/').any(|segment| segment == "." || segment == ".."));
            }
        }
    }
}
