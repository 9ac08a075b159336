//! Sends one message to one address: looks the name up, judges every address it has, connects to one of those it judged,
//! and speaks HTTP/1.1 over TLS. No proxy, no redirect, no cookie, no connection kept.

use std::net::IpAddr;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::resolver::Resolver;
use super::target::{Encryption, Reach, Target, may_reach};

/// How much of an answer is read: its status is all that counts.
const ANSWER_BYTES_MAX: usize = 4 * 1024;
/// How long its end is waited for.
const REST_WITHIN: Duration = Duration::from_secs(1);
/// The head of an answer.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// How long one of several addresses may take to let itself be connected to.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Certificates that are trusted beside those of the system.
#[derive(Clone, Debug, Default)]
pub struct Certificates(Vec<CertificateDer<'static>>);

/// The way out. Cheap to clone.
#[derive(Clone)]
pub(super) struct Post {
    reach: Reach,
    resolver: Resolver,
    own: Certificates,
    /// Made when it is first needed: most servers never deliver anything.
    tls: Arc<OnceLock<Arc<ClientConfig>>>,
}

impl Post {
    pub(super) fn new(reach: Reach, resolver: Resolver, own: Certificates) -> Post {
        Post { reach, resolver, own, tls: Arc::default() }
    }

    /// Reads an address and judges where it leads at this moment. A name that cannot be looked up is let through: what it
    /// leads to is judged again whenever something is sent.
    ///
    /// # Errors
    /// What is wrong with it, as the rest of a sentence.
    pub(super) async fn check(&self, url: &str) -> Result<(), String> {
        let target = Target::parse(url, self.reach)?;
        match self.resolver.addresses(&target.host).await {
            Ok(addresses) => addresses.into_iter().try_for_each(|address| may_reach(address, self.reach)),
            Err(_) => Ok(()),
        }
    }

    /// Sends it and returns the status of the answer.
    ///
    /// # Errors
    /// Why there is none, in words for whoever looks after the webhook.
    pub(super) async fn send(&self, url: &str, headers: HeaderMap, body: Bytes) -> Result<u16, String> {
        let target = Target::parse(url, self.reach).map_err(|problem| format!("the address {problem}"))?;
        let stream = self.connect(&target).await?;
        let request = request(&target, headers, body)?;
        match target.encryption {
            Encryption::None => exchange(stream, request).await,
            Encryption::Tls => {
                let name =
                    ServerName::try_from(target.host.clone()).map_err(|_| "the host cannot have a certificate")?;
                let connector = TlsConnector::from(self.tls()?);
                let secured = connector.connect(name, stream).await;
                let stream = secured.map_err(|error| format!("no secure connection to {}: {error}", target.host))?;
                exchange(stream, request).await
            }
        }
    }

    /// Connects to an address that was judged, not to a name: looked up again, it might lead elsewhere.
    async fn connect(&self, target: &Target) -> Result<TcpStream, String> {
        let Target { host, port, .. } = target;
        let found = self.resolver.addresses(host).await;
        let addresses = found.map_err(|error| format!("the name {host} cannot be looked up: {error}"))?;
        addresses
            .iter()
            .try_for_each(|address| may_reach(*address, self.reach))
            .map_err(|problem| format!("the address {problem}"))?;
        let mut problem = String::new();
        for address in addresses {
            match connect_to(address, *port).await {
                Ok(stream) => return Ok(stream),
                Err(cause) => problem = format!("cannot connect to {address}, port {port}: {cause}"),
            }
        }
        Err(problem)
    }

    fn tls(&self) -> Result<Arc<ClientConfig>, String> {
        if let Some(config) = self.tls.get() {
            return Ok(Arc::clone(config));
        }
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots.add_parsable_certificates(self.own.0.iter().cloned());
        if roots.is_empty() {
            return Err("this server trusts no certificates: install ca-certificates on it".into());
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring knows every version of TLS that rustls does")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Arc::clone(self.tls.get_or_init(|| Arc::new(config))))
    }
}

impl Certificates {
    /// Those in a PEM file; at least one, and all of them usable.
    ///
    /// # Errors
    /// If it is not such a file; the text says what to do.
    pub fn read(path: &str) -> Result<Certificates, String> {
        let read = || CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>();
        let found = read().map_err(|error| format!("cannot be read as a PEM file: {error}"))?;
        let mut roots = RootCertStore::empty();
        for certificate in &found {
            roots
                .add(certificate.clone())
                .map_err(|error| format!("holds a certificate that cannot be used: {error}"))?;
        }
        if found.is_empty() {
            Err("holds no certificate: name a PEM file with one".into())
        } else {
            Ok(Certificates(found))
        }
    }
}

async fn connect_to(address: IpAddr, port: u16) -> Result<TcpStream, String> {
    match tokio::time::timeout(CONNECT_WITHIN, TcpStream::connect((address, port))).await {
        Ok(connected) => connected.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no answer within {} s", CONNECT_WITHIN.as_secs())),
    }
}

fn request(target: &Target, headers: HeaderMap, body: Bytes) -> Result<Request<Full<Bytes>>, String> {
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = target.path.parse().map_err(|_| "the path of the address cannot be asked for")?;
    *request.headers_mut() = headers;
    let host = HeaderValue::try_from(&target.authority).map_err(|_| "the host cannot be asked for")?;
    request.headers_mut().insert(HOST, host);
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let agent = HeaderValue::from_static(concat!("headcount/", env!("CARGO_PKG_VERSION")));
    request.headers_mut().insert(USER_AGENT, agent);
    Ok(request)
}

/// One request and the status of its answer.
async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<u16, String>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let broken = |error: hyper::Error| format!("the connection broke: {error}");
    let mut builder = http1::Builder::new();
    builder.max_buf_size(HEAD_BYTES_MAX);
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let mut connection = pin!(connection.fuse());
    let mut asked = pin!(async { Ok(read(sender.send_request(request).await?).await) }.fuse());
    loop {
        futures_util::select_biased! {
            status = asked => return status.map_err(broken),
            // Where it ended early, the request tells how.
            _ended = connection => {}
        }
    }
}

/// The status. A little of the rest is read, so that whoever writes it is not cut off at once; what it says is nothing to
/// us.
async fn read(response: Response<Incoming>) -> u16 {
    let status = response.status().as_u16();
    let rest = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect();
    let _read_or_not = tokio::time::timeout(REST_WITHIN, rest).await;
    status
}
