//! What can go wrong between this module and PostgreSQL, and what it means: by the SQLSTATE where the server said
//! something (PostgreSQL documentation, appendix "PostgreSQL Error Codes").

use tokio_postgres::error::{DbError, Severity, SqlState};

use crate::store::{StoreError, cursor};

/// What went wrong. Whether something was written is not said by it but by when it happened.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// The server said so, or the connection to it was lost.
    #[error("{}", told(.0))]
    Postgres(#[from] tokio_postgres::Error),
    /// As `Postgres`, in answer to a commit.
    #[error("in the commit: {}", told(.0))]
    Commit(tokio_postgres::Error),
    /// No connection could be had.
    #[error("{0}")]
    Connection(StoreError),
    /// The server did not answer in time.
    #[error("PostgreSQL did not answer for {0} s")]
    Silent(u64),
    /// A statement touched another number of rows than it must.
    #[error("{statement} touched {found} rows, not {expected}")]
    Rows {
        /// What it was to do.
        statement: &'static str,
        /// How many it must touch.
        expected: u64,
        /// How many it did.
        found: u64,
    },
    /// Something stored that this version cannot read, or cannot store.
    #[error("{0}")]
    Unreadable(String),
    /// A cursor that was not made here.
    #[error("not a cursor")]
    BadCursor,
}

/// What a fault means for the transaction in which it happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Meaning {
    /// Others changed the same at the same moment, or were first to take a unique value: the whole batch again.
    Again,
    /// The connection is of no use any more.
    Lost,
    /// Others hold what is needed for too long.
    Busy,
    /// The server works, but lacks another one behind it, on which this event is.
    PartAway,
    /// The server cannot work now.
    Unavailable,
    /// The statement is wrong, or breaks a wall: a bug of ours.
    Refused,
}

impl Fault {
    /// What it means.
    pub(super) fn meaning(&self) -> Meaning {
        match self {
            Fault::Postgres(error) | Fault::Commit(error) => error.as_db_error().map_or(Meaning::Lost, of_server),
            Fault::Silent(_) => Meaning::Lost,
            Fault::Connection(_) => Meaning::Unavailable,
            Fault::Rows { .. } | Fault::Unreadable(_) | Fault::BadCursor => Meaning::Refused,
        }
    }

    /// Whether the transaction is known to have failed. An error in answer to the commit is a clear no only where it is a
    /// collision or a wall: Citus answers with an ordinary error when it lost a worker at the commit, although that one
    /// may have committed.
    pub(super) fn is_a_clear_no(&self) -> bool {
        match self {
            Fault::Commit(error) => {
                error.code().is_some_and(|code| code.code().starts_with("40") || code.code().starts_with("23"))
            }
            Fault::Postgres(error) => error.as_db_error().is_some_and(|said| of_server(said) != Meaning::Lost),
            Fault::Unreadable(_) | Fault::BadCursor => true,
            Fault::Rows { .. } | Fault::Silent(_) | Fault::Connection(_) => false,
        }
    }

    /// Whether somebody else was first to take a unique value.
    pub(super) fn is_unique_violation(&self) -> bool {
        matches!(self, Fault::Postgres(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION))
    }
}

fn of_server(said: &DbError) -> Meaning {
    if matches!(said.parsed_severity(), Some(Severity::Fatal | Severity::Panic)) {
        // The server closes the connection behind it, whatever the reason.
        return Meaning::Lost;
    }
    let code = said.code();
    if [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED, SqlState::UNIQUE_VIOLATION].contains(code)
    {
        return Meaning::Again;
    }
    if [SqlState::LOCK_NOT_AVAILABLE, SqlState::QUERY_CANCELED].contains(code) {
        return Meaning::Busy;
    }
    // Of its connections to others a server tells so; of that to us it could not. Citus does, of its workers.
    let of_another =
        [SqlState::CONNECTION_FAILURE, SqlState::CONNECTION_DOES_NOT_EXIST, SqlState::CONNECTION_EXCEPTION];
    if of_another.contains(code) {
        return Meaning::PartAway;
    }
    // A statement that a pooler or a change of the layout has made useless is prepared anew on another connection.
    let stale =
        [SqlState::INVALID_SQL_STATEMENT_NAME, SqlState::FEATURE_NOT_SUPPORTED, SqlState::READ_ONLY_SQL_TRANSACTION];
    let class = &code.code()[..2];
    match class {
        _ if stale.contains(code) => Meaning::Lost,
        "08" | "57" => Meaning::Lost,
        "53" | "58" | "XX" => Meaning::Unavailable,
        _ => Meaning::Refused,
    }
}

/// An error of PostgreSQL with what the server added to it.
fn told(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(said) => {
            let detail = said.detail().map(|detail| format!(" ({detail})")).unwrap_or_default();
            format!("{} {}{detail}", said.code().code(), said.message())
        }
        None => {
            let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
            format!("{error}{cause}")
        }
    }
}

impl From<cursor::BadCursor> for Fault {
    fn from(_: cursor::BadCursor) -> Fault {
        Fault::BadCursor
    }
}

/// Of a transaction of which nothing was written.
impl From<Fault> for StoreError {
    fn from(fault: Fault) -> StoreError {
        match (fault.meaning(), fault) {
            (_, Fault::BadCursor) => StoreError::BadCursor,
            (_, Fault::Connection(error)) => error,
            (Meaning::Refused, fault) => StoreError::Refused(fault.to_string()),
            (Meaning::Again, fault) if fault.is_unique_violation() => StoreError::Refused(fault.to_string()),
            (Meaning::Again | Meaning::Busy, fault) => StoreError::Busy(fault.to_string()),
            (Meaning::PartAway, fault) => StoreError::PartAway(fault.to_string()),
            (Meaning::Lost | Meaning::Unavailable, fault) => StoreError::Unavailable(fault.to_string()),
        }
    }
}

/// Checks that a statement touched as many rows as it must.
pub(super) fn touched(statement: &'static str, expected: usize, found: u64) -> Result<(), Fault> {
    let expected = expected as u64;
    if found == expected { Ok(()) } else { Err(Fault::Rows { statement, expected, found }) }
}
