//! Writing the roles of an event.

use headcount_core::event::Role;
use headcount_core::working_set::EventState;
use rusqlite::Connection;

use crate::store::sqlite::fault::{Fault, touched};
use crate::store::sqlite::rows::{self, Binder};

pub(crate) const INSERT_ROLE: &str = "insert into roles (event_id, role_id, reserved, waiting, registrations, \
     override_spots, skipped_id, skips, full_since, name, name_key, description, capacity, starts_at, ends_at, sort, \
     min_needed, closed) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, coalesce(?12, ''), ?13, ?14, ?15, ?16, \
     ?17, ?18)";

pub(crate) const UPDATE_ROLE: &str = "update roles set reserved = ?3, waiting = ?4, registrations = ?5, \
     override_spots = ?6, skipped_id = ?7, skips = ?8, full_since = ?9, name = ?10, name_key = ?11, \
     description = coalesce(?12, description), capacity = ?13, starts_at = ?14, ends_at = ?15, sort = ?16, \
     min_needed = ?17, closed = ?18 where event_id = ?1 and role_id = ?2";

/// Touches no index.
pub(crate) const UPDATE_ROLE_COUNTERS: &str = "update roles set reserved = ?3, waiting = ?4, registrations = ?5, \
     override_spots = ?6, skipped_id = ?7, skips = ?8, full_since = ?9 where event_id = ?1 and role_id = ?2";

/// A name that no role can have: names are compared with lower-case letters.
pub(crate) const FREE_NAME: &str =
    "update roles set name_key = 'ROLE ' || hex(role_id) where event_id = ?1 and role_id = ?2";

pub(crate) const DELETE_ROLE: &str = "delete from roles where event_id = ?1 and role_id = ?2";

/// Roles that were changed or added. Those whose name may become free give it up first, so that names can be exchanged.
pub(super) fn write(connection: &Connection, state: &EventState, has_new_settings: bool) -> Result<(), Fault> {
    let writes = &state.writes;
    let changed = || writes.roles_changed.difference(&writes.roles_added).filter_map(|id| state.roles.get(id));
    if !has_new_settings {
        return changed().try_for_each(|role| update_counters(connection, state, role));
    }
    let mut free_name = connection.prepare_cached(FREE_NAME)?;
    for id in changed().map(|role| &role.id).chain(&writes.roles_removed) {
        let found = free_name.execute([state.event.id.0.as_bytes(), id.0.as_bytes()])?;
        touched("freeing the name of a role", 1, found)?;
    }
    for role in changed() {
        write_all(connection, state, role, UPDATE_ROLE)?;
    }
    for role in writes.roles_added.iter().filter_map(|id| state.roles.get(id)) {
        write_all(connection, state, role, INSERT_ROLE)?;
    }
    Ok(())
}

/// Roles that were removed; nobody may be in them any more.
pub(super) fn remove(connection: &Connection, state: &EventState) -> Result<(), Fault> {
    for id in &state.writes.roles_removed {
        let parameters = [state.event.id.0.as_bytes(), id.0.as_bytes()];
        touched("removing a role", 1, connection.prepare_cached(DELETE_ROLE)?.execute(parameters)?)?;
    }
    Ok(())
}

fn write_all(connection: &Connection, state: &EventState, role: &Role, sql: &'static str) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut binder = Binder::of(&mut statement);
    let description = state.writes.descriptions.get(&role.id).map(String::as_str);
    rows::bind_role_counters(&mut binder, state.event.id, role)?;
    rows::bind_role_settings(&mut binder, role, description)?;
    touched("writing a role", 1, binder.execute()?)
}

fn update_counters(connection: &Connection, state: &EventState, role: &Role) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(UPDATE_ROLE_COUNTERS)?;
    let mut binder = Binder::of(&mut statement);
    rows::bind_role_counters(&mut binder, state.event.id, role)?;
    touched("counting a role", 1, binder.execute()?)
}
