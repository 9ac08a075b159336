//! Rows as a store would have them.

use headcount::store::audit::{CounterRow, EventRow, RegistrationRow, RoleRow, SumRow, Value};
use headcount::verify::Stored;
use headcount_core::event::{Counters, Status, WaitlistPolicy};
use headcount_core::ids::Millis;

use headcount_simulation::memory::Kept;

/// The rows that a store would have for `kept`.
pub(crate) fn rows(kept: &Kept, slugs: impl Iterator<Item = String>) -> Stored {
    let event = &kept.state.event;
    let registrations: Vec<RegistrationRow> = kept.state.registrations.values().map(registration).collect();
    let sums = registrations.iter().map(|row| SumRow {
        role: row.role,
        status: row.status.clone(),
        registrations: 1,
        spots: row.spots,
    });
    Stored {
        event: EventRow {
            settings: event_settings(kept),
            counters: counters(event.settings.capacity, event.override_spots, event.counters, event.full_since),
            seq: event.seq.0.try_into().unwrap(),
            last_at: event.last_at.0,
            hash: event.hash.0.to_vec(),
            revision: event.revision.into(),
            slugs: slugs.collect(),
        },
        roles: kept.state.roles.values().map(role).collect(),
        sums: sums.collect(),
        registrations,
    }
}

fn registration(one: &headcount_core::event::Registration) -> RegistrationRow {
    RegistrationRow {
        registration: one.id,
        role: one.role,
        person: one.person.key.clone(),
        person_tag: one.person.tag.0.to_vec(),
        spots: one.spots.get().into(),
        status: status(one.status).into(),
        verify_by: one.verify_by.map(|until| until.0),
        wait_seq: one.wait_seq.0.try_into().unwrap(),
        ended_seq: one.ended_seq.0.try_into().unwrap(),
        checked_in: one.checked_in.into(),
        link_version: one.link_version.into(),
        created_at: one.created_at.0,
    }
}

fn role(role: &headcount_core::event::Role) -> RoleRow {
    let settings = &role.settings;
    RoleRow {
        role: role.id,
        settings: vec![
            ("starts_at", time(settings.starts_at)),
            ("ends_at", time(settings.ends_at)),
            ("sort", Value::Number(settings.order.into())),
            ("min_needed", Value::Number(settings.min_needed.into())),
            ("closed", Value::Number(settings.closed.into())),
        ],
        counters: counters(settings.capacity, role.override_spots, role.counters, role.full_since),
        skipped: role.skipped.map(|skipped| skipped.registration),
        skips: role.skipped.map_or(0, |skipped| skipped.skips).into(),
    }
}

fn counters(capacity: Option<u32>, override_spots: u64, counters: Counters, full_since: Option<Millis>) -> CounterRow {
    CounterRow {
        capacity: capacity.map(Into::into),
        override_spots: override_spots.try_into().unwrap(),
        reserved: counters.reserved.try_into().unwrap(),
        waiting: counters.waiting.into(),
        registrations: counters.registrations.into(),
        full_since: full_since.map(|since| since.0),
    }
}

/// Those that the random commands change.
fn event_settings(kept: &Kept) -> Vec<(&'static str, Value)> {
    let settings = &kept.state.event.settings;
    let policy = match settings.waitlist.policy {
        WaitlistPolicy::Strict => "strict",
        WaitlistPolicy::FillGaps => "fill_gaps",
        WaitlistPolicy::Off => "off",
    };
    vec![
        ("slug", Value::Text(settings.form.slug.clone())),
        ("waitlist_policy", Value::Text(policy.into())),
        ("waitlist_limit", settings.waitlist.limit.map_or(Value::None, |limit| Value::Number(limit.into()))),
        ("max_skips", Value::Number(settings.waitlist.max_skips.into())),
        ("max_spots", Value::Number(settings.max_spots.get().into())),
        ("roles_per_person", Value::Number(settings.roles_per_person.into())),
        ("promote_until", time(settings.promote_until)),
        ("verify_minutes", settings.verify_minutes.map_or(Value::None, |minutes| Value::Number(minutes.into()))),
        ("retention_days", settings.retention_days.map_or(Value::None, |days| Value::Number(days.into()))),
        ("self_move", Value::Number(settings.self_move.into())),
    ]
}

fn time(at: Option<Millis>) -> Value {
    at.map_or(Value::None, |at| Value::Number(at.0))
}

pub(crate) fn status(status: Status) -> &'static str {
    match status {
        Status::Confirmed => "confirmed",
        Status::Held => "held",
        Status::Waitlisted => "waitlisted",
        Status::Declined => "declined",
        Status::Cancelled => "cancelled",
        Status::Removed => "removed",
    }
}
