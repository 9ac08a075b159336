//! What must hold of an event after every decision, checked the slow way: from all registrations, sharing nothing with
//! the rules. For tests and simulation; it needs an [`EventState`] in which every registration is loaded.
//!
//! It never repairs and never panics: it names what is broken. Read [`decide`](crate::decide) for the rules themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::change::{Entry, entry_hash};
use crate::event::{Counters, Event, Registration, Role, Status, WaitlistPolicy, excess};
use crate::ids::{Hash, Millis, RoleId, Seq};
use crate::working_set::EventState;

/// A broken invariant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    /// Which one.
    pub rule: Rule,
    /// What was found and what was expected.
    pub detail: String,
}

/// The invariants, with their numbers in ARCHITECTURE.md where they have one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rule {
    /// I1: more is reserved than capacity and override allow.
    Overbooked,
    /// The override is larger than what is beyond the capacity.
    OverrideTooLarge,
    /// Said to be full while it is not, or not while it is.
    FullSince,
    /// I2: a counter differs from the sum over the registrations.
    Counters,
    /// I6: a person is active twice in a role.
    Twice,
    /// A person got into more roles than `roles_per_person`.
    TooManyRoles,
    /// A registration contradicts itself.
    Registration,
    /// I7: the order of the queue: two parties at one place, or skips that are not those of the first in line.
    Order,
    /// I8: a party waits that should have got its places.
    LostWakeUp,
    /// I15, I18: the log has a gap, goes back in time, or its chain is broken.
    Log,
}

/// Checks everything that holds at any time, settled or not. O(n log n).
pub fn check(state: &EventState) -> Vec<Broken> {
    let mut found = Vec::new();
    let sums = sums(state);
    check_counters(state, &sums, &mut found);
    check_capacity(state, &sums, &mut found);
    check_persons(state, &mut found);
    for one in state.registrations.values() {
        check_registration(state, one, &mut found);
    }
    check_order(state, &mut found);
    found
}

/// Checks that nobody waits who should have got places (I8). Holds after every decision that was not `unsettled`, at the
/// time of that decision. O(n log n).
pub fn check_settled(state: &EventState, now: Millis) -> Vec<Broken> {
    let mut waiting: Vec<&Registration> =
        state.registrations.values().filter(|one| one.status == Status::Waitlisted).collect();
    waiting.sort_by_key(|one| one.wait_seq);
    let mut seen = BTreeSet::new();
    let mut blocked = BTreeSet::new();
    for one in waiting {
        let role = state.role_of(one);
        let is_first = seen.insert(role.id);
        if blocked.contains(&role.id) || !state.event.settings.promotes(&role.settings, now) {
            continue;
        }
        let fits_role = fits(role.settings.capacity, role.counters.reserved, one);
        let fits_event = fits(state.event.settings.capacity, state.event.counters.reserved, one);
        if fits_role && fits_event {
            let detail = format!("{} waits for {} in role {} and fits", one.id, one.spots.get(), role.name);
            return vec![Broken { rule: Rule::LostWakeUp, detail }];
        }
        if is_first && keeps_places(state, role, one) {
            if fits_role {
                break;
            }
            blocked.insert(role.id);
        }
    }
    Vec::new()
}

/// Checks one decision or batch against the state before it: no growth beyond what is allowed (I1), nobody pushed over
/// `roles_per_person`, nothing that went back.
pub fn check_step(before: &EventState, after: &EventState) -> Vec<Broken> {
    let mut found = Vec::new();
    // Lowering the limit takes nobody's place away.
    let limit = before.event.settings.roles_per_person.max(after.event.settings.roles_per_person) as usize;
    let held_before = roles_by_person(before);
    for (person, held) in roles_by_person(after) {
        if held > limit && held > held_before.get(person).copied().unwrap_or(0) {
            found.push(broken(Rule::TooManyRoles, format!("{person} got into {held} roles, the limit is {limit}")));
        }
    }
    if after.event.seq < before.event.seq || after.event.last_at < before.event.last_at {
        found.push(broken(Rule::Log, "the head of the log went back"));
    }
    for one in before.registrations.values().filter(|one| !after.registrations.contains_key(&one.id)) {
        found.push(broken(Rule::Registration, format!("{} has vanished", one.id)));
    }
    found
}

/// Checks a whole log from its first entry: numbers, times, hashes, and that `event` names its last entry.
pub fn check_log(event: &Event, entries: &[Entry]) -> Vec<Broken> {
    let mut found = Vec::new();
    let (mut seq, mut at, mut hash) = (Seq(0), Millis(i64::MIN), Hash::default());
    for entry in entries {
        if entry.seq != seq.next() {
            found.push(broken(Rule::Log, format!("entry {} follows {seq}", entry.seq)));
        }
        if entry.at < at {
            found.push(broken(Rule::Log, format!("entry {} goes back in time", entry.seq)));
        }
        if entry.hash != entry_hash(hash, entry) || entry.event != event.id {
            found.push(broken(Rule::Log, format!("the chain breaks at entry {}", entry.seq)));
        }
        (seq, at, hash) = (entry.seq, entry.at, entry.hash);
    }
    if (event.seq, event.last_at, event.hash) != (seq, at, hash) {
        found.push(broken(Rule::Log, format!("the event is at {}, its log at {seq}", event.seq)));
    }
    found
}

/// What the registrations of each role come to; of roles that nobody is in, nothing.
fn sums(state: &EventState) -> BTreeMap<RoleId, Counters> {
    let mut sums: BTreeMap<RoleId, Counters> = BTreeMap::new();
    for one in state.registrations.values() {
        let sum = sums.entry(one.role).or_default();
        sum.reserved += if has_places(one) { one.spots.count() } else { 0 };
        sum.waiting += u32::from(one.status == Status::Waitlisted);
        sum.registrations += 1;
    }
    sums
}

fn total(sums: &BTreeMap<RoleId, Counters>) -> Counters {
    sums.values().fold(Counters::default(), |total, sum| Counters {
        reserved: total.reserved + sum.reserved,
        waiting: total.waiting + sum.waiting,
        registrations: total.registrations + sum.registrations,
    })
}

fn check_counters(state: &EventState, sums: &BTreeMap<RoleId, Counters>, found: &mut Vec<Broken>) {
    for role in state.roles.values() {
        let sum = sums.get(&role.id).copied().unwrap_or_default();
        if role.counters != sum {
            let detail = format!("role {} says {:?}, the sum is {sum:?}", role.name, role.counters);
            found.push(broken(Rule::Counters, detail));
        }
    }
    let total = total(sums);
    if state.event.counters != total {
        found.push(broken(Rule::Counters, format!("the event says {:?}, the sum is {total:?}", state.event.counters)));
    }
}

/// Judged by the sums, so that a wrong counter cannot hide an overbooking.
fn check_capacity(state: &EventState, sums: &BTreeMap<RoleId, Counters>, found: &mut Vec<Broken>) {
    let roles = state.roles.values().map(|role| {
        let reserved = sums.get(&role.id).map_or(0, |sum| sum.reserved);
        (Some(role.name.as_str()), role.settings.capacity, role.override_spots, reserved, role.full_since)
    });
    let event = &state.event;
    let whole = (None, event.settings.capacity, event.override_spots, total(sums).reserved, event.full_since);
    for (role, capacity, override_spots, reserved, full_since) in roles.chain([whole]) {
        let detail = || {
            let what = role.map_or_else(|| "the event".to_owned(), |name| format!("role {name}"));
            format!("{what}: reserved {reserved}, capacity {capacity:?}, override {override_spots}")
        };
        let over = excess(capacity, reserved);
        if over > override_spots {
            found.push(broken(Rule::Overbooked, detail()));
        }
        if over < override_spots {
            found.push(broken(Rule::OverrideTooLarge, detail()));
        }
        let is_full = capacity.is_some_and(|capacity| reserved >= u64::from(capacity));
        if is_full != full_since.is_some() {
            found.push(broken(Rule::FullSince, format!("{}, full since {full_since:?}", detail())));
        }
    }
}

fn check_persons(state: &EventState, found: &mut Vec<Broken>) {
    let active = state.registrations.values().filter(|one| one.status.is_active());
    let mut seen: Vec<(RoleId, &str)> = active.map(|one| (one.role, one.person.key.as_str())).collect();
    seen.sort_unstable();
    for (role, person) in seen.windows(2).filter(|two| two[0] == two[1]).map(|two| two[0]) {
        found.push(broken(Rule::Twice, format!("{person} is active twice in role {role}")));
    }
}

fn check_registration(state: &EventState, one: &Registration, found: &mut Vec<Broken>) {
    let head = state.event.seq;
    let problems = [
        (!state.roles.contains_key(&one.role), "is in a role that does not exist"),
        (one.status.is_active() != (one.ended_seq == Seq(0)), "has an end that contradicts its status"),
        (one.wait_seq == Seq(0) || one.wait_seq > head, "has a place in the order that is not in the log"),
        (one.ended_seq > head, "ended after the last entry"),
        (one.checked_in > one.spots.get(), "has more checked in than the party is large"),
        (one.checked_in > 0 && one.status != Status::Confirmed, "is checked in without a place"),
        (one.status == Status::Held && one.verify_by.is_none(), "is held for nothing"),
        (
            one.verify_by.is_some() && one.status != Status::Held && one.status != Status::Waitlisted,
            "is to be verified although it is confirmed or has ended",
        ),
        (one.link_version == 0, "has no version of its link"),
    ];
    for (_, problem) in problems.into_iter().filter(|(is_broken, _)| *is_broken) {
        found.push(broken(Rule::Registration, format!("{} {problem}", one.id)));
    }
}

fn check_order(state: &EventState, found: &mut Vec<Broken>) {
    let mut places: Vec<Seq> = state.registrations.values().map(|one| one.wait_seq).collect();
    places.sort_unstable();
    for shared in places.windows(2).filter(|two| two[0] == two[1]).map(|two| two[0]) {
        found.push(broken(Rule::Order, format!("two share the place {shared}")));
    }
    let mut firsts: BTreeMap<RoleId, &Registration> = BTreeMap::new();
    for one in state.registrations.values().filter(|one| one.status == Status::Waitlisted) {
        let first = firsts.entry(one.role).or_insert(one);
        if one.wait_seq < first.wait_seq {
            *first = one;
        }
    }
    for role in state.roles.values() {
        let first = firsts.get(&role.id).map(|one| one.id);
        if role.skipped.is_some_and(|skipped| Some(skipped.registration) != first || skipped.skips == 0) {
            found
                .push(broken(Rule::Order, format!("role {} counts skips of somebody who is not its first", role.name)));
        }
    }
}

/// Whether the first in line of a role, which does not fit, keeps places from those behind it.
fn keeps_places(state: &EventState, role: &Role, first: &Registration) -> bool {
    let waitlist = state.event.settings.waitlist;
    let skips = role.skipped.filter(|skipped| skipped.registration == first.id).map_or(0, |skipped| skipped.skips);
    waitlist.policy != WaitlistPolicy::FillGaps || skips >= waitlist.max_skips
}

fn fits(capacity: Option<u32>, reserved: u64, one: &Registration) -> bool {
    capacity.is_none_or(|capacity| reserved + one.spots.count() <= u64::from(capacity))
}

fn roles_by_person(state: &EventState) -> BTreeMap<&str, usize> {
    let mut roles = BTreeMap::new();
    for one in state.registrations.values().filter(|one| one.status.is_active()) {
        *roles.entry(one.person.key.as_str()).or_insert(0) += 1;
    }
    roles
}

fn has_places(one: &Registration) -> bool {
    one.status == Status::Confirmed || one.status == Status::Held
}

fn broken(rule: Rule, detail: impl Into<String>) -> Broken {
    Broken { rule, detail: detail.into() }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.rule, self.detail)
    }
}
