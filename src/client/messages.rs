//! Server-sent events: an answer that goes on, read message by message.

use http_body_util::{BodyExt, Full};
use hyper::HeaderMap;
use hyper::StatusCode;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::{Ask, ClientError, Connection};

/// A stream of messages. Driven by the task that reads it.
pub struct Messages {
    /// The headers of the answer.
    pub headers: HeaderMap,
    body: Incoming,
    driver: http1::Connection<TokioIo<TcpStream>, Full<Bytes>>,
    is_driven: bool,
    /// What was received and is not whole yet.
    received: Vec<u8>,
}

/// One message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// What kind of message.
    pub event: String,
    /// Its id, to go on from; empty: none.
    pub id: String,
    /// What it says.
    pub data: String,
}

impl Connection {
    /// Asks for server-sent events. Nothing else can be asked on this connection.
    ///
    /// # Errors
    /// If the connection breaks, or something else is answered.
    pub async fn follow(self, ask: Ask) -> Result<Messages, ClientError> {
        let Connection { mut sender, mut driver, host, .. } = self;
        let exchange = async {
            sender.ready().await?;
            sender.send_request(ask.into_request(host)).await
        };
        let answer = tokio::select! {
            biased;
            answer = exchange => answer?,
            end = &mut driver => {
                end?;
                return Err(ClientError::Closed);
            }
        };
        let (parts, body) = answer.into_parts();
        if parts.status != StatusCode::OK {
            return Err(ClientError::Refused(parts.status));
        }
        Ok(Messages { headers: parts.headers, body, driver, is_driven: true, received: Vec::new() })
    }
}

impl Messages {
    /// The next message; none: the server has ended the stream. Nothing is lost if it is dropped half-way.
    ///
    /// # Errors
    /// If the connection breaks.
    pub async fn next(&mut self) -> Result<Option<Message>, ClientError> {
        while let Some(block) = self.next_block().await? {
            let message = Message::read(&block);
            if !message.data.is_empty() {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }

    /// As [`Messages::next`], the text up to the next empty line: perhaps only a comment.
    ///
    /// # Errors
    /// As [`Messages::next`].
    pub async fn next_block(&mut self) -> Result<Option<String>, ClientError> {
        loop {
            if let Some(end) = self.received.windows(2).position(|two| two == b"\n\n") {
                let block = String::from_utf8_lossy(&self.received[..end]).into_owned();
                self.received.drain(..end + 2);
                return Ok(Some(block));
            }
            let frame = tokio::select! {
                biased;
                frame = self.body.frame() => frame,
                end = &mut self.driver, if self.is_driven => {
                    self.is_driven = false;
                    end?;
                    continue;
                }
            };
            match frame {
                Some(frame) => self.received.extend_from_slice(frame?.data_ref().map_or(&[][..], |data| data)),
                None => return Ok(None),
            }
        }
    }
}

impl Message {
    /// Comments and fields of no interest are passed over.
    fn read(block: &str) -> Message {
        let mut message = Message::default();
        for line in block.lines() {
            match line.split_once(": ") {
                Some(("event", event)) => event.clone_into(&mut message.event),
                Some(("id", id)) => id.clone_into(&mut message.id),
                Some(("data", data)) => message.data.push_str(data),
                _ => {}
            }
        }
        message
    }
}
