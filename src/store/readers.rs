//! The way to read beside the writers, whichever database it is.

use std::collections::BTreeMap;

use headcount_core::event::Status;
use headcount_core::ids::{EventId, Millis, RegistrationId, RoleId, Seq};
use headcount_core::view::EventView;
use headcount_core::working_set::StoredKey;
use uuid::Uuid;

use super::listing::key_ranges;
use super::read::{
    Addressee, EventFilter, EventRef, FormOf, Listed, LogBack, LogFilter, LogLine, Page, PersonCounts, PersonRef,
    RegistrationFilter, RegistrationInEvent, RegistrationView, SeqsBetween, Start,
};
use super::script::{Row, Value};
use super::words::Word as _;
use super::{StoreError, postgres, sqlite};
use crate::values;

/// In how many events somebody is counted at most.
const EVENTS_OF_PERSON_MAX: u32 = 1_000;

/// So many lines of a log are looked through for one answer.
const LOG_LINES_LOOKED_THROUGH: u64 = 20_000;

const SEQ: &str = "select seq from events where event_id = $1";

const COUNTS_BY_EVENT: &str = "select event_id, count(*) filter (where status = 'confirmed'), \
     count(*) filter (where status = 'held'), count(*) filter (where status = 'waitlisted'), \
     count(*) filter (where ended_seq <> 0) from registrations where person >= $1 and person < $2 \
     group by event_id order by event_id limit $3";

const ADDRESSEES: &str = "select registration_id, role_id, status, created_at, \
     cast(case when email is null then 0 else 1 end as bigint) from registrations \
     where event_id = $1 and registration_id > $2 order by registration_id limit $3";

const STARTS: &str = "select starts_at, event_id, cast(null as uuid) as role_id from events \
     where starts_at > $1 and starts_at <= $2 and status in ('published', 'closed') \
     union all select r.starts_at, r.event_id, r.role_id from roles r join events e on e.event_id = r.event_id \
     where r.starts_at > $1 and r.starts_at <= $2 and e.status in ('published', 'closed') order by 1 limit $3";

const SEQS: &str = "select event_id, seq from events where event_id > $1 order by event_id limit $2";

const CHANGED: &str = "select event_id from events where last_at >= $1 and event_id > $2 order by event_id limit $3";

/// The way to read. Every question is answered from one state of the database, so that everything in an answer belongs
/// together. Cheap to clone.
#[derive(Clone)]
pub enum Readers {
    /// Of a data file.
    Sqlite(sqlite::Readers),
    /// Of a PostgreSQL.
    Postgres(postgres::Readers),
}

macro_rules! whichever {
    ($self:ident, $readers:ident => $answer:expr) => {
        match $self {
            Readers::Sqlite($readers) => $answer.await,
            Readers::Postgres($readers) => $answer.await,
        }
    };
}

impl Readers {
    /// The event that is meant, and what a request about it is read under. Most often answered without a look at the
    /// database: the form may be as old as the last commit here, or a second where other servers commit too. The decision
    /// compares it.
    ///
    /// # Errors
    /// If the storage cannot be read; so for all below.
    pub async fn resolve(&self, event: &EventRef) -> Result<Option<FormOf>, StoreError> {
        whichever!(self, readers => readers.resolve(event))
    }

    /// As [`Readers::resolve`], by what is stored at this moment: of a change that another server on the same database has
    /// made, this one is not told.
    ///
    /// # Errors
    /// See [`Readers::resolve`].
    pub async fn resolve_anew(&self, event: &EventRef) -> Result<Option<FormOf>, StoreError> {
        match self {
            // Every change of a data file passes through this process.
            Readers::Sqlite(readers) => readers.resolve(event).await,
            Readers::Postgres(readers) => readers.resolve_anew(event).await,
        }
    }

    /// What is remembered under an idempotency key.
    ///
    /// # Errors
    /// See [`Readers::resolve`].
    pub async fn answer(&self, event: EventId, who: &str, key: &str) -> Result<Option<StoredKey>, StoreError> {
        whichever!(self, readers => readers.answer(event, who, key))
    }

    /// An event as it is shown at `now`.
    ///
    /// # Errors
    /// See [`Readers::resolve`].
    pub async fn event(&self, event: EventId, now: Millis) -> Result<Option<EventView>, StoreError> {
        whichever!(self, readers => readers.event(event, now))
    }

    /// Events by their start, then by id; those without a start last.
    ///
    /// # Errors
    /// See [`Readers::resolve`]; [`StoreError::BadCursor`].
    pub async fn events(
        &self,
        filter: &EventFilter,
        page: &Page,
        now: Millis,
    ) -> Result<Listed<EventView>, StoreError> {
        whichever!(self, readers => readers.events(filter, page, now))
    }

    /// A registration with its event. Costs O(its place in the queue).
    ///
    /// # Errors
    /// See [`Readers::resolve`].
    pub async fn registration(
        &self,
        event: EventId,
        id: RegistrationId,
        now: Millis,
    ) -> Result<Option<RegistrationInEvent>, StoreError> {
        whichever!(self, readers => readers.registration(event, id, now))
    }

    /// Registrations of an event by status (confirmed, held, waitlisted, then the ended ones), role, and order of sign-up.
    ///
    /// # Errors
    /// See [`Readers::resolve`]; [`StoreError::BadCursor`].
    pub async fn registrations(
        &self,
        event: EventId,
        filter: &RegistrationFilter,
        page: &Page,
    ) -> Result<Listed<RegistrationView>, StoreError> {
        whichever!(self, readers => readers.registrations(event, filter, page))
    }

    /// Those who signed up for an event, by their ids: at most `limit`, after `after`.
    ///
    /// # Errors
    /// See [`Readers::resolve`].
    pub async fn addressees(&self, event: EventId, after: Uuid, limit: u32) -> Result<Vec<Addressee>, StoreError> {
        let addressee = |row: &Row| {
            let status = row.text(2)?;
            let unknown = || StoreError::Unavailable(format!("there is no status {status}"));
            Ok(Addressee {
                registration: RegistrationId(row.id(0)?),
                role: RoleId(row.id(1)?),
                status: Status::of_word(&status).ok_or_else(unknown)?,
                created_at: Millis(row.int(3)?),
                has_address: row.is_set(4)?,
            })
        };
        self.rows(ADDRESSEES, values![event, after, i64::from(limit)]).await?.iter().map(addressee).collect()
    }

    /// What begins after `from` and until `to` and takes place, the first before the others; at most `limit`.
    ///
    /// # Errors
    /// See [`Readers::resolve`].
    pub async fn starts(&self, from: Millis, to: Millis, limit: u32) -> Result<Vec<Start>, StoreError> {
        let start = |row: &Row| {
            Ok(Start { at: Millis(row.int(0)?), event: EventId(row.id(1)?), role: row.opt_id(2)?.map(RoleId) })
        };
        self.rows(STARTS, values![from, to, i64::from(limit)]).await?.iter().map(start).collect()
    }

    /// Someone's registrations over all events, with their counts, by key, event, role, and when they ended.
    ///
    /// # Errors
    /// See [`Readers::resolve`]; [`StoreError::BadCursor`].
    pub async fn person_registrations(
        &self,
        person: &PersonRef,
        page: &Page,
    ) -> Result<(PersonCounts, Listed<RegistrationView>), StoreError> {
        whichever!(self, readers => readers.person_registrations(person, page))
    }

    /// Someone's counts event by event, by its id; of at most 1,000 events.
    ///
    /// # Errors
    /// See [`Readers::resolve`].
    pub async fn person_counts_by_event(&self, person: &PersonRef) -> Result<Vec<(EventId, PersonCounts)>, StoreError> {
        let mut found = BTreeMap::new();
        for keys in key_ranges(person) {
            for row in self.rows(COUNTS_BY_EVENT, values![keys.start, keys.end, EVENTS_OF_PERSON_MAX]).await? {
                let counts: &mut PersonCounts = found.entry(EventId(row.id(0)?)).or_default();
                counts.confirmed += row.count(1)?;
                counts.held += row.count(2)?;
                counts.waitlisted += row.count(3)?;
                counts.ended += row.count(4)?;
            }
        }
        Ok(found.into_iter().collect())
    }

    /// At most `limit` lines of an event's log after `after`, in order.
    ///
    /// # Errors
    /// See [`Readers::resolve`].
    pub async fn log(&self, event: EventId, after: Seq, limit: u32) -> Result<Vec<LogLine>, StoreError> {
        whichever!(self, readers => readers.log(event, after, limit))
    }

    /// At most `limit` lines of an event's log before `before` (none: the newest), the newest first. Of a long log only a part
    /// is looked through, so that there may be fewer although older ones follow.
    ///
    /// # Errors
    /// See [`Readers::resolve`].
    pub async fn log_back(
        &self,
        event: EventId,
        before: Option<Seq>,
        filter: &LogFilter,
        limit: u32,
    ) -> Result<LogBack, StoreError> {
        let newest = self.rows(SEQ, values![event]).await?.first().map_or(Ok(0), |row| row.count(0))?;
        let before = before.map_or(newest + 1, |before| before.0.min(newest + 1));
        // The seqs of an event are 1, 2, 3 … without gaps.
        let between =
            SeqsBetween { from: Seq(before.saturating_sub(LOG_LINES_LOOKED_THROUGH).max(1)), before: Seq(before) };
        let lines = whichever!(self, readers => readers.log_back(event, between, filter, limit))?;
        let is_full = lines.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
        let next_before = if is_full { lines.last().map(|line| line.seq) } else { Some(between.from) };
        Ok(LogBack { lines, next_before: next_before.filter(|seq| seq.0 > 1) })
    }

    /// The seqs of at most `limit` events after `after`, by id; those of the nil id are all.
    ///
    /// # Errors
    /// See [`Readers::resolve`].
    pub async fn seqs(&self, after: EventId, limit: u32) -> Result<Vec<(EventId, Seq)>, StoreError> {
        let rows = self.rows(SEQS, values![after, limit]).await?;
        rows.iter().map(|row| Ok((EventId(row.id(0)?), Seq(row.count(1)?)))).collect()
    }

    /// At most `limit` events after `after` whose log has an entry of this time or later, by id. O(events).
    ///
    /// # Errors
    /// See [`Readers::resolve`].
    pub async fn changed_since(&self, since: Millis, after: EventId, limit: u32) -> Result<Vec<EventId>, StoreError> {
        let rows = self.rows(CHANGED, values![since, after, limit]).await?;
        rows.iter().map(|row| Ok(EventId(row.id(0)?))).collect()
    }

    /// The rows that a statement of a script's kind finds, all from one state of the database.
    ///
    /// # Errors
    /// See [`Readers::resolve`].
    pub async fn rows(&self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        whichever!(self, readers => readers.rows(sql, values))
    }

    /// The events in which somebody waits although not everything is taken: where promotion may have been cut short.
    /// O(events in which somebody waits).
    ///
    /// # Errors
    /// See [`Readers::resolve`].
    pub async fn unsettled_events(&self) -> Result<Vec<EventId>, StoreError> {
        whichever!(self, readers => readers.unsettled_events())
    }

    /// The way to other servers on the same database; none where there can be no others.
    pub fn neighbours(&self) -> Option<postgres::Neighbours> {
        match self {
            Readers::Sqlite(_) => None,
            Readers::Postgres(readers) => Some(readers.neighbours()),
        }
    }

    /// At most `limit` registrations whose e-mail had to be verified by `now` and was not, the longest overdue first.
    ///
    /// # Errors
    /// See [`Readers::resolve`].
    pub async fn due_verifications(
        &self,
        now: Millis,
        limit: u32,
    ) -> Result<Vec<(EventId, RegistrationId)>, StoreError> {
        whichever!(self, readers => readers.due_verifications(now, limit))
    }

    /// Whether the file can be read.
    ///
    /// # Errors
    /// See [`Readers::resolve`].
    pub async fn ping(&self) -> Result<(), StoreError> {
        whichever!(self, readers => readers.ping())
    }
}
