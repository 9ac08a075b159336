//! What both databases ask of a working set: what changed in it, and what a cut may send back.

use std::collections::BTreeMap;

use headcount_core::command::Cut;
use headcount_core::event::{Registration, Role, Status, excess};
use headcount_core::ids::{EventId, RegistrationId, RoleId};
use headcount_core::limits;
use headcount_core::notice::{Addressee, Due, Notice};
use headcount_core::working_set::{EventState, WorkingSet};
use uuid::Uuid;

/// What a batch found before it decided, as far as its writing must know.
pub(super) struct Loaded {
    /// What tells a change of settings from one of counters only.
    revisions: BTreeMap<EventId, u32>,
    /// The role and person of those that had or waited for places, which nobody else could have.
    held: BTreeMap<(EventId, RegistrationId), (RoleId, String)>,
}

impl Loaded {
    /// To be called before anything is decided.
    pub(super) fn of(set: &WorkingSet) -> Loaded {
        let revisions = set.events.iter().map(|(id, state)| (*id, state.event.revision)).collect();
        let held = |state: &EventState| {
            let active = state.registrations.values().filter(|one| one.status.is_active());
            let place = |one: &Registration| ((state.event.id, one.id), (one.role, one.person.key.clone()));
            active.map(place).collect::<Vec<_>>()
        };
        Loaded { revisions, held: set.events.values().flat_map(held).collect() }
    }

    /// Whether more than the counters of an event changed.
    pub(super) fn has_new_settings(&self, state: &EventState) -> bool {
        state.writes.loaded_seq.is_none() || self.revisions.get(&state.event.id) != Some(&state.event.revision)
    }

    /// Whether a batch changed what somebody may have read a request under.
    pub(super) fn forms_changed(&self, set: &WorkingSet) -> bool {
        !set.deleted.is_empty() || set.events.values().any(|state| self.has_new_settings(state))
    }

    /// Whether a registration that stays active leaves the role or the person under which nobody else could be active.
    pub(super) fn moved(&self, event: EventId, one: &Registration) -> bool {
        let held = self.held.get(&(event, one.id));
        held.is_some_and(|(role, person)| *role != one.role || *person != one.person.key)
    }
}

/// Whose registration a notice is about, or else whose role; neither: it goes to all, or to teams, as its kind says.
pub(super) fn addressee(notice: &Notice) -> [Option<Uuid>; 2] {
    match notice.to {
        Addressee::Holder(id) => [Some(id.0), None],
        Addressee::Everybody(role) => [None, role.map(|role| role.0)],
        Addressee::Teams => [None, None],
    }
}

/// How long a notice waits before it is sent.
pub(super) fn wait_ms(notice: &Notice) -> i64 {
    match notice.due {
        Due::Now => 0,
        Due::Later { .. } => limits::UNDO_MS,
    }
}

/// Where a registration stood before what may be undone: empty if nowhere, none if it cannot be.
pub(super) fn stood(notice: &Notice) -> Option<String> {
    match notice.due {
        Due::Later { before } if notice.kind.is_news() => {
            Some(before.map(|stand| stand.to_string()).unwrap_or_default())
        }
        _ => None,
    }
}

/// Those that a cut may send back, however they came to their places.
pub(super) const WITH_PLACES: [Status; 2] = [Status::Confirmed, Status::Held];

/// More than one decision may demote, so that it can tell that it would be too many.
const LATEST_MAX: i64 = limits::DEMOTIONS_MAX as i64 + 1;

/// Of which roles how many of the latest parties of each status with places must be loaded for a cut: as many as may
/// have to give them up, as each has at least one. The batch itself may first give places to parties that came earlier, but only
/// to those that are loaded, so their spots come on top.
pub(super) fn latest_needed(state: &EventState, cuts: &[Cut]) -> Vec<(RoleId, i64)> {
    let loaded: u64 = state.registrations.values().map(|one| one.spots.count()).sum();
    let needed = |beyond: u64| i64::try_from(beyond + loaded).unwrap_or(i64::MAX).min(LATEST_MAX);
    cuts.iter().flat_map(|cut| cut_roles(state, cut)).map(|(role, beyond)| (role, needed(beyond))).collect()
}

/// In which roles a cut concerns how many spots. One of the event concerns those of every role, and so does a repair,
/// for which the recounted sums are the true ones.
fn cut_roles(state: &EventState, cut: &Cut) -> Vec<(RoleId, u64)> {
    let reserved = |role: &Role| state.recount.get(&role.id).unwrap_or(&role.counters).reserved;
    match &cut.role {
        Some(role) => {
            let beyond = |role: &Role| excess(cut.capacity.or(role.settings.capacity), reserved(role));
            state.find_role(role).map(|role| (role.id, beyond(role))).into_iter().collect()
        }
        None => {
            let all = state.roles.values().map(reserved).sum();
            let of_event = excess(cut.capacity.or(state.event.settings.capacity), all);
            let beyond = |role: &Role| excess(role.settings.capacity, reserved(role)).max(of_event);
            state.roles.values().map(|role| (role.id, beyond(role))).collect()
        }
    }
}
