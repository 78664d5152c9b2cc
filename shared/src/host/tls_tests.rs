use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use super::*;

const HOST: &str = "dynamodb.us-east-1.amazonaws.com";

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn issued_by(authority: &CertifiedIssuer<'static, KeyPair>) -> CertificateDer<'static> {
    let params = CertificateParams::new([HOST.to_owned()]).unwrap();
    params.signed_by(&KeyPair::generate().unwrap(), authority).unwrap().der().clone()
}

fn roots(authority: &CertifiedIssuer<'static, KeyPair>) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    roots
}

fn verifier(embedded: RootCertStore, bundle: &Path) -> Verifier {
    Verifier::new(embedded, Source::Bundle(bundle.to_owned()), Arc::new(ring::default_provider())).unwrap()
}

fn verify(verifier: &Verifier, certificate: &CertificateDer<'_>, host: &'static str) -> Result<(), Error> {
    let name = ServerName::try_from(host).unwrap();
    verifier.verify_server_cert(certificate, &[], &name, &[], UnixTime::now()).map(drop)
}

/// A file with an authority's certificate, which goes with the folder.
fn bundle(folder: &Path, authority: &CertifiedIssuer<'static, KeyPair>) -> PathBuf {
    let path = folder.join("bundle.pem");
    std::fs::write(&path, authority.pem()).unwrap();
    path
}

fn unknown_issuer() -> Error {
    Error::InvalidCertificate(CertificateError::UnknownIssuer)
}

#[test]
fn what_verifies_with_the_embedded_roots_reads_no_others() {
    let public = authority("public");
    let verifier = verifier(roots(&public), Path::new("/does/not/exist"));
    assert_eq!(verify(&verifier, &issued_by(&public), HOST), Ok(()));
    assert!(verifier.read.get().is_none());
}

#[test]
fn what_does_not_verify_with_the_embedded_roots_verifies_with_those_that_are_read() {
    let (public, own, unknown) = (authority("public"), authority("own"), authority("unknown"));
    let folder = tempfile::tempdir().unwrap();
    let verifier = verifier(roots(&public), &bundle(folder.path(), &own));
    assert_eq!(verify(&verifier, &issued_by(&own), HOST), Ok(()));
    assert_eq!(verify(&verifier, &issued_by(&unknown), HOST), Err(unknown_issuer()));
}

#[test]
fn a_certificate_for_another_host_is_refused_whoever_issued_it() {
    let (public, own) = (authority("public"), authority("own"));
    let folder = tempfile::tempdir().unwrap();
    let verifier = verifier(roots(&public), &bundle(folder.path(), &own));
    for issuer in [&public, &own] {
        assert!(verify(&verifier, &issued_by(issuer), "api.weixin.qq.com").is_err());
    }
}

#[test]
fn a_certificate_that_is_wrong_in_itself_reads_no_other_roots() {
    let (public, own) = (authority("public"), authority("own"));
    let folder = tempfile::tempdir().unwrap();
    let verifier = verifier(roots(&public), &bundle(folder.path(), &own));
    let mut expired = CertificateParams::new([HOST.to_owned()]).unwrap();
    expired.not_after = rcgen::date_time_ymd(2000, 1, 1);
    let expired = expired.signed_by(&KeyPair::generate().unwrap(), &public).unwrap();
    for (certificate, host) in [(expired.der(), HOST), (&issued_by(&public), "api.weixin.qq.com")] {
        assert!(verify(&verifier, certificate, host).is_err());
        assert!(verifier.read.get().is_none(), "{host}");
    }
}

#[test]
fn roots_that_could_not_be_read_are_read_again() {
    let own = authority("own");
    let folder = tempfile::tempdir().unwrap();
    let verifier = verifier(RootCertStore::empty(), &folder.path().join("bundle.pem"));
    assert_eq!(verify(&verifier, &issued_by(&own), HOST), Err(unknown_issuer()));
    bundle(folder.path(), &own);
    assert_eq!(verify(&verifier, &issued_by(&own), HOST), Ok(()));
}

#[test]
fn a_private_endpoint_verifies_with_its_bundle_alone() {
    let (public, own) = (authority("public"), authority("own"));
    let folder = tempfile::tempdir().unwrap();
    let verifier = verifier(RootCertStore::empty(), &bundle(folder.path(), &own));
    assert_eq!(verify(&verifier, &issued_by(&own), HOST), Ok(()));
    assert_eq!(verify(&verifier, &issued_by(&public), HOST), Err(unknown_issuer()));
}

#[test]
fn without_any_roots_nothing_verifies() {
    let verifier = verifier(RootCertStore::empty(), Path::new("/does/not/exist"));
    assert_eq!(verify(&verifier, &issued_by(&authority("unknown")), HOST), Err(unknown_issuer()));
}

/// Amazon's roots for all its partitions, and those of `DigiCert`, from whom WeChat and endpoints in China have theirs.
#[test]
fn the_roots_of_aws_and_wechat_are_embedded() {
    let is_embedded = |name: &str| {
        let holds = |subject: &[u8]| subject.windows(name.len()).any(|window| window == name.as_bytes());
        webpki_roots::TLS_SERVER_ROOTS.iter().any(|root| holds(&root.subject))
    };
    for name in ["Amazon Root CA 1", "Amazon Root CA 2", "Amazon Root CA 3", "Amazon Root CA 4"] {
        assert!(is_embedded(name), "{name}");
    }
    for name in
        ["Starfield Services Root Certificate Authority - G2", "DigiCert Global Root G2", "DigiCert Global Root G3"]
    {
        assert!(is_embedded(name), "{name}");
    }
}

#[test]
fn wechats_hosts_are_public_and_every_other_is_private() {
    for own in ["https://api.weixin.qq.com", "https://api2.weixin.qq.com/"] {
        assert_eq!(Servers::of_wechat(own), Servers::Public, "{own}");
    }
    for other in
        ["http://127.0.0.1:1", "https://weixin.qq.com.example.org", "https://proxy.example.org/api.weixin.qq.com", ""]
    {
        assert_eq!(Servers::of_wechat(other), Servers::Private, "{other}");
    }
}
