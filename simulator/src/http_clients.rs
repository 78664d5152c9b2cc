//! The HTTP clients, each built once: one for loopback, which no proxy can reach, and one for everywhere else.

use std::sync::Arc;

use reqwest::redirect::Policy;
use reqwest::{Client, Url};

/// The two clients.
#[derive(Debug, Clone)]
pub(crate) struct HttpClients {
    loopback: Result<Client, Arc<reqwest::Error>>,
    outward: Result<Client, Arc<reqwest::Error>>,
}

/// Why a URL cannot be called.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up TLS to call {host}: {source}")]
pub(crate) struct NoClient {
    host: String,
    source: Arc<reqwest::Error>,
}

impl HttpClients {
    /// Builds both. One that cannot be built (a machine without CA certificates, say) fails when it is needed.
    pub(crate) fn new() -> Self {
        // Fails only if a provider is installed already, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || Client::builder().redirect(Policy::none());
        Self {
            // No certificate authority vouches for a loopback address.
            loopback: builder().no_proxy().tls_certs_only([]).build().map_err(Arc::new),
            outward: builder().build().map_err(Arc::new),
        }
    }

    /// The client for this URL.
    pub(crate) fn for_url(&self, url: &Url) -> Result<&Client, NoClient> {
        let host = url.host_str().unwrap_or_default();
        let client = if is_loopback(host) { &self.loopback } else { &self.outward };
        client.as_ref().map_err(|source| NoClient { host: host.to_owned(), source: source.clone() })
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_told_by_the_host() {
        for (url, expected) in [
            ("http://127.0.0.1:4566/push", true),
            ("http://127.9.9.9/", true),
            ("http://localhost:3000/", true),
            ("http://[::1]:3000/", true),
            ("https://abc.execute-api.eu-central-1.amazonaws.com/push", false),
            ("http://127.0.0.1.example.com/", false),
        ] {
            assert_eq!(is_loopback(Url::parse(url).unwrap().host_str().unwrap()), expected, "{url}");
        }
    }
}
