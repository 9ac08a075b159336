//! The second round trip: writes what a batch decided and commits, all sent at once, in an order in which no unique
//! index or foreign key trips over a state in between.
//!
//! As the commit is on its way before the first answer comes back, a statement that touches another number of rows than
//! it must has to fail by itself, and with it the whole transaction: `must_be` has it divide by zero.

use std::pin::Pin;

use deadpool_postgres::ClientWrapper;
use futures_util::future::join_all;
use headcount_core::change::Entry;
use headcount_core::ids::{EventId, Millis, Seq};
use headcount_core::notice::Notice;
use headcount_core::working_set::{EventState, StoredKey, WorkingSet, Writes};
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::fault::{Fault, touched};
use super::rows::whole;
use crate::clock;
use crate::store::batch::{Loaded, addressee, stood, wait_ms};
use crate::store::words::{Word as _, teams_text};

mod registrations;
mod roles;

/// A statement that changes rows and divides by zero unless it changed as many as it must. It returns one row.
macro_rules! must_be {
    ($count:literal, $($change:expr),+) => {
        concat!("with written as (", $($change,)+ " returning 1) select 1 / (count(*) = ", $count, ")::int from written")
    };
}
use must_be;

pub(super) const COMMIT: &str = "commit";

pub(super) const DELETE_SLUG: &str = "delete from slugs where event_id = $1";

/// An event with all that belongs to it; fails if anybody is registered. Its idempotency keys stay until they are old.
pub(super) const DELETE_EVENT: &str = must_be!("1", "delete from events where event_id = $1 and seq = $2");

pub(super) const FREE_SLUG: &str = "delete from slugs where event_id = $1 and slug <> $2";

/// Takes no row if the event has its slug already.
pub(super) const TAKE_SLUG: &str = "insert into slugs (event_id, slug) select $1, $2 \
     where not exists (select 1 from slugs where event_id = $1)";

pub(super) const INSERT_EVENT: &str = "insert into events (event_id, slug, visibility, one_per, phone, phone_region, \
     organization_id, teams, status, capacity, waitlist_policy, waitlist_limit, max_skips, max_spots, \
     roles_per_person, starts_at, ends_at, opens_at, closes_at, cancel_until, promote_until, self_move, \
     verify_minutes, retention_days, reserved, waiting, registrations, override_spots, seq, last_at, hash, revision, \
     full_since) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, \
     $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)";

pub(super) const UPDATE_EVENT: &str = must_be!(
    "1",
    "update events set slug = $2, visibility = $3, one_per = $4, phone = $5, phone_region = $6, \
     organization_id = $7, teams = $8, status = $9, capacity = $10, waitlist_policy = $11, waitlist_limit = $12, \
     max_skips = $13, max_spots = $14, roles_per_person = $15, starts_at = $16, ends_at = $17, opens_at = $18, \
     closes_at = $19, cancel_until = $20, promote_until = $21, self_move = $22, verify_minutes = $23, \
     retention_days = $24, reserved = $25, waiting = $26, registrations = $27, override_spots = $28, seq = $29, \
     last_at = $30, hash = $31, revision = $32, full_since = $33 where event_id = $1 and seq = $34"
);

/// Touches no index but the one of those with a waitlist.
pub(super) const UPDATE_EVENT_COUNTERS: &str = must_be!(
    "1",
    "update events set reserved = $2, waiting = $3, registrations = $4, override_spots = $5, seq = $6, last_at = $7, \
     hash = $8, full_since = $9 where event_id = $1 and seq = $10"
);

pub(super) const INSERT_TEXTS: &str = "insert into event_texts \
     (event_id, title, description, location, contact, timezone, metadata) values ($1, $2, $3, $4, $5, $6, $7)";

pub(super) const UPDATE_TEXTS: &str = must_be!(
    "1",
    "update event_texts set title = coalesce($2, title), description = coalesce($3, description), \
     location = coalesce($4, location), contact = coalesce($5, contact), timezone = coalesce($6, timezone), \
     metadata = coalesce($7, metadata) where event_id = $1"
);

// Rows in bulk: `unnest` among the values and not in a `from`, which Citus would gather on its coordinator.

pub(super) const INSERT_ENTRIES: &str = "insert into log (event_id, seq, at, actor, kind, registration_id, body, hash) values ($1, \
     unnest($2::bigint[]), unnest($3::bigint[]), unnest($4::text[]), unnest($5::text[]), \
     unnest($6::uuid[]), unnest($7::text[]), unnest($8::bytea[]))";

pub(super) const INSERT_ENTRY_TEXTS: &str =
    "insert into log_texts (event_id, seq, text) values ($1, unnest($2::bigint[]), unnest($3::text[]))";

/// What must be mailed because of what was decided about an event.
pub(super) const INSERT_NOTICES: &str = "insert into outbox \
     (message_id, template, event_id, registration_id, role_id, seq, stood, created_at, due_at) \
     values (unnest($2::uuid[]), unnest($3::text[]), $1, unnest($4::uuid[]), unnest($5::uuid[]), \
     unnest($6::bigint[]), unnest($7::text[]), $8, unnest($9::bigint[]))";

pub(super) const INSERT_KEYS: &str = "insert into idempotency_keys (event_id, who, key, fingerprint, outcome, at) values ($1, \
     unnest($2::text[]), unnest($3::text[]), unnest($4::bytea[]), unnest($5::text[]), \
     unnest($6::bigint[]))";

/// A value of a statement, kept until it is sent.
type Value = Box<dyn ToSql + Sync + Send>;

/// The statements of a batch in their order, each with its values and what must come of it.
#[derive(Default)]
pub(super) struct Round(Vec<Write>);

struct Write {
    what: &'static str,
    sql: &'static str,
    values: Vec<Value>,
    rows: Rows,
}

/// What must come of a statement.
#[derive(Clone, Copy)]
enum Rows {
    /// It must say that so many rows were written.
    Exactly(usize),
    /// The statement itself sees to it.
    Checked,
    /// However many are concerned.
    Any,
}

/// The values of a statement.
macro_rules! values {
    ($($value:expr),+ $(,)?) => { vec![$(Box::new($value) as $crate::store::postgres::write::Value),+] };
}
use values;

impl Round {
    /// A statement that must write so many rows.
    fn exactly(&mut self, rows: usize, what: &'static str, sql: &'static str, values: Vec<Value>) {
        self.0.push(Write { what, sql, values, rows: Rows::Exactly(rows) });
    }

    /// A statement that fails unless it writes what it must.
    fn checked(&mut self, what: &'static str, sql: &'static str, values: Vec<Value>) {
        self.0.push(Write { what, sql, values, rows: Rows::Checked });
    }

    /// A statement that may have nothing to write.
    fn any(&mut self, what: &'static str, sql: &'static str, values: Vec<Value>) {
        self.0.push(Write { what, sql, values, rows: Rows::Any });
    }

    /// Sends everything and the commit behind it, and waits for all answers. An `ok` to the commit alone would prove
    /// nothing: that of a failed transaction is answered so, too.
    ///
    /// # Errors
    /// The first error; [`Fault::is_a_clear_no`] tells whether the transaction is known to have failed.
    pub(super) async fn send_and_commit(&self, client: &ClientWrapper, statements: &[Statement]) -> Result<(), Fault> {
        type Sent<'a> = Pin<Box<dyn Future<Output = Result<(), Fault>> + Send + 'a>>;
        let mut sent: Vec<Sent<'_>> = Vec::with_capacity(self.0.len() + 1);
        for (write, statement) in self.0.iter().zip(statements) {
            sent.push(Box::pin(write.send(client, statement)));
        }
        sent.push(Box::pin(async { client.batch_execute(COMMIT).await.map_err(Fault::Commit) }));
        // They are polled, and by that sent, in this order.
        join_all(sent).await.into_iter().collect()
    }

    /// Has the statements prepared; after the first time they are there already.
    pub(super) async fn prepare(&self, client: &ClientWrapper) -> Result<Vec<Statement>, Fault> {
        let mut statements = Vec::with_capacity(self.0.len());
        for write in &self.0 {
            statements.push(client.prepare_cached(write.sql).await?);
        }
        Ok(statements)
    }
}

impl Write {
    async fn send(&self, client: &ClientWrapper, statement: &Statement) -> Result<(), Fault> {
        let values: Vec<&(dyn ToSql + Sync)> = self.values.iter().map(|value| &**value as _).collect();
        let found = client.execute(statement, &values).await?;
        match self.rows {
            Rows::Exactly(expected) => touched(self.what, expected, found),
            Rows::Checked => touched(self.what, 1, found),
            Rows::Any => Ok(()),
        }
    }
}

/// Everything a batch decided about its one event. Slugs come last, as others may wait for them.
pub(super) fn round(set: &WorkingSet, loaded: &Loaded) -> Result<Round, Fault> {
    let mut round = Round::default();
    let changed = || set.events.values().filter(|state| !state.writes.entries.is_empty());
    for (event, seq) in &set.deleted {
        round.checked("deleting an event", DELETE_EVENT, values![event.0, whole(seq.0)?]);
    }
    for state in changed() {
        event(&mut round, state, loaded)?;
    }
    keys(&mut round, set)?;
    for (event, _) in &set.deleted {
        round.any("freeing the slug of a deleted event", DELETE_SLUG, values![event.0]);
    }
    for state in changed().filter(|state| loaded.has_new_settings(state)) {
        slug(&mut round, state);
    }
    Ok(round)
}

fn slug(round: &mut Round, state: &EventState) {
    let (id, slug) = (state.event.id.0, &state.event.settings.form.slug);
    if state.writes.loaded_seq.is_some() {
        round.any("freeing a slug", FREE_SLUG, values![id, slug.clone()]);
    }
    round.any("taking a slug", TAKE_SLUG, values![id, slug.clone()]);
}

fn event(round: &mut Round, state: &EventState, loaded: &Loaded) -> Result<(), Fault> {
    let has_new_settings = loaded.has_new_settings(state);
    match state.writes.loaded_seq {
        None => round.exactly(1, "adding an event", INSERT_EVENT, settings_of(state)?),
        Some(seq) if has_new_settings => {
            let mut values = settings_of(state)?;
            values.push(Box::new(whole(seq.0)?));
            round.checked("changing an event", UPDATE_EVENT, values);
        }
        Some(seq) => update_counters(round, state, seq)?,
    }
    texts(round, state);
    roles::write(round, state, has_new_settings)?;
    registrations::write(round, state, loaded)?;
    roles::remove(round, state);
    log(round, state.event.id, &state.writes.entries)?;
    notices(round, state.event.id, &state.writes.notices)?;
    Ok(())
}

/// A time, for a column.
fn moment(moment: Option<Millis>) -> Option<i64> {
    moment.map(|moment| moment.0)
}

/// Id, settings, counters and head of the log, as in [`INSERT_EVENT`].
fn settings_of(state: &EventState) -> Result<Vec<Value>, Fault> {
    let event = &state.event;
    let settings = event.settings.clone();
    let (form, waitlist, counters) = (settings.form, settings.waitlist, event.counters);
    let number = |number: Option<u32>| number.map(i64::from);
    Ok(values![
        event.id.0,
        form.slug,
        form.visibility.word(),
        form.one_per.word(),
        form.phone.word(),
        form.phone_region,
        form.organization.0,
        teams_text(&form.teams),
        settings.status.word(),
        number(settings.capacity),
        waitlist.policy.word(),
        number(waitlist.limit),
        i64::from(waitlist.max_skips),
        i64::from(settings.max_spots.get()),
        i64::from(settings.roles_per_person),
        moment(settings.starts_at),
        moment(settings.ends_at),
        moment(settings.opens_at),
        moment(settings.closes_at),
        moment(settings.cancel_until),
        moment(settings.promote_until),
        settings.self_move,
        number(settings.verify_minutes),
        number(settings.retention_days),
        whole(counters.reserved)?,
        i64::from(counters.waiting),
        i64::from(counters.registrations),
        whole(event.override_spots)?,
        whole(event.seq.0)?,
        event.last_at.0,
        event.hash.0.to_vec(),
        i64::from(event.revision),
        moment(event.full_since),
    ])
}

/// Counters and head of the log, if the event is as it was loaded.
fn update_counters(round: &mut Round, state: &EventState, loaded: Seq) -> Result<(), Fault> {
    let event = &state.event;
    let values = values![
        event.id.0,
        whole(event.counters.reserved)?,
        i64::from(event.counters.waiting),
        i64::from(event.counters.registrations),
        whole(event.override_spots)?,
        whole(event.seq.0)?,
        event.last_at.0,
        event.hash.0.to_vec(),
        moment(event.full_since),
        whole(loaded.0)?,
    ];
    round.checked("counting an event", UPDATE_EVENT_COUNTERS, values);
    Ok(())
}

fn texts(round: &mut Round, state: &EventState) {
    let Writes { texts, loaded_seq, .. } = &state.writes;
    if loaded_seq.is_some() && texts.is_empty() {
        return;
    }
    let texts = texts.clone();
    let values = values![
        state.event.id.0,
        texts.title,
        texts.description,
        texts.location,
        texts.contact,
        texts.timezone,
        texts.metadata,
    ];
    match loaded_seq {
        None => round.exactly(1, "adding the texts of an event", INSERT_TEXTS, values),
        Some(_) => round.checked("changing the texts of an event", UPDATE_TEXTS, values),
    }
}

/// Entries of the log, and the free texts that belong to them.
fn log(round: &mut Round, event: EventId, entries: &[Entry]) -> Result<(), Fault> {
    let seqs = |entries: &[&Entry]| entries.iter().map(|entry| whole(entry.seq.0)).collect::<Result<Vec<_>, _>>();
    let all: Vec<&Entry> = entries.iter().collect();
    let values = values![
        event.0,
        seqs(&all)?,
        entries.iter().map(|entry| entry.at.0).collect::<Vec<i64>>(),
        entries.iter().map(|entry| entry.actor.to_string()).collect::<Vec<String>>(),
        entries.iter().map(|entry| entry.kind).collect::<Vec<&'static str>>(),
        entries.iter().map(|entry| entry.registration.map(|id| id.0)).collect::<Vec<Option<Uuid>>>(),
        entries.iter().map(|entry| entry.body.clone()).collect::<Vec<String>>(),
        entries.iter().map(|entry| entry.hash.0.to_vec()).collect::<Vec<Vec<u8>>>(),
    ];
    round.exactly(entries.len(), "writing the log", INSERT_ENTRIES, values);
    let with_text: Vec<&Entry> = entries.iter().filter(|entry| !entry.text.is_empty()).collect();
    if !with_text.is_empty() {
        let texts: Vec<String> = with_text.iter().map(|entry| entry.text.clone()).collect();
        let values = values![event.0, seqs(&with_text)?, texts];
        round.exactly(with_text.len(), "writing texts of the log", INSERT_ENTRY_TEXTS, values);
    }
    Ok(())
}

fn notices(round: &mut Round, event: EventId, notices: &[Notice]) -> Result<(), Fault> {
    if notices.is_empty() {
        return Ok(());
    }
    let now = clock::now().0;
    let (registrations, roles): (Vec<Option<Uuid>>, Vec<Option<Uuid>>) =
        notices.iter().map(addressee).map(|[registration, role]| (registration, role)).unzip();
    let values = values![
        event.0,
        notices.iter().map(|_| clock::new_id()).collect::<Vec<Uuid>>(),
        notices.iter().map(|notice| notice.kind.word()).collect::<Vec<&'static str>>(),
        registrations,
        roles,
        notices.iter().map(|notice| whole(notice.seq.0)).collect::<Result<Vec<i64>, Fault>>()?,
        notices.iter().map(stood).collect::<Vec<Option<String>>>(),
        now,
        notices.iter().map(|notice| now + wait_ms(notice)).collect::<Vec<i64>>(),
    ];
    round.exactly(notices.len(), "noting what is to be mailed", INSERT_NOTICES, values);
    Ok(())
}

/// The outcomes that are remembered under idempotency keys; all are of one event.
fn keys(round: &mut Round, set: &WorkingSet) -> Result<(), Fault> {
    let Some(first) = set.new_keys.first() else { return Ok(()) };
    let stored: Vec<&StoredKey> = set.new_keys.iter().map(|id| &set.keys[id]).collect();
    let outcome = |stored: &&StoredKey| {
        serde_json::to_string(&stored.outcome)
            .map_err(|error| Fault::Unreadable(format!("an outcome cannot be kept: {error}")))
    };
    let values = values![
        first.event.0,
        set.new_keys.iter().map(|id| id.who.clone()).collect::<Vec<String>>(),
        set.new_keys.iter().map(|id| id.key.clone()).collect::<Vec<String>>(),
        stored.iter().map(|stored| stored.fingerprint.to_vec()).collect::<Vec<Vec<u8>>>(),
        stored.iter().map(outcome).collect::<Result<Vec<String>, Fault>>()?,
        stored.iter().map(|stored| stored.at.0).collect::<Vec<i64>>(),
    ];
    round.exactly(set.new_keys.len(), "keeping outcomes", INSERT_KEYS, values);
    Ok(())
}
