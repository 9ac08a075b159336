//! Pages for people who follow a link in a mail: plain HTML that works without JavaScript and loads nothing. Their forms
//! submit the same commands as the API.
//!
//! A GET changes nothing, since programs that look after mail follow links before people do: what a link is for is done by
//! the button on its page. No cookie is read: the token in the address is the right. The token is part of the address, so
//! no page tells another where its visitor came from.

mod link;
mod registration;

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::html::escaped;
use crate::lanes::Lanes;
use crate::people::People;
use crate::secret::Secret;
use crate::store::Readers;
use crate::words::say;

/// What every page needs. Cheap to clone.
#[derive(Clone)]
pub struct Pages(Arc<Shared>);

struct Shared {
    lanes: Lanes,
    readers: Readers,
    secret: Secret,
}

impl Pages {
    /// Pages over running lanes.
    pub fn new(lanes: Lanes, readers: Readers, secret: Secret) -> Pages {
        Pages(Arc::new(Shared { lanes, readers, secret }))
    }
}

/// The routes of all pages.
pub fn router(pages: Pages, people: People) -> Router {
    let of_people = Router::new().route("/l/{token}", get(link::show).post(link::follow)).with_state(people);
    let routes = Router::new().route("/r/{token}", get(registration::show).post(registration::confirm));
    routes.with_state(pages).merge(of_people)
}

/// A page: its status, its title, and what stands under that, as HTML.
struct Page {
    status: StatusCode,
    title: String,
    body: String,
}

/// One style for all pages, within each of them.
const STYLE: &str = "\
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5 }
body { max-width: 36rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; overflow-wrap: anywhere }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem }
dt { font-weight: 600 }
dd { margin: 0; overflow-wrap: anywhere }
label { display: block; margin: 1rem 0 .25rem }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem }
.hint { font-size: .9rem; opacity: .8 }
.problem { border-inline-start: .25rem solid #b91c1c; padding-inline-start: .75rem }
button { font: inherit; padding: .6rem 1.4rem; cursor: pointer }";

/// Nothing is loaded, nothing runs, and forms go nowhere else.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("letters, digits and signs are a header value")
});

impl Page {
    fn new(status: StatusCode, title: &str, body: String) -> Page {
        Page { status, title: title.to_owned(), body }
    }

    /// A page that only says something.
    fn saying(status: StatusCode, title: &str, text: &str) -> Page {
        Page::new(status, title, paragraph(text))
    }

    /// The page of a link that leads nowhere.
    fn no_such_link() -> Page {
        Page::saying(StatusCode::NOT_FOUND, &say("no-link-title", &[]), &say("no-link", &[]))
    }

    /// The page where something is wrong for a moment.
    fn unavailable() -> Page {
        Page::saying(StatusCode::SERVICE_UNAVAILABLE, &say("unavailable-title", &[]), &say("unavailable", &[]))
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let (title, body) = (escaped(&self.title), self.body);
        let html = format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"robots\" content=\"noindex\"><title>{title}</title><style>{STYLE}</style></head>\n\
             <body><main><h1 dir=\"auto\">{title}</h1>\n{body}</main></body></html>\n"
        );
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (CONTENT_SECURITY_POLICY, POLICY.clone()),
        ];
        (self.status, headers, html).into_response()
    }
}

/// A paragraph about what has to be corrected.
fn problem(text: &str) -> String {
    format!("<p class=\"problem\" role=\"alert\" dir=\"auto\">{}</p>\n", escaped(text))
}

fn paragraph(text: &str) -> String {
    format!("<p dir=\"auto\">{}</p>\n", escaped(text))
}

/// Names and values, one pair a line.
fn list(facts: &[(String, String)]) -> String {
    let pair = |(name, value): &(String, String)| {
        format!("<dt>{}</dt><dd dir=\"auto\">{}</dd>\n", escaped(name), escaped(value))
    };
    format!("<dl>\n{}</dl>\n", facts.iter().map(pair).collect::<String>())
}
