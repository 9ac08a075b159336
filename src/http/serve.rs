//! The accept loop: a bound on connections, a time limit on heads of requests and on writing, and a drain at the end.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use rustix::net::sockopt::set_tcp_user_timeout;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt;

use super::{App, Timeouts, router};
use crate::live::FOLLOWERS_MAX;
use crate::peer::Peer;

mod stalling;

use stalling::Stalling;

/// How many connections are served at once; more wait to be accepted. However many follow events, 16,384 are left.
const CONNECTIONS_MAX: usize = FOLLOWERS_MAX + 16_384;
/// How much of an answer may wait for a client that reads slowly, before the rest of it is made. Also the largest head of a
/// request.
const BUFFER_BYTES_MAX: usize = 64 * 1024;
/// How long to wait after the operating system could not accept, for want of file descriptors, say.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

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
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let (stream, peer, place) = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = &mut shutdown => break,
        };
        forget_the_vanished(&stream, timeouts.write);
        let named = router.clone().map_request(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
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
        // Not an async block: that would hold the connection twice, once as it is given and once as it is awaited.
        tokio::spawn(graceful.watch(connection).map(move |ended| {
            // A client that breaks off, or is too slow, is no fault of ours.
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
        }));
    }
    drop(listener);
    if tokio::time::timeout(timeouts.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("some connections were still open at the end of the drain");
    }
}

/// The next connection, once there is a place for it.
async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> (TcpStream, Peer, OwnedSemaphorePermit) {
    let place = Arc::clone(places).acquire_owned().await.expect("the semaphore is never closed");
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
