//! What can go wrong between this module and SQLite, before it is told in the words of [`StoreError`].

use rusqlite::ErrorCode;

use crate::store::StoreError;
use crate::store::cursor;

/// What went wrong before a commit: whatever it is, nothing was written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// SQLite said so.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// A statement touched another number of rows than it must.
    #[error("{statement} touched {found} rows, not {expected}")]
    Rows {
        /// What it was to do.
        statement: &'static str,
        /// How many it must touch.
        expected: usize,
        /// How many it did.
        found: usize,
    },
    /// An outcome that this version cannot write or read as JSON.
    #[error("the outcome under an idempotency key: {0}")]
    Outcome(#[from] serde_json::Error),
    /// A cursor that was not made here.
    #[error("not a cursor")]
    BadCursor,
}

impl From<cursor::BadCursor> for Fault {
    fn from(_: cursor::BadCursor) -> Fault {
        Fault::BadCursor
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> StoreError {
        match &fault {
            Fault::BadCursor => StoreError::BadCursor,
            Fault::Rows { .. } | Fault::Outcome(_) => StoreError::Refused(fault.to_string()),
            Fault::Sqlite(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                StoreError::Refused(fault.to_string())
            }
            Fault::Sqlite(_) => StoreError::Unavailable(fault.to_string()),
        }
    }
}

/// What a failed commit means. Without room nothing was written. After any other error neither yes nor no is true until
/// the file is read again (see "A crash in mid-commit" in ARCHITECTURE.md).
pub(super) fn of_commit(error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Unavailable(error.to_string()),
        _ => StoreError::CommitUnknown(error.to_string()),
    }
}

/// Checks that a statement touched as many rows as it must.
pub(super) fn touched(statement: &'static str, expected: usize, found: usize) -> Result<(), Fault> {
    if found == expected { Ok(()) } else { Err(Fault::Rows { statement, expected, found }) }
}
