//! A receiver of webhooks: a real https server on this machine, with a certificate of its own, that answers as the test
//! says and hands over what it gets.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use headcount::hooks::Certificates;
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response};
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use serde_json::Value;
use sha2::Sha256;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

/// After this long nothing comes any more.
const PATIENCE: Duration = Duration::from_secs(120);

/// How a request is answered.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// With this status.
    Status(u16),
    /// With a redirect to this address.
    Redirect(String),
    /// With a body that does not end.
    Endless,
    /// Not at all.
    Silence,
}

/// A request.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

/// The server.
pub(crate) struct Receiver {
    pub(crate) port: u16,
    /// A PEM file with the certificate to trust.
    folder: TempDir,
    got: mpsc::UnboundedReceiver<Got>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
}

impl Receiver {
    /// Starts one that answers everything with 204.
    pub(crate) async fn start() -> Receiver {
        let (acceptor, folder) = secured();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, got) = mpsc::unbounded_channel();
        let replies: Arc<Mutex<VecDeque<Reply>>> = Arc::default();
        let receiver = Receiver { port, folder, got, replies: Arc::clone(&replies) };
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (acceptor, sender, replies) = (acceptor.clone(), sender.clone(), Arc::clone(&replies));
                tokio::spawn(async move {
                    // Whoever does not trust the certificate goes away again.
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let answer = |request| answer(request, sender.clone(), Arc::clone(&replies));
                    let connection = hyper::server::conn::http1::Builder::new();
                    let _gone = connection.serve_connection(TokioIo::new(stream), service_fn(answer)).await;
                });
            }
        });
        receiver
    }

    /// Answers what comes next with these, one after the other; everything after them with 204.
    pub(crate) fn reply(&self, replies: impl IntoIterator<Item = Reply>) {
        self.replies.lock().unwrap().extend(replies);
    }

    /// The next request.
    pub(crate) async fn next(&mut self) -> Got {
        tokio::time::timeout(PATIENCE, self.got.recv()).await.expect("something comes").unwrap()
    }

    /// Whether all that has come so far was taken by [`Receiver::next`].
    pub(crate) fn is_quiet(&mut self) -> bool {
        self.got.try_recv().is_err()
    }

    /// An address on it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    /// The file with the certificate to trust.
    pub(crate) fn certificate(&self) -> String {
        self.folder.path().join("root.pem").to_str().unwrap().to_owned()
    }

    pub(crate) fn certificates(&self) -> Certificates {
        Certificates::read(&self.certificate()).unwrap()
    }
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// Checks the signature as the Standard Webhooks specification has a receiver do.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(
            format!("{}.{}.{}", self.header("webhook-id"), self.header("webhook-timestamp"), self.text).as_bytes(),
        );
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        self.header("webhook-signature").split(' ').any(|one| one == expected)
    }

    pub(crate) fn seq(&self) -> u64 {
        self.body["data"]["seq"].as_u64().unwrap()
    }
}

async fn answer(
    request: Request<Incoming>,
    sender: mpsc::UnboundedSender<Got>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
) -> Result<Response<http_body_util::combinators::BoxBody<Bytes, Infallible>>, Infallible> {
    let (parts, body) = request.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let body = serde_json::from_str(&text).unwrap();
    let reply = replies.lock().unwrap().pop_front().unwrap_or(Reply::Status(204));
    let got = Got { method: parts.method, path: parts.uri.to_string(), headers: parts.headers, text, body };
    // Once the test is over nobody listens.
    let _over = sender.send(got);
    let response = match reply {
        Reply::Status(status) => Response::builder().status(status).body(Full::new(Bytes::new()).boxed()),
        Reply::Redirect(to) => {
            Response::builder().status(302).header("location", to).body(Full::new(Bytes::new()).boxed())
        }
        Reply::Endless => Response::builder().body(endless().boxed()),
        Reply::Silence => std::future::pending().await,
    };
    Ok(response.unwrap())
}

fn endless() -> impl hyper::body::Body<Data = Bytes, Error = Infallible> + Send + Sync {
    let frames = futures_util::stream::repeat_with(|| Ok(hyper::body::Frame::data(Bytes::from_static(&[b'x'; 1_024]))));
    http_body_util::StreamBody::new(frames)
}

/// A certificate for `localhost` and this machine's address, and a file with the one that signed it.
fn secured() -> (TlsAcceptor, TempDir) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("root.pem"), authority.pem()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names = ["localhost", "127.0.0.1", "hooks.example.org"].map(str::to_owned);
    let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), folder)
}
