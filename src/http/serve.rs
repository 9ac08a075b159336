//! The accept loop: a bound on connections, a time limit on heads of requests and on writing, and a drain at the end.

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::BoxError;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::header::UPGRADE;
use hyper::server::conn::http1;
use hyper::service::HttpService;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustix::net::sockopt::set_tcp_user_timeout;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt;

use super::sockets::SOCKETS_MAX;
use super::{App, Timeouts, router};
use crate::live::FOLLOWERS_MAX;
use crate::peer::Peer;

mod stalling;

use stalling::Stalling;

/// How many connections are served at once; more wait to be accepted. However many follow events, 16,384 are left.
const CONNECTIONS_MAX: usize = FOLLOWERS_MAX + SOCKETS_MAX + 16_384;
/// How much of an answer may wait for a client that reads slowly, before the rest of it is made. Also the largest head of a
/// request.
const BUFFER_BYTES_MAX: usize = 64 * 1024;
/// How long to wait after the operating system could not accept, for want of file descriptors, say.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

type Upgradeable<S> = http1::UpgradeableConnection<TokioIo<Stalling>, S>;

/// The place of a connection, in a request that asks to speak another protocol on it: then it is held by whoever goes on.
#[derive(Clone)]
struct Place(#[expect(dead_code, reason = "it is held")] Arc<OwnedSemaphorePermit>);

/// Serves `app` on `listener` until `shutdown` is there, then ends streams and finishes what is under way, within
/// [`Timeouts::drain`].
pub async fn serve(listener: TcpListener, app: App, shutdown: impl Future<Output = ()>) {
    let (timeouts, live) = (app.timeouts, app.lanes.live().clone());
    let shutdown = async {
        shutdown.await;
        live.stop();
    };
    serve_router(listener, router(app), timeouts, shutdown).await;
}

/// As [`serve`], for any routes. Streams must come to their end by themselves.
pub async fn serve_router(
    listener: TcpListener,
    router: axum::Router,
    timeouts: Timeouts,
    shutdown: impl Future<Output = ()>,
) {
    let mut shutdown = pin!(shutdown);
    let (closing, is_closing) = watch::channel(());
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let (stream, peer, place) = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = &mut shutdown => break,
        };
        forget_the_vanished(&stream, timeouts.write);
        let of_connection = place.clone();
        let named = router.clone().map_request(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            if request.headers().contains_key(UPGRADE) {
                request.extensions_mut().insert(of_connection.clone());
            }
            request
        });
        let service = TowerToHyperService::new(named);
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(timeouts.head).keep_alive(true);
        builder.max_buf_size(BUFFER_BYTES_MAX);
        // Answers are small: copied behind their head they need one write, and no list of pieces that stays with the
        // connection.
        builder.writev(false);
        let connection = builder.serve_connection(TokioIo::new(Stalling::new(stream, timeouts.write)), service);
        // In a box: an async function would hold the connection twice, once as it is given and once as it is awaited.
        tokio::spawn(finish(Box::pin(connection.with_upgrades()), is_closing.clone(), place));
    }
    drop((listener, is_closing));
    closing.send_replace(());
    // The last one to end is the last one to look.
    if tokio::time::timeout(timeouts.drain, closing.closed()).await.is_err() {
        tracing::warn!("some connections were still open at the end of the drain");
    }
}

/// Serves a connection to its end; from the moment it is said that all are closing, only what is under way on it. One that
/// went on in another protocol has ended here.
async fn finish<S>(mut connection: Pin<Box<Upgradeable<S>>>, mut is_closing: watch::Receiver<()>, place: Place)
where
    S: HttpService<Incoming, ResBody = Body>,
    S::Error: Into<BoxError>,
{
    let finished = tokio::select! {
        finished = connection.as_mut() => finished,
        _closing = is_closing.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    // A client that breaks off, or is too slow, is no fault of ours.
    if let Err(error) = finished {
        tracing::debug!(%error, "a connection ended early");
    }
    drop((place, is_closing));
}

/// The next connection, once there is a place for it.
async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> (TcpStream, Peer, Place) {
    let place = Arc::clone(places).acquire_owned().await.expect("the semaphore is never closed");
    let place = Place(Arc::new(place));
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                // An answer is one small packet: it must not wait for another to go with it.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "a connection keeps its delay");
                }
                return (stream, Peer(address.ip()), place);
            }
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => {
                tracing::error!(%error, "cannot accept connections");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Has the operating system give a connection up when nothing of what was sent is acknowledged for so long: of one who has
/// vanished, the network says nothing, and what is sent to them waits in a buffer. Else it tries for a quarter of an hour.
fn forget_the_vanished(stream: &TcpStream, limit: Duration) {
    let millis = u32::try_from(limit.as_millis()).unwrap_or(u32::MAX);
    if let Err(error) = set_tcp_user_timeout(stream, millis) {
        tracing::debug!(%error, "a connection is kept for as long as the system likes");
    }
}

/// Whether only that one connection failed.
fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
