//! Reading the raw rows of a data file for an audit. See [`crate::store::audit`] for what is read.

use std::path::Path;

use headcount_core::ids::{EventId, RegistrationId, RoleId};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};
use uuid::Uuid;

use super::migrate::{self, MIGRATIONS};
use super::open::OpenError;
use crate::store::audit::{
    AuditError, CounterRow, EVENT_SETTINGS, EventRow, KeyRow, LogRow, ROLE_SETTINGS, RegistrationRow, RoleRow, SumRow,
    Value,
};

/// A data file, open for reading only.
#[derive(Debug)]
pub struct Audit(Connection);

/// What the data file holds at one moment.
#[derive(Debug)]
pub struct Snapshot<'a>(rusqlite::Transaction<'a>);

/// How long a lock of another process is waited for.
const BUSY_MS_MAX: u64 = 5_000;

const HAS_TABLES: &str = "select count(*) = 6 from sqlite_schema where type = 'table'
    and name in ('events', 'roles', 'registrations', 'log', 'slugs', 'idempotency_keys')";

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(std::time::Duration::from_millis(BUSY_MS_MAX))?;
    Ok(connection)
}

impl Audit {
    pub(in crate::store) fn open(path: &Path) -> Result<Audit, AuditError> {
        let named = |problem: &str| AuditError::Unreadable(format!("{}: {problem}", path.display()));
        if path.is_dir() {
            return Err(named("is a directory; name a file in it, for instance sqlite:PATH/headcount.db"));
        }
        if !path.is_file() {
            return Err(named("there is no such file; name the data file with --database sqlite:PATH"));
        }
        let connection = open(path).map_err(|error| named(&error.to_string()))?;
        let has_tables: bool =
            connection.query_row(HAS_TABLES, [], |row| row.get(0)).map_err(|error| named(&error.to_string()))?;
        match migrate::check(&connection, path, MIGRATIONS) {
            Ok(()) if has_tables => Ok(Audit(connection)),
            Ok(()) | Err(OpenError::NotOurs { .. }) => Err(named("it is not a data file of headcount")),
            Err(OpenError::UnknownSchema { found, known, .. }) => Err(named(&format!(
                "it has layout {found}, this version knows layouts up to {known}: use the version that wrote it, or a \
                 newer one"
            ))),
            Err(error) => Err(named(&error.to_string())),
        }
    }

    pub(in crate::store) fn snapshot(&self) -> Result<Snapshot<'_>, AuditError> {
        self.0.unchecked_transaction().map(Snapshot).map_err(unreadable)
    }
}

impl Snapshot<'_> {
    pub(in crate::store) fn event_after(&self, after: Option<EventId>) -> Result<Option<EventId>, AuditError> {
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

    pub(in crate::store) fn event_by_slug(&self, slug: &str) -> Result<Option<EventId>, AuditError> {
        let mut statement = self.0.prepare_cached("select event_id from slugs where slug = ?1").map_err(unreadable)?;
        let id = statement.query_row([slug], |row| id(row, 0)).optional().map_err(unreadable)?;
        Ok(id.map(EventId))
    }

    pub(in crate::store) fn last_seq(&self, event: EventId) -> Result<i64, AuditError> {
        let seq: Option<Option<i64>> = self.one("select max(seq) from log where event_id = ?1", event.0.as_bytes())?;
        Ok(seq.flatten().unwrap_or(0))
    }

    pub(in crate::store) fn event(&self, event: EventId) -> Result<Option<EventRow>, AuditError> {
        let settings = EVENT_SETTINGS.join(", ");
        let sql = format!(
            "select capacity, override_spots, reserved, waiting, registrations, full_since, seq, last_at, hash,
                 revision, {settings}
             from events where event_id = ?1"
        );
        let mut statement = self.0.prepare_cached(&sql).map_err(unreadable)?;
        let row = statement.query_row([event.0.as_bytes()], |row| {
            Ok(EventRow {
                counters: counters(row)?,
                seq: row.get(6)?,
                last_at: row.get(7)?,
                hash: row.get(8)?,
                revision: row.get(9)?,
                settings: values(row, 10, EVENT_SETTINGS)?,
                slugs: Vec::new(),
            })
        });
        let Some(row) = row.optional().map_err(unreadable)? else { return Ok(None) };
        let slugs = "select slug from slugs where event_id = ?1 order by slug";
        Ok(Some(EventRow { slugs: self.all(slugs, event, |row| row.get(0))?, ..row }))
    }

    pub(in crate::store) fn roles(&self, event: EventId) -> Result<Vec<RoleRow>, AuditError> {
        let settings = ROLE_SETTINGS.join(", ");
        let sql = format!(
            "select capacity, override_spots, reserved, waiting, registrations, full_since, role_id, skipped_id,
                 skips, {settings}
             from roles where event_id = ?1 order by role_id"
        );
        self.all(&sql, event, |row| {
            let skipped: Option<Vec<u8>> = row.get(7)?;
            Ok(RoleRow {
                role: RoleId(id(row, 6)?),
                settings: values(row, 9, ROLE_SETTINGS)?,
                counters: counters(row)?,
                skipped: skipped.map(|bytes| RegistrationId(Uuid::from_slice(&bytes).unwrap_or_default())),
                skips: row.get(8)?,
            })
        })
    }

    pub(in crate::store) fn sums(&self, event: EventId) -> Result<Vec<SumRow>, AuditError> {
        let sql = "select role_id, status, count(*), sum(spots) from registrations where event_id = ?1
            group by role_id, status order by role_id, status";
        self.all(sql, event, |row| {
            let (status, registrations, spots) = (row.get(1)?, row.get(2)?, row.get(3)?);
            Ok(SumRow { role: RoleId(id(row, 0)?), status, registrations, spots })
        })
    }

    pub(in crate::store) fn log(&self, event: EventId, after: i64, limit: usize) -> Result<Vec<LogRow>, AuditError> {
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

    pub(in crate::store) fn registrations(
        &self,
        event: EventId,
        after: Option<RegistrationId>,
        limit: usize,
    ) -> Result<Vec<RegistrationRow>, AuditError> {
        let sql = "select registration_id, role_id, person, person_tag, spots, status, wait_seq, ended_seq, checked_in,
                link_version, created_at, verify_by
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
                verify_by: row.get(11)?,
            })
        });
        rows.and_then(Iterator::collect).map_err(unreadable)
    }

    pub(in crate::store) fn keys(
        &self,
        event: EventId,
        after: Option<&KeyRow>,
        limit: usize,
    ) -> Result<Vec<KeyRow>, AuditError> {
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

fn counters(row: &Row<'_>) -> rusqlite::Result<CounterRow> {
    Ok(CounterRow {
        capacity: row.get(0)?,
        override_spots: row.get(1)?,
        reserved: row.get(2)?,
        waiting: row.get(3)?,
        registrations: row.get(4)?,
        full_since: row.get(5)?,
    })
}

fn values(row: &Row<'_>, from: usize, names: &[&'static str]) -> rusqlite::Result<Vec<(&'static str, Value)>> {
    let value = |(index, name): (usize, &&'static str)| {
        let value = match row.get_ref(from + index)? {
            ValueRef::Null => Value::None,
            ValueRef::Integer(number) => Value::Number(number),
            ValueRef::Blob(_) => Value::Text(id(row, from + index)?.to_string()),
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
