//! A follower that costs as little as it can, so that what is measured is the server: ten thousand of them share its cores.
//! The client that everything else uses takes twice the processor for a message.

use anyhow::{Context, bail, ensure};
use httparse::{EMPTY_HEADER, Response, Status};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::Address;

/// Room for the head of the answer, and for a message.
const ROOM: usize = 4 * 1024;

/// A stream of server-sent events that comes in chunks, each of which ends where a message ends.
pub(super) struct Listener {
    stream: TcpStream,
    received: Vec<u8>,
}

/// What an event looks like.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) seq: u64,
    /// As JSON.
    pub(super) text: String,
}

impl Listener {
    /// Asks for the stream at `target`.
    pub(super) async fn open(address: &Address, target: &str) -> anyhow::Result<Listener> {
        let mut stream = TcpStream::connect(address.authority()).await.context("cannot connect")?;
        let host = address.authority();
        stream.write_all(format!("GET {target} HTTP/1.1\r\nhost: {host}\r\n\r\n").as_bytes()).await?;
        let mut listener = Listener { stream, received: Vec::with_capacity(ROOM) };
        loop {
            listener.receive().await?;
            if let Some(length) = head(&listener.received)? {
                listener.received.drain(..length);
                return Ok(listener);
            }
        }
    }

    /// The next state.
    pub(super) async fn next(&mut self) -> anyhow::Result<State> {
        loop {
            while let Some((from, to)) = chunk(&self.received)? {
                let state = state(&self.received[from..to])?;
                self.received.drain(..to + LINE_END);
                if let Some(state) = state {
                    return Ok(state);
                }
            }
            self.receive().await?;
        }
    }

    async fn receive(&mut self) -> anyhow::Result<()> {
        self.received.reserve(ROOM);
        ensure!(self.stream.read_buf(&mut self.received).await? > 0, "the server closed the connection");
        Ok(())
    }
}

/// What ends the line of a chunk's size, and the chunk.
const LINE_END: usize = "\r\n".len();

/// How long the head of the answer is; none: it is not whole yet.
fn head(received: &[u8]) -> anyhow::Result<Option<usize>> {
    let mut headers = [EMPTY_HEADER; 16];
    let mut answer = Response::new(&mut headers);
    let Status::Complete(length) = answer.parse(received)? else { return Ok(None) };
    ensure!(answer.code == Some(200), "the server answered {}", answer.code.unwrap_or_default());
    let is_chunked =
        |header: &httparse::Header| header.name.eq_ignore_ascii_case("transfer-encoding") && header.value == b"chunked";
    ensure!(answer.headers.iter().any(is_chunked), "the server's stream does not come in chunks");
    Ok(Some(length))
}

/// Where the first chunk begins and ends; none: it is not whole yet.
fn chunk(received: &[u8]) -> anyhow::Result<Option<(usize, usize)>> {
    let size = httparse::parse_chunk_size(received).map_err(|_| anyhow::anyhow!("the server sent no chunk"))?;
    let Status::Complete((from, size)) = size else { return Ok(None) };
    if size == 0 {
        bail!("the server ended the stream");
    }
    let to = from + usize::try_from(size)?;
    Ok((received.len() >= to + LINE_END).then_some((from, to)))
}

/// The state that a chunk tells; none: it tells of something else.
fn state(chunk: &[u8]) -> anyhow::Result<Option<State>> {
    let (mut seq, mut text) = (None, None);
    for line in str::from_utf8(chunk)?.lines() {
        match line.split_once(": ") {
            Some(("id", id)) => seq = Some(id.parse()?),
            Some(("data", data)) => text = Some(data.to_owned()),
            _ => {}
        }
    }
    Ok(seq.zip(text).map(|(seq, text)| State { seq, text }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_read_when_it_is_whole() {
        let whole = b"6\r\nid: 7\n\r\n3\r\n:\n\n\r\n";
        for length in 0..11 {
            assert_eq!(chunk(&whole[..length]).unwrap(), None, "{length}");
        }
        assert_eq!(chunk(whole).unwrap(), Some((3, 9)));
        assert_eq!(chunk(&whole[11..]).unwrap(), Some((3, 6)));
        assert!(chunk(b"0\r\n\r\n").is_err() && chunk(b"id: 7\n").is_err());
    }

    #[test]
    fn a_state_has_a_seq_and_a_text() {
        let told = state(b"event: availability\nid: 7\ndata: {\"seq\":7}\n\n").unwrap();
        assert_eq!(told, Some(State { seq: 7, text: "{\"seq\":7}".to_owned() }));
        assert_eq!(state(b"retry: 2000\n\n").unwrap(), None);
        assert!(state(b"id: x\n\n").is_err());
    }

    #[test]
    fn only_a_stream_in_chunks_is_followed() {
        let answer = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        assert_eq!((head(&answer[..20]).unwrap(), head(answer).unwrap()), (None, Some(answer.len())));
        assert!(head(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert!(head(b"HTTP/1.1 503 Busy\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }
}
