//! Keeps other websites out: a page from anywhere, open in the developer's browser, could otherwise push in the mini
//! program's name and read what travelled. Other programs than browsers say nothing of where they come from.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::{Authority, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::refusal::Refusal;

/// Lets in the simulator's own page and whatever is no browser.
pub(super) async fn only(request: Request, next: Next) -> Response {
    match admit(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// Lets in whoever asks for an address: a page, unlike an order, may be linked to from anywhere.
pub(crate) async fn by_address(request: Request, next: Next) -> Response {
    match check_host(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

fn admit(headers: &HeaderMap) -> Result<(), Refusal> {
    check_host(headers)?;
    // Browsers send it to trustworthy addresses alone: loopback, but no other http:// one.
    if text(headers, "sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none") {
        return Err(Refusal::AnotherSite);
    }
    if let Some(origin) = headers.get(ORIGIN) {
        let authority = Uri::try_from(origin.as_bytes()).ok().and_then(|origin| origin.into_parts().authority);
        if authority.is_none() || authority != host(headers) {
            return Err(Refusal::AnotherOrigin);
        }
    }
    Ok(())
}

/// A website can let a name of its own resolve to this machine, and is then of the same origin. It cannot do that with an
/// address.
fn check_host(headers: &HeaderMap) -> Result<(), Refusal> {
    if host(headers).is_some_and(|host| is_address(host.host())) { Ok(()) } else { Err(Refusal::HostName) }
}

fn host(headers: &HeaderMap) -> Option<Authority> {
    text(headers, HOST.as_str())?.parse().ok()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn is_address(host: &str) -> bool {
    let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    match bracketed {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => host.eq_ignore_ascii_case("localhost") || host.parse::<Ipv4Addr>().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_admitted(headers: &[(&'static str, &str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        admit(&headers).is_ok()
    }

    #[test]
    fn a_host_is_an_address_or_localhost() {
        for host in
            ["127.0.0.1", "127.0.0.1:8199", "192.168.1.5:80", "[::1]", "[::1]:8199", "localhost", "LocalHost:80"]
        {
            assert!(is_admitted(&[("host", host)]), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example:8199", "127.0.0.1.evil.example", "::1", "[localhost]", ""]
        {
            assert!(!is_admitted(&[("host", host)]), "{host}");
        }
        assert!(!is_admitted(&[]));
    }

    #[test]
    fn an_origin_is_the_host() {
        for (host, origin, is_same) in [
            ("127.0.0.1:8199", "http://127.0.0.1:8199", true),
            ("localhost:8199", "http://LOCALHOST:8199", true),
            ("[::1]:8199", "http://[::1]:8199", true),
            ("192.168.1.5", "http://192.168.1.5", true),
            ("127.0.0.1:8199", "http://127.0.0.1:3000", false),
            ("127.0.0.1:8199", "http://localhost:8199", false),
            ("192.168.1.5:8199", "https://evil.example", false),
            ("127.0.0.1:8199", "null", false),
            ("127.0.0.1:8199", "", false),
        ] {
            assert_eq!(is_admitted(&[("host", host), ("origin", origin)]), is_same, "{origin} at {host}");
        }
    }

    #[test]
    fn another_site_is_kept_out_whatever_it_says_of_its_origin() {
        for (site, is_ours) in [("cross-site", false), ("same-site", false), ("same-origin", true), ("none", true)] {
            let headers = [("host", "127.0.0.1"), ("origin", "http://127.0.0.1"), ("sec-fetch-site", site)];
            assert_eq!(is_admitted(&headers), is_ours, "{site}");
        }
    }
}
