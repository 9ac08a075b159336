//! Live updates over Socket.IO, for the mobile and web clients of earlier systems: each response, as `event:response`.
//!
//! Such a client shows who it is when it connects, and from then on only listens. It does not say what it follows: it hears
//! of all events that it manages, of its teams', of those it comes to, and whatever is about itself. So responses are
//! read once for all sockets (`broadcaster`), written once (`message`), and handed to whoever is in one of their rooms
//! (`rooms`). This file is about one socket: who is let in, and until when.
//!
//! The protocol is the business of socketioxide; no operation of the API's description leads here.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{HeaderName, ORIGIN};
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use headcount_core::ids::EventId;
use headcount_core::person::key_by_email;
use serde::Deserialize;
use socketioxide::extract::{Extension, SocketRef, TryData};
use socketioxide::handler::ConnectHandler;
use socketioxide::service::SocketIoService;
use socketioxide::{ParserConfig, SendError, SocketError, SocketIo};
use tokio::sync::{Notify, OwnedSemaphorePermit, RwLock};
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

use super::App;
use super::caller::{Caller, by_session, note_use};
use super::problem::Problem;
use super::request::only;
use crate::clock;
use crate::live::Admission;
use crate::people::identity::{self, Identity, Scope};
use crate::secret::token_hash;
use crate::store::StoreError;
use crate::store::read::PersonRef;
use broadcaster::{Broadcaster, Telling};
use rooms::{Message, Rooms, Seat};

mod broadcaster;
mod message;
mod rooms;

/// What the library for WebSockets may log, whatever else is asked for, as a directive of `HEADCOUNT_LOG`: at `trace` it logs
/// every message, and so the tokens that are shown.
pub const LOGGED_AT_MOST: &str = "tungstenite=info";

/// Where the stock clients look for it; they end the address with a slash.
const PATHS: [&str; 2] = ["/socket.io/", "/socket.io"];
/// Sockets in all, also those that have not shown yet who they are; the next one is refused.
pub(super) const SOCKETS_MAX: usize = 10_000;
/// How long a socket may take to show who it is.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// How often a socket is asked whether it is still there, and how long it may take to say so.
const PING_EVERY: Duration = Duration::from_secs(25);
const PONG_MAX: Duration = Duration::from_secs(20);
/// Messages that are on their way to a socket. These are no longer shared, so there are few.
const UNDER_WAY_MAX: usize = 64;
/// How long to wait for a socket with so many under way: twice as long each time.
const FULL_PAUSE_MIN: Duration = Duration::from_millis(10);
const FULL_PAUSE_MAX: Duration = Duration::from_secs(1);
/// The most that a socket may say at once; all that is understood is who it is.
const BYTES_MAX: usize = 16 * 1_024;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

const SHOW_WHO: &str = "This needs a login: connect with `auth: {token: TOKEN}`, an API token of an account that is right \
                        and has not ended.";
const NOT_OWN_PAGE: &str = "With a session this is for this server's own pages only: connect with `auth: {token: TOKEN}`, \
                            an API token.";
const UNREADABLE: &str = "What was sent to connect cannot be read: send `auth: {token: TOKEN}` with the token as text, or \
                          nothing.";

/// The routes. They are for the clients' library alone.
pub(super) fn routes(app: &App) -> Router {
    let (service, io) = SocketIo::builder()
        .req_path(PATHS[1])
        .connect_timeout(CONNECT_MAX)
        .ping_interval(PING_EVERY)
        .ping_timeout(PONG_MAX)
        .max_buffer_size(UNDER_WAY_MAX)
        .max_payload(BYTES_MAX as u64)
        .ws_max_message_size(BYTES_MAX)
        .ws_max_frame_size(BYTES_MAX)
        .with_parser(ParserConfig::common().max_incoming_binaries(0).max_incoming_binary_buf_size(0))
        .build_with_inner_svc(Router::new());
    let sockets = Sockets::new(app.clone());
    let admit = async move |socket: SocketRef, io: SocketIo, TryData(shown): TryData<Shown>| {
        let shown = shown.map_err(|_| Refused::because(UNREADABLE))?;
        sockets.admit(&socket, io, shown.token).await
    };
    io.ns("/", attend.with(admit));
    let app = app.clone();
    let answer = any(move |request| answer(app.clone(), service.clone(), request));
    PATHS.into_iter().fold(Router::new(), |router, path| router.route(path, answer.clone()))
}

/// The place of a socket. It goes with the request that began it, which is kept for as long as the socket lives.
#[derive(Clone)]
struct Place(#[expect(dead_code, reason = "it is held")] Arc<OwnedSemaphorePermit>);

async fn answer(app: App, service: SocketIoService<Router>, mut request: Request) -> Response {
    if is_first(&request) {
        let place = Arc::clone(&app.socket_places).try_acquire_owned();
        let Ok(place) = place else { return Problem::no_room_to_follow().into_response() };
        request.extensions_mut().insert(Place(Arc::new(place)));
    }
    let is_sent = request.method() == Method::POST;
    let answer = async {
        let answer = service.oneshot(request);
        if !is_sent {
            return answer.await.into_response();
        }
        match timeout(app.timeouts.body, answer).await {
            Ok(answer) => answer.into_response(),
            Err(_) => Problem::too_slow().into_response(),
        }
    };
    tokio::select! {
        biased;
        // An answer that waits for something to tell would hold up the end.
        () = app.lanes.live().stopped() => Problem::no_room_to_follow().into_response(),
        answer = answer => answer,
    }
}

/// Whether a request begins a socket; all others name the one they belong to.
fn is_first(request: &Request) -> bool {
    let query = request.uri().query().unwrap_or_default();
    !query.split('&').any(|pair| pair.starts_with("sid="))
}

/// What a client sends to connect.
#[derive(Deserialize)]
struct Shown {
    token: Option<String>,
}

/// Why somebody is not let in: what is said to them.
struct Refused(Problem);

impl Refused {
    fn because(detail: &'static str) -> Refused {
        Refused(Problem::refused_socket(detail))
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.detail())
    }
}

impl<E: Into<Problem>> From<E> for Refused {
    fn from(error: E) -> Refused {
        Refused(error.into())
    }
}

/// A socket that was let in, until its task takes it over.
#[derive(Clone)]
struct Arrived(Arc<Mutex<Option<Held>>>);

/// All that a socket holds.
struct Held {
    /// By what it was let in, which may end.
    admission: Admission,
    seat: Seat,
    /// What is told to it.
    _broadcaster: Arc<Broadcaster>,
}

/// What all sockets share.
#[derive(Clone)]
struct Sockets {
    telling: Telling,
    /// There is one while there are sockets.
    broadcaster: Arc<tokio::sync::Mutex<Weak<Broadcaster>>>,
}

impl Sockets {
    fn new(app: App) -> Sockets {
        let telling = Telling { app, rooms: Rooms::default(), coming: Arc::new(RwLock::new(())) };
        Sockets { telling, broadcaster: Arc::default() }
    }

    /// Lets a socket in, or says why not. Whatever is committed from then on is told to it.
    async fn admit(self, socket: &SocketRef, io: SocketIo, token: Option<String>) -> Result<(), Refused> {
        let Telling { app, rooms, coming } = &self.telling;
        let headers = &socket.req_parts().headers;
        let identity = match token {
            Some(token) => by_token(app, &token).await?,
            None => by_own_page(app, headers).await?,
        };
        identity.must_have(Scope::Read)?;
        let identity = Arc::new(identity);
        let pass = Caller::Known(Arc::clone(&identity)).pass(app, headers);
        let pass = pass.ok_or_else(|| Problem::internal("somebody is known who has shown nothing"))?;
        let admission = app.lanes.live().admit(pass);
        let broadcaster = self.broadcaster(io).await?;
        let seat = {
            // Nobody is told of a change meanwhile, so what is read is so until they have their seat.
            let _coming = coming.read().await;
            rooms.enter(&identity, comes_to(app, &identity).await?)
        };
        let held = Held { admission, seat, _broadcaster: broadcaster };
        socket.extensions.insert(Arrived(Arc::new(Mutex::new(Some(held)))));
        Ok(())
    }

    /// The one that tells all sockets; it begins with the first.
    async fn broadcaster(&self, io: SocketIo) -> Result<Arc<Broadcaster>, StoreError> {
        let mut current = self.broadcaster.lock().await;
        if let Some(broadcaster) = current.upgrade() {
            return Ok(broadcaster);
        }
        let broadcaster = Arc::new(Broadcaster::start(self.telling.clone(), io).await?);
        *current = Arc::downgrade(&broadcaster);
        Ok(broadcaster)
    }
}

async fn by_token(app: &App, token: &str) -> Result<Identity, Refused> {
    let found = identity::by_token(&app.readers, &token_hash(token), clock::now()).await?;
    found.ok_or_else(|| Refused::because(SHOW_WHO))
}

/// A browser sends the cookie of its session whatever page connects, so it must be one of this server's. Its Origin says
/// so; where a browser reads from the page's own server it sends none, but says that it is the same.
async fn by_own_page(app: &App, headers: &HeaderMap) -> Result<Identity, Refused> {
    let Some(identity) = by_session(app, headers).await? else { return Err(Refused::because(SHOW_WHO)) };
    let is_own_page = match only(headers, ORIGIN) {
        Ok(Some(origin)) => app.is_own_origin(origin, headers),
        Ok(None) => only(headers, SEC_FETCH_SITE) == Ok(Some("same-origin")),
        Err(()) => false,
    };
    if !is_own_page {
        return Err(Refused::because(NOT_OWN_PAGE));
    }
    note_use(app, headers, &identity);
    Ok(identity)
}

/// The events that somebody comes to, or waits for.
async fn comes_to(app: &App, identity: &Identity) -> Result<Vec<EventId>, StoreError> {
    let person = PersonRef::Address(key_by_email(&identity.email));
    let counted = app.readers.person_counts_by_event(&person).await?;
    let is_in = counted.into_iter().filter(|(_, counts)| counts.confirmed + counts.held + counts.waitlisted > 0);
    Ok(is_in.map(|(event, _)| event).collect())
}

/// Tells one socket all that it hears, until it goes or what it was let in by ends.
async fn attend(socket: SocketRef, Extension(arrived): Extension<Arrived>) {
    let held = arrived.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(mut held) = held else { return };
    let gone = Arc::new(Notify::new());
    let leaves = Arc::clone(&gone);
    socket.on_disconnect(async move || leaves.notify_one());
    // It may have gone before anybody could be told.
    if !socket.connected() {
        return;
    }
    let told = async {
        while let Some(message) = held.seat.next().await {
            send(&socket, &message).await;
        }
    };
    tokio::select! {
        biased;
        () = gone.notified() => return,
        () = held.admission.ended() => {}
        () = told => {}
    }
    drop(held);
    let mut pause = FULL_PAUSE_MIN;
    while let Err(SocketError::InternalChannelFull) = socket.clone().disconnect() {
        sleep(pause).await;
        pause = FULL_PAUSE_MAX.min(pause * 2);
    }
}

/// Sends a message as soon as there is room for it under way.
async fn send(socket: &SocketRef, message: &Message) {
    let mut pause = FULL_PAUSE_MIN;
    // One that has gone takes no more; its task is told.
    while let Err(SendError::Socket(SocketError::InternalChannelFull)) = socket.emit(message::RESPONSE, &**message) {
        sleep(pause).await;
        pause = FULL_PAUSE_MAX.min(pause * 2);
    }
}
