//! One connection through the proxy.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpStream;
use tokio::sync::watch;

use super::wire::{self, Asked, Client, Frames, Kind};
use super::{AtCommit, Shared, State, connect};

/// With more than this on its way to one side, no more is taken from the other.
const BUFFER_BYTES_MAX: usize = 1 << 20;
const READ_BYTES: usize = 16 << 10;

struct Connection<'a> {
    state: &'a watch::Sender<State>,
    /// How many cuts there had been when it was opened.
    cuts: u64,
    client: Client,
    server: Frames,
    to_client: Vec<u8>,
    to_server: Vec<u8>,
    /// How often the server is to say that it is ready for more, by what it was sent; and how often it did.
    asked: u64,
    answered: u64,
    /// The answer to swallow, by its number.
    swallow: Option<u64>,
    /// A commit, and how many releases there had been when it was held back.
    held_back: Option<(u64, Vec<u8>)>,
    /// The round trip that goes on, while the server has sent nothing.
    round_trip: Option<(u64, usize)>,
    has_met_end: bool,
    /// The answer that the client is not to wait for, by its number.
    left_behind: Option<u64>,
}

/// How a connection ended.
enum End {
    Closed,
    /// The server has all that the client sent, and is to be heard out.
    LeftBehind,
}

/// Carries what client and server say to each other until one of them closes or the connection is cut.
pub(super) fn carry(client: TcpStream, server: SocketAddr, state: &Shared) -> impl Future<Output = ()> + use<> {
    let state = Shared::clone(state);
    let cuts = state.borrow().cuts;
    async move {
        let _ = client.set_nodelay(true);
        let Ok(server) = connect(server).await else { return };
        let mut connection = Connection::new(&state, cuts);
        // Its end is told by closing both sides, which happens here.
        if let Ok(End::LeftBehind) = connection.run(&client, &server).await {
            drop(client);
            let _ = connection.run_alone(&server).await;
        }
    }
}

impl<'a> Connection<'a> {
    fn new(state: &'a watch::Sender<State>, cuts: u64) -> Self {
        Connection {
            state,
            cuts,
            client: Client::default(),
            server: Frames::default(),
            to_client: Vec::new(),
            to_server: Vec::new(),
            asked: 0,
            answered: 0,
            swallow: None,
            held_back: None,
            round_trip: None,
            has_met_end: false,
            left_behind: None,
        }
    }

    /// An error is the end like any other.
    async fn run(&mut self, client: &TcpStream, server: &TcpStream) -> io::Result<End> {
        let mut changes = self.state.subscribe();
        loop {
            let (is_cut, is_held) = self.told();
            let is_done = self.has_met_end && self.to_client.is_empty() && self.to_server.is_empty();
            if is_cut || is_done {
                return Ok(End::Closed);
            }
            if self.left_behind.is_some_and(|answer| self.asked >= answer) && self.to_server.is_empty() {
                self.state.send_modify(|state| state.faults += 1);
                return Ok(End::LeftBehind);
            }
            let takes = !is_held && !self.has_met_end;
            let takes_from_client = takes && self.listens_to_client() && self.to_server.len() < BUFFER_BYTES_MAX;
            let takes_from_server = takes && self.to_client.len() < BUFFER_BYTES_MAX;
            tokio::select! {
                biased;
                changed = changes.changed() => changed.map_err(io::Error::other)?,
                // The client first: what it sent together shall not be torn by an early answer.
                ready = client.readable(), if takes_from_client => { ready?; self.take_from_client(client)?; }
                ready = server.writable(), if !is_held && !self.to_server.is_empty() => {
                    ready?;
                    self.give(server, |connection| &mut connection.to_server)?;
                }
                ready = server.readable(), if takes_from_server => { ready?; self.take_from_server(server)?; }
                ready = client.writable(), if !is_held && !self.to_client.is_empty() => {
                    ready?;
                    self.give(client, |connection| &mut connection.to_client)?;
                }
            }
        }
    }

    /// Hears the server out.
    async fn run_alone(&mut self, server: &TcpStream) -> io::Result<()> {
        let mut changes = self.state.subscribe();
        while !self.told().0 && !self.has_met_end && self.answered < self.asked {
            tokio::select! {
                changed = changes.changed() => changed.map_err(io::Error::other)?,
                ready = server.readable() => { ready?; self.take_from_server(server)?; }
            }
        }
        Ok(())
    }

    /// Whether it is cut, whether it is held; and lets go what was held back until a release.
    fn told(&mut self) -> (bool, bool) {
        let state = self.state.borrow();
        let releases = state.releases;
        if let Some((_, commit)) = self.held_back.take_if(|(since, _)| *since != releases) {
            self.to_server.extend(commit);
        }
        let told = (state.cuts != self.cuts || state.ended, state.held);
        drop(state);
        self.read_client();
        told
    }

    /// Not after a commit whose answer is swallowed, nor behind one that is held back or whose client is cut off.
    fn listens_to_client(&self) -> bool {
        let last = self.swallow.or(self.left_behind);
        self.held_back.is_none() && last.is_none_or(|answer| self.asked < answer)
    }

    fn take_from_client(&mut self, client: &TcpStream) -> io::Result<()> {
        let bytes = self.take(client)?;
        self.client.frames.add(&bytes);
        self.read_client();
        Ok(())
    }

    fn take_from_server(&mut self, server: &TcpStream) -> io::Result<()> {
        let bytes = self.take(server)?;
        self.server.add(&bytes);
        while let Some((bytes, is_ready)) = self.server.next_of_server() {
            // While it takes rows it passes over the question for an answer's end that stands before them.
            self.asked -= u64::from(wire::begins_to_take_rows(&bytes));
            let is_swallowed = self.swallow == Some(self.answered + 1);
            self.answered += u64::from(is_ready);
            if !is_swallowed {
                self.round_trip = None;
                self.to_client.extend(bytes);
            } else if is_ready {
                self.state.send_modify(|state| state.faults += 1);
                self.has_met_end = true;
                return Ok(());
            }
        }
        Ok(())
    }

    fn take(&mut self, from: &TcpStream) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; READ_BYTES];
        match from.try_read(&mut bytes) {
            Ok(length) => {
                self.has_met_end |= length == 0;
                bytes.truncate(length);
                Ok(bytes)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Writes what can be written at once, unless that was forbidden meanwhile: under the lock of the state, so that nothing
    /// flows after it was forbidden.
    fn give(&mut self, to: &TcpStream, which: impl Fn(&mut Self) -> &mut Vec<u8>) -> io::Result<()> {
        let state = self.state.borrow();
        if state.held || state.cuts != self.cuts {
            return Ok(());
        }
        let bytes = which(self);
        match to.try_write(bytes) {
            Ok(length) => {
                bytes.drain(..length);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Reads all whole messages of the client that may be read now.
    fn read_client(&mut self) {
        while !self.has_met_end && self.listens_to_client() {
            let Some(Asked { bytes, kind }) = self.client.next() else { return };
            let is_commit = matches!(&kind, Kind::Run { sql, .. } if wire::is_commit(sql));
            let (statement, then_ready) = match kind {
                Kind::Encryption => {
                    self.to_client.push(b'N');
                    continue;
                }
                Kind::Unanswered => {
                    self.to_server.extend(bytes);
                    continue;
                }
                Kind::Prepare(sql) => (Some(format!("prepare: {sql}")), false),
                Kind::Run { sql, then_ready } => (Some(sql), then_ready),
                Kind::ThenReady => (None, true),
                Kind::Other => (None, false),
            };
            match self.note(statement, is_commit) {
                Some((AtCommit::CutBefore, _)) => {
                    self.has_met_end = true;
                    return;
                }
                // The answer to a commit in several messages ends with that to the message that ends them.
                Some((AtCommit::SwallowReply, _)) => self.swallow = Some(self.asked + 1),
                Some((AtCommit::LeaveBehind, _)) => self.left_behind = Some(self.asked + 1),
                Some((AtCommit::HoldBack, releases)) => {
                    self.asked += u64::from(then_ready);
                    self.held_back = Some((releases, bytes));
                    continue;
                }
                None => {}
            }
            self.asked += u64::from(then_ready);
            self.to_server.extend(bytes);
        }
    }

    /// Notes what the client sent; if it is a commit, what is to happen to it and how many releases there have been.
    fn note(&mut self, statement: Option<String>, is_commit: bool) -> Option<(AtCommit, u64)> {
        let mut fault = None;
        self.state.send_if_modified(|state| {
            state.seen.note(&mut self.round_trip, statement);
            if is_commit {
                state.seen.commits += 1;
                fault = state.take_fault().map(|fault| (fault, state.releases));
            }
            // A swallowed reply is yet to come, and what is left behind is yet to be sent.
            let happens_now = fault.is_some_and(|(fault, _)| matches!(fault, AtCommit::CutBefore | AtCommit::HoldBack));
            state.faults += usize::from(happens_now);
            happens_now
        });
        fault
    }
}
