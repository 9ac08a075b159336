//! Whoever opens a page: which language they read, and what they show of themselves.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION, COOKIE, FORWARDED, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request};
use headcount_core::ids::Millis;

use super::Pages;
use crate::peer::Peer;
use crate::words::{Filled, Language};

/// The cookie that keeps the language somebody chose.
pub(super) const LANGUAGE_COOKIE: &str = "headcount-language";
/// What tells the API who asks, and from where.
const INTRODUCING: [HeaderName; 6] = [
    COOKIE,
    ORIGIN,
    HOST,
    FORWARDED,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("user-agent"),
];

/// One request's visitor.
#[derive(Clone)]
pub(super) struct Visitor {
    pub(super) language: Language,
    /// Path and query of the page.
    pub(super) path: String,
    /// What all addresses of pages begin with, behind a proxy that serves this under a path of its own.
    pub(super) base: String,
    /// Whether the page's own script asks.
    wants_data: bool,
    headers: HeaderMap,
    peer: Option<Peer>,
}

impl FromRequestParts<Pages> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, pages: &Pages) -> Result<Visitor, Infallible> {
        let mut headers = HeaderMap::new();
        for name in INTRODUCING {
            headers.extend(parts.headers.get_all(&name).iter().map(|value| (name.clone(), value.clone())));
        }
        let chosen = cookie(&parts.headers, LANGUAGE_COOKIE).and_then(Language::tagged);
        let accepted = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let language = chosen.unwrap_or_else(|| Language::preferred(accepted.unwrap_or_default()));
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let peer = parts.extensions.get::<Peer>().copied();
        let wants_data = parts.headers.get(ACCEPT).is_some_and(|kinds| kinds == "application/json");
        Ok(Visitor { language, path, base: pages.base().to_owned(), wants_data, headers, peer })
    }
}

impl Visitor {
    /// The same visitor, who shows nothing of themself: for pages whose address is all the right there is.
    pub(super) fn unknown(mut self) -> Visitor {
        [COOKIE, AUTHORIZATION].iter().for_each(|name| drop(self.headers.remove(name)));
        self
    }

    /// The same visitor, who shows this token and nothing else of themself.
    pub(super) fn bearing(self, token: &str) -> Visitor {
        let mut visitor = self.unknown();
        // What can be no header can be no token: then nothing is shown.
        if let Ok(shown) = HeaderValue::try_from(format!("Bearer {token}")) {
            visitor.headers.insert(AUTHORIZATION, shown);
        }
        visitor
    }

    /// A cookie of theirs.
    pub(super) fn cookie(&self, name: &str) -> Option<&str> {
        cookie(&self.headers, name)
    }

    /// Whether a script asks, which wants data and no page.
    pub(super) fn is_script(&self) -> bool {
        self.wants_data
    }

    /// The path of the page without its query.
    pub(super) fn path_alone(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    /// Whether they show a session, which may have ended.
    pub(super) fn shows_session(&self) -> bool {
        ["__Host-headcount", "headcount"].iter().any(|name| cookie(&self.headers, name).is_some())
    }

    /// Adds to a question who asks it.
    pub(super) fn introduce<B>(&self, request: &mut Request<B>) {
        request.headers_mut().extend(self.headers.clone());
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(peer);
        }
    }

    /// A text without anything to fill in.
    pub(super) fn text(&self, key: &str) -> String {
        self.language.say(key, &[])
    }

    /// A text, filled in.
    pub(super) fn say(&self, key: &str, filled: &[(&str, Filled<'_>)]) -> String {
        self.language.say(key, filled)
    }

    /// A time where it is.
    pub(super) fn time(&self, time: Millis, zone: &str) -> String {
        self.language.time(time, zone)
    }

    /// The address of a page of this server.
    pub(super) fn to(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

/// The cookie of a name.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
    let mut pairs = cookies.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}
