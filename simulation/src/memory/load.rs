//! What a store loads: no more than a batch needs.

use std::collections::BTreeMap;

use headcount_core::command::{Cut, EventNeeds};
use headcount_core::event::{Registration, Status};
use headcount_core::ids::{RoleId, Spots};
use headcount_core::working_set::EventState;

use super::{Kept, count};

pub(super) fn event(kept: &Kept, needed: &EventNeeds, waiting_each: usize) -> EventState {
    let mut state = EventState::loaded(kept.state.event.clone(), kept.state.roles.values().cloned());
    let all = &kept.state.registrations;
    let named: Vec<&Registration> = needed.registrations.iter().filter_map(|id| all.get(id)).collect();
    let persons = needed.persons.iter().chain(named.iter().map(|one| &one.person.key));
    let active = persons.flat_map(|person| all.active_of(person));
    let ever = needed.histories.iter().flat_map(|person| all.of(person));
    for one in named.iter().copied().chain(active).chain(ever) {
        state.registrations.insert(one.clone());
    }
    queue(kept, &mut state, waiting_each);
    for needed in &needed.cuts {
        cut(kept, &mut state, needed);
    }
    if needed.recount {
        state.recount = kept.state.roles.keys().map(|role| (*role, count(kept, *role))).collect();
    }
    state
}

pub(super) fn queue(kept: &Kept, state: &mut EventState, waiting_each: usize) {
    let mut lists: BTreeMap<(RoleId, Spots), Vec<&Registration>> = BTreeMap::new();
    for one in kept.state.registrations.values().filter(|one| one.status == Status::Waitlisted) {
        lists.entry((one.role, one.spots)).or_default().push(one);
    }
    for ((role, spots), mut members) in lists {
        members.sort_unstable_by_key(|one| one.wait_seq);
        let is_whole = members.len() <= waiting_each;
        members.truncate(waiting_each);
        state.registrations.extend(members.iter().map(|one| (*one).clone()));
        let members = members.into_iter().map(|one| (one.wait_seq, one.id)).collect();
        state.queue.load(role, spots, members, is_whole);
    }
}

/// The latest parties that have places, one for every place that may have to go.
fn cut(kept: &Kept, state: &mut EventState, cut: &Cut) {
    let role = cut.role.as_ref().map(|role| state.find_role(role).map(|role| role.id));
    match role {
        Some(None) => {}
        Some(Some(role)) => latest(kept, state, Some(role), cut.capacity.or(kept.state.roles[&role].settings.capacity)),
        None => {
            latest(kept, state, None, cut.capacity.or(kept.state.event.settings.capacity));
            if cut.capacity.is_none() {
                for role in kept.state.roles.values() {
                    latest(kept, state, Some(role.id), role.settings.capacity);
                }
            }
        }
    }
}

fn latest(kept: &Kept, state: &mut EventState, role: Option<RoleId>, capacity: Option<u32>) {
    let Some(capacity) = capacity else { return };
    let with_places = kept.state.registrations.values().filter(|one| has_places(one));
    let mut latest: Vec<&Registration> = with_places.filter(|one| role.is_none_or(|role| one.role == role)).collect();
    let reserved: u64 = latest.iter().map(|one| one.spots.count()).sum();
    latest.sort_by_key(|one| std::cmp::Reverse(one.wait_seq));
    let rows = usize::try_from(reserved.saturating_sub(u64::from(capacity))).expect("few");
    for one in latest.into_iter().take(rows) {
        state.registrations.insert(one.clone());
    }
}

pub(super) fn has_places(one: &Registration) -> bool {
    matches!(one.status, Status::Confirmed | Status::Held)
}
