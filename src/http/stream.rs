//! Live updates of an event as server-sent events (WHATWG HTML, section 9.2): an answer that goes on for as long as the
//! client listens.
//!
//! What is told is in `live`; here it is written down. An update is written once and shared by all who are told it.

use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::response::IntoResponse;
use futures_util::stream;
use headcount_core::ids::Seq;
use tokio::time::{Instant, Sleep, sleep};

use super::App;
use super::answer::{Answered, AvailabilityAnswer};
use super::caller::Caller;
use super::events::may_see;
use super::problem::Problem;
use super::request::{At, only};
use crate::clock;
use crate::live::{Follower, Update};

/// How often something is sent where there is nothing to tell, so that nobody on the way takes the connection for dead.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(15);
const HEARTBEAT: Bytes = Bytes::from_static(b":\n\n");
/// What the client knows is not what was so before the present state: it begins anew.
const RESET: &[u8] = b"event: reset\ndata: {}\n\n";
/// A client whose stream broke comes back after this long, and up to `RETRY_MS_SPREAD` more.
const RETRY_MS_MIN: u16 = 1_000;
const RETRY_MS_SPREAD: u16 = 3_000;
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// By this header nginx passes the stream on as it comes, however it is configured.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// What the client says it knows already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Known {
    /// Nothing.
    Nothing,
    /// The event as of this seq.
    Until(Seq),
    /// Something that was never told.
    Unreadable,
}

impl FromRequestParts<App> for Known {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Known, Infallible> {
        Ok(match only(&parts.headers, LAST_EVENT_ID) {
            Ok(None | Some("")) => Known::Nothing,
            Ok(Some(id)) => id.parse().map_or(Known::Unreadable, |seq| Known::Until(Seq(seq))),
            Err(()) => Known::Unreadable,
        })
    }
}

/// Follow an event
///
/// `text/event-stream`. Each `availability` message holds the newest state as `GET …/availability` tells it; its `id` is
/// the seq. There are at most two messages a second; states between them are left out. The first comes at once, unless
/// `Last-Event-ID` names the present seq. `reset` comes before it where `Last-Event-ID` names none that there is.
#[utoipa::path(get, path = "/api/v1/events/{event}/stream", tag = "events",
    params(("event" = String, Path, description = "Id or slug"),
           ("Last-Event-ID" = Option<String>, Header, description = "The id of the last message that was received")),
    responses((status = 200, body = String, content_type = "text/event-stream",
               description = "Server-sent events, until the client hangs up or the server stops")))]
pub(super) async fn follow(
    State(app): State<App>,
    caller: Caller,
    At(event): At<String>,
    Ok(known): Result<Known, Infallible>,
) -> Answered {
    let view = app.view(event, &caller).await?;
    let follower = app.lanes.live().follow(&app.readers, view).ok_or_else(Problem::no_room_to_follow)?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (X_ACCEL_BUFFERING, HeaderValue::from_static("no")),
    ];
    Ok((headers, body(follower, caller, known)).into_response())
}

/// All that a stream holds.
struct Messages {
    follower: Follower,
    caller: Caller,
    /// What is sent first, until it is.
    opening: Option<Bytes>,
    heartbeat: Pin<Box<Sleep>>,
}

fn body(follower: Follower, caller: Caller, known: Known) -> Body {
    let opening = Some(opening(follower.told(), known));
    let messages = Messages { follower, caller, opening, heartbeat: Box::pin(sleep(HEARTBEAT_EVERY)) };
    Body::from_stream(stream::unfold(messages, async |mut messages| {
        let next = messages.next().await?;
        Some((Ok::<_, Infallible>(next), messages))
    }))
}

impl Messages {
    /// What is sent next; none: the stream is over.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(opening) = self.opening.take() {
            return Some(opening);
        }
        tokio::select! {
            update = self.follower.next() => {
                let update = update?;
                // It may have been hidden meanwhile.
                may_see(&update.view, &self.caller).then(|| message(&update))
            }
            () = &mut self.heartbeat => {
                self.heartbeat.as_mut().reset(Instant::now() + HEARTBEAT_EVERY);
                Some(HEARTBEAT)
            }
        }
    }
}

/// What a stream begins with: when to come back after it broke, and what the client does not know yet.
fn opening(present: &Update, known: Known) -> Bytes {
    let seq = present.view.seq;
    let mut opening = format!("retry: {}\n\n", retry_ms()).into_bytes();
    let is_unheard_of = match known {
        Known::Nothing => false,
        Known::Until(known) => known > seq,
        Known::Unreadable => true,
    };
    if is_unheard_of {
        opening.extend_from_slice(RESET);
    }
    // What time alone has changed since has the same seq.
    let changed_by_itself = || present.view.moments().any(|moment| moment <= clock::now());
    if known != Known::Until(seq) || changed_by_itself() {
        opening.extend_from_slice(&message(present));
    }
    opening.into()
}

/// An update as it is sent.
fn message(update: &Update) -> Bytes {
    update.written(|view| {
        let data = serde_json::to_string(&AvailabilityAnswer::from(view.clone())).expect("it has only string keys");
        format!("event: availability\nid: {}\ndata: {data}\n\n", view.seq.0).into()
    })
}

/// Not the same for all, so that not all come back in the same moment when a server was replaced.
fn retry_ms() -> u16 {
    RETRY_MS_MIN + u16::from_be_bytes(clock::random()) % RETRY_MS_SPREAD
}
