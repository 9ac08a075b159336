//! The frames of PostgreSQL's protocol 3, as far as commits and the ends of answers can be told by them.
//! <https://www.postgresql.org/docs/current/protocol-message-formats.html>

use std::collections::HashMap;

const ENCRYPTION_REQUESTS: [u32; 2] = [80_877_103, 80_877_104];
const CANCEL_REQUEST: u32 = 80_877_102;
/// As the server has it.
const FRAME_BYTES_MAX: usize = 1 << 30;

/// One message of a client.
pub(super) struct Asked {
    pub(super) bytes: Vec<u8>,
    pub(super) kind: Kind,
}

/// What a client's message means.
pub(super) enum Kind {
    /// "Would you encrypt?"; answered by one letter.
    Encryption,
    /// Says goodbye, or cancels; not answered.
    Unanswered,
    /// A statement to be prepared.
    Prepare(String),
    /// A statement to be run, and whether the server then says that it is ready for more.
    Run { sql: String, then_ready: bool },
    /// After it the server says that it is ready for more.
    ThenReady,
    /// All else.
    Other,
}

/// The bytes from one side, cut into messages.
#[derive(Default)]
pub(super) struct Frames(Vec<u8>);

/// What is known of a client: needed to read its messages.
#[derive(Default)]
pub(super) struct Client {
    pub(super) frames: Frames,
    has_begun: bool,
    statements: HashMap<Vec<u8>, String>,
    portals: HashMap<Vec<u8>, String>,
}

impl Frames {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// The next whole message, whose length stands after `before` bytes.
    fn next(&mut self, before: usize) -> Option<Vec<u8>> {
        let length = self.0.get(before..before + 4)?;
        let length = u32::from_be_bytes(length.try_into().ok()?) as usize;
        assert!((4..FRAME_BYTES_MAX).contains(&length), "the proxy reads protocol 3 only, unencrypted");
        let end = before + length;
        (self.0.len() >= end).then(|| self.0.drain(..end).collect())
    }

    /// The next whole message of a server, and whether it says that it is ready for more.
    pub(super) fn next_of_server(&mut self) -> Option<(Vec<u8>, bool)> {
        let bytes = self.next(1)?;
        let is_ready = bytes[0] == b'Z';
        Some((bytes, is_ready))
    }
}

impl Client {
    /// Its next whole message.
    pub(super) fn next(&mut self) -> Option<Asked> {
        if self.has_begun {
            let bytes = self.frames.next(1)?;
            let kind = self.kind(bytes[0], &bytes[5..]);
            return Some(Asked { bytes, kind });
        }
        let bytes = self.frames.next(0)?;
        let code = bytes.get(4..8).and_then(|code| code.try_into().ok()).map(u32::from_be_bytes).unwrap_or_default();
        let kind = if ENCRYPTION_REQUESTS.contains(&code) {
            Kind::Encryption
        } else {
            self.has_begun = true;
            if code == CANCEL_REQUEST { Kind::Unanswered } else { Kind::ThenReady }
        };
        Some(Asked { bytes, kind })
    }

    fn kind(&mut self, letter: u8, body: &[u8]) -> Kind {
        let mut words = body.split(|byte| *byte == 0);
        let mut word = || words.next().unwrap_or_default();
        match letter {
            b'Q' => Kind::Run { sql: text(word()), then_ready: true },
            b'P' => {
                let (name, sql) = (word(), text(word()));
                self.statements.insert(name.to_vec(), sql.clone());
                Kind::Prepare(sql)
            }
            b'B' => {
                let (portal, statement) = (word(), word());
                let sql = self.statements.get(statement).cloned().unwrap_or_default();
                self.portals.insert(portal.to_vec(), sql);
                Kind::Other
            }
            b'E' => Kind::Run { sql: self.portals.get(word()).cloned().unwrap_or_default(), then_ready: false },
            b'S' | b'F' => Kind::ThenReady,
            b'X' => Kind::Unanswered,
            _ => Kind::Other,
        }
    }
}

/// Whether it holds a statement that begins with `commit`.
pub(super) fn is_commit(sql: &str) -> bool {
    let mut first_words = sql.split(';').filter_map(|statement| statement.split_whitespace().next());
    first_words.any(|word| word.eq_ignore_ascii_case("commit"))
}

/// Whether a message of a server says that the rows of a copy may come.
pub(super) fn begins_to_take_rows(bytes: &[u8]) -> bool {
    bytes[0] == b'G'
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
