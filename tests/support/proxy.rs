//! A network between a client and its PostgreSQL that fails where the test wants it to, and counts what goes through.
//!
//! It reads the messages of PostgreSQL's protocol 3, so it can tell a commit from all else. It cannot read what is
//! encrypted: use [`Proxy::url`], which switches that off. A question whether the server would encrypt it answers itself, with no.
//!
//! A commit is a statement, alone or between semicolons, whose first word is `commit`; sent as a simple query, or executed
//! after it was prepared on the same connection. A semicolon within a literal would be taken for one between statements.
//!
//! What a call says holds when it returns: no byte flows after `hold` or `cut`.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::runtime;
use tokio::sync::watch;

#[path = "proxy/connection.rs"]
mod connection;
#[path = "proxy/wire.rs"]
mod wire;

/// After this long a fault that was not met never will be.
const PATIENCE: Duration = Duration::from_secs(60);

/// What happens to a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AtCommit {
    /// The server gets it and has answered; the client gets no answer, its connection is cut. Nothing that the client sent
    /// after it reaches the server.
    SwallowReply,
    /// The connection is cut before the server gets it; what the client sent before it may have reached the server.
    CutBefore,
    /// It waits, with all that its client sends after it, until [`Proxy::release`].
    HoldBack,
    /// The server gets it; the client's connection is cut as soon as it has. The server's side stays open until it has
    /// answered, so that it goes on as if somebody still listened.
    LeaveBehind,
}

/// A proxy on a port of its own. Dropped, all its connections are cut.
pub(crate) struct Proxy {
    port: u16,
    server_port: u16,
    state: Shared,
    thread: Option<JoinHandle<()>>,
}

type Shared = Arc<watch::Sender<State>>;

/// What is to be done, and what was seen.
#[derive(Default)]
struct State {
    refuses: bool,
    held: bool,
    ended: bool,
    /// Connections from before the last cut have an older number.
    cuts: u64,
    /// What was held back before the last release has an older number.
    releases: u64,
    armed: Option<(AtCommit, usize)>,
    faults: usize,
    seen: Seen,
}

/// What clients sent since [`Proxy::reset`].
#[derive(Default)]
struct Seen {
    resets: u64,
    round_trips: Vec<Vec<String>>,
    commits: usize,
}

impl Proxy {
    /// Starts one before the server on this port of 127.0.0.1.
    pub(crate) fn start(server_port: u16) -> Proxy {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Shared::default();
        let of_thread = Arc::clone(&state);
        let thread = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_io().build().unwrap();
            runtime.block_on(accept(listener, server_port, of_thread));
        });
        Proxy { port, server_port, state, thread: Some(thread) }
    }

    /// The same database as this URL of the server names, reached through the proxy.
    pub(crate) fn url(&self, url: &str) -> String {
        let (server, proxy) = (format!("127.0.0.1:{}/", self.server_port), format!("127.0.0.1:{}/", self.port));
        assert!(url.contains(&server), "{url} is not on the server behind the proxy");
        let mark = if url.contains('?') { '&' } else { '?' };
        format!("{}{mark}sslmode=disable", url.replacen(&server, &proxy, 1))
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Cuts all connections that there are.
    pub(crate) fn cut(&self) {
        self.state.send_modify(|state| state.cuts += 1);
    }

    /// From now on new connections are closed as soon as they are opened; old ones go on.
    pub(crate) fn refuse(&self) {
        self.state.send_modify(|state| state.refuses = true);
    }

    /// Ends [`Proxy::refuse`].
    pub(crate) fn accept(&self) {
        self.state.send_modify(|state| state.refuses = false);
    }

    /// From now on all connections stay open, and new ones can be opened, but nothing flows: a partition.
    pub(crate) fn hold(&self) {
        self.state.send_modify(|state| state.held = true);
    }

    /// Ends [`Proxy::hold`], and lets go every commit that is held back.
    pub(crate) fn release(&self) {
        self.state.send_modify(|state| {
            state.held = false;
            state.releases += 1;
        });
    }

    /// Says what is to happen to the next commits, on whichever connections; later ones pass. Takes the place of what was said
    /// before.
    pub(crate) fn at_next_commits(&self, fault: AtCommit, commits: usize) {
        self.state.send_modify(|state| state.armed = (commits > 0).then_some((fault, commits)));
    }

    /// How many commits met their fault since the start: whose reply was swallowed, which were cut off or held back.
    pub(crate) fn faults(&self) -> usize {
        self.state.borrow().faults
    }

    /// Waits until that many commits have met their fault.
    pub(crate) async fn wait_for_faults(&self, faults: usize) {
        let mut state = self.state.subscribe();
        let met = tokio::time::timeout(PATIENCE, state.wait_for(|state| state.faults >= faults)).await;
        assert!(met.is_ok(), "only {} of {faults} commits met their fault", self.faults());
    }

    /// Counts from nothing again.
    pub(crate) fn reset(&self) {
        self.state.send_modify(|state| state.seen = Seen { resets: state.seen.resets + 1, ..Seen::default() });
    }

    /// The round trips since [`Proxy::reset`], each with the statements that were sent in it, in their order; a statement
    /// that was only prepared is `prepare: …`. A round trip begins where a client sends something for the first time, or for
    /// the first time since the server sent it something: opening a connection is one, closing it none.
    ///
    /// The server may answer the first of several messages before the client's thread got to send the others; those are then
    /// counted as another round trip. So a test that counts takes the least of several tries.
    pub(crate) fn round_trips(&self) -> Vec<Vec<String>> {
        self.state.borrow().seen.round_trips.clone()
    }

    /// How many commits clients sent since [`Proxy::reset`].
    pub(crate) fn commits(&self) -> usize {
        self.state.borrow().seen.commits
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.state.send_modify(|state| state.ended = true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl State {
    /// What is to happen to the commit that has just come.
    fn take_fault(&mut self) -> Option<AtCommit> {
        let (fault, left) = self.armed?;
        self.armed = (left > 1).then_some((fault, left - 1));
        Some(fault)
    }
}

impl Seen {
    /// Notes what a client sent. `round_trip` names the one that goes on, or that begins now; it is of the connection's.
    fn note(&mut self, round_trip: &mut Option<(u64, usize)>, statement: Option<String>) {
        let (_, index) = *round_trip.filter(|(resets, _)| *resets == self.resets).get_or_insert_with(|| {
            self.round_trips.push(Vec::new());
            (self.resets, self.round_trips.len() - 1)
        });
        *round_trip = Some((self.resets, index));
        self.round_trips[index].extend(statement);
    }
}

/// Takes connections until the proxy is dropped.
async fn accept(listener: TcpListener, server_port: u16, state: Shared) {
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let mut changes = state.subscribe();
    loop {
        let client = tokio::select! {
            _ = changes.wait_for(|state| state.ended) => return,
            accepted = listener.accept() => accepted.unwrap().0,
        };
        if !state.borrow().refuses {
            let carrying = connection::carry(client, SocketAddr::from((Ipv4Addr::LOCALHOST, server_port)), &state);
            tokio::spawn(carrying);
        }
    }
}

/// A connection to the server, without the delay that gathers small messages.
async fn connect(server: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(server).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
