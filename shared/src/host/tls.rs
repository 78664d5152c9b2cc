//! TLS: one configuration a process, and the roots that it trusts.
//!
//! | server | its certificate verifies with |
//! |---|---|
//! | public: AWS, WeChat | Mozilla's roots, which are compiled in; one that none of them issued, with the machine's |
//! | private: an endpoint that the environment names | the bundle that `AWS_CA_BUNDLE` names; without one, the machine's roots |
//!
//! AWS is private, too, while `AWS_CA_BUNDLE` is set: that is what the variable means to AWS's other SDKs. Reading the machine's
//! roots takes longer than all else that a function does when it starts, so that a bundle and the machine's roots are read
//! only when a certificate needs them.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use http::Uri;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{self, CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
};
use rustls_native_certs::{CertificateResult, load_certs_from_paths, load_native_certs};

use super::settings;

/// The variable that names a file of roots in PEM.
const BUNDLE: &str = "AWS_CA_BUNDLE";
/// The start of the variables that name endpoints other than AWS's own, for all services or for one.
const ENDPOINTS: &str = "AWS_ENDPOINT_URL";
/// The domain of WeChat's API, of which several hosts answer.
const WECHAT: &str = ".weixin.qq.com";

/// Whose certificates a connection meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Servers {
    /// AWS or WeChat.
    Public,
    /// A stand-in or an endpoint of one's own.
    Private,
}

impl Servers {
    /// What the environment says of AWS's endpoints.
    #[must_use]
    pub fn of_aws() -> Self {
        let names_endpoint = |name: std::ffi::OsString| name.to_str().is_some_and(|name| name.starts_with(ENDPOINTS));
        let is_private =
            settings::optional_text(BUNDLE).is_some() || std::env::vars_os().any(|(name, _)| names_endpoint(name));
        if is_private { Self::Private } else { Self::Public }
    }

    /// Whether the base URL of WeChat's API is WeChat's or names a stand-in.
    #[must_use]
    pub fn of_wechat(base_url: &str) -> Self {
        let url = base_url.parse::<Uri>().unwrap_or_default();
        if url.host().is_some_and(|host| host.ends_with(WECHAT)) { Self::Public } else { Self::Private }
    }
}

/// The configuration for connections to these servers. Its clones share the sessions that can be resumed, and the roots.
///
/// # Errors
/// Only if the cryptography lacks what TLS needs.
pub fn client_config(servers: Servers) -> Result<ClientConfig, Error> {
    static PUBLIC: OnceLock<ClientConfig> = OnceLock::new();
    static PRIVATE: OnceLock<ClientConfig> = OnceLock::new();
    let (config, embedded, source) = match servers {
        Servers::Public => (&PUBLIC, webpki_roots::TLS_SERVER_ROOTS, Source::Machine),
        Servers::Private => {
            let bundle = settings::optional_text(BUNDLE);
            (&PRIVATE, &[][..], bundle.map_or(Source::Machine, |path| Source::Bundle(path.into())))
        }
    };
    if let Some(config) = config.get() {
        return Ok(config.clone());
    }
    let embedded = RootCertStore { roots: embedded.to_vec() };
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier::new(embedded, source, provider.clone())?;
    let built = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(config.get_or_init(|| built).clone())
}

/// Where roots are read from.
#[derive(Debug)]
enum Source {
    Machine,
    Bundle(PathBuf),
}

/// Verifies as rustls does: with the roots that are compiled in, and a certificate of none of these, with those that are read.
#[derive(Debug)]
struct Verifier {
    embedded: Option<Arc<WebPkiServerVerifier>>,
    source: Source,
    /// Empty until they have been read: the next certificate that needs them reads again what could not be read.
    read: OnceLock<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn new(embedded: RootCertStore, source: Source, provider: Arc<CryptoProvider>) -> Result<Self, Error> {
        let embedded = (!embedded.is_empty()).then(|| verifier(embedded, &provider)).transpose()?;
        Ok(Self { embedded, source, read: OnceLock::new(), provider })
    }

    fn read(&self) -> Option<&Arc<WebPkiServerVerifier>> {
        if let Some(read) = self.read.get() {
            return Some(read);
        }
        let CertificateResult { certs, errors, .. } = match &self.source {
            Source::Machine => load_native_certs(),
            Source::Bundle(path) => load_certs_from_paths(Some(path), None),
        };
        let mut roots = RootCertStore::empty();
        let (found, _) = roots.add_parsable_certificates(certs);
        if found == 0 {
            tracing::error!(source = ?self.source, ?errors, "no root certificates");
            return None;
        }
        let verifier = verifier(roots, &self.provider).ok()?;
        Some(self.read.get_or_init(|| verifier))
    }
}

fn verifier(roots: RootCertStore, provider: &Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>, Error> {
    let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    builder.build().map_err(|error| Error::Other(OtherError(Arc::new(error))))
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verify = |verifier: &WebPkiServerVerifier| {
            verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
        };
        let unknown_issuer = Error::InvalidCertificate(CertificateError::UnknownIssuer);
        match self.embedded.as_deref().map_or_else(|| Err(unknown_issuer.clone()), verify) {
            // Roots that are read mend nothing else, such as an expired certificate or one for another host.
            Err(error) if error == unknown_issuer => self.read().map_or(Err(error), |read| verify(read)),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        crypto::verify_tls12_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        crypto::verify_tls13_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;
