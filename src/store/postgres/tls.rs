//! How far the server is trusted: libpq's `sslmode`, `sslrootcert`, `sslcert` and `sslkey`, by means of rustls.
//!
//! Source of the rules: "SSL Support" in chapter libpq of PostgreSQL's documentation, and its table:
//!
//! | sslmode | encrypted | the server must prove |
//! |---|---|---|
//! | `disable` | no | nothing |
//! | `allow` | only if the server wants it | nothing |
//! | `prefer` (default) | if the server can | nothing |
//! | `require` | yes | nothing; with `sslrootcert` as `verify-ca` |
//! | `verify-ca` | yes | a certificate that leads to a trusted one |
//! | `verify-full` | yes | the same, and that the certificate is for the host's name |
//!
//! Other than libpq, `verify-…` without `sslrootcert` trusts the certificates of the system, and a name counts only as
//! subject alternative name, not as common name. `prefer` falls back to a connection without TLS as libpq does, but
//! never after a wrong password, which would then be sent again in the open.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::one_of;
use super::url::Keywords;

/// Whether to encrypt, and whom to trust. Cheap to clone.
#[derive(Clone)]
pub(super) struct Tls {
    mode: Mode,
    connector: MakeRustlsConnect,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

const MODES: [(&str, Mode); 6] = [
    ("disable", Mode::Disable),
    ("allow", Mode::Allow),
    ("prefer", Mode::Prefer),
    ("require", Mode::Require),
    ("verify-ca", Mode::VerifyCa),
    ("verify-full", Mode::VerifyFull),
];

/// The value of `sslrootcert` that means the certificates of the system.
const SYSTEM: &str = "system";

impl Tls {
    /// Takes what is said about TLS out of the keywords, and reads the files that it names.
    pub(super) fn take(given: &mut Keywords) -> Result<Tls, String> {
        let mode = given.remove("sslmode").map(|text| one_of("sslmode", &text, &MODES)).transpose()?;
        let roots = given.remove("sslrootcert");
        let mode = match (mode, roots.as_deref()) {
            (None, Some(SYSTEM)) => Mode::VerifyFull,
            (mode, _) => mode.unwrap_or(Mode::Prefer),
        };
        let trust = trust(mode, roots.as_deref())?;
        let config = client_config(trust, given.remove("sslcert"), given.remove("sslkey"))?;
        Ok(Tls { mode, connector: MakeRustlsConnect::new(config) })
    }

    /// How to try, one after the other, as long as `may_depend_on_tls` says so. Nothing is encrypted on a unix
    /// socket, whatever the mode.
    pub(super) fn attempts(&self, host: &Host) -> &'static [SslMode] {
        match (host, self.mode) {
            (Host::Unix(_), _) | (_, Mode::Disable) => &[SslMode::Disable],
            (_, Mode::Allow) => &[SslMode::Disable, SslMode::Require],
            (_, Mode::Prefer) => &[SslMode::Prefer, SslMode::Disable],
            (_, Mode::Require | Mode::VerifyCa | Mode::VerifyFull) => &[SslMode::Require],
        }
    }

    pub(super) fn connector(&self) -> MakeRustlsConnect {
        self.connector.clone()
    }
}

fn trust(mode: Mode, roots: Option<&str>) -> Result<Trust, String> {
    match (mode, roots) {
        (Mode::VerifyFull, roots) => Ok(Trust::ChainAndName(Roots::read(roots)?)),
        (_, Some(SYSTEM)) => Err("sslrootcert=system trusts everyone who has a certificate for any name: \
             use sslmode=verify-full with it"
            .into()),
        (Mode::VerifyCa, roots) | (Mode::Require, roots @ Some(_)) => Ok(Trust::Chain(Roots::read(roots)?)),
        (Mode::Disable | Mode::Allow | Mode::Prefer, Some(_)) => {
            Err("sslrootcert proves nothing while sslmode allows a connection without TLS: use sslmode=verify-full"
                .into())
        }
        (_, None) => Ok(Trust::Anyone),
    }
}

fn client_config(trust: Trust, certificate: Option<String>, key: Option<String>) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Arc::new(Verifier::new(trust, &provider));
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring knows every version of TLS that rustls does")
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    match (certificate, key) {
        (None, None) => Ok(builder.with_no_client_auth()),
        (Some(certificate), Some(key)) => {
            let chain = certificates("sslcert", &certificate)?;
            let secret = PrivateKeyDer::from_pem_file(&key).map_err(|error| unreadable("sslkey", &key, &error))?;
            let unusable = |error| format!("sslcert={certificate} and sslkey={key} cannot be used: {error}");
            builder.with_client_auth_cert(chain, secret).map_err(unusable)
        }
        _ => Err("sslcert and sslkey belong together: give both".into()),
    }
}

/// The certificates in a PEM file; at least one.
fn certificates(name: &str, path: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = || CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>();
    match read() {
        Ok(found) if found.is_empty() => Err(unreadable(name, path, &pem::Error::NoItemsFound)),
        Ok(found) => Ok(found),
        Err(error) => Err(unreadable(name, path, &error)),
    }
}

fn unreadable(name: &str, path: &str, error: &pem::Error) -> String {
    match error {
        pem::Error::Io(error) => format!("{name}={path} cannot be read: {error}"),
        pem::Error::NoItemsFound if name == "sslkey" => {
            format!("{name}={path} holds no key: it must be a PEM file with a private key that needs no password")
        }
        pem::Error::NoItemsFound => format!("{name}={path} holds no certificate: it must be a PEM file with one"),
        error => format!("{name}={path} is damaged: {error}"),
    }
}

/// What a server's certificate is measured against.
#[derive(Debug)]
enum Trust {
    Anyone,
    Chain(Roots),
    ChainAndName(Roots),
}

/// The certificates that are trusted.
#[derive(Debug)]
struct Roots {
    anchors: RootCertStore,
    /// Those of `sslrootcert` as they stand there. A server may show one of them itself: the certificate that
    /// PostgreSQL's documentation has one make is self-signed and calls itself an authority, which rustls takes as an
    /// anchor but not as a server's. Whoever wrote that very certificate into the file trusts it, also after its last day.
    own: Vec<CertificateDer<'static>>,
}

impl Roots {
    fn read(file: Option<&str>) -> Result<Roots, String> {
        let mut anchors = RootCertStore::empty();
        let Some(path) = file.filter(|path| *path != SYSTEM) else {
            let found = rustls_native_certs::load_native_certs();
            let (usable, _) = anchors.add_parsable_certificates(found.certs);
            let what_to_do =
                "the system has no trusted certificates: install ca-certificates, or name a file with sslrootcert=";
            return if usable > 0 { Ok(Roots { anchors, own: Vec::new() }) } else { Err(what_to_do.into()) };
        };
        let own = certificates("sslrootcert", path)?;
        for certificate in &own {
            let unusable = |error| format!("sslrootcert={path} holds a certificate that cannot be used: {error}");
            anchors.add(certificate.clone()).map_err(unusable)?;
        }
        Ok(Roots { anchors, own })
    }
}

/// Looks at the server's certificate. That the server has the key that belongs to it is checked whatever the trust, so
/// that nobody can show somebody else's certificate.
#[derive(Debug)]
struct Verifier {
    trust: Trust,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    fn new(trust: Trust, provider: &CryptoProvider) -> Verifier {
        Verifier { trust, algorithms: provider.signature_verification_algorithms }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let (roots, name) = match &self.trust {
            Trust::Anyone => return Ok(ServerCertVerified::assertion()),
            Trust::Chain(roots) => (roots, None),
            Trust::ChainAndName(roots) => (roots, Some(server_name)),
        };
        let certificate = ParsedCertificate::try_from(end_entity)?;
        if !roots.own.contains(end_entity) {
            let (anchors, algorithms) = (&roots.anchors, self.algorithms.all);
            verify_server_cert_signed_by_trust_anchor(&certificate, anchors, intermediates, now, algorithms)?;
        }
        name.map_or(Ok(()), |name| verify_server_name(&certificate, name))?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(given: &[(&str, &str)]) -> Result<Tls, String> {
        let mut given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let tls = Tls::take(&mut given)?;
        assert!(given.is_empty(), "all of it is taken out");
        Ok(tls)
    }

    #[test]
    fn only_what_libpq_would_try_is_tried() {
        let (server, socket) = (Host::Tcp("h".into()), Host::Unix("/run".into()));
        let attempts = |mode: &str| take(&[("sslmode", mode)]).unwrap().attempts(&server);
        assert_eq!(attempts("disable"), [SslMode::Disable]);
        assert_eq!(attempts("allow"), [SslMode::Disable, SslMode::Require]);
        assert_eq!(attempts("prefer"), [SslMode::Prefer, SslMode::Disable]);
        assert_eq!(attempts("require"), [SslMode::Require]);
        assert_eq!(take(&[]).unwrap().attempts(&server), [SslMode::Prefer, SslMode::Disable]);
        assert_eq!(take(&[("sslmode", "require")]).unwrap().attempts(&socket), [SslMode::Disable]);
    }

    #[test]
    fn what_proves_nothing_or_cannot_be_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let certificate = rcgen::generate_simple_self_signed(["h".to_owned()]).unwrap();
        std::fs::write(path("good"), certificate.cert.pem()).unwrap();
        std::fs::write(path("key"), certificate.signing_key.serialize_pem()).unwrap();
        std::fs::write(path("empty"), "").unwrap();
        std::fs::write(path("damaged"), "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n").unwrap();
        let (good, key, missing) = (&path("good"), &path("key"), &path("missing"));
        let full = ("sslmode", "verify-full");
        for (given, what_to_do) in [
            (vec![full, ("sslrootcert", missing)], "cannot be read"),
            (vec![full, ("sslrootcert", &path("empty"))], "holds no certificate"),
            (vec![full, ("sslrootcert", key)], "holds no certificate"),
            (vec![full, ("sslrootcert", &path("damaged"))], "is damaged"),
            (vec![("sslrootcert", good)], "sslmode=verify-full"),
            (vec![("sslmode", "disable"), ("sslrootcert", good)], "sslmode=verify-full"),
            (vec![("sslmode", "verify-ca"), ("sslrootcert", "system")], "sslmode=verify-full"),
            (vec![("sslcert", good)], "give both"),
            (vec![("sslkey", key)], "give both"),
            (vec![("sslcert", good), ("sslkey", good)], "holds no key"),
            (vec![("sslcert", good), ("sslkey", missing)], "cannot be read"),
            (vec![("sslmode", "on")], "verify-ca, verify-full"),
        ] {
            let problem = take(&given).err().unwrap();
            assert!(problem.contains(what_to_do), "{given:?}: {problem}");
        }
        assert!(take(&[full, ("sslrootcert", good), ("sslcert", good), ("sslkey", key)]).is_ok());
    }
}
