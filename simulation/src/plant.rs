//! Bugs planted into the store, each as a real program has had it: if the simulation did not find them, it would prove
//! nothing. They stand between the store and the rules, so that neither has a switch for them.

use std::collections::{BTreeMap, BTreeSet};

use headcount_core::change::entry_hash;
use headcount_core::command::Needs;
use headcount_core::decision::Outcome;
use headcount_core::event::{Counters, Registration, Status};
use headcount_core::ids::{EventId, Hash, Millis, RegistrationId, RoleId, Seq};
use headcount_core::queue::Queue;
use headcount_core::working_set::{EventState, WorkingSet};

use crate::memory::{Kept, Memory};

macro_rules! plants {
    ($($name:ident: $text:literal,)*) => {
        /// A bug.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Plant { $(#[doc = $text] $name,)* }

        impl Plant {
            /// All of them.
            pub const ALL: [Plant; [$($text),*].len()] = [$(Plant::$name),*];
        }
    };
}

plants! {
    OffByOne: "a role takes one more than its capacity",
    EventCapacityForgotten: "only the roles are checked, not the event",
    PathWithoutCheck: "the capacity is checked for sign-ups, but not for what others do",
    CountsParties: "a party counts as one, however large it is",
    FullRemembered: "a role that was full once counts as full",
    OpeningIgnored: "guests sign up before the opening",
    LastInFirstOut: "who came last moves up first",
    Barging: "who comes now gets a place before those who wait",
    LostWakeUp: "a place becomes free and nobody moves up",
    DoublePromotion: "who was promoted is promoted again",
    CancelledTwice: "who has gone can go again, and frees the places twice",
    PersonForgotten: "it is not looked whether the person is in already",
    StaleCounters: "counters come from a cache that others do not refresh",
    CounterLost: "the counters of a role are not written",
    EventCounterLost: "the counters of the event are not written",
    CounterTwice: "counters are raised twice",
    RegistrationLost: "a change of a registration is sometimes not written",
    SecondEventLost: "of a batch of several events one is not written",
    OnlyKeysWritten: "sometimes the key is written and nothing else",
    KeysForgotten: "keys are written, but not looked up",
    KeyForgottenOnRefusal: "a refusal is not kept under its key",
    KeyInAnotherTransaction: "the key is written in another transaction, which may not come to it",
    ChainSkips: "an entry is left out of the log",
    ChainForks: "an entry is chained to nothing",
    TimeGoesBack: "an entry has the time of a clock that went back",
    NoLock: "nothing is locked",
    CheckBeforeLock: "what is decided on was read before the lock was got",
    StaleCommit: "a session that was broken commits all the same",
    FailureIsSuccess: "a failed commit is taken for a success",
    UnknownIsFailure: "a commit of unknown outcome is taken for a failure",
    RetriesUnknown: "a commit of unknown outcome is tried again",
    GoesOnAfterUnknown: "a process goes on after a commit of unknown outcome, on what it believes",
    AnswerBeforeCommit: "the answer is given before the commit",
}

/// What is planted, and what it must remember.
#[derive(Debug)]
pub(crate) struct Planted {
    plant: Option<Plant>,
    /// How often it was asked, for what happens only sometimes.
    turns: u32,
    counters: BTreeMap<EventId, (Counters, BTreeMap<RoleId, Counters>)>,
    full: BTreeSet<RoleId>,
    promoted: BTreeMap<EventId, RegistrationId>,
    /// What stands in the place of what is true, to be put right before it is written.
    orders: BTreeMap<RegistrationId, (Seq, Seq)>,
}

impl Planted {
    pub(crate) fn new(plant: Option<Plant>) -> Planted {
        Planted {
            plant,
            turns: 0,
            counters: BTreeMap::new(),
            full: BTreeSet::new(),
            promoted: BTreeMap::new(),
            orders: BTreeMap::new(),
        }
    }

    pub(crate) fn is(&self, plant: Plant) -> bool {
        self.plant == Some(plant)
    }

    /// Whether nothing is planted.
    pub(crate) fn is_sound(&self) -> bool {
        self.plant.is_none()
    }

    fn sometimes(&mut self) -> bool {
        self.turns += 1;
        self.turns.is_multiple_of(10)
    }

    /// Spoils what was loaded.
    pub(crate) fn loaded(&mut self, needs: &Needs, memory: &Memory, set: &mut WorkingSet) {
        let Some(plant) = self.plant else { return };
        if plant == Plant::KeysForgotten {
            set.keys.clear();
        }
        for (id, needed) in &needs.events {
            let (Some(state), Some(kept)) = (set.events.get_mut(id), memory.events.get(id)) else { continue };
            let has_sign_up = !needed.persons.is_empty();
            match plant {
                Plant::OffByOne => capacities(state, |capacity| capacity.map(|capacity| capacity + 1)),
                Plant::EventCapacityForgotten => state.event.settings.capacity = None,
                Plant::PathWithoutCheck if !has_sign_up => capacities(state, |_| None),
                Plant::FullRemembered => self.remember_full(state),
                Plant::OpeningIgnored => state.event.settings.opens_at = None,
                Plant::LastInFirstOut => self.turn_round(kept, state),
                Plant::Barging if has_sign_up => state.queue = Queue::default(),
                Plant::LostWakeUp if !has_sign_up => state.queue = Queue::default(),
                Plant::DoublePromotion => self.promote_again(kept, state),
                Plant::CancelledTwice => come_back(state, &needed.registrations),
                Plant::PersonForgotten if has_sign_up => forget(state, &needed.registrations),
                Plant::StaleCounters => self.remember_counters(state),
                _ => {}
            }
        }
    }

    /// Spoils what is about to be written.
    pub(crate) fn decided(&mut self, memory: &Memory, loaded: &WorkingSet, set: &mut WorkingSet, now: Millis) {
        let Some(plant) = self.plant else { return };
        match plant {
            Plant::KeyForgottenOnRefusal => {
                let keys = &set.keys;
                set.new_keys.retain(|id| !matches!(keys[id].outcome, Outcome::Refused(_)));
            }
            Plant::KeyInAnotherTransaction if self.sometimes() => set.new_keys.clear(),
            Plant::OnlyKeysWritten if self.sometimes() => set.events.clear(),
            Plant::SecondEventLost if set.events.len() > 1 => drop(set.events.pop_last()),
            _ => {}
        }
        for (id, state) in &mut set.events {
            let (Some(before), Some(kept)) = (loaded.events.get(id), memory.events.get(id)) else { continue };
            self.put_right(kept, before, state);
            match plant {
                Plant::CountsParties => count_parties(before, state),
                Plant::CounterLost => state.roles.values_mut().for_each(|role| {
                    role.counters = before.roles.get(&role.id).map_or(role.counters, |before| before.counters);
                }),
                Plant::EventCounterLost => state.event.counters = before.event.counters,
                Plant::CounterTwice => state.roles.values_mut().for_each(|role| {
                    let was = before.roles.get(&role.id).map_or(0, |before| before.counters.reserved);
                    role.counters.reserved += role.counters.reserved.saturating_sub(was);
                }),
                Plant::RegistrationLost if self.sometimes() => state.writes.registrations_changed.clear(),
                Plant::ChainSkips if state.writes.entries.len() > 1 => drop(state.writes.entries.remove(0)),
                Plant::ChainForks => fork(state),
                Plant::TimeGoesBack => tell_time(before, state, now),
                Plant::DoublePromotion => self.note_promoted(state),
                _ => {}
            }
        }
    }

    /// What only the decision was to see is as it was, unless the decision changed it.
    fn put_right(&self, kept: &Kept, before: &EventState, state: &mut EventState) {
        let (settings, was) = (&mut state.event.settings, &before.event.settings);
        if settings.capacity == was.capacity {
            settings.capacity = kept.state.event.settings.capacity;
        }
        if settings.opens_at == was.opens_at {
            settings.opens_at = kept.state.event.settings.opens_at;
        }
        for role in state.roles.values_mut() {
            let (Some(was), Some(is)) = (before.roles.get(&role.id), kept.state.roles.get(&role.id)) else { continue };
            if role.settings.capacity == was.settings.capacity {
                role.settings.capacity = is.settings.capacity;
            }
            if self.is(Plant::FullRemembered) {
                role.counters.reserved = (role.counters.reserved + is.counters.reserved) - was.counters.reserved;
            }
        }
        let moved: Vec<Registration> = state
            .registrations
            .values()
            .filter_map(|one| {
                let (shown, real) = self.orders.get(&one.id).filter(|(shown, _)| *shown == one.wait_seq)?;
                debug_assert_ne!(shown, real, "only what stands elsewhere is noted");
                Some(Registration { wait_seq: *real, ..one.clone() })
            })
            .collect();
        state.registrations.extend(moved);
    }

    fn remember_full(&mut self, state: &mut EventState) {
        for role in state.roles.values_mut() {
            let Some(capacity) = role.settings.capacity.map(u64::from) else { continue };
            if role.counters.reserved >= capacity {
                self.full.insert(role.id);
            } else if self.full.contains(&role.id) {
                role.counters.reserved = capacity;
            }
        }
    }

    fn remember_counters(&mut self, state: &mut EventState) {
        let is = || (state.event.counters, state.roles.values().map(|role| (role.id, role.counters)).collect());
        let (event, roles) = self.counters.insert(state.event.id, is()).unwrap_or_else(is);
        state.event.counters = event;
        for role in state.roles.values_mut() {
            role.counters = roles.get(&role.id).copied().unwrap_or(role.counters);
        }
    }

    /// The whole queue the other way round.
    fn turn_round(&mut self, kept: &Kept, state: &mut EventState) {
        self.orders.clear();
        state.queue = Queue::default();
        for role in kept.state.roles.keys() {
            let waits = |one: &&Registration| one.role == *role && one.status == Status::Waitlisted;
            let mut waiting: Vec<&Registration> = kept.state.registrations.values().filter(waits).collect();
            waiting.sort_by_key(|one| one.wait_seq);
            let orders: Vec<Seq> = waiting.iter().rev().map(|one| one.wait_seq).collect();
            for (one, order) in waiting.iter().zip(orders).filter(|(one, order)| one.wait_seq != *order) {
                self.orders.insert(one.id, (order, one.wait_seq));
                state.registrations.insert(Registration { wait_seq: order, ..(*one).clone() });
            }
            let mut lists: BTreeMap<_, Vec<_>> = BTreeMap::new();
            for one in waiting {
                let order = self.orders.get(&one.id).map_or(one.wait_seq, |(shown, _)| *shown);
                state.registrations.insert(Registration { wait_seq: order, ..one.clone() });
                lists.entry(one.spots).or_default().push((order, one.id));
            }
            lists.into_iter().for_each(|(spots, members)| state.queue.load(*role, spots, members, true));
        }
    }

    fn note_promoted(&mut self, state: &EventState) {
        if let Some(entry) = state.writes.entries.iter().rfind(|entry| entry.kind == "promoted") {
            self.promoted.extend(entry.registration.map(|id| (state.event.id, id)));
        }
    }

    /// Who was promoted last waits once more, as a reader sees it that was too slow.
    fn promote_again(&mut self, kept: &Kept, state: &mut EventState) {
        let id = self.promoted.remove(&state.event.id);
        let Some(one) = id.and_then(|id| kept.state.registrations.get(&id)) else { return };
        if one.status == Status::Confirmed && one.checked_in == 0 {
            let waiting = Registration { status: Status::Waitlisted, ..one.clone() };
            state.queue.load(one.role, one.spots, vec![(one.wait_seq, one.id)], false);
            state.registrations.insert(waiting);
        }
    }
}

fn capacities(state: &mut EventState, change: impl Fn(Option<u32>) -> Option<u32>) {
    for role in state.roles.values_mut() {
        role.settings.capacity = change(role.settings.capacity);
    }
}

/// Those named who have gone are there again.
fn come_back(state: &mut EventState, named: &BTreeSet<RegistrationId>) {
    let gone = |id: &RegistrationId| state.registrations.get(id).filter(|one| one.status == Status::Cancelled).cloned();
    let back: Vec<Registration> = named.iter().filter_map(gone).collect();
    let back = back.into_iter().map(|one| Registration { status: Status::Confirmed, ended_seq: Seq(0), ..one });
    state.registrations.extend(back);
}

/// None of those who were not named.
fn forget(state: &mut EventState, named: &BTreeSet<RegistrationId>) {
    let known = std::mem::take(&mut state.registrations);
    let waits = |one: &Registration| one.status == Status::Waitlisted;
    state.registrations.extend(known.values().filter(|one| named.contains(&one.id) || waits(one)).cloned());
}

fn count_parties(before: &EventState, state: &mut EventState) {
    let added = state.writes.registrations_added.iter().map(|id| &state.registrations[id]);
    let too_many: Vec<(RoleId, u64)> = added
        .filter(|one| one.status.occupies_places() && one.spots.count() > 1)
        .map(|one| (one.role, one.spots.count() - 1))
        .collect();
    for (role, spots) in too_many.into_iter().filter(|(role, _)| before.roles.contains_key(role)) {
        let role = state.roles.get_mut(&role).expect("a role of the event");
        role.counters.reserved = role.counters.reserved.saturating_sub(spots);
        state.event.counters.reserved = state.event.counters.reserved.saturating_sub(spots);
    }
}

fn fork(state: &mut EventState) {
    if let Some(entry) = state.writes.entries.last_mut() {
        entry.hash = entry_hash(Hash::default(), entry);
        state.event.hash = entry.hash;
    }
}

/// The clock's own time, in a chain that is right.
fn tell_time(before: &EventState, state: &mut EventState, now: Millis) {
    let mut hash = before.event.hash;
    for entry in &mut state.writes.entries {
        entry.at = now;
        entry.hash = entry_hash(hash, entry);
        hash = entry.hash;
    }
    if !state.writes.entries.is_empty() {
        (state.event.last_at, state.event.hash) = (now, hash);
    }
}
