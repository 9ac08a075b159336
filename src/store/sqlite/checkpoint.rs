//! Moving what was committed from the write-ahead log (WAL) into the data file. Only the writer does it, between
//! batches: a second connection would not keep up with unbroken writing.

use rusqlite::Connection;

use super::fault::Fault;

/// From this size on what stands in the WAL is copied between batches.
const WAL_BYTES_TO_COPY: u64 = 4 << 20;
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
    /// Somebody reads or writes, so that it was not done to the end.
    pub(super) busy: bool,
    /// All that stands there.
    pub(super) frames: u64,
    /// The part of it that was copied.
    pub(super) copied: u64,
}

/// Checkpoints if it is worth it. A failure costs no data and must not stop a batch: it is said and tried again.
pub(super) fn between_batches(connection: &Connection) {
    if let Err(error) = if_worthwhile(connection) {
        tracing::warn!(%error, "a checkpoint failed; what was committed stays in the write-ahead log");
    }
}

fn if_worthwhile(connection: &Connection) -> Result<(), Fault> {
    let wal = run(connection, LOOK)?;
    if wal.frames * FRAME_BYTES > WAL_BYTES_MAX {
        run(connection, EMPTY)?;
    } else if (wal.frames - wal.copied) * FRAME_BYTES > WAL_BYTES_TO_COPY {
        run(connection, COPY)?;
    }
    Ok(())
}

/// One of the statements above.
pub(super) fn run(connection: &Connection, sql: &'static str) -> Result<Wal, Fault> {
    let frames = |number: i64| u64::try_from(number).unwrap_or_default();
    let wal = connection.prepare_cached(sql)?.query_row([], |row| {
        let (frames, copied) = (frames(row.get(1)?), frames(row.get(2)?));
        Ok(Wal { busy: row.get(0)?, frames, copied: copied.min(frames) })
    })?;
    Ok(wal)
}
