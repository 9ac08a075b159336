//! What is around every request: an id, a guard against panics, headers of safety and for websites, a line in the log.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::App;
use super::cors::Website;
use super::problem::Problem;
use super::translate::translated;
use crate::clock;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// On every answer. Answers may tell who signed up and carry links that let their holder in, so nobody on the way may
/// keep them.
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
];

/// How many of these a stream of events has. The rest is about documents; and hyper keeps an answer's headers for as long as
/// it lasts, in a map that doubles with the seventh: 0.6 KB for each follower.
const OF_STREAMS: usize = 2;

/// The layer around all routes.
pub(super) async fn around(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    // Never the path itself: that of a manage link is a secret.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = request.method().clone();
    let since = tracing::enabled!(tracing::Level::DEBUG).then(clock::instant);
    app.addresses.look_at(&request);
    let traffic = app.traffic.clone();
    let website = app.website(&request);
    let mut response = match website.as_ref().and_then(Website::answer) {
        Some(answer) => answer,
        None => {
            let language = request.headers().get(ACCEPT_LANGUAGE).cloned();
            translated(language, guarded(next.run(request)).await).await
        }
    };
    if let Some(since) = since {
        let path = route.as_ref().map_or("", MatchedPath::as_str);
        let (status, micros) = (response.status().as_u16(), since.elapsed().as_micros());
        tracing::debug!(request = ?id, %method, path, status, micros, "answered");
    }
    traffic.answered(&method, route, response.status());
    let headers = response.headers_mut();
    let needed = if headers.get(CONTENT_TYPE).is_some_and(is_stream) { &HEADERS[..OF_STREAMS] } else { &HEADERS };
    for (name, value) in needed.iter().cloned() {
        // A page says itself what it may load.
        headers.entry(name).or_insert(value);
    }
    headers.insert(REQUEST_ID, id);
    if let Some(website) = website {
        website.let_read(headers);
    }
    response
}

fn is_stream(content_type: &HeaderValue) -> bool {
    content_type == "text/event-stream"
}

/// An answer also where the handler panicked.
async fn guarded(answer: impl Future<Output = Response>) -> Response {
    let mut answer = pin!(answer);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context))) {
        Ok(poll) => poll,
        Err(panic) => Poll::Ready(Problem::internal(message(&*panic)).into_response()),
    })
    .await
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without a message")
}

/// The id that the client or a proxy gave the request, or a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    const BYTES_MAX: usize = 64;
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let given = headers.get(REQUEST_ID).filter(|id| (1..=BYTES_MAX).contains(&id.len()));
    given.filter(|id| id.as_bytes().iter().all(is_plain)).cloned().unwrap_or_else(next_id)
}

/// Different in every process, and counted within it.
fn next_id() -> HeaderValue {
    static PROCESS: LazyLock<u32> = LazyLock::new(|| u32::from_be_bytes(clock::random()));
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let id = format!("{:08x}-{:x}", *PROCESS, COUNT.fetch_add(1, Ordering::Relaxed));
    HeaderValue::try_from(id).expect("hexadecimal digits are a header value")
}

/// The answer where there is no route.
pub(super) async fn no_such_route() -> Problem {
    Problem::not_found("There is nothing at this address. Look at /openapi.json for what there is.")
}

/// The answer where there is a route, but not for this method.
pub(super) async fn no_such_method() -> Problem {
    Problem::method_not_allowed()
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_answered_like_any_bug() {
        let answer = guarded(async { panic!("a secret") }).await;
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
