//! Writing: what a batch decided, in an order in which no unique index or foreign key trips over a state in between.
//! Every statement must touch exactly the rows it means; anything else is a bug and nothing is kept.

use headcount_core::change::Entry;
use headcount_core::ids::{EventId, Seq};
use headcount_core::working_set::{EventState, KeyId, StoredKey, WorkingSet, Writes};
use rusqlite::{Connection, params};

use super::fault::{Fault, touched};
use super::rows::{self, Binder, event_columns, whole};
use crate::store::batch::Loaded;

mod notices;
mod registrations;
mod roles;

#[cfg(test)]
pub(super) use notices::INSERT_NOTICE;
#[cfg(test)]
pub(super) use registrations::{INSERT_REGISTRATION, STEP_ASIDE, UPDATE_REGISTRATION};
#[cfg(test)]
pub(super) use roles::{DELETE_ROLE, FREE_NAME, INSERT_ROLE, UPDATE_ROLE, UPDATE_ROLE_COUNTERS};

pub(super) const DELETE_EVENT: &str = "delete from events where event_id = ?1 and seq = ?2";

pub(super) const FREE_SLUG: &str = "delete from slugs where event_id = ?1 and slug <> ?2";

pub(super) const INSERT_SLUG: &str = "insert into slugs (slug, event_id) values (?1, ?2)";

pub(super) const INSERT_EVENT: &str = concat!(
    "insert into events (",
    event_columns!(),
    ") values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, \
     ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33)"
);

pub(super) const UPDATE_EVENT: &str = "update events set slug = ?2, visibility = ?3, one_per = ?4, phone = ?5, \
     phone_region = ?6, organization_id = ?7, teams = ?8, status = ?9, capacity = ?10, waitlist_policy = ?11, \
     waitlist_limit = ?12, max_skips = ?13, max_spots = ?14, roles_per_person = ?15, starts_at = ?16, ends_at = ?17, \
     opens_at = ?18, closes_at = ?19, cancel_until = ?20, promote_until = ?21, self_move = ?22, verify_minutes = ?23, \
     retention_days = ?24, reserved = ?25, waiting = ?26, registrations = ?27, override_spots = ?28, seq = ?29, \
     last_at = ?30, hash = ?31, revision = ?32, full_since = ?33 where event_id = ?1 and seq = ?34";

/// Touches no index but the one of those with a waitlist.
pub(super) const UPDATE_EVENT_COUNTERS: &str = "update events set reserved = ?2, waiting = ?3, registrations = ?4, \
     override_spots = ?5, seq = ?6, last_at = ?7, hash = ?8, full_since = ?9 where event_id = ?1 and seq = ?10";

pub(super) const INSERT_TEXTS: &str = "insert into event_texts \
     (event_id, title, description, location, contact, timezone, metadata) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

pub(super) const UPDATE_TEXTS: &str = "update event_texts set title = coalesce(?2, title), \
     description = coalesce(?3, description), location = coalesce(?4, location), contact = coalesce(?5, contact), \
     timezone = coalesce(?6, timezone), metadata = coalesce(?7, metadata) where event_id = ?1";

pub(super) const INSERT_ENTRY: &str = "insert into log (event_id, seq, at, actor, kind, registration_id, body, hash) \
     values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

pub(super) const INSERT_ENTRY_TEXT: &str = "insert into log_texts (event_id, seq, text) values (?1, ?2, ?3)";

pub(super) const INSERT_KEY: &str = "insert into idempotency_keys (event_id, who, key, fingerprint, outcome, at) \
     values (?1, ?2, ?3, ?4, ?5, ?6)";

/// Everything a batch decided.
pub(super) fn working_set(connection: &Connection, set: &WorkingSet, loaded: &Loaded) -> Result<(), Fault> {
    for (event, seq) in &set.deleted {
        delete_event(connection, *event, *seq)?;
    }
    let changed = || set.events.values().filter(|state| !state.writes.entries.is_empty());
    // All slugs that become free, before anybody takes one.
    let mut without_slug = Vec::new();
    for state in changed().filter(|state| loaded.has_new_settings(state)) {
        if state.writes.loaded_seq.is_none() || frees_slug(connection, state)? {
            without_slug.push(state);
        }
    }
    for state in changed() {
        event(connection, state, loaded)?;
    }
    for state in without_slug {
        insert_slug(connection, state)?;
    }
    for id in &set.new_keys {
        insert_key(connection, id, &set.keys[id])?;
    }
    Ok(())
}

fn event(connection: &Connection, state: &EventState, loaded: &Loaded) -> Result<(), Fault> {
    let has_new_settings = loaded.has_new_settings(state);
    match state.writes.loaded_seq {
        None => insert_event(connection, state)?,
        Some(seq) if has_new_settings => update_event(connection, state, seq)?,
        Some(seq) => update_event_counters(connection, state, seq)?,
    }
    texts(connection, state)?;
    roles::write(connection, state, has_new_settings)?;
    registrations::write(connection, state, loaded)?;
    roles::remove(connection, state)?;
    log(connection, &state.writes.entries)?;
    notices::write(connection, state)
}

/// An event with all that belongs to it; fails if anybody is registered. Its idempotency keys stay until they are old.
fn delete_event(connection: &Connection, event: EventId, seq: Seq) -> Result<(), Fault> {
    let found = connection.prepare_cached(DELETE_EVENT)?.execute(params![event.0.as_bytes(), whole(seq.0)?])?;
    touched("deleting an event", 1, found)
}

/// Frees the slug that an event had, if it has another one now.
fn frees_slug(connection: &Connection, state: &EventState) -> Result<bool, Fault> {
    let event = &state.event;
    let parameters = params![event.id.0.as_bytes(), event.settings.form.slug];
    Ok(connection.prepare_cached(FREE_SLUG)?.execute(parameters)? > 0)
}

fn insert_slug(connection: &Connection, state: &EventState) -> Result<(), Fault> {
    let event = &state.event;
    let parameters = params![event.settings.form.slug, event.id.0.as_bytes()];
    touched("taking a slug", 1, connection.prepare_cached(INSERT_SLUG)?.execute(parameters)?)
}

fn insert_event(connection: &Connection, state: &EventState) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(INSERT_EVENT)?;
    let mut binder = Binder::of(&mut statement);
    rows::bind_event(&mut binder, &state.event)?;
    touched("adding an event", 1, binder.execute()?)
}

/// Settings and counters, if the event is as it was loaded.
fn update_event(connection: &Connection, state: &EventState, loaded: Seq) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(UPDATE_EVENT)?;
    let mut binder = Binder::of(&mut statement);
    rows::bind_event(&mut binder, &state.event)?;
    binder.count(loaded.0)?;
    touched("changing an event", 1, binder.execute()?)
}

/// Counters and head of the log, if the event is as it was loaded.
fn update_event_counters(connection: &Connection, state: &EventState, loaded: Seq) -> Result<(), Fault> {
    let event = &state.event;
    let mut statement = connection.prepare_cached(UPDATE_EVENT_COUNTERS)?;
    let mut binder = Binder::of(&mut statement);
    binder.id(event.id.0)?;
    binder.counters(event.counters)?;
    binder.count(event.override_spots)?;
    binder.count(event.seq.0)?;
    binder.put(event.last_at.0)?;
    binder.put(event.hash.0)?;
    binder.moment(event.full_since)?;
    binder.count(loaded.0)?;
    touched("counting an event", 1, binder.execute()?)
}

fn texts(connection: &Connection, state: &EventState) -> Result<(), Fault> {
    let Writes { texts, loaded_seq, .. } = &state.writes;
    if loaded_seq.is_some() && texts.is_empty() {
        return Ok(());
    }
    let sql = if loaded_seq.is_none() { INSERT_TEXTS } else { UPDATE_TEXTS };
    let parameters = params![
        state.event.id.0.as_bytes(),
        texts.title,
        texts.description,
        texts.location,
        texts.contact,
        texts.timezone,
        texts.metadata
    ];
    touched("writing the texts of an event", 1, connection.prepare_cached(sql)?.execute(parameters)?)
}

/// Entries of the log, and the free texts that belong to them.
fn log(connection: &Connection, entries: &[Entry]) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(INSERT_ENTRY)?;
    for entry in entries {
        let mut binder = Binder::of(&mut statement);
        binder.id(entry.event.0)?;
        binder.count(entry.seq.0)?;
        binder.put(entry.at.0)?;
        binder.put(&entry.actor)?;
        binder.put(entry.kind)?;
        binder.put(entry.registration.map(|id| id.0.into_bytes()))?;
        binder.put(&entry.body)?;
        binder.put(entry.hash.0)?;
        touched("writing the log", 1, binder.execute()?)?;
    }
    for entry in entries.iter().filter(|entry| !entry.text.is_empty()) {
        let parameters = params![entry.event.0.as_bytes(), whole(entry.seq.0)?, entry.text];
        let found = connection.prepare_cached(INSERT_ENTRY_TEXT)?.execute(parameters)?;
        touched("writing a text of the log", 1, found)?;
    }
    Ok(())
}

fn insert_key(connection: &Connection, id: &KeyId, stored: &StoredKey) -> Result<(), Fault> {
    let outcome = serde_json::to_string(&stored.outcome)?;
    let parameters = params![id.event.0.as_bytes(), id.who, id.key, stored.fingerprint, outcome, stored.at.0];
    touched("keeping an outcome", 1, connection.prepare_cached(INSERT_KEY)?.execute(parameters)?)
}
