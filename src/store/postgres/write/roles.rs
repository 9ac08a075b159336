//! Writing the roles of an event.

use headcount_core::event::Role;
use headcount_core::ids::RoleId;
use headcount_core::working_set::EventState;
use uuid::Uuid;

use super::{Round, Value, moment, must_be, values};
use crate::store::postgres::fault::Fault;
use crate::store::postgres::rows::whole;

macro_rules! unnested_counters {
    () => {
        "$2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::uuid[], $8::bigint[], $9::bigint[]"
    };
}

macro_rules! unnested_settings {
    () => {
        "$10::text[], $11::text[], $12::text[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], \
         $17::bigint[], $18::boolean[]"
    };
}

pub(crate) const INSERT_ROLES: &str = "insert into roles (event_id, role_id, reserved, waiting, registrations, \
     override_spots, skipped_id, skips, full_since, name, name_key, description, capacity, starts_at, ends_at, sort, \
     min_needed, closed) values ($1, unnest($2::uuid[]), unnest($3::bigint[]), unnest($4::bigint[]), unnest($5::bigint[]), \
     unnest($6::bigint[]), unnest($7::uuid[]), unnest($8::bigint[]), unnest($9::bigint[]), unnest($10::text[]), \
     unnest($11::text[]), unnest($12::text[]), unnest($13::bigint[]), unnest($14::bigint[]), unnest($15::bigint[]), \
     unnest($16::bigint[]), unnest($17::bigint[]), unnest($18::boolean[]))";

pub(crate) const UPDATE_ROLES: &str = must_be!(
    "cardinality($2)",
    "update roles set reserved = new.reserved, waiting = new.waiting, registrations = new.registrations, \
     override_spots = new.override_spots, skipped_id = new.skipped_id, skips = new.skips, \
     full_since = new.full_since, name = new.name, name_key = new.name_key, \
     description = coalesce(new.description, roles.description), capacity = new.capacity, \
     starts_at = new.starts_at, ends_at = new.ends_at, sort = new.sort, min_needed = new.min_needed, \
     closed = new.closed from unnest(",
    unnested_counters!(),
    ", ",
    unnested_settings!(),
    ") as new(role_id, reserved, waiting, registrations, override_spots, skipped_id, skips, full_since, name, \
     name_key, description, capacity, starts_at, ends_at, sort, min_needed, closed) \
     where roles.event_id = $1 and roles.role_id = new.role_id"
);

/// Touches no index.
pub(crate) const UPDATE_ROLE_COUNTERS: &str = must_be!(
    "cardinality($2)",
    "update roles set reserved = new.reserved, waiting = new.waiting, registrations = new.registrations, \
     override_spots = new.override_spots, skipped_id = new.skipped_id, skips = new.skips, \
     full_since = new.full_since from unnest(",
    unnested_counters!(),
    ") as new(role_id, reserved, waiting, registrations, override_spots, skipped_id, skips, full_since) \
     where roles.event_id = $1 and roles.role_id = new.role_id"
);

/// Names that no role can have: names are compared with lower-case letters.
pub(crate) const FREE_NAMES: &str = must_be!(
    "cardinality($2)",
    "update roles set name_key = 'ROLE ' || role_id where event_id = $1 and role_id = any($2::uuid[])"
);

pub(crate) const DELETE_ROLES: &str =
    must_be!("cardinality($2)", "delete from roles where event_id = $1 and role_id = any($2::uuid[])");

/// Roles that were changed or added. Those whose name may become free give it up first, so that names can be exchanged.
pub(super) fn write(round: &mut Round, state: &EventState, has_new_settings: bool) -> Result<(), Fault> {
    let (event, writes) = (state.event.id.0, &state.writes);
    let changed: Vec<&Role> =
        writes.roles_changed.difference(&writes.roles_added).filter_map(|id| state.roles.get(id)).collect();
    if !has_new_settings {
        if !changed.is_empty() {
            round.checked("counting roles", UPDATE_ROLE_COUNTERS, counters(event, &changed)?);
        }
        return Ok(());
    }
    let names: Vec<Uuid> = changed.iter().map(|role| role.id.0).chain(ids(&writes.roles_removed)).collect();
    if !names.is_empty() {
        round.checked("freeing the names of roles", FREE_NAMES, values![event, names]);
    }
    if !changed.is_empty() {
        round.checked("changing roles", UPDATE_ROLES, settings(state, &changed, None)?);
    }
    let added: Vec<&Role> = writes.roles_added.iter().filter_map(|id| state.roles.get(id)).collect();
    if !added.is_empty() {
        round.exactly(added.len(), "adding roles", INSERT_ROLES, settings(state, &added, Some(""))?);
    }
    Ok(())
}

/// Roles that were removed; nobody may be in them any more.
pub(super) fn remove(round: &mut Round, state: &EventState) {
    let removed: Vec<Uuid> = ids(&state.writes.roles_removed).collect();
    if !removed.is_empty() {
        round.checked("removing roles", DELETE_ROLES, values![state.event.id.0, removed]);
    }
}

fn ids<'a>(roles: impl IntoIterator<Item = &'a RoleId>) -> impl Iterator<Item = Uuid> {
    roles.into_iter().map(|id| id.0)
}

/// The event, and what changes of the roles without a change of settings.
fn counters(event: Uuid, roles: &[&Role]) -> Result<Vec<Value>, Fault> {
    let number = |number: fn(&Role) -> u64| roles.iter().map(|role| whole(number(role))).collect::<Result<Vec<_>, _>>();
    Ok(values![
        event,
        roles.iter().map(|role| role.id.0).collect::<Vec<Uuid>>(),
        number(|role| role.counters.reserved)?,
        number(|role| role.counters.waiting.into())?,
        number(|role| role.counters.registrations.into())?,
        number(|role| role.override_spots)?,
        roles.iter().map(|role| role.skipped.map(|skipped| skipped.registration.0)).collect::<Vec<Option<Uuid>>>(),
        number(|role| role.skipped.map_or(0, |skipped| skipped.skips.into()))?,
        roles.iter().map(|role| moment(role.full_since)).collect::<Vec<Option<i64>>>(),
    ])
}

/// As [`counters`], then name, its key, description (where nothing is said about it: `unsaid`), and settings.
fn settings(state: &EventState, roles: &[&Role], unsaid: Option<&str>) -> Result<Vec<Value>, Fault> {
    let mut values = counters(state.event.id.0, roles)?;
    let description =
        |role: &&Role| state.writes.descriptions.get(&role.id).map(String::as_str).or(unsaid).map(str::to_owned);
    values.extend(values![
        roles.iter().map(|role| role.name.clone()).collect::<Vec<String>>(),
        roles.iter().map(|role| Role::name_key(&role.name)).collect::<Vec<String>>(),
        roles.iter().map(description).collect::<Vec<Option<String>>>(),
        roles.iter().map(|role| role.settings.capacity.map(i64::from)).collect::<Vec<Option<i64>>>(),
        roles.iter().map(|role| moment(role.settings.starts_at)).collect::<Vec<Option<i64>>>(),
        roles.iter().map(|role| moment(role.settings.ends_at)).collect::<Vec<Option<i64>>>(),
        roles.iter().map(|role| role.settings.order.into()).collect::<Vec<i64>>(),
        roles.iter().map(|role| role.settings.min_needed.into()).collect::<Vec<i64>>(),
        roles.iter().map(|role| role.settings.closed).collect::<Vec<bool>>(),
    ]);
    Ok(values)
}
