//! Reading the raw rows of a data file for an audit, on a connection of its own that can only read.
//!
//! Every [`Snapshot`] shows one moment. Whoever holds one keeps the writer from shortening its write-ahead log, so it
//! must be given back within a second: read in pieces.

use std::path::Path;

use headcount_core::ids::{EventId, RegistrationId, RoleId};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};
use uuid::Uuid;

use crate::store::audit::{AuditError, CounterRow, EventRow, KeyRow, LogRow, RegistrationRow, RoleRow, SumRow, Value};

/// A data file, open for reading only.
#[derive(Debug)]
pub struct AuditFile(Connection);

/// What the data file holds at one moment.
#[derive(Debug)]
pub struct Snapshot<'a>(rusqlite::Transaction<'a>);

/// How long a lock of another process is waited for.
const BUSY_MS_MAX: u64 = 5_000;

impl AuditFile {
    /// Opens a data file, whether or not a server is running on it.
    ///
    /// # Errors
    /// If there is no file, or it is not one of headcount.
    pub fn open(path: &Path) -> Result<AuditFile, AuditError> {
        let named = |problem: &str| AuditError::Unreadable(format!("{}: {problem}", path.display()));
        if path.is_dir() {
            return Err(named("is a directory; name a file in it, for instance sqlite:PATH/headcount.db"));
        }
        if !path.is_file() {
            return Err(named("there is no such file; name the data file with --database sqlite:PATH"));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || -> rusqlite::Result<(Connection, u32)> {
            let connection = Connection::open_with_flags(path, flags)?;
            connection.busy_timeout(std::time::Duration::from_millis(BUSY_MS_MAX))?;
            let tables = "select count(*) from sqlite_schema where type = 'table'
                and name in ('events', 'roles', 'registrations', 'log', 'slugs', 'idempotency_keys')";
            let count = connection.query_row(tables, [], |row| row.get(0))?;
            Ok((connection, count))
        };
        match open() {
            Ok((connection, 6)) => Ok(AuditFile(connection)),
            Ok(_) => Err(named("it is not a data file of headcount")),
            Err(error) => Err(named(&error.to_string())),
        }
    }

    /// The present moment, until it is dropped.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot<'_>, AuditError> {
        self.0.unchecked_transaction().map(Snapshot).map_err(unreadable)
    }
}

impl Snapshot<'_> {
    /// The next event after `after`, in order of the ids, that any table knows of. O(log n).
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn event_after(&self, after: Option<EventId>) -> Result<Option<EventId>, AuditError> {
        let after = after.map_or(Vec::new(), |event| event.0.as_bytes().to_vec());
        let mut next: Option<Vec<u8>> = None;
        for sql in [
            "select min(event_id) from events where event_id > ?1",
            "select min(event_id) from log where event_id > ?1",
            "select min(event_id) from roles where event_id > ?1",
            "select min(event_id) from registrations where event_id > ?1",
        ] {
            let found: Option<Vec<u8>> = self.one(sql, &after)?.flatten();
            next = next.into_iter().chain(found).min();
        }
        match next {
            Some(bytes) => match Uuid::from_slice(&bytes) {
                Ok(id) => Ok(Some(EventId(id))),
                Err(_) => Err(AuditError::Unreadable(format!(
                    "the data file: it names an event by {} bytes, not 16",
                    bytes.len()
                ))),
            },
            None => Ok(None),
        }
    }

    /// The event with this slug.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn event_by_slug(&self, slug: &str) -> Result<Option<EventId>, AuditError> {
        let mut statement = self.0.prepare_cached("select event_id from slugs where slug = ?1").map_err(unreadable)?;
        let id = statement.query_row([slug], |row| id(row, 0)).optional().map_err(unreadable)?;
        Ok(id.map(EventId))
    }

    /// How far the log of an event goes by its own row; none: the event has no row.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn event_seq(&self, event: EventId) -> Result<Option<i64>, AuditError> {
        self.one("select seq from events where event_id = ?1", event.0.as_bytes())
    }

    /// The number of the last entry of an event's log; zero: there is none.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn last_seq(&self, event: EventId) -> Result<i64, AuditError> {
        let seq: Option<Option<i64>> = self.one("select max(seq) from log where event_id = ?1", event.0.as_bytes())?;
        Ok(seq.flatten().unwrap_or(0))
    }

    /// The row of an event.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn event(&self, event: EventId) -> Result<Option<EventRow>, AuditError> {
        let settings = "slug, status, visibility, one_per, phone, phone_region, waitlist_policy, waitlist_limit,
            max_skips, max_spots, roles_per_person, starts_at, ends_at, opens_at, closes_at, cancel_until,
            promote_until, self_move";
        let sql = format!(
            "select capacity, override_spots, reserved, waiting, registrations, seq, last_at, hash, revision, {settings}
             from events where event_id = ?1"
        );
        let mut statement = self.0.prepare_cached(&sql).map_err(unreadable)?;
        let row = statement.query_row([event.0.as_bytes()], |row| {
            Ok(EventRow {
                counters: counters(row)?,
                seq: row.get(5)?,
                last_at: row.get(6)?,
                hash: row.get(7)?,
                revision: row.get(8)?,
                settings: values(row, 9, EVENT_SETTINGS)?,
                slugs: Vec::new(),
            })
        });
        let Some(row) = row.optional().map_err(unreadable)? else { return Ok(None) };
        let slugs = "select slug from slugs where event_id = ?1 order by slug";
        Ok(Some(EventRow { slugs: self.all(slugs, event, |row| row.get(0))?, ..row }))
    }

    /// The rows of an event's roles.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn roles(&self, event: EventId) -> Result<Vec<RoleRow>, AuditError> {
        let sql = "select capacity, override_spots, reserved, waiting, registrations, role_id, skipped_id, skips,
                starts_at, ends_at, sort, min_needed, closed
            from roles where event_id = ?1 order by role_id";
        self.all(sql, event, |row| {
            let skipped: Option<Vec<u8>> = row.get(6)?;
            Ok(RoleRow {
                role: RoleId(id(row, 5)?),
                settings: values(row, 8, ROLE_SETTINGS)?,
                counters: counters(row)?,
                skipped: skipped.map(|bytes| RegistrationId(Uuid::from_slice(&bytes).unwrap_or_default())),
                skips: row.get(7)?,
            })
        })
    }

    /// The registrations of an event summed up by role and status. O(registrations).
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn sums(&self, event: EventId) -> Result<Vec<SumRow>, AuditError> {
        let sql = "select role_id, status, count(*), sum(spots) from registrations where event_id = ?1
            group by role_id, status order by role_id, status";
        self.all(sql, event, |row| {
            let (status, registrations, spots) = (row.get(1)?, row.get(2)?, row.get(3)?);
            Ok(SumRow { role: RoleId(id(row, 0)?), status, registrations, spots })
        })
    }

    /// At most `limit` entries of an event's log after `after`, in order.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn log(&self, event: EventId, after: i64, limit: usize) -> Result<Vec<LogRow>, AuditError> {
        let sql = "select seq, at, actor, kind, registration_id, body, hash from log
            where event_id = ?1 and seq > ?2 order by seq limit ?3";
        let mut statement = self.0.prepare_cached(sql).map_err(unreadable)?;
        let rows = statement.query_map(params![event.0.as_bytes(), after, limit as i64], |row| {
            Ok(LogRow {
                seq: row.get(0)?,
                at: row.get(1)?,
                actor: bytes(row, 2)?,
                kind: bytes(row, 3)?,
                registration: row.get(4)?,
                body: bytes(row, 5)?,
                hash: row.get(6)?,
            })
        });
        rows.and_then(Iterator::collect).map_err(unreadable)
    }

    /// At most `limit` registrations of an event after `after`, in order of their ids.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn registrations(
        &self,
        event: EventId,
        after: Option<RegistrationId>,
        limit: usize,
    ) -> Result<Vec<RegistrationRow>, AuditError> {
        let sql = "select registration_id, role_id, person, person_tag, spots, status, wait_seq, ended_seq, checked_in,
                link_version, created_at
            from registrations where event_id = ?1 and registration_id > ?2 order by registration_id limit ?3";
        let after = after.map_or(Vec::new(), |after| after.0.as_bytes().to_vec());
        let mut statement = self.0.prepare_cached(sql).map_err(unreadable)?;
        let rows = statement.query_map(params![event.0.as_bytes(), after, limit as i64], |row| {
            Ok(RegistrationRow {
                registration: RegistrationId(id(row, 0)?),
                role: RoleId(id(row, 1)?),
                person: text(row, 2)?,
                person_tag: row.get(3)?,
                spots: row.get(4)?,
                status: text(row, 5)?,
                wait_seq: row.get(6)?,
                ended_seq: row.get(7)?,
                checked_in: row.get(8)?,
                link_version: row.get(9)?,
                created_at: row.get(10)?,
            })
        });
        rows.and_then(Iterator::collect).map_err(unreadable)
    }

    /// At most `limit` answers kept for an event after `after`, in order of who and key.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn keys(&self, event: EventId, after: Option<&KeyRow>, limit: usize) -> Result<Vec<KeyRow>, AuditError> {
        let sql = "select who, key, outcome from idempotency_keys where event_id = ?1 and (who, key) > (?2, ?3)
            order by who, key limit ?4";
        let (who, key) = after.map_or(("", ""), |row| (row.who.as_str(), row.key.as_str()));
        let mut statement = self.0.prepare_cached(sql).map_err(unreadable)?;
        let rows = statement.query_map(params![event.0.as_bytes(), who, key, limit as i64], |row| {
            Ok(KeyRow { who: text(row, 0)?, key: text(row, 1)?, outcome: text(row, 2)? })
        });
        rows.and_then(Iterator::collect).map_err(unreadable)
    }

    fn one<T: rusqlite::types::FromSql>(&self, sql: &str, event: &[u8]) -> Result<Option<T>, AuditError> {
        let mut statement = self.0.prepare_cached(sql).map_err(unreadable)?;
        statement.query_row([event], |row| row.get(0)).optional().map_err(unreadable)
    }

    fn all<T>(
        &self,
        sql: &str,
        event: EventId,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, AuditError> {
        let mut statement = self.0.prepare_cached(sql).map_err(unreadable)?;
        let rows = statement.query_map([event.0.as_bytes()], read);
        rows.and_then(Iterator::collect).map_err(unreadable)
    }
}

/// In the order in which they are selected.
const EVENT_SETTINGS: &[&str] = &[
    "slug",
    "status",
    "visibility",
    "one_per",
    "phone",
    "phone_region",
    "waitlist_policy",
    "waitlist_limit",
    "max_skips",
    "max_spots",
    "roles_per_person",
    "starts_at",
    "ends_at",
    "opens_at",
    "closes_at",
    "cancel_until",
    "promote_until",
    "self_move",
];
/// In the order in which they are selected.
const ROLE_SETTINGS: &[&str] = &["starts_at", "ends_at", "sort", "min_needed", "closed"];

fn counters(row: &Row<'_>) -> rusqlite::Result<CounterRow> {
    Ok(CounterRow {
        capacity: row.get(0)?,
        override_spots: row.get(1)?,
        reserved: row.get(2)?,
        waiting: row.get(3)?,
        registrations: row.get(4)?,
    })
}

fn values(row: &Row<'_>, from: usize, names: &[&'static str]) -> rusqlite::Result<Vec<(&'static str, Value)>> {
    let value = |(index, name): (usize, &&'static str)| {
        let value = match row.get_ref(from + index)? {
            ValueRef::Null => Value::None,
            ValueRef::Integer(number) => Value::Number(number),
            other => Value::Text(String::from_utf8_lossy(other.as_bytes().unwrap_or_default()).into_owned()),
        };
        Ok((*name, value))
    };
    names.iter().enumerate().map(value).collect()
}

fn id(row: &Row<'_>, index: usize) -> rusqlite::Result<Uuid> {
    Ok(Uuid::from_slice(row.get_ref(index)?.as_blob()?).unwrap_or_default())
}

fn bytes(row: &Row<'_>, index: usize) -> rusqlite::Result<Vec<u8>> {
    Ok(row.get_ref(index)?.as_bytes()?.to_vec())
}

fn text(row: &Row<'_>, index: usize) -> rusqlite::Result<String> {
    Ok(String::from_utf8_lossy(row.get_ref(index)?.as_bytes()?).into_owned())
}

fn unreadable(error: rusqlite::Error) -> AuditError {
    AuditError::Unreadable(format!("the data file: {error}"))
}
