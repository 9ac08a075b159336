//! Writing the registrations of an event.

use headcount_core::event::Registration;
use headcount_core::working_set::EventState;
use uuid::Uuid;

use super::{Round, Value, must_be, values};
use crate::store::batch::Loaded;
use crate::store::postgres::fault::Fault;
use crate::store::postgres::rows::whole;
use crate::store::words::Word as _;

/// An active registration that is about to become one of another role or person leaves its place in the unique index
/// before anybody takes it. What it is in between cannot be anybody else: no two have the same place in the waiting
/// order.
pub(crate) const STEP_ASIDE: &str = must_be!(
    "1",
    "update registrations set status = 'removed', verify_by = null, ended_seq = -wait_seq \
     where event_id = $1 and registration_id = $2 and ended_seq = 0"
);

/// All of those that are to be changed are there. They are looked up one by one, however few registrations the planner
/// believes the event to have; for the same reason they are not joined with what is to be changed but
/// [inserted anew](UPDATE_REGISTRATIONS).
pub(crate) const ALL_ARE_THERE: &str = "select 1 / (count(*) = cardinality($2::uuid[]))::int \
     from unnest($2::uuid[]) as wanted(id) cross join lateral (select 1 from registrations \
     where event_id = $1 and registration_id = wanted.id offset 0) as found";

macro_rules! insert {
    () => {
        "insert into registrations (event_id, registration_id, role_id, person, person_tag, spots, status, \
     verify_by, wait_seq, ended_seq, checked_in, link_version, created_at, name, email, phone, notes, \
     special_requirements, staff_note, metadata, language) values ($1, unnest($2::uuid[]), unnest($3::uuid[]), \
     unnest($4::text[]), unnest($5::bytea[]), unnest($6::bigint[]), unnest($7::text[]), \
     unnest($8::bigint[]), unnest($9::bigint[]), unnest($10::bigint[]), unnest($11::bigint[]), \
     unnest($12::bigint[]), unnest($13::bigint[]), unnest($14::text[]), unnest($15::text[]), \
     unnest($16::text[]), unnest($17::text[]), unnest($18::text[]), unnest($19::text[]), unnest($20::text[]), unnest($21::text[]))"
    };
}

pub(crate) const INSERT_REGISTRATIONS: &str = insert!();

/// Behind [`ALL_ARE_THERE`], so that none is added.
pub(crate) const UPDATE_REGISTRATIONS: &str = concat!(
    insert!(),
    " on conflict (event_id, registration_id) do update set \
     role_id = excluded.role_id, person = excluded.person, person_tag = excluded.person_tag, spots = \
     excluded.spots, status = excluded.status, verify_by = excluded.verify_by, wait_seq = excluded.wait_seq, ended_seq = \
     excluded.ended_seq, checked_in = excluded.checked_in, link_version = excluded.link_version, \
     created_at = excluded.created_at, name = excluded.name, email = excluded.email, phone = \
     excluded.phone, notes = excluded.notes, special_requirements = excluded.special_requirements, \
     staff_note = excluded.staff_note, metadata = excluded.metadata, language = excluded.language"
);

/// Registrations that were changed or added. Two may exchange roles, and a new one may take the place of one that ended:
/// first those that end, then those that stay active, then the new ones.
pub(super) fn write(round: &mut Round, state: &EventState, loaded: &Loaded) -> Result<(), Fault> {
    let event = state.event.id;
    let changed = state.writes.registrations_changed.iter().map(|id| &state.registrations[id]);
    let (active, ended): (Vec<&Registration>, Vec<&Registration>) = changed.partition(|one| one.status.is_active());
    let added: Vec<&Registration> =
        state.writes.registrations_added.iter().map(|id| &state.registrations[id]).collect();
    if !(active.is_empty() && ended.is_empty()) {
        let all: Vec<Uuid> = active.iter().chain(&ended).map(|one| one.id.0).collect();
        round.checked("finding registrations", ALL_ARE_THERE, values![event.0, all]);
    }
    if !ended.is_empty() {
        round.exactly(ended.len(), "ending registrations", UPDATE_REGISTRATIONS, columns(state, &ended)?);
    }
    for one in active.iter().filter(|one| loaded.moved(event, one)) {
        round.checked("stepping aside", STEP_ASIDE, values![event.0, one.id.0]);
    }
    if !active.is_empty() {
        round.exactly(active.len(), "changing registrations", UPDATE_REGISTRATIONS, columns(state, &active)?);
    }
    if !added.is_empty() {
        round.exactly(added.len(), "adding registrations", INSERT_REGISTRATIONS, columns(state, &added)?);
    }
    Ok(())
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
        all.iter().map(|one| one.verify_by.map(|until| until.0)).collect::<Vec<Option<i64>>>(),
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
        texts(|one| &one.details.metadata),
        texts(|one| &one.details.language),
    ])
}
