//! Loading: what a batch needs, as a [`WorkingSet`]. Runs inside the transaction that will write.

use std::collections::{BTreeMap, BTreeSet};

use headcount_core::command::{Cut, EventNeeds, Needs};
use headcount_core::event::{Counters, Event, Registration, Role, Status};
use headcount_core::ids::{EventId, RegistrationId, RoleId, Seq, Spots};
use headcount_core::working_set::{EventState, KeyId, StoredKey, WorkingSet};
use rusqlite::{Connection, OptionalExtension as _, Params, Row, params};
use uuid::Uuid;

use super::fault::Fault;
use super::rows::{self, Columns, event_columns, registration_columns, role_columns};
use crate::store::batch::{WITH_PLACES, latest_needed};
use crate::store::words::Word as _;

pub(super) const EVENT: &str = concat!("select ", event_columns!(), " from events where event_id = ?1");

pub(super) const ROLES: &str = concat!("select ", role_columns!(), " from roles where event_id = ?1");

pub(super) const SLUG: &str = "select event_id from slugs where slug = ?1";

pub(super) const KEY: &str =
    "select fingerprint, outcome, at from idempotency_keys where event_id = ?1 and who = ?2 and key = ?3";

pub(super) const REGISTRATION: &str =
    concat!("select ", registration_columns!(), " from registrations where event_id = ?1 and registration_id = ?2");

pub(super) const ACTIVE_OF_PERSON: &str = concat!(
    "select ",
    registration_columns!(),
    " from registrations indexed by registrations_by_person where person = ?1 and event_id = ?2 and ended_seq = 0"
);

pub(super) const HISTORY_OF_PERSON: &str = concat!(
    "select ",
    registration_columns!(),
    " from registrations indexed by registrations_by_person where person = ?1 and event_id = ?2"
);

/// The next larger party size after ?3, then its earliest parties.
pub(super) const WAITING: &str = concat!(
    "select ",
    registration_columns!(),
    " from registrations indexed by registrations_waiting \
     where event_id = ?1 and role_id = ?2 and status = 'waitlisted' and spots = ( \
         select min(spots) from registrations indexed by registrations_waiting \
         where event_id = ?1 and role_id = ?2 and status = 'waitlisted' and spots > ?3 \
     ) order by wait_seq limit ?4"
);

pub(super) const LATEST_WITH_PLACES: &str = concat!(
    "select ",
    registration_columns!(),
    " from registrations indexed by registrations_by_role \
     where event_id = ?1 and role_id = ?2 and status = ?3 order by wait_seq desc limit ?4"
);

pub(super) const WAITING_BETWEEN: &str = "select count(*) from registrations indexed by registrations_by_role \
     where event_id = ?1 and role_id = ?2 and status = 'waitlisted' and wait_seq > ?3 and wait_seq <= ?4";

pub(super) const RECOUNT: &str = "select coalesce(sum(spots) filter (where status in ('confirmed', 'held')), 0), \
     count(*) filter (where status = 'waitlisted'), count(*) from registrations where event_id = ?1 and role_id = ?2";

/// Everything that `needs` names.
pub(super) fn working_set(connection: &Connection, needs: &Needs) -> Result<WorkingSet, Fault> {
    let mut set = WorkingSet::default();
    for slug in &needs.slugs {
        if let Some(owner) = slug_owner(connection, slug)? {
            set.slugs.insert(slug.clone(), owner);
        }
    }
    for (id, wanted) in &needs.events {
        for (who, key) in &wanted.keys {
            if let Some(stored) = stored_key(connection, *id, who, key)? {
                set.keys.insert(KeyId { event: *id, who: who.clone(), key: key.clone() }, stored);
            }
        }
        if let Some(mut state) = event_state(connection, *id, wanted.waiting_each)? {
            registrations(connection, &mut state, wanted)?;
            if wanted.recount {
                state.recount = recount(connection, &state)?;
            }
            cuts(connection, &mut state, &wanted.cuts)?;
            set.events.insert(*id, state);
        }
    }
    Ok(set)
}

/// An event with its roles and the head of its waitlist: `waiting_each` parties of each role and party size.
pub(super) fn event_state(
    connection: &Connection,
    id: EventId,
    waiting_each: usize,
) -> Result<Option<EventState>, Fault> {
    let event: Option<Event> =
        connection.prepare_cached(EVENT)?.query_row([id.0.as_bytes()], rows::event).optional()?;
    let Some(event) = event else { return Ok(None) };
    let roles = collect(connection, ROLES, [id.0.as_bytes()], |row| rows::role(&mut Columns::of(row)))?;
    let mut state = EventState::loaded(event, roles);
    let waiting: Vec<RoleId> =
        state.roles.values().filter(|role| role.counters.waiting > 0).map(|role: &Role| role.id).collect();
    for role in waiting {
        queue(connection, &mut state, role, waiting_each.max(1))?;
    }
    Ok(Some(state))
}

/// The registration with this id, whatever its status.
pub(super) fn registration(
    connection: &Connection,
    event: EventId,
    id: RegistrationId,
) -> Result<Option<Registration>, Fault> {
    let parameters = [event.0.as_bytes(), id.0.as_bytes()];
    let mut statement = connection.prepare_cached(REGISTRATION)?;
    Ok(statement.query_row(parameters, |row| rows::registration(&mut Columns::of(row))).optional()?)
}

/// All rows of a query.
pub(super) fn collect<T>(
    connection: &Connection,
    sql: &'static str,
    parameters: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, Fault> {
    Ok(connection.prepare_cached(sql)?.query_map(parameters, read)?.collect::<rusqlite::Result<_>>()?)
}

fn slug_owner(connection: &Connection, slug: &str) -> Result<Option<EventId>, Fault> {
    let owner = |row: &Row<'_>| row.get(0).map(|id| EventId(Uuid::from_bytes(id)));
    Ok(connection.prepare_cached(SLUG)?.query_row([slug], owner).optional()?)
}

/// What is remembered under an idempotency key.
pub(super) fn stored_key(
    connection: &Connection,
    event: EventId,
    who: &str,
    key: &str,
) -> Result<Option<StoredKey>, Fault> {
    let mut statement = connection.prepare_cached(KEY)?;
    let found = statement
        .query_row(params![event.0.as_bytes(), who, key], |row| {
            let mut columns = Columns::of(row);
            Ok((columns.get()?, columns.get::<String>()?, columns.millis()?))
        })
        .optional()?;
    let Some((fingerprint, outcome, at)) = found else { return Ok(None) };
    Ok(Some(StoredKey { fingerprint, outcome: serde_json::from_str(&outcome)?, at }))
}

/// The earliest of each party size that waits in `role`. Jumps from size to size over the index.
fn queue(connection: &Connection, state: &mut EventState, role: RoleId, each: usize) -> Result<(), Fault> {
    let limit = i64::try_from(each).unwrap_or(i64::MAX).saturating_add(1);
    let mut after = 0;
    while let Some(spots) = queue_of_size(connection, state, role, after, limit)? {
        after = spots.get();
    }
    Ok(())
}

/// Loads those of the next size after `after`; none if there are no larger parties. Reads one more than is kept, to
/// know whether the list is whole.
fn queue_of_size(
    connection: &Connection,
    state: &mut EventState,
    role: RoleId,
    after: u32,
    limit: i64,
) -> Result<Option<Spots>, Fault> {
    let parameters = params![state.event.id.0.as_bytes(), role.0.as_bytes(), after, limit];
    let mut found = collect(connection, WAITING, parameters, |row| rows::registration(&mut Columns::of(row)))?;
    let Some(spots) = found.first().map(|first| first.spots) else { return Ok(None) };
    let whole = i64::try_from(found.len()).is_ok_and(|found| found < limit);
    if !whole {
        found.pop();
    }
    state.queue.load(role, spots, found.iter().map(|one| (one.wait_seq, one.id)).collect(), whole);
    keep(state, found);
    Ok(Some(spots))
}

/// Those named, each with the active ones of the same person, the active ones of the persons named, and all of those
/// whose history is asked for.
fn registrations(connection: &Connection, state: &mut EventState, wanted: &EventNeeds) -> Result<(), Fault> {
    let mut people: BTreeSet<String> = BTreeSet::new();
    for id in &wanted.registrations {
        if !state.registrations.contains_key(id) {
            keep(state, registration(connection, state.event.id, *id)?);
        }
        people.extend(state.registrations.get(id).map(|one| one.person.key.clone()));
    }
    of_people(connection, state, ACTIVE_OF_PERSON, people.iter().chain(wanted.persons.difference(&people)))?;
    of_people(connection, state, HISTORY_OF_PERSON, wanted.histories.iter())
}

fn of_people<'a>(
    connection: &Connection,
    state: &mut EventState,
    sql: &'static str,
    people: impl Iterator<Item = &'a String>,
) -> Result<(), Fault> {
    let event = state.event.id;
    let mut statement = connection.prepare_cached(sql)?;
    for person in people {
        let mut found = statement.query(params![person, event.0.as_bytes()])?;
        while let Some(row) = found.next()? {
            keep(state, [rows::registration(&mut Columns::of(row))?]);
        }
    }
    Ok(())
}

/// The latest parties that have places.
fn cuts(connection: &Connection, state: &mut EventState, cuts: &[Cut]) -> Result<(), Fault> {
    for (role, many) in latest_needed(state, cuts) {
        for status in WITH_PLACES {
            let parameters = params![state.event.id.0.as_bytes(), role.0.as_bytes(), status.word(), many];
            let read = |row: &Row<'_>| rows::registration(&mut Columns::of(row));
            keep(state, collect(connection, LATEST_WITH_PLACES, parameters, read)?);
        }
    }
    Ok(())
}

/// The counters of each role as its registrations give them, O(registrations).
fn recount(connection: &Connection, state: &EventState) -> Result<BTreeMap<RoleId, Counters>, Fault> {
    let mut statement = connection.prepare_cached(RECOUNT)?;
    let mut counted = BTreeMap::new();
    for role in state.roles.keys() {
        let parameters = [state.event.id.0.as_bytes(), role.0.as_bytes()];
        counted.insert(*role, statement.query_row(parameters, |row| rows::counters(&mut Columns::of(row)))?);
    }
    Ok(counted)
}

fn keep(state: &mut EventState, found: impl IntoIterator<Item = Registration>) {
    state.registrations.extend(found);
}

/// How many stand in the line of `role` after `after` up to and with `to`.
pub(super) fn waiting_between(
    connection: &Connection,
    event: EventId,
    role: RoleId,
    after: Seq,
    to: Seq,
) -> Result<u64, Fault> {
    let parameters = params![event.0.as_bytes(), role.0.as_bytes(), rows::whole(after.0)?, rows::whole(to.0)?];
    let mut statement = connection.prepare_cached(WAITING_BETWEEN)?;
    Ok(statement.query_row(parameters, |row| Columns::of(row).count())?)
}

/// Place of a waiting registration in its role's queue, 1 is next; none if it does not wait. O(place).
pub(super) fn position(connection: &Connection, event: EventId, one: &Registration) -> Result<Option<u64>, Fault> {
    let waits = one.status == Status::Waitlisted;
    waits.then(|| waiting_between(connection, event, one.role, Seq(0), one.wait_seq)).transpose()
}
