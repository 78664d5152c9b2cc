//! What a call carries that is a credential and is kept nowhere: access tokens and secrets.

use serde_json::{Map, Value};

/// Stands where a credential was.
pub(super) const REDACTED: &str = "REDACTED";
/// Names of credentials, in bodies, answers and queries.
const NAMES: [&str; 2] = ["access_token", "secret"];
/// Headers whose values are credentials.
const HEADERS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// Whether a header's value is a credential.
pub(super) fn is_header(name: &str) -> bool {
    HEADERS.contains(&name)
}

/// Whether an object has a credential among its fields.
pub(super) fn are_in(fields: &Map<String, Value>) -> bool {
    fields.keys().any(|name| NAMES.contains(&name.as_str()))
}

/// The object without its credentials.
pub(super) fn left_out(fields: &Map<String, Value>) -> Map<String, Value> {
    let kept = fields.iter().filter(|(name, _)| !NAMES.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The raw query with [`REDACTED`] as the value of each credential. Everything else stays byte for byte.
pub(super) fn redacted(query: &str) -> String {
    let parts = query.split('&').map(|part| {
        let name = part.split('=').next().unwrap_or_default();
        let is_credential = form_urlencoded::parse(name.as_bytes()).any(|(name, _)| NAMES.contains(&name.as_ref()));
        if is_credential { format!("{name}={REDACTED}") } else { part.to_owned() }
    });
    parts.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_keeps_everything_but_the_values_of_credentials() {
        for (query, expected) in [
            ("", ""),
            ("a=1&a=2&b=%2F+x&c", "a=1&a=2&b=%2F+x&c"),
            ("a=1&access_token=hunter2&b=", "a=1&access_token=REDACTED&b="),
            (
                "access%5Ftoken=hunter2&secret=hunter2&access_token=hunter2",
                "access%5Ftoken=REDACTED&secret=REDACTED&access_token=REDACTED",
            ),
        ] {
            assert_eq!(redacted(query), expected);
        }
    }
}
