//! A lean HTTP/1.1 client: one connection, kept alive, one request at a time, driven by the task that uses it.
//!
//! It is for commands that talk to a server (load test, benchmarks, demo, repair). In a load test thousands of
//! connections stand side by side: no pool, no redirects, no TLS, no task of its own.

use std::fmt;
use std::net::IpAddr;
use std::pin::pin;
use std::str::FromStr;

use futures_util::FutureExt;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderValue, IF_MATCH};
use hyper::{Method, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;

pub use messages::{Message, Messages};

mod messages;

/// Where a server is: `http://host:port`, perhaps with a path before `/api`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    authority: String,
    prefix: String,
}

/// One connection to a server.
pub struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    driver: http1::Connection<TokioIo<TcpStream>, Full<Bytes>>,
    host: HeaderValue,
    is_open: bool,
}

/// One request. Cheap to clone, so that a load generator makes it once.
#[derive(Clone, Debug)]
pub struct Ask {
    method: Method,
    uri: Uri,
    body: Bytes,
    token: Option<HeaderValue>,
    key: Option<HeaderValue>,
    revision: Option<HeaderValue>,
    last_event_id: Option<HeaderValue>,
    forwarded_for: Option<HeaderValue>,
}

/// What the server answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No connection could be made.
    #[error("cannot connect to {address}: {cause}")]
    Connect {
        /// Host and port.
        address: String,
        /// What the operating system says.
        cause: std::io::Error,
    },
    /// The connection broke before the whole answer was there.
    #[error("the connection broke: {0}")]
    Broken(#[from] hyper::Error),
    /// The server closed the connection before; nothing was sent.
    #[error("the server closed the connection")]
    Closed,
    /// The server does not give what was asked for.
    #[error("the server answered {0}")]
    Refused(StatusCode),
    /// The answer is not the JSON that was expected.
    #[error("the answer cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
}

impl Address {
    /// The request target of `path`, which begins with a slash.
    pub fn target(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    /// Host and port.
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

impl From<std::net::SocketAddr> for Address {
    fn from(address: std::net::SocketAddr) -> Address {
        Address { authority: address.to_string(), prefix: String::new() }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority, self.prefix)
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Address, String> {
        let example = "give it as http://host:port, for example http://127.0.0.1:8080";
        let uri: Uri = text.parse().map_err(|error| format!("{error}; {example}"))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => {
                return Err(format!("https is not spoken here; name the server behind the proxy: {example}"));
            }
            _ => return Err(example.to_owned()),
        }
        if uri.query().is_some() {
            return Err(format!("it must have no query; {example}"));
        }
        let authority = uri.authority().ok_or(example)?;
        if authority.as_str().contains('@') {
            return Err("a token is given by --token, not in the address".to_owned());
        }
        let port = authority.port_u16().unwrap_or(80);
        let prefix = uri.path().trim_end_matches('/').to_owned();
        Ok(Address { authority: format!("{}:{port}", authority.host()), prefix })
    }
}

impl Ask {
    /// A request for `target`, see [`Address::target`].
    ///
    /// # Panics
    /// If `target` is not the target of a request.
    pub fn new(method: Method, target: &str) -> Ask {
        let uri = target.parse().expect("a path and a query");
        Ask {
            method,
            uri,
            body: Bytes::new(),
            token: None,
            key: None,
            revision: None,
            last_event_id: None,
            forwarded_for: None,
        }
    }

    /// With this JSON as its body.
    #[must_use]
    pub fn json(mut self, body: impl Into<Bytes>) -> Ask {
        self.body = body.into();
        self
    }

    /// With this bearer token.
    ///
    /// # Panics
    /// If the token holds a character that no header may hold.
    #[must_use]
    pub fn token(mut self, token: &str) -> Ask {
        let mut value = HeaderValue::from_str(&format!("Bearer {token}")).expect("a token is printable ASCII");
        value.set_sensitive(true);
        self.token = Some(value);
        self
    }

    /// With this `Idempotency-Key`.
    ///
    /// # Panics
    /// If the key holds a character that no header may hold.
    #[must_use]
    pub fn key(mut self, key: &str) -> Ask {
        self.key = Some(HeaderValue::from_str(key).expect("a key is printable ASCII"));
        self
    }

    /// Only if the event still has this revision.
    #[must_use]
    pub fn if_match(mut self, revision: u64) -> Ask {
        self.revision = Some(HeaderValue::from_str(&format!("\"{revision}\"")).expect("a number is printable ASCII"));
        self
    }

    /// Going on after the message of this id.
    ///
    /// # Panics
    /// If the id holds a character that no header may hold.
    #[must_use]
    pub fn last_event_id(mut self, id: &str) -> Ask {
        self.last_event_id = Some(HeaderValue::from_str(id).expect("an id is printable ASCII"));
        self
    }

    /// As a proxy on this machine passes it on that was asked by `client`.
    ///
    /// # Panics
    /// Never: every address is printable ASCII.
    #[must_use]
    pub fn forwarded_for(mut self, client: IpAddr) -> Ask {
        self.forwarded_for = Some(HeaderValue::from_str(&client.to_string()).expect("an address is printable ASCII"));
        self
    }

    fn into_request(self, host: HeaderValue) -> hyper::Request<Full<Bytes>> {
        let mut request = hyper::Request::new(Full::new(self.body));
        let has_body = self.method == Method::POST || self.method == Method::PATCH;
        *request.method_mut() = self.method;
        *request.uri_mut() = self.uri;
        let headers = request.headers_mut();
        headers.insert(HOST, host);
        if has_body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(token) = self.token {
            headers.insert(AUTHORIZATION, token);
        }
        if let Some(key) = self.key {
            headers.insert("idempotency-key", key);
        }
        if let Some(revision) = self.revision {
            headers.insert(IF_MATCH, revision);
        }
        if let Some(id) = self.last_event_id {
            headers.insert("last-event-id", id);
        }
        if let Some(client) = self.forwarded_for {
            headers.insert("x-forwarded-for", client);
        }
        request
    }
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Errors
    /// If it is not that JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ClientError> {
        Ok(serde_json::from_slice(&self.body)?)
    }
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// If nobody listens there.
    pub async fn open(address: &Address) -> Result<Connection, ClientError> {
        let failed = |cause| ClientError::Connect { address: address.authority.clone(), cause };
        let stream = TcpStream::connect(&address.authority).await.map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        let (sender, driver) = http1::handshake(TokioIo::new(stream)).await?;
        let host = HeaderValue::from_str(&address.authority).expect("an authority is printable ASCII");
        Ok(Connection { sender, driver, host, is_open: true })
    }

    /// Sends a request and waits for the whole answer. Not to be used again after an error or when dropped half-way.
    ///
    /// # Errors
    /// If the connection breaks or is closed before.
    pub async fn send(&mut self, ask: Ask) -> Result<Answer, ClientError> {
        if !self.is_open {
            return Err(ClientError::Closed);
        }
        let request = ask.into_request(self.host.clone());
        let sender = &mut self.sender;
        let mut exchange = pin!(async move {
            sender.ready().await?;
            let (parts, body) = sender.send_request(request).await?.into_parts();
            let body = body.collect().await?.to_bytes();
            Ok::<_, hyper::Error>(Answer { status: parts.status, headers: parts.headers, body })
        });
        tokio::select! {
            biased;
            answer = &mut exchange => Ok(answer?),
            end = &mut self.driver => {
                // The answer may have come together with the end of the connection. If it has not, it never will: a
                // request that was not taken by then stays where it is, and nobody else says so.
                self.is_open = false;
                let answer = tokio::task::unconstrained(exchange).now_or_never();
                end?;
                Ok(answer.ok_or(ClientError::Closed)??)
            }
        }
    }

    /// Whether another request can be sent on it, as far as is known.
    pub fn is_open(&self) -> bool {
        self.is_open && !self.sender.is_closed()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn reads_addresses_and_says_what_is_wrong_with_others() {
        let address: Address = "http://example.org".parse().expect("an address");
        assert_eq!(address.to_string(), "http://example.org:80");
        let address: Address = "http://127.0.0.1:8080/signup/".parse().expect("an address");
        assert_eq!(address.target("/api/v1/events"), "/signup/api/v1/events");
        let address: Address = "http://[::1]:8080".parse().expect("an address");
        assert_eq!(address.authority(), "[::1]:8080");
        for wrong in ["", "localhost:8080", "ftp://x", "/x", "http://", "http://a b", "http://x?y=1", "http://a:b@c"] {
            assert!(wrong.parse::<Address>().is_err(), "{wrong}");
        }
        assert!("https://example.org".parse::<Address>().unwrap_err().contains("proxy"));
    }

    /// Answers each connection with these bytes after each request, then closes it.
    async fn server(answers: &'static [&'static str]) -> Address {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                for answer in answers {
                    let mut seen = Vec::new();
                    while !seen.ends_with(b"{}") {
                        let mut bytes = [0; 1024];
                        let count = stream.read(&mut bytes).await.unwrap();
                        seen.extend_from_slice(&bytes[..count]);
                    }
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            }
        });
        Address::from(address)
    }

    fn ask() -> Ask {
        Ask::new(Method::POST, "/x").json("{}")
    }

    #[tokio::test]
    async fn one_connection_serves_one_request_after_the_other() {
        const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n42";
        const CONFLICT: &str = "HTTP/1.1 409 Conflict\r\ncontent-length: 2\r\n\r\n{}";
        let address = server(&[OK, CONFLICT]).await;
        let mut connection = Connection::open(&address).await.unwrap();
        assert_eq!(connection.send(ask()).await.unwrap().json::<u32>().unwrap(), 42);
        assert_eq!(connection.send(ask()).await.unwrap().status, 409);
        assert!(connection.send(ask()).await.is_err(), "the server has hung up");
    }

    #[tokio::test]
    async fn an_answer_that_ends_with_the_connection_is_read() {
        let address = server(&["HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n\"until the end\""]).await;
        let mut connection = Connection::open(&address).await.unwrap();
        assert_eq!(connection.send(ask()).await.unwrap().json::<String>().unwrap(), "until the end");
        assert!(!connection.is_open());
        assert!(matches!(connection.send(ask()).await, Err(ClientError::Closed)));
    }

    #[tokio::test]
    async fn a_connection_that_was_closed_while_it_lay_idle_takes_no_request() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut idle = Connection::open(&Address::from(address)).await.unwrap();
        let (answered, server) = tokio::join!(idle.send(ask()), async {
            let mut server = listener.accept().await.unwrap().0;
            let mut seen = Vec::new();
            while !seen.ends_with(b"{}") {
                server.read_buf(&mut seen).await.unwrap();
            }
            server.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n42").await.unwrap();
            server
        });
        answered.unwrap();
        assert!(idle.is_open());
        drop(server);
        // When something that happens later is known here, the end of that connection is known too.
        let mut later = TcpStream::connect(address).await.unwrap();
        listener.accept().await.unwrap().0.write_all(b"x").await.unwrap();
        later.read_exact(&mut [0]).await.unwrap();
        let answered = tokio::time::timeout(Duration::from_secs(5), idle.send(ask())).await.expect("an answer at once");
        assert!(matches!(answered, Err(ClientError::Closed)), "{answered:?}");
        assert!(!idle.is_open());
    }

    #[tokio::test]
    async fn half_an_answer_is_an_error() {
        let address = server(&["HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nhalf"]).await;
        let mut connection = Connection::open(&address).await.unwrap();
        assert!(matches!(connection.send(ask()).await, Err(ClientError::Broken(_))));
    }

    #[tokio::test]
    async fn nobody_there_names_the_address() {
        let error = Connection::open(&"http://127.0.0.1:1".parse().unwrap()).await.err().unwrap();
        assert!(error.to_string().contains("127.0.0.1:1"), "{error}");
    }
}
