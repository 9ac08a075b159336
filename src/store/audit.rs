//! The rows of a database as an audit reads them: raw, because a damaged database may hold anything. Of either database,
//! on a connection of its own that can only read, beside whoever writes.
//!
//! Every [`Snapshot`] shows one moment. Whoever holds one keeps a data file's writer from shortening its write-ahead
//! log, and a PostgreSQL from removing old versions of rows, so it must be given back within a second: read in pieces.

use headcount_core::ids::{EventId, RegistrationId};

use super::{Database, postgres, sqlite};
pub use rows::{CounterRow, EventRow, KeyRow, LogRow, RegistrationRow, RoleRow, SumRow, Value};
pub(in crate::store) use rows::{EVENT_SETTINGS, ROLE_SETTINGS};

mod rows;

/// Why a database could not be audited. That something is wrong in it is no error but what an audit is for.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AuditError {
    /// It is not there, not one of headcount, or cannot be read.
    #[error("cannot read {0}")]
    Unreadable(String),
    /// No such event.
    #[error("there is no event {0:?}: name it by its id or slug")]
    NoSuchEvent(String),
    /// Whoever wanted it does not any more.
    #[error("the audit was stopped before its end")]
    Stopped,
}

/// A database, open for reading only. It blocks whoever asks, also where it has a server to wait for: not for the
/// threads of a runtime.
#[derive(Debug)]
pub enum Audit {
    /// A data file.
    Sqlite(sqlite::Audit),
    /// A PostgreSQL.
    Postgres(postgres::Audit),
}

/// What a database holds at one moment.
#[derive(Debug)]
pub enum Snapshot<'a> {
    /// Of a data file.
    Sqlite(sqlite::Snapshot<'a>),
    /// Of a PostgreSQL.
    Postgres(postgres::Snapshot<'a>),
}

impl Audit {
    /// Opens a database, whether or not servers are running on it.
    ///
    /// # Errors
    /// If it is not there or cannot be reached, is not one of headcount, or of a layout that this version does not know.
    pub fn open(database: &Database) -> Result<Audit, AuditError> {
        match database {
            Database::Sqlite(path) => sqlite::Audit::open(path).map(Audit::Sqlite),
            Database::Postgres(address) => postgres::Audit::open(address).map(Audit::Postgres),
        }
    }

    /// The present moment, until it is dropped.
    ///
    /// # Errors
    /// If the database cannot be read; so for all below.
    pub fn snapshot(&self) -> Result<Snapshot<'_>, AuditError> {
        match self {
            Audit::Sqlite(audit) => audit.snapshot().map(Snapshot::Sqlite),
            Audit::Postgres(audit) => audit.snapshot().map(Snapshot::Postgres),
        }
    }
}

macro_rules! whichever {
    ($self:ident, $snapshot:ident => $answer:expr) => {
        match $self {
            Snapshot::Sqlite($snapshot) => $answer,
            Snapshot::Postgres($snapshot) => $answer,
        }
    };
}

impl Snapshot<'_> {
    /// The next event after `after`, in order of the ids, that any table knows of. O(log n).
    ///
    /// # Errors
    /// See [`Audit::snapshot`].
    pub fn event_after(&self, after: Option<EventId>) -> Result<Option<EventId>, AuditError> {
        whichever!(self, snapshot => snapshot.event_after(after))
    }

    /// The event with this slug.
    ///
    /// # Errors
    /// See [`Audit::snapshot`].
    pub fn event_by_slug(&self, slug: &str) -> Result<Option<EventId>, AuditError> {
        whichever!(self, snapshot => snapshot.event_by_slug(slug))
    }

    /// The number of the last entry of an event's log; zero: there is none.
    ///
    /// # Errors
    /// See [`Audit::snapshot`].
    pub fn last_seq(&self, event: EventId) -> Result<i64, AuditError> {
        whichever!(self, snapshot => snapshot.last_seq(event))
    }

    /// The row of an event.
    ///
    /// # Errors
    /// See [`Audit::snapshot`].
    pub fn event(&self, event: EventId) -> Result<Option<EventRow>, AuditError> {
        whichever!(self, snapshot => snapshot.event(event))
    }

    /// The rows of an event's roles.
    ///
    /// # Errors
    /// See [`Audit::snapshot`].
    pub fn roles(&self, event: EventId) -> Result<Vec<RoleRow>, AuditError> {
        whichever!(self, snapshot => snapshot.roles(event))
    }

    /// The registrations of an event summed up by role and status. O(registrations).
    ///
    /// # Errors
    /// See [`Audit::snapshot`].
    pub fn sums(&self, event: EventId) -> Result<Vec<SumRow>, AuditError> {
        whichever!(self, snapshot => snapshot.sums(event))
    }

    /// At most `limit` entries of an event's log after `after`, in order.
    ///
    /// # Errors
    /// See [`Audit::snapshot`].
    pub fn log(&self, event: EventId, after: i64, limit: usize) -> Result<Vec<LogRow>, AuditError> {
        whichever!(self, snapshot => snapshot.log(event, after, limit))
    }

    /// At most `limit` registrations of an event after `after`, in order of their ids.
    ///
    /// # Errors
    /// See [`Audit::snapshot`].
    pub fn registrations(
        &self,
        event: EventId,
        after: Option<RegistrationId>,
        limit: usize,
    ) -> Result<Vec<RegistrationRow>, AuditError> {
        whichever!(self, snapshot => snapshot.registrations(event, after, limit))
    }

    /// At most `limit` answers kept for an event after `after`, in order of who and key.
    ///
    /// # Errors
    /// See [`Audit::snapshot`].
    pub fn keys(&self, event: EventId, after: Option<&KeyRow>, limit: usize) -> Result<Vec<KeyRow>, AuditError> {
        whichever!(self, snapshot => snapshot.keys(event, after, limit))
    }
}
