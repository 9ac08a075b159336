//! Writing the registrations of an event.

use headcount_core::event::Registration;
use headcount_core::working_set::EventState;
use uuid::Uuid;

use super::{Round, Value, must_be, values};
use crate::store::postgres::fault::Fault;
use crate::store::postgres::rows::whole;
use crate::store::words::Word as _;

/// An active registration that is about to become one of another role or person leaves its place in the unique index
/// before anybody takes it. What it is in between cannot be anybody else: no two have the same place in the waiting
/// order.
pub(crate) const STEP_ASIDE: &str = "update registrations set status = 'removed', ended_seq = -wait_seq \
     from unnest($2::uuid[], $3::uuid[], $4::text[]) as new(registration_id, role_id, person) \
     where registrations.event_id = $1 and registrations.registration_id = new.registration_id \
     and registrations.ended_seq = 0 \
     and (registrations.role_id <> new.role_id or registrations.person <> new.person)";

macro_rules! unnested {
    () => {
        "unnest($2::uuid[], $3::uuid[], $4::text[], $5::bytea[], $6::bigint[], $7::text[], $8::bigint[], $9::bigint[], \
         $10::bigint[], $11::bigint[], $12::bigint[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], \
         $18::text[])"
    };
}

pub(crate) const UPDATE_REGISTRATIONS: &str = must_be!(
    "cardinality($2)",
    "update registrations set role_id = new.role_id, person = new.person, person_tag = new.person_tag, \
     spots = new.spots, status = new.status, wait_seq = new.wait_seq, ended_seq = new.ended_seq, \
     checked_in = new.checked_in, link_version = new.link_version, created_at = new.created_at, name = new.name, \
     email = new.email, phone = new.phone, notes = new.notes, special_requirements = new.special_requirements, \
     staff_note = new.staff_note from ",
    unnested!(),
    " as new(registration_id, role_id, person, person_tag, spots, status, wait_seq, ended_seq, checked_in, \
     link_version, created_at, name, email, phone, notes, special_requirements, staff_note) \
     where registrations.event_id = $1 and registrations.registration_id = new.registration_id"
);

pub(crate) const INSERT_REGISTRATIONS: &str = concat!(
    "insert into registrations (event_id, registration_id, role_id, person, person_tag, spots, status, wait_seq, \
     ended_seq, checked_in, link_version, created_at, name, email, phone, notes, special_requirements, staff_note) \
     select $1, * from ",
    unnested!()
);

/// Registrations that were changed or added. Two may exchange roles, and a new one may take the place of one that ended:
/// first those that end, then those that stay active, then the new ones.
pub(super) fn write(round: &mut Round, state: &EventState) -> Result<(), Fault> {
    let changed = state.writes.registrations_changed.iter().map(|id| &state.registrations[id]);
    let (active, ended): (Vec<&Registration>, Vec<&Registration>) = changed.partition(|one| one.status.is_active());
    let added: Vec<&Registration> =
        state.writes.registrations_added.iter().map(|id| &state.registrations[id]).collect();
    if !ended.is_empty() {
        round.checked("ending registrations", UPDATE_REGISTRATIONS, columns(state, &ended)?);
    }
    if !active.is_empty() {
        step_aside(round, state, &active);
        round.checked("changing registrations", UPDATE_REGISTRATIONS, columns(state, &active)?);
    }
    if !added.is_empty() {
        round.exactly(added.len(), "adding registrations", INSERT_REGISTRATIONS, columns(state, &added)?);
    }
    Ok(())
}

/// Touches those whose role or person is another than before.
fn step_aside(round: &mut Round, state: &EventState, active: &[&Registration]) {
    let values = values![
        state.event.id.0,
        active.iter().map(|one| one.id.0).collect::<Vec<Uuid>>(),
        active.iter().map(|one| one.role.0).collect::<Vec<Uuid>>(),
        active.iter().map(|one| one.person.key.clone()).collect::<Vec<String>>(),
    ];
    round.any("stepping aside", STEP_ASIDE, values);
}

/// The event, and the columns of the registrations.
fn columns(state: &EventState, all: &[&Registration]) -> Result<Vec<Value>, Fault> {
    let seqs = |seq: fn(&Registration) -> u64| all.iter().map(|one| whole(seq(one))).collect::<Result<Vec<_>, _>>();
    let numbers = |number: fn(&Registration) -> u32| all.iter().map(|one| number(one).into()).collect::<Vec<i64>>();
    let texts =
        |text: fn(&Registration) -> &Option<String>| all.iter().map(|one| text(one).clone()).collect::<Vec<_>>();
    Ok(values![
        state.event.id.0,
        all.iter().map(|one| one.id.0).collect::<Vec<Uuid>>(),
        all.iter().map(|one| one.role.0).collect::<Vec<Uuid>>(),
        all.iter().map(|one| one.person.key.clone()).collect::<Vec<String>>(),
        all.iter().map(|one| one.person.tag.0.to_vec()).collect::<Vec<Vec<u8>>>(),
        numbers(|one| one.spots.get()),
        all.iter().map(|one| one.status.word()).collect::<Vec<&'static str>>(),
        seqs(|one| one.wait_seq.0)?,
        seqs(|one| one.ended_seq.0)?,
        numbers(|one| one.checked_in),
        numbers(|one| one.link_version),
        all.iter().map(|one| one.created_at.0).collect::<Vec<i64>>(),
        all.iter().map(|one| one.details.name.clone()).collect::<Vec<String>>(),
        texts(|one| &one.details.email),
        texts(|one| &one.details.phone),
        texts(|one| &one.details.notes),
        texts(|one| &one.details.special_requirements),
        texts(|one| &one.details.staff_note),
    ])
}
