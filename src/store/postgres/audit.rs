//! Reading the raw rows of a PostgreSQL for an audit. See [`crate::store::audit`] for what is read.
//!
//! Whoever audits is not asynchronous, so the connection lives on a runtime of its own, which runs while an answer is
//! waited for. Statements are prepared for one use: nothing is left behind in a server connection that a pooler shares.

use std::fmt;

use deadpool_postgres::ClientWrapper;
use headcount_core::ids::{EventId, RegistrationId, RoleId};
use tokio::runtime::Runtime;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row};
use uuid::Uuid;

use super::address::Address;
use super::facts::NOTED;
use super::migrate::{LAYOUT, MIGRATIONS, READABLE_FROM};
use super::queries::{END, SNAPSHOT};
use super::{connect, explain};
use crate::store::audit::{
    AuditError, EVENT_SETTINGS, EventRow, KeyRow, LogRow, ROLE_SETTINGS, RegistrationRow, RoleRow, SumRow,
};
use raw::{Raw, bytes, counters, settings, text};

mod raw;

/// A PostgreSQL, to be read only.
pub struct Audit {
    client: ClientWrapper,
    /// Stands behind the client, which must go first.
    runtime: Runtime,
    /// Without a password.
    address: String,
}

/// What it holds at one moment.
#[derive(Debug)]
pub struct Snapshot<'a>(&'a Audit);

/// A value of a statement, of the type that the statement takes it for.
type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

const HAS_TABLES: &str = "select count(to_regclass(name)) = count(*) from unnest(array['meta', 'events', 'roles', \
     'registrations', 'log', 'slugs', 'idempotency_keys']) name";

impl Audit {
    pub(in crate::store) fn open(address: &Address) -> Result<Audit, AuditError> {
        let address_text = address.to_string();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| unreadable(&address_text, error))?;
        let client = runtime.block_on(connect::open(address, "verify"));
        // The problem begins with the name of the server.
        let client = client.map_err(AuditError::Unreadable)?;
        let audit = Audit { client, runtime, address: address_text };
        audit.check()?;
        Ok(audit)
    }

    /// Whether the tables are headcount's, and of a layout that is known.
    fn check(&self) -> Result<(), AuditError> {
        let has_tables = self.rows(HAS_TABLES, &[], |row| row.try_get::<_, bool>(0))?;
        if has_tables != [true] {
            return Err(self.unreadable(
                "it holds no tables of headcount: name another database with --database, or make them in this one by \
                 starting `headcount serve` on it",
            ));
        }
        let (layout, readable_from) = (self.noted(LAYOUT)?, self.noted(READABLE_FROM)?);
        let known = MIGRATIONS.last().map_or(0, |last| last.number);
        match layout {
            None => Err(self.unreadable(
                "its table meta names no layout, so it is another program's or damaged: name another database with \
                 --database",
            )),
            Some(found) if found > known && readable_from.is_none_or(|from| from > known) => {
                Err(self.unreadable(format!(
                    "it has layout {found}, this version knows layouts up to {known}: use the version that wrote it, \
                     or a newer one"
                )))
            }
            Some(_) => Ok(()),
        }
    }

    /// The number of a layout.
    fn noted(&self, name: &str) -> Result<Option<i64>, AuditError> {
        let found = self.rows(NOTED, &[(&name, Type::TEXT)], |row| text(row, 0))?;
        Ok(found.first().and_then(|value| value.parse().ok()))
    }

    pub(in crate::store) fn snapshot(&self) -> Result<Snapshot<'_>, AuditError> {
        self.answer(self.client.batch_execute(SNAPSHOT))?;
        Ok(Snapshot(self))
    }

    fn rows<T>(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
        read: impl Fn(&Row) -> Result<T, Error>,
    ) -> Result<Vec<T>, AuditError> {
        let rows = self.answer(self.client.query_typed(sql, parameters))?;
        let read: Result<Vec<T>, Error> = rows.iter().map(read).collect();
        read.map_err(|error| self.unreadable(problem(&error)))
    }

    fn answer<T>(&self, question: impl Future<Output = Result<T, Error>>) -> Result<T, AuditError> {
        self.runtime.block_on(question).map_err(|error| self.unreadable(problem(&error)))
    }

    fn unreadable(&self, problem: impl fmt::Display) -> AuditError {
        unreadable(&self.address, problem)
    }
}

/// The moment is given back. Where that fails the connection is lost, and the moment with it.
impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        let _lost = self.0.answer(self.0.client.batch_execute(END));
    }
}

impl fmt::Debug for Audit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Audit").field(&self.address).finish()
    }
}

impl Snapshot<'_> {
    pub(in crate::store) fn event_after(&self, after: Option<EventId>) -> Result<Option<EventId>, AuditError> {
        let (comparison, after) = behind(after.map(|event| event.0));
        let first =
            |table| format!("(select event_id from {table} where event_id {comparison} $1 order by event_id limit 1)");
        let each = ["events", "log", "roles", "registrations"].map(first).join(" union all ");
        let sql = format!("select event_id from ({each}) each order by event_id limit 1");
        let found = self.0.rows(&sql, &[(&after, Type::UUID)], |row| row.try_get(0).map(EventId))?;
        Ok(found.into_iter().next())
    }

    pub(in crate::store) fn event_by_slug(&self, slug: &str) -> Result<Option<EventId>, AuditError> {
        let sql = "select event_id from slugs where slug = $1";
        let found = self.0.rows(sql, &[(&slug, Type::TEXT)], |row| row.try_get(0).map(EventId))?;
        Ok(found.into_iter().next())
    }

    pub(in crate::store) fn last_seq(&self, event: EventId) -> Result<i64, AuditError> {
        let sql = "select seq from log where event_id = $1 order by seq desc limit 1";
        let found = self.of_event(sql, event, |row| row.try_get(0))?;
        Ok(found.into_iter().next().unwrap_or(0))
    }

    pub(in crate::store) fn event(&self, event: EventId) -> Result<Option<EventRow>, AuditError> {
        let settings_of = EVENT_SETTINGS.join(", ");
        let sql = format!(
            "select capacity, override_spots, reserved, waiting, registrations, full_since, seq, last_at, hash, \
                 revision, {settings_of} \
             from events where event_id = $1"
        );
        let rows = self.of_event(&sql, event, |row| {
            Ok(EventRow {
                counters: counters(row)?,
                seq: row.try_get(6)?,
                last_at: row.try_get(7)?,
                hash: bytes(row, 8)?,
                revision: row.try_get(9)?,
                settings: settings(row, 10, EVENT_SETTINGS)?,
                slugs: Vec::new(),
            })
        })?;
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        let slugs = "select slug from slugs where event_id = $1 order by slug";
        Ok(Some(EventRow { slugs: self.of_event(slugs, event, |row| text(row, 0))?, ..row }))
    }

    pub(in crate::store) fn roles(&self, event: EventId) -> Result<Vec<RoleRow>, AuditError> {
        let settings_of = ROLE_SETTINGS.join(", ");
        let sql = format!(
            "select capacity, override_spots, reserved, waiting, registrations, full_since, role_id, skipped_id, \
                 skips, {settings_of} \
             from roles where event_id = $1 order by role_id"
        );
        self.of_event(&sql, event, |row| {
            Ok(RoleRow {
                role: RoleId(row.try_get(6)?),
                settings: settings(row, 9, ROLE_SETTINGS)?,
                counters: counters(row)?,
                skipped: row.try_get::<_, Option<Uuid>>(7)?.map(RegistrationId),
                skips: row.try_get(8)?,
            })
        })
    }

    pub(in crate::store) fn sums(&self, event: EventId) -> Result<Vec<SumRow>, AuditError> {
        let sql = "select role_id, status, count(*), least(sum(spots), 9223372036854775807)::bigint from registrations where event_id = $1 \
             group by role_id, status order by role_id, status";
        self.of_event(sql, event, |row| {
            let (registrations, spots) = (row.try_get(2)?, row.try_get(3)?);
            Ok(SumRow { role: RoleId(row.try_get(0)?), status: text(row, 1)?, registrations, spots })
        })
    }

    pub(in crate::store) fn log(&self, event: EventId, after: i64, limit: usize) -> Result<Vec<LogRow>, AuditError> {
        let sql = "select seq, at, actor, kind, registration_id, body, hash from log \
             where event_id = $1 and seq > $2 order by seq limit $3";
        let parameters: [Parameter<'_>; 3] =
            [(&event.0, Type::UUID), (&after, Type::INT8), (&at_most(limit), Type::INT8)];
        self.0.rows(sql, &parameters, |row| {
            Ok(LogRow {
                seq: row.try_get(0)?,
                at: row.try_get(1)?,
                actor: bytes(row, 2)?,
                kind: bytes(row, 3)?,
                registration: row.try_get::<_, Option<Raw>>(4)?.map(|id| id.0),
                body: bytes(row, 5)?,
                hash: bytes(row, 6)?,
            })
        })
    }

    pub(in crate::store) fn registrations(
        &self,
        event: EventId,
        after: Option<RegistrationId>,
        limit: usize,
    ) -> Result<Vec<RegistrationRow>, AuditError> {
        let (comparison, after) = behind(after.map(|registration| registration.0));
        let sql = format!(
            "select registration_id, role_id, person, person_tag, spots, status, wait_seq, ended_seq, checked_in, \
                 link_version, created_at, verify_by \
             from registrations where event_id = $1 and registration_id {comparison} $2 \
             order by registration_id limit $3"
        );
        let parameters: [Parameter<'_>; 3] =
            [(&event.0, Type::UUID), (&after, Type::UUID), (&at_most(limit), Type::INT8)];
        self.0.rows(&sql, &parameters, |row| {
            Ok(RegistrationRow {
                registration: RegistrationId(row.try_get(0)?),
                role: RoleId(row.try_get(1)?),
                person: text(row, 2)?,
                person_tag: bytes(row, 3)?,
                spots: row.try_get(4)?,
                status: text(row, 5)?,
                wait_seq: row.try_get(6)?,
                ended_seq: row.try_get(7)?,
                checked_in: row.try_get(8)?,
                link_version: row.try_get(9)?,
                created_at: row.try_get(10)?,
                verify_by: row.try_get(11)?,
            })
        })
    }

    pub(in crate::store) fn keys(
        &self,
        event: EventId,
        after: Option<&KeyRow>,
        limit: usize,
    ) -> Result<Vec<KeyRow>, AuditError> {
        let sql = "select who, key, outcome from idempotency_keys where event_id = $1 and (who, key) > ($2, $3) \
             order by who, key limit $4";
        let (who, key) = after.map_or(("", ""), |row| (row.who.as_str(), row.key.as_str()));
        let parameters: [Parameter<'_>; 4] =
            [(&event.0, Type::UUID), (&who, Type::TEXT), (&key, Type::TEXT), (&at_most(limit), Type::INT8)];
        self.0
            .rows(sql, &parameters, |row| Ok(KeyRow { who: text(row, 0)?, key: text(row, 1)?, outcome: text(row, 2)? }))
    }

    fn of_event<T>(
        &self,
        sql: &str,
        event: EventId,
        read: impl Fn(&Row) -> Result<T, Error>,
    ) -> Result<Vec<T>, AuditError> {
        self.0.rows(sql, &[(&event.0, Type::UUID)], read)
    }
}

/// How ids are compared to get those after this one, or all. The nil id is the smallest there is.
fn behind(after: Option<Uuid>) -> (&'static str, Uuid) {
    after.map_or((">=", Uuid::nil()), |after| (">", after))
}

/// As many rows as there are at most, as a statement takes it.
fn at_most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// What went wrong, and what to do where that is known: an audit is often given a user that may only read.
fn problem(error: &Error) -> String {
    match error.as_db_error() {
        Some(said) if *said.code() == SqlState::INSUFFICIENT_PRIVILEGE => {
            format!("{}: grant this user select on all tables of headcount", said.message())
        }
        _ => explain::chain(error),
    }
}

fn unreadable(address: &str, problem: impl fmt::Display) -> AuditError {
    AuditError::Unreadable(format!("{address}: {problem}"))
}
