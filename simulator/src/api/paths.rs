//! The paths of WeChat's API that the simulator knows, by their method.

/// Calls that take GET alone.
pub(crate) const GET: [&str; 4] =
    ["/cgi-bin/token", "/cgi-bin/media/get", "/cgi-bin/getcallbackip", "/cgi-bin/get_api_domain_ip"];

/// Calls that take POST alone.
pub(crate) const POST: [&str; 12] = [
    "/cgi-bin/stable_token",
    "/cgi-bin/message/custom/send",
    "/cgi-bin/message/custom/typing",
    "/cgi-bin/message/custom/business/typing",
    "/cgi-bin/message/subscribe/send",
    "/cgi-bin/message/wxopen/template/uniform_send",
    "/cgi-bin/media/upload",
    "/cgi-bin/callback/check",
    "/cgi-bin/openapi/quota/get",
    "/cgi-bin/clear_quota",
    "/wxa/getwxacodeunlimit",
    "/wxa/msg_sec_check",
];

/// Whether the simulator serves this path.
pub(super) fn is_known(path: &str) -> bool {
    GET.iter().chain(&POST).any(|known| *known == path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_documented() {
        let documented = include_str!("../../../docs/simulator.md");
        for (method, known) in [("GET", &GET[..]), ("POST", &POST[..])] {
            for path in known {
                assert!(documented.contains(&format!("| `{method} {path}` |")), "{method} {path}");
            }
        }
    }
}
