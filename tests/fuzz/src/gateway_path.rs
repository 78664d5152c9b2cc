//! The paths that the SDK gateway passes on, and the operator's list of them.

use protocol::gateway_path::{GatewayPath, PathList};

use crate::limits::timed;

const DENIED: [&str; 3] = ["/cgi-bin/token", "/cgi-bin/stable_token", "/cgi-bin/clear_quota"];
const ORIGIN: &str = "https://api.weixin.qq.com";

/// The first line is a path, the second a list. A path that is read is the same in a URL, and one that is passed on is neither
/// denied nor outside the entry that allows it.
pub(crate) fn check(input: &[u8]) {
    let Ok(input) = std::str::from_utf8(input) else { return };
    let (text, list) = input.split_once('\n').unwrap_or((input, "/*"));
    let list = timed(|| list.parse::<PathList>());
    let Ok(path) = timed(|| GatewayPath::read(text)) else { return };
    let url = url::Url::parse(&format!("{ORIGIN}{}", path.as_str())).ok();
    assert!(url.is_some_and(|url| url.path() == text && url.origin().ascii_serialization() == ORIGIN), "{text:?}");
    let Ok(list) = list else { return };
    let Some(entry) = timed(|| list.entry(&path)) else { return };
    let path = path.as_str().to_ascii_lowercase();
    assert!(
        DENIED.iter().all(|denied| path != *denied && !path.starts_with(&format!("{denied}/"))),
        "{path} is denied"
    );
    let is_allowed = entry.strip_suffix('*').map_or(entry == text, |above| text.starts_with(above));
    assert!(is_allowed, "{entry} does not allow {text}");
}
