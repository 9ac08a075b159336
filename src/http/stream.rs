//! Live updates of an event as server-sent events (WHATWG HTML, section 9.2): an answer that goes on for as long as the
//! client listens.
//!
//! What is told is in `live`; here it is written down, and who is told what: `inside` is for those who are told more than
//! everybody. An update is written once and shared by all who are told it.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
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
use crate::live::{self, Admission, Follower, Update};
use inside::{Inside, is_in};

pub(super) mod inside;

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

impl Known {
    /// Whether it is not what was so at the present state or before.
    fn is_unheard_of(self, present: &Update) -> bool {
        match self {
            Known::Nothing => false,
            Known::Until(seq) => seq > present.view.seq,
            Known::Unreadable => true,
        }
    }

    /// Whether the present state is news.
    fn lacks(self, present: &Update) -> bool {
        match self {
            Known::Until(seq) => present.is_news_to(seq),
            Known::Nothing | Known::Unreadable => true,
        }
    }
}

impl From<Known> for live::From {
    fn from(known: Known) -> live::From {
        match known {
            Known::Until(seq) => live::From::Entry(seq),
            Known::Nothing | Known::Unreadable => live::From::Present,
        }
    }
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
///
/// Whoever manages the event, is in a team that it concerns, or comes to it also gets a `response` message
/// (`StreamedResponse`) for each response, in order; whoever has an account, those about themselves. Its `id` is its seq: with
/// `Last-Event-ID` they go on without a gap, from at most 10,000 entries of the log ago; else `reset` says that something is
/// missing. The stream ends when what was shown for it ends: the session, the token, a right.
///
/// Clients of earlier systems are told the same responses over Socket.IO (protocol 5) at `/socket.io/`, as the event
/// `event:response` with the fields `eventId`, `userId`, `response`, `role`, `acceptedStaff`, `declinedStaff`, `roleStats`
/// (`capacity`, `reserved`, `waiting`, `openNow`) and `timestamp`. Connect with `auth: {token}`, an API token with the scope
/// `read`; it is told of all events that concern its account. What was missed while it was away is not told again.
#[utoipa::path(get, path = "/api/v1/events/{event}/stream", tag = "events",
    params(("event" = String, Path, description = "Id or slug"),
           ("Last-Event-ID" = Option<String>, Header, description = "The id of the last message that was received")),
    responses((status = 200, body = String, content_type = "text/event-stream",
               description = "Server-sent events, until the client hangs up, its right ends or the server stops")))]
pub(super) async fn follow(
    State(app): State<App>,
    caller: Caller,
    At(event): At<String>,
    headers: HeaderMap,
    Ok(known): Result<Known, Infallible>,
) -> Answered {
    let live = app.lanes.live();
    let admission = caller.pass(&app, &headers).map(|pass| live.admit(pass));
    let view = app.view(event, &caller).await?;
    let (followed, present) = match &caller {
        Caller::Guest | Caller::Door(_) => {
            let follower = live.follow(&app.readers, view).ok_or_else(Problem::no_room_to_follow)?;
            let present = Arc::clone(follower.told());
            let first = known.lacks(&present).then(|| message(&present));
            (Followed::Outside { first, follower, caller }, present)
        }
        Caller::Known(_) | Caller::Owner => {
            let is_in = is_in(&app, &caller, &view).await?;
            let insider = live.follow_inside(&app.readers, view, known.into());
            let insider = insider.ok_or_else(Problem::no_room_to_follow)?;
            let present = Arc::clone(insider.state());
            (Followed::Inside(Box::new(Inside::new(app.clone(), caller, insider, is_in))), present)
        }
    };
    let opening = Some(opening(&present, known));
    let heartbeat = Box::pin(sleep(HEARTBEAT_EVERY));
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (X_ACCEL_BUFFERING, HeaderValue::from_static("no")),
    ];
    Ok((headers, body(Messages { followed, admission, opening, heartbeat })).into_response())
}

/// All that a stream holds.
struct Messages {
    followed: Followed,
    /// By what it is open, if that can end.
    admission: Option<Admission>,
    /// What is sent first, until it is.
    opening: Option<Bytes>,
    heartbeat: Pin<Box<Sleep>>,
}

enum Followed {
    /// By somebody who is told what everybody may know.
    Outside {
        /// The state that they do not know yet, until it is sent.
        first: Option<Bytes>,
        follower: Follower,
        caller: Caller,
    },
    /// By somebody who may be told more.
    Inside(Box<Inside>),
}

fn body(messages: Messages) -> Body {
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
        let ended = async {
            match &mut self.admission {
                Some(admission) => admission.ended().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = ended => None,
            next = self.followed.next() => next,
            () = &mut self.heartbeat => {
                self.heartbeat.as_mut().reset(Instant::now() + HEARTBEAT_EVERY);
                Some(HEARTBEAT)
            }
        }
    }
}

impl Followed {
    /// Nothing is lost if it is dropped half-way.
    async fn next(&mut self) -> Option<Bytes> {
        match self {
            // Apart, as it is large and most follow from outside.
            Followed::Inside(inside) => Box::pin(inside.next()).await,
            Followed::Outside { first, follower, caller } => {
                if let Some(first) = first.take() {
                    return Some(first);
                }
                let update = follower.next().await?;
                // It may have been hidden meanwhile.
                may_see(&update.view, caller).then(|| message(&update))
            }
        }
    }
}

/// What a stream begins with: when to come back after it broke, and whether what the client knows is not so.
fn opening(present: &Update, known: Known) -> Bytes {
    let mut opening = format!("retry: {}\n\n", retry_ms()).into_bytes();
    if known.is_unheard_of(present) {
        opening.extend_from_slice(RESET);
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
