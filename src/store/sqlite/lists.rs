//! Reading lists, page by page. Each goes along an index from where the page before ended; what a filter asks beyond
//! the index is judged row by row, up to a maximum of rows a page.

use std::collections::BTreeMap;
use std::ops::Range;

use headcount_core::event::{EventStatus, Registration, Status};
use headcount_core::ids::{EventId, Millis, OrganizationId, RoleId, Seq};
use headcount_core::person::fold;
use headcount_core::view::EventView;
use rusqlite::{Connection, Row, Statement, params};
use uuid::Uuid;

use super::fault::Fault;
use super::load;
use super::queries;
use super::rows::{self, Columns, registration_columns};
use crate::store::cursor::{self, Filling, Room};
use crate::store::listing::{
    EventPlace, PersonPlace, RegistrationPlace, STATUSES, has_text, keys_and_start, lets_through, mentions,
};
use crate::store::read::{
    Dates, EventFilter, Head, Listed, Page, PersonCounts, PersonRef, RegistrationFilter, RegistrationView,
};
use crate::store::words::Word as _;

macro_rules! events {
    ($index:literal, $where:literal, $order:literal) => {
        concat!(
            "select event_id, starts_at, status, visibility, slug, organization_id, teams, ",
            "(select title from event_texts where event_texts.event_id = events.event_id) from events indexed by ",
            $index,
            " where ",
            $where,
            " order by ",
            $order
        )
    };
}

/// From ?1 and ?2 on, before ?3.
pub(super) const DATED: &str =
    events!("events_by_start", "(starts_at, event_id) > (?1, ?2) and starts_at < ?3", "starts_at, event_id");

pub(super) const DATED_OF_STATUS: &str = events!(
    "events_by_status",
    "status = ?4 and (starts_at, event_id) > (?1, ?2) and starts_at < ?3",
    "starts_at, event_id"
);

pub(super) const UNDATED: &str = events!("events_by_start", "starts_at is null and event_id > ?1", "event_id");

pub(super) const UNDATED_OF_STATUS: &str =
    events!("events_by_status", "status = ?2 and starts_at is null and event_id > ?1", "event_id");

pub(super) const REGISTRATIONS: &str = concat!(
    "select ",
    registration_columns!(),
    " from registrations indexed by registrations_by_role where event_id = ?1 and role_id = ?2 and status = ?3 \
     and (wait_seq, registration_id) > (?4, ?5) order by wait_seq, registration_id"
);

/// From ?1 to ?4 on, before the key ?5.
pub(super) const OF_PERSON: &str = concat!(
    "select event_id, ",
    registration_columns!(),
    " from registrations indexed by registrations_by_person \
     where (person, event_id, role_id, ended_seq) > (?1, ?2, ?3, ?4) and person < ?5 \
     order by person, event_id, role_id, ended_seq"
);

pub(super) const COUNTS_OF_PERSON: &str = "select count(*) filter (where status = 'confirmed'), \
     count(*) filter (where status = 'held'), count(*) filter (where status = 'waitlisted'), \
     count(*) filter (where ended_seq <> 0) \
     from registrations indexed by registrations_by_person where person >= ?1 and person < ?2";

/// Before every id.
const NO_ID: [u8; 0] = [];

/// Events by their start.
pub(super) fn events(
    connection: &Connection,
    filter: &EventFilter,
    page: &Page,
    now: Millis,
) -> Result<Listed<EventView>, Fault> {
    let after: Option<EventPlace> = cursor::start(page)?;
    let mut filling = Filling::new(page);
    let mut room = Room::Left;
    if filter.dates == Dates::Any && !matches!(after, Some((None, _))) {
        room = dated(connection, filter, after, &mut filling)?;
    }
    if room == Room::Left && filter.to.is_none() {
        let after = after.filter(|(start, _)| start.is_none()).map(|(_, id)| id);
        undated(connection, filter, after, &mut filling)?;
    }
    let (ids, next_cursor) = filling.finish();
    let mut items = Vec::with_capacity(ids.len());
    for id in ids {
        items.extend(queries::event(connection, id, now)?);
    }
    Ok(Listed { items, next_cursor })
}

fn dated(
    connection: &Connection,
    filter: &EventFilter,
    after: Option<EventPlace>,
    filling: &mut Filling<EventPlace, EventId>,
) -> Result<Room, Fault> {
    let first = (filter.from.map_or(i64::MIN, |from| from.0), NO_ID.to_vec());
    let after = after.and_then(|(start, id)| Some((start?, id.as_bytes().to_vec())));
    let (start, id) = after.map_or(first.clone(), |after| after.max(first));
    let to = filter.to.map_or(i64::MAX, |to| to.0);
    match &filter.status {
        Some(status) => {
            let mut statement = connection.prepare_cached(DATED_OF_STATUS)?;
            fill_with_events(statement.query(params![start, id, to, status])?, filter, filling)
        }
        None => {
            let mut statement = connection.prepare_cached(DATED)?;
            fill_with_events(statement.query(params![start, id, to])?, filter, filling)
        }
    }
}

fn undated(
    connection: &Connection,
    filter: &EventFilter,
    after: Option<Uuid>,
    filling: &mut Filling<EventPlace, EventId>,
) -> Result<Room, Fault> {
    let after = after.map_or(NO_ID.to_vec(), |id| id.as_bytes().to_vec());
    match &filter.status {
        Some(status) => {
            let mut statement = connection.prepare_cached(UNDATED_OF_STATUS)?;
            fill_with_events(statement.query(params![after, status])?, filter, filling)
        }
        None => {
            let mut statement = connection.prepare_cached(UNDATED)?;
            fill_with_events(statement.query(params![after])?, filter, filling)
        }
    }
}

fn fill_with_events(
    mut found: rusqlite::Rows<'_>,
    filter: &EventFilter,
    filling: &mut Filling<EventPlace, EventId>,
) -> Result<Room, Fault> {
    let text = filter.text.as_deref().map(fold);
    while let Some(row) = found.next()? {
        let mut columns = Columns::of(row);
        let (event, start) = (EventId(columns.id()?), columns.get()?);
        let is_draft = columns.word::<EventStatus>()? == EventStatus::Draft;
        let visibility = columns.word()?;
        let slug: Option<String> = columns.get()?;
        let (organization, teams) = (OrganizationId(columns.id()?), columns.teams()?);
        let head = Head { event, is_draft, visibility, organization, teams };
        let wanted = lets_through(filter, &head) && mentions(&[slug, columns.get()?], text.as_deref());
        if filling.look((start, event.0), wanted.then_some(event)) == Room::Full {
            return Ok(Room::Full);
        }
    }
    Ok(Room::Left)
}

/// Registrations of an event: for each status and role those who signed up first.
pub(super) fn registrations(
    connection: &Connection,
    event: EventId,
    filter: &RegistrationFilter,
    page: &Page,
) -> Result<Listed<RegistrationView>, Fault> {
    let after: Option<RegistrationPlace> = cursor::start(page)?;
    let Some(state) = load::event_state(connection, event, 1)? else { return Ok(Listed::nothing()) };
    let statuses =
        STATUSES.into_iter().enumerate().filter(|(_, status)| filter.status.is_none_or(|one| one == *status));
    let text = filter.text.as_deref().map(fold);
    let mut filling = Filling::new(page);
    let mut statement = connection.prepare_cached(REGISTRATIONS)?;
    'all: for (number, status) in statuses {
        for role in state.roles.keys().filter(|id| filter.role.is_none_or(|one| one == **id)) {
            let start = match after {
                Some((status, after_role, _, _)) if (number, role.0) < (status, after_role) => continue,
                Some((status, after_role, seq, id)) if (number, role.0) == (status, after_role) => (Seq(seq), Some(id)),
                _ => (Seq(0), None),
            };
            let mut found = query_registrations(&mut statement, event, *role, status, start)?;
            while let Some(row) = found.next()? {
                let one = rows::registration(&mut Columns::of(row))?;
                let place = (number, role.0, one.wait_seq.0, one.id.0);
                let wanted = has_text(&one, text.as_deref()).then_some(one);
                if filling.look(place, wanted) == Room::Full {
                    break 'all;
                }
            }
        }
    }
    let (found, next_cursor) = filling.finish();
    let mut lines = Lines::default();
    let mut items = Vec::with_capacity(found.len());
    for one in found {
        let position = lines.position(connection, event, &one)?;
        items.push(queries::registration_view(&state, one, position));
    }
    Ok(Listed { items, next_cursor })
}

fn query_registrations<'s>(
    statement: &'s mut Statement<'_>,
    event: EventId,
    role: RoleId,
    status: Status,
    (seq, id): (Seq, Option<Uuid>),
) -> Result<rusqlite::Rows<'s>, Fault> {
    // Numbers that are not stored come after all that are.
    let seq = i64::try_from(seq.0).unwrap_or(i64::MAX);
    let id = id.map_or(NO_ID.to_vec(), |id| id.as_bytes().to_vec());
    Ok(statement.query(params![event.0.as_bytes(), role.0.as_bytes(), status.word(), seq, id])?)
}

/// Someone's registrations over all events.
pub(super) fn person_registrations(
    connection: &Connection,
    person: &PersonRef,
    page: &Page,
) -> Result<(PersonCounts, Listed<RegistrationView>), Fault> {
    let (ranges, after) = keys_and_start(person, page)?;
    let mut filling = Filling::new(page);
    for range in &ranges {
        if fill_with_keys(connection, range, after.as_ref(), &mut filling)? == Room::Full {
            break;
        }
    }
    let (found, next_cursor) = filling.finish();
    let mut items = Vec::with_capacity(found.len());
    for (event, one) in found {
        let Some(state) = load::event_state(connection, event, 1)? else { continue };
        let position = load::position(connection, event, &one)?;
        items.push(queries::registration_view(&state, one, position));
    }
    Ok((counts_of_person(connection, &ranges)?, Listed { items, next_cursor }))
}

fn fill_with_keys(
    connection: &Connection,
    keys: &Range<String>,
    after: Option<&PersonPlace>,
    filling: &mut Filling<PersonPlace, (EventId, Registration)>,
) -> Result<Room, Fault> {
    let (key, event, role, ended) = match after {
        Some((key, event, role, ended)) if *key >= keys.start => {
            let ended = i64::try_from(*ended).map_err(|_| Fault::BadCursor)?;
            (key, event.as_bytes().to_vec(), role.as_bytes().to_vec(), ended)
        }
        _ => (&keys.start, NO_ID.to_vec(), NO_ID.to_vec(), -1),
    };
    let mut statement = connection.prepare_cached(OF_PERSON)?;
    let mut found = statement.query(params![key, event, role, ended, keys.end])?;
    while let Some(row) = found.next()? {
        let mut columns = Columns::of(row);
        let event = EventId(columns.id()?);
        let one = rows::registration(&mut columns)?;
        let place = (one.person.key.clone(), event.0, one.role.0, one.ended_seq.0);
        if filling.look(place, Some((event, one))) == Room::Full {
            return Ok(Room::Full);
        }
    }
    Ok(Room::Left)
}

fn counts_of_person(connection: &Connection, ranges: &[Range<String>]) -> Result<PersonCounts, Fault> {
    let counts = |row: &Row<'_>| {
        let mut columns = Columns::of(row);
        let (confirmed, held) = (columns.count()?, columns.count()?);
        Ok(PersonCounts { confirmed, held, waitlisted: columns.count()?, ended: columns.count()? })
    };
    let mut statement = connection.prepare_cached(COUNTS_OF_PERSON)?;
    let mut sum = PersonCounts { confirmed: 0, held: 0, waitlisted: 0, ended: 0 };
    for keys in ranges {
        let more = statement.query_row([&keys.start, &keys.end], counts)?;
        sum.confirmed += more.confirmed;
        sum.held += more.held;
        sum.waitlisted += more.waitlisted;
        sum.ended += more.ended;
    }
    Ok(sum)
}

/// Places in the queues of an event, for registrations in waiting order: each is counted on from the one before.
#[derive(Default)]
struct Lines(BTreeMap<RoleId, (Seq, u64)>);

impl Lines {
    fn position(&mut self, connection: &Connection, event: EventId, one: &Registration) -> Result<Option<u64>, Fault> {
        if one.status != Status::Waitlisted {
            return Ok(None);
        }
        let line = self.0.entry(one.role).or_default();
        line.1 += load::waiting_between(connection, event, one.role, line.0, one.wait_seq)?;
        line.0 = one.wait_seq;
        Ok(Some(line.1))
    }
}
