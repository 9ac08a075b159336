//! Moving what was committed from the write-ahead log (WAL) into the data file. Only the writer does it, between
//! batches: a second connection would not keep up with unbroken writing.

use rusqlite::Connection;

use super::fault::Fault;

/// From this size on what stands in the WAL is copied between batches. A page that was written often is copied once: 32 MiB
/// gave 14 % more sign-ups a second than 4 MiB, with random e-mail addresses.
const WAL_BYTES_TO_COPY: u64 = 32 << 20;
/// From this size on the WAL is emptied, which waits for readers.
const WAL_BYTES_MAX: u64 = 64 << 20;
/// Bytes of a page, with its frame in the WAL.
const FRAME_BYTES: u64 = 4_096 + 24;

/// Looks only.
pub(super) const LOOK: &str = "pragma wal_checkpoint(noop)";
/// Copies as far as readers allow.
pub(super) const COPY: &str = "pragma wal_checkpoint(passive)";
/// Copies all, waits for readers, and starts the WAL anew.
pub(super) const EMPTY: &str = "pragma wal_checkpoint(truncate)";

/// How much stands in the WAL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wal {
    /// All that stands there.
    pub(super) frames: u64,
    /// The part of it that was copied.
    pub(super) copied: u64,
}

/// When to do what.
#[derive(Debug)]
pub(super) struct Checkpoints {
    /// The WAL is emptied when it is larger. Raised when somebody reads on and on, so that not every batch waits.
    empty_from_bytes: u64,
}

impl Default for Checkpoints {
    fn default() -> Checkpoints {
        Checkpoints { empty_from_bytes: WAL_BYTES_MAX }
    }
}

impl Checkpoints {
    /// Checkpoints if it is worth it. A failure costs no data and must not stop a batch: it is said and tried again.
    pub(super) fn between_batches(&mut self, connection: &Connection) {
        if let Err(error) = self.if_worthwhile(connection) {
            tracing::warn!(%error, "a checkpoint failed; what was committed stays in the write-ahead log");
        }
    }

    fn if_worthwhile(&mut self, connection: &Connection) -> Result<(), Fault> {
        let Some(due) = self.due(run(connection, LOOK)?) else { return Ok(()) };
        let left = run(connection, due)?;
        if due == EMPTY {
            self.emptied(left);
        }
        Ok(())
    }

    fn due(&self, wal: Wal) -> Option<&'static str> {
        if wal.frames * FRAME_BYTES > self.empty_from_bytes {
            Some(EMPTY)
        } else if (wal.frames - wal.copied) * FRAME_BYTES > WAL_BYTES_TO_COPY {
            Some(COPY)
        } else {
            None
        }
    }

    fn emptied(&mut self, left: Wal) {
        self.empty_from_bytes = left.frames * FRAME_BYTES + WAL_BYTES_MAX;
        if left.frames > 0 {
            tracing::warn!(
                bytes = left.frames * FRAME_BYTES,
                "the write-ahead log cannot be emptied: another program reads the file for a long time"
            );
        }
    }
}

/// One of the statements above; says what stands in the WAL after it.
pub(super) fn run(connection: &Connection, sql: &'static str) -> Result<Wal, Fault> {
    let frames = |number: i64| u64::try_from(number).unwrap_or_default();
    let wal = connection.prepare_cached(sql)?.query_row([], |row| {
        let (frames, copied) = (frames(row.get(1)?), frames(row.get(2)?));
        Ok(Wal { frames, copied: copied.min(frames) })
    })?;
    Ok(wal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wal(bytes: u64, copied: u64) -> Wal {
        Wal { frames: bytes / FRAME_BYTES, copied: copied / FRAME_BYTES }
    }

    #[test]
    fn it_is_copied_when_there_is_much_and_emptied_when_it_is_large() {
        let checkpoints = Checkpoints::default();
        assert_eq!(checkpoints.due(wal(0, 0)), None);
        assert_eq!(checkpoints.due(wal(WAL_BYTES_TO_COPY, 0)), None);
        assert_eq!(checkpoints.due(wal(WAL_BYTES_TO_COPY + (1 << 20), 0)), Some(COPY));
        assert_eq!(checkpoints.due(wal(63 << 20, 60 << 20)), None);
        assert_eq!(checkpoints.due(wal(65 << 20, 65 << 20)), Some(EMPTY));
    }

    #[test]
    fn a_long_reader_is_not_waited_for_by_every_batch() {
        let mut checkpoints = Checkpoints::default();
        checkpoints.emptied(wal(65 << 20, 1 << 20));
        assert_eq!(checkpoints.due(wal(66 << 20, 66 << 20)), None);
        assert_eq!(checkpoints.due(wal(130 << 20, 130 << 20)), Some(EMPTY));
        checkpoints.emptied(wal(0, 0));
        assert_eq!(checkpoints.due(wal(65 << 20, 65 << 20)), Some(EMPTY));
    }
}
