//! Writing the registrations of an event.

use headcount_core::event::Registration;
use headcount_core::working_set::EventState;
use rusqlite::Connection;

use crate::store::batch::Loaded;
use crate::store::sqlite::fault::{Fault, touched};
use crate::store::sqlite::rows::{self, Binder, registration_columns};

/// An active registration that is about to become one of another role or person leaves its place in the unique index
/// before anybody takes it. What it is in between cannot be anybody else: no two have the same place in the waiting
/// order.
pub(crate) const STEP_ASIDE: &str = "update registrations set status = 'removed', verify_by = null, ended_seq = -wait_seq \
     where event_id = ?1 and registration_id = ?2 and ended_seq = 0";

pub(crate) const UPDATE_REGISTRATION: &str = "update registrations set role_id = ?3, person = ?4, person_tag = ?5, \
     spots = ?6, status = ?7, verify_by = ?8, wait_seq = ?9, ended_seq = ?10, checked_in = ?11, link_version = ?12, \
     created_at = ?13, name = ?14, email = ?15, phone = ?16, notes = ?17, special_requirements = ?18, \
     staff_note = ?19, metadata = ?20, language = ?21 \
     where event_id = ?1 and registration_id = ?2";

pub(crate) const INSERT_REGISTRATION: &str = concat!(
    "insert into registrations (event_id, ",
    registration_columns!(),
    ") values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)"
);

/// Registrations that were changed or added. Two may exchange roles, and a new one may take the place of one that ended:
/// first those that end, then those that stay active, then the new ones.
pub(super) fn write(connection: &Connection, state: &EventState, loaded: &Loaded) -> Result<(), Fault> {
    let changed = || state.writes.registrations_changed.iter().map(|id| &state.registrations[id]);
    let active = || changed().filter(|one| one.status.is_active());
    write_all(connection, state, changed().filter(|one| !one.status.is_active()), UPDATE_REGISTRATION)?;
    for one in active().filter(|one| loaded.moved(state.event.id, one)) {
        step_aside(connection, state, one)?;
    }
    write_all(connection, state, active(), UPDATE_REGISTRATION)?;
    let added = state.writes.registrations_added.iter().map(|id| &state.registrations[id]);
    write_all(connection, state, added, INSERT_REGISTRATION)
}

fn step_aside(connection: &Connection, state: &EventState, one: &Registration) -> Result<(), Fault> {
    let parameters = [state.event.id.0.as_bytes(), one.id.0.as_bytes()];
    touched("stepping aside", 1, connection.prepare_cached(STEP_ASIDE)?.execute(parameters)?)
}

fn write_all<'a>(
    connection: &Connection,
    state: &EventState,
    registrations: impl Iterator<Item = &'a Registration>,
    sql: &'static str,
) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    for one in registrations {
        let mut binder = Binder::of(&mut statement);
        rows::bind_registration(&mut binder, state.event.id, one)?;
        touched("writing a registration", 1, binder.execute()?)?;
    }
    Ok(())
}
