//! Reading single things. Each function runs inside one snapshot.

use std::collections::HashMap;

use headcount_core::command::EventTexts;
use headcount_core::event::{EventStatus, Registration};
use headcount_core::ids::{EventId, Millis, RegistrationId, RoleId, Seq};
use headcount_core::view::EventView;
use headcount_core::working_set::EventState;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::fault::Fault;
use super::load::{self, collect};
use super::rows::{self, Columns};
use crate::store::read::{EventRef, FormOf, LogFilter, LogLine, RegistrationInEvent, RegistrationView, SeqsBetween};

/// Lines of a log that one answer holds at most.
const LOG_LINES_MAX: u32 = 10_000;
/// Of each role and party size the first says what is kept for those who wait.
const HEADS_ONLY: usize = 1;

pub(super) const FORM_BY_ID: &str = "select event_id, status, slug, visibility, one_per, phone, phone_region, organization_id, teams \
     from events where event_id = ?1";

pub(super) const FORM_BY_SLUG: &str = "select event_id, status, slug, visibility, one_per, phone, phone_region, organization_id, teams \
     from events where event_id = (select event_id from slugs where slug = ?1)";

pub(super) const TEXTS: &str = "select title, description, location, contact, timezone, metadata \
     from event_texts where event_id = ?1";

pub(super) const DESCRIPTIONS: &str = "select role_id, description from roles where event_id = ?1";

pub(super) const LOG: &str = "select seq, at, actor, kind, registration_id, body, hash, \
     (select text from log_texts where log_texts.event_id = log.event_id and log_texts.seq = log.seq) \
     from log where event_id = ?1 and seq > ?2 order by seq limit ?3";

pub(super) const LOG_BACK: &str = "select seq, at, actor, kind, registration_id, body, hash, \
     (select text from log_texts where log_texts.event_id = log.event_id and log_texts.seq = log.seq) \
     from log where event_id = ?1 and seq >= ?2 and seq < ?3 and (?4 is null or registration_id = ?4 \
     or kind = 'swapped' and instr(body, ?7) > 0) and (?5 is null or kind = ?5) order by seq desc limit ?6";

pub(super) const DUE_VERIFICATIONS: &str = "select event_id, registration_id from registrations \
     indexed by registrations_unverified where verify_by is not null and verify_by <= ?1 order by verify_by limit ?2";

pub(super) const UNSETTLED_EVENTS: &str = "select event_id from events indexed by events_waiting \
     where waiting > 0 and (capacity is null or reserved < capacity) and exists (select 1 from roles \
     where roles.event_id = events.event_id and roles.waiting > 0 \
     and (roles.capacity is null or roles.reserved < roles.capacity))";

const PING: &str = "select count(*) from (select 1 from meta limit 1)";

/// What a request about an event is read under.
pub(super) fn form(connection: &Connection, event: &EventRef) -> Result<Option<FormOf>, Fault> {
    let found = match event {
        EventRef::Id(id) => connection.prepare_cached(FORM_BY_ID)?.query_row([id.0.as_bytes()], read_form),
        EventRef::Slug(slug) => connection.prepare_cached(FORM_BY_SLUG)?.query_row([slug], read_form),
    };
    Ok(found.optional()?)
}

/// An event as it is shown.
pub(super) fn event(connection: &Connection, id: EventId, now: Millis) -> Result<Option<EventView>, Fault> {
    let state = load::event_state(connection, id, HEADS_ONLY)?;
    state.map(|state| view(connection, &state, now)).transpose()
}

/// A registration with its event.
pub(super) fn registration(
    connection: &Connection,
    event: EventId,
    id: RegistrationId,
    now: Millis,
) -> Result<Option<RegistrationInEvent>, Fault> {
    let Some(state) = load::event_state(connection, event, HEADS_ONLY)? else { return Ok(None) };
    let Some(registration) = load::registration(connection, event, id)? else { return Ok(None) };
    let position = load::position(connection, event, &registration)?;
    let registration = registration_view(&state, registration, position);
    Ok(Some(RegistrationInEvent { registration, event: view(connection, &state, now)? }))
}

/// A registration of a loaded event as it is shown.
pub(super) fn registration_view(state: &EventState, one: Registration, position: Option<u64>) -> RegistrationView {
    let role_name = state.role_of(&one).name.clone();
    RegistrationView { event: state.event.id, registration: one, role_name, position, seq: state.event.seq }
}

/// Lines of an event's log.
pub(super) fn log(connection: &Connection, event: EventId, after: Seq, limit: u32) -> Result<Vec<LogLine>, Fault> {
    // No log is that long: nothing comes after such a number.
    let Ok(after) = i64::try_from(after.0) else { return Ok(Vec::new()) };
    collect(connection, LOG, params![event.0.as_bytes(), after, limit.min(LOG_LINES_MAX)], log_line)
}

/// Lines of an event's log, the newest first.
pub(super) fn log_back(
    connection: &Connection,
    event: EventId,
    between: SeqsBetween,
    filter: &LogFilter,
    limit: u32,
) -> Result<Vec<LogLine>, Fault> {
    let [from, before] = [between.from, between.before].map(|seq| i64::try_from(seq.0).unwrap_or(i64::MAX));
    let registration = filter.registration.map(|id| *id.0.as_bytes());
    // The other half of a swap names it in the body alone.
    let named = filter.registration.map(|id| id.0.to_string());
    let values = params![event.0.as_bytes(), from, before, registration, filter.kind, limit.min(LOG_LINES_MAX), named];
    collect(connection, LOG_BACK, values, log_line)
}

/// The events in which somebody waits although not everything is taken.
pub(super) fn unsettled_events(connection: &Connection) -> Result<Vec<EventId>, Fault> {
    collect(connection, UNSETTLED_EVENTS, [], |row| Columns::of(row).id().map(EventId))
}

/// Registrations whose e-mail had to be verified by `now`, the longest overdue first.
pub(super) fn due_verifications(
    connection: &Connection,
    now: Millis,
    limit: u32,
) -> Result<Vec<(EventId, RegistrationId)>, Fault> {
    collect(connection, DUE_VERIFICATIONS, params![now.0, limit], |row| {
        let mut columns = Columns::of(row);
        Ok((EventId(columns.id()?), RegistrationId(columns.id()?)))
    })
}

/// Whether the file can be read.
pub(super) fn ping(connection: &Connection) -> Result<(), Fault> {
    Ok(connection.prepare_cached(PING)?.query_row([], |_| Ok(()))?)
}

fn read_form(row: &Row<'_>) -> rusqlite::Result<FormOf> {
    let mut columns = Columns::of(row);
    let event = EventId(columns.id()?);
    let is_draft = columns.word::<EventStatus>()? == EventStatus::Draft;
    Ok(FormOf { event, form: rows::form(&mut columns)?, is_draft })
}

fn view(connection: &Connection, state: &EventState, now: Millis) -> Result<EventView, Fault> {
    let id = state.event.id.0.as_bytes();
    let texts = connection.prepare_cached(TEXTS)?.query_row([id], |row| {
        let mut columns = Columns::of(row);
        Ok(EventTexts {
            title: columns.get()?,
            description: columns.get()?,
            location: columns.get()?,
            contact: columns.get()?,
            timezone: columns.get()?,
            metadata: columns.get()?,
        })
    })?;
    let described = collect(connection, DESCRIPTIONS, [id], |row| {
        let mut columns = Columns::of(row);
        Ok((RoleId(columns.id()?), columns.get()?))
    })?;
    let mut descriptions: HashMap<RoleId, String> = described.into_iter().collect();
    Ok(state.view(texts, |role| descriptions.remove(&role).unwrap_or_default(), now))
}

fn log_line(row: &Row<'_>) -> rusqlite::Result<LogLine> {
    let mut columns = Columns::of(row);
    Ok(LogLine {
        seq: columns.seq()?,
        at: columns.millis()?,
        actor: columns.get()?,
        kind: columns.get()?,
        registration: columns.optional_id()?.map(RegistrationId),
        body: columns.get()?,
        hash: columns.hash()?,
        text: columns.get()?,
    })
}
