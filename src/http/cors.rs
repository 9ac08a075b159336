//! Which websites may ask from the browsers of their visitors (cross-origin resource sharing, as the Fetch standard
//! has it).
//!
//! Only what needs no login, and never with cookies: a website gets no more than any stranger with a terminal. (Over
//! Socket.IO a page says itself as whom, with a token that its visitor gave it.) A website
//! that is not listed is answered like everybody, but without the headers that let it read the answer.

use std::collections::BTreeSet;
use std::str::FromStr;

use axum::extract::{MatchedPath, Request};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::App;

/// What needs no login, or no cookie for it.
const OPEN: [(Method, &str); 8] = [
    (Method::GET, "/api/v1/events"),
    (Method::GET, "/api/v1/events/{event}"),
    (Method::GET, "/api/v1/events/{event}/availability"),
    (Method::GET, "/api/v1/events/{event}/stream"),
    (Method::POST, "/api/v1/events/{event}/registrations"),
    (Method::POST, "/api/v1/my-sign-ups"),
    (Method::GET, "/socket.io/"),
    (Method::POST, "/socket.io/"),
];

/// What a website may send besides what every form may. Not `Authorization`: a website is nobody.
const TAKEN: HeaderValue = HeaderValue::from_static("content-type, idempotency-key, last-event-id, x-request-id");
/// What a website may read besides the usual.
const SHOWN: HeaderValue = HeaderValue::from_static("etag, location, retry-after, x-request-id");
/// For how many seconds a browser need not ask again; short, so that a website can be taken off the list.
const REMEMBERED_SECONDS: HeaderValue = HeaderValue::from_static("600");

const EXAMPLE: &str = "write addresses as browsers name them, such as https://club.example,http://localhost:3000, or *";

/// The websites that may ask.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AllowedOrigins(Origins);

#[derive(Clone, PartialEq, Eq, Debug)]
enum Origins {
    All,
    These(BTreeSet<String>),
}

/// A website that asks and may.
pub(super) struct Website {
    /// As whom the browser shall know it.
    origin: HeaderValue,
    /// The method that the browser wants to use, if all it asks is whether it may.
    preflight: Option<HeaderValue>,
}

impl AllowedOrigins {
    /// None.
    pub const NONE: AllowedOrigins = AllowedOrigins(Origins::These(BTreeSet::new()));

    /// The websites as a `frame-ancestors` of a policy names them (Content Security Policy Level 3, 6.4.2).
    pub fn as_ancestors(&self) -> String {
        match &self.0 {
            Origins::All => "*".to_owned(),
            Origins::These(these) if these.is_empty() => "'none'".to_owned(),
            Origins::These(these) => these.iter().cloned().collect::<Vec<_>>().join(" "),
        }
    }

    /// What the browser of this website is to be told.
    fn allow(&self, origin: &HeaderValue) -> Option<HeaderValue> {
        match &self.0 {
            Origins::All => Some(HeaderValue::from_static("*")),
            Origins::These(these) => origin.to_str().is_ok_and(|text| these.contains(text)).then(|| origin.clone()),
        }
    }
}

impl FromStr for AllowedOrigins {
    type Err = String;

    fn from_str(text: &str) -> Result<AllowedOrigins, String> {
        if text.trim() == "*" {
            return Ok(AllowedOrigins(Origins::All));
        }
        let these = text.split(',').map(|part| {
            let part = part.trim();
            origin(part).ok_or_else(|| format!("{part:?} is none: {EXAMPLE}"))
        });
        these.collect::<Result<_, _>>().map(|these| AllowedOrigins(Origins::These(these)))
    }
}

/// An origin as browsers write it: in small letters, and without a port where it is the usual one.
fn origin(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let with_usual_port = |scheme, port| text.strip_prefix(scheme).map(|rest| (rest, port));
    let (rest, usual_port) = with_usual_port("https://", ":443").or_else(|| with_usual_port("http://", ":80"))?;
    let authority: Authority = rest.parse().ok()?;
    let host = authority.host();
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte);
    let written = authority.port_u16().map_or(host.to_owned(), |port| format!("{host}:{port}"));
    let is_origin = !host.is_empty() && host.bytes().all(is_host) && written == rest;
    is_origin.then(|| text.strip_suffix(usual_port).unwrap_or(&text).to_owned())
}

impl App {
    /// The website that asks, if it may ask this.
    pub(super) fn website(&self, request: &Request) -> Option<Website> {
        let origin = request.headers().get(ORIGIN)?;
        let wanted = request.headers().get(ACCESS_CONTROL_REQUEST_METHOD);
        let preflight = wanted.filter(|_| request.method() == Method::OPTIONS);
        let method = match preflight {
            Some(wanted) => Method::from_bytes(wanted.as_bytes()).ok()?,
            // What may be read whole may be read without its body.
            None if request.method() == Method::HEAD => Method::GET,
            None => request.method().clone(),
        };
        let path = request.extensions().get::<MatchedPath>()?.as_str();
        if !OPEN.contains(&(method, path)) {
            return None;
        }
        let origin = self.allowed_origins.allow(origin)?;
        Some(Website { origin, preflight: preflight.cloned() })
    }
}

impl Website {
    /// The answer, if all it asks is whether it may.
    pub(super) fn answer(&self) -> Option<Response> {
        let method = self.preflight.clone()?;
        let mut response = StatusCode::NO_CONTENT.into_response();
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, method);
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, TAKEN);
        headers.insert(ACCESS_CONTROL_MAX_AGE, REMEMBERED_SECONDS);
        Some(response)
    }

    /// Has the browser let it read an answer.
    pub(super) fn let_read(self, headers: &mut HeaderMap) {
        headers.append(VARY, HeaderValue::from_static("origin"));
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, self.origin);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, SHOWN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_taken_as_browsers_write_them() {
        let read = |text: &str| text.parse::<AllowedOrigins>();
        let list = read("https://Club.example, http://localhost:3000,https://a.example:443,http://[::1]:80").unwrap();
        let allows = |origin: &'static str| list.allow(&HeaderValue::from_static(origin)).is_some();
        for origin in ["https://club.example", "http://localhost:3000", "https://a.example", "http://[::1]"] {
            assert!(allows(origin), "{origin}");
        }
        for origin in ["http://club.example", "https://club.example:8443", "https://evil.club.example", "null", "*", ""]
        {
            assert!(!allows(origin), "{origin}");
        }
        let all = read("*").unwrap();
        assert_eq!(all.allow(&HeaderValue::from_static("null")), Some(HeaderValue::from_static("*")));
        assert_eq!(AllowedOrigins::NONE.allow(&HeaderValue::from_static("https://club.example")), None);
    }

    #[test]
    fn what_is_no_origin_is_told_how_to_write_one() {
        for wrong in [
            "",
            "null",
            "club.example",
            "https://",
            "https://club.example/",
            "https://club.example/page",
            "https://me@club.example",
            "https://*.example",
            "https://club.example,*",
            "https://club.example,",
            "https://club.example:",
            "ftp://club.example",
            "https://müller.example",
        ] {
            assert!(
                wrong.parse::<AllowedOrigins>().is_err_and(|told| told.contains("https://club.example")),
                "{wrong}"
            );
        }
    }
}
