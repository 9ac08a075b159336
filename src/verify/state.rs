//! What the log says there is: the state of one event while its log is replayed, with sums of its own.

use std::collections::{BTreeMap, BTreeSet};

use headcount_core::ids::{RegistrationId, RoleId};
use uuid::Uuid;

use super::body::{EventSettings, RoleSettings, Standing, Sums};

/// What stands for a person in the log.
pub(crate) type PersonTag = u128;

/// One event as far as its log was replayed.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// None before the first entry.
    pub(crate) settings: Option<Box<EventSettings>>,
    pub(crate) places: Places,
    pub(crate) roles: BTreeMap<RoleId, RoleState>,
    pub(crate) parties: BTreeMap<RegistrationId, Party>,
    /// Entries that changed settings or roles.
    pub(crate) revision: u64,
    /// Demoted by the entry just before: while others get their turn, it does not count as waiting.
    pub(crate) set_aside: Option<RegistrationId>,
    /// Those whose skip is told by the entries just before.
    pub(crate) just_skipped: BTreeSet<RegistrationId>,
    /// How many active registrations a person has in a role.
    active: BTreeMap<(PersonTag, RoleId), u32>,
}

/// One registration.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    pub(crate) role: RoleId,
    pub(crate) person: PersonTag,
    pub(crate) spots: u64,
    pub(crate) status: Standing,
    /// Until when its e-mail must be verified.
    pub(crate) verify_by: Option<i64>,
    pub(crate) wait_seq: u64,
    pub(crate) ended_seq: u64,
    pub(crate) checked_in: u64,
    pub(crate) link_version: u64,
    pub(crate) created_at: i64,
}

/// One role.
#[derive(Debug)]
pub(crate) struct RoleState {
    pub(crate) settings: RoleSettings,
    pub(crate) places: Places,
    /// Who waits, in waiting order.
    pub(crate) waiting: BTreeMap<u64, RegistrationId>,
    /// The same by the size of the party.
    pub(crate) waiting_by_size: BTreeMap<u64, BTreeSet<u64>>,
    /// The first in line and how often it was skipped.
    pub(crate) skipped: Option<(RegistrationId, u64)>,
}

/// Capacity, and what is taken of it, of a role or of the event.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Places {
    /// None: unlimited.
    pub(crate) capacity: Option<u64>,
    pub(crate) override_spots: u64,
    pub(crate) sums: Sums,
    /// Since when nothing is free.
    pub(crate) full_since: Option<i64>,
}

impl Places {
    /// Whether `spots` more fit, which an override never makes so.
    pub(crate) fn fit(&self, spots: u64) -> bool {
        self.capacity.is_none_or(|capacity| self.sums.reserved + spots <= capacity)
    }

    /// The most that may be taken; none: unlimited.
    pub(crate) fn limit(&self) -> Option<u64> {
        self.capacity.map(|capacity| capacity + self.override_spots)
    }

    /// Whether more is taken than may be.
    pub(crate) fn is_over(&self) -> bool {
        self.limit().is_some_and(|limit| self.sums.reserved > limit)
    }

    /// What follows from an entry of the time `at`. The override follows what is beyond the capacity: downwards by itself,
    /// upwards only where `over` says so.
    pub(crate) fn settle(&mut self, at: i64, over: bool) {
        let beyond = self.capacity.map_or(0, |capacity| self.sums.reserved.saturating_sub(capacity));
        self.override_spots = if over { beyond } else { beyond.min(self.override_spots) };
        self.full_since = if self.fit(1) { None } else { self.full_since.or(Some(at)) };
    }

    fn enter(&mut self, party: &Party) {
        self.sums.reserved += party.reserved();
        self.sums.waiting += u64::from(party.status == Standing::Waitlisted);
        self.sums.registrations += 1;
    }

    /// Only what was entered leaves, so no sum falls below zero.
    fn leave(&mut self, party: &Party) {
        self.sums.reserved -= party.reserved();
        self.sums.waiting -= u64::from(party.status == Standing::Waitlisted);
        self.sums.registrations -= 1;
    }
}

impl Party {
    /// The places it takes.
    pub(crate) fn reserved(&self) -> u64 {
        if self.status.takes_places() { self.spots } else { 0 }
    }
}

impl RoleState {
    /// As an entry of the time `at` makes it.
    pub(crate) fn new(settings: RoleSettings, at: i64) -> RoleState {
        let mut places = Places { capacity: settings.capacity, ..Places::default() };
        places.settle(at, false);
        RoleState { settings, places, waiting: BTreeMap::new(), waiting_by_size: BTreeMap::new(), skipped: None }
    }

    /// The first in line but for the one set aside: its place in the waiting order and who it is.
    pub(crate) fn first(&self, set_aside: Option<RegistrationId>) -> Option<(u64, RegistrationId)> {
        self.waiting.iter().find(|(_, id)| Some(**id) != set_aside).map(|(seq, id)| (*seq, *id))
    }

    /// The first of each size of party, but for the one set aside: size and place in the waiting order.
    pub(crate) fn firsts_by_size(&self, set_aside: Option<RegistrationId>) -> impl Iterator<Item = (u64, u64)> {
        let counts = move |seq: &&u64| self.waiting.get(*seq).is_none_or(|id| Some(*id) != set_aside);
        self.waiting_by_size.iter().filter_map(move |(spots, seqs)| seqs.iter().find(counts).map(|seq| (*spots, *seq)))
    }

    /// How often the party `first`, the first in line, was skipped.
    pub(crate) fn skips_of(&self, first: RegistrationId) -> u64 {
        self.skipped.filter(|(id, _)| *id == first).map_or(0, |(_, skips)| skips)
    }
}

impl State {
    /// Puts a registration in, in a role that exists. Returns whether its person was active in the role already.
    pub(crate) fn enter(&mut self, id: RegistrationId, party: Party) -> bool {
        self.places.enter(&party);
        if let Some(role) = self.roles.get_mut(&party.role) {
            role.places.enter(&party);
            if party.status == Standing::Waitlisted {
                role.waiting.insert(party.wait_seq, id);
                role.waiting_by_size.entry(party.spots).or_default().insert(party.wait_seq);
            }
        }
        let twice = party.status.is_active() && {
            let active = self.active.entry((party.person, party.role)).or_default();
            *active += 1;
            *active > 1
        };
        self.parties.insert(id, party);
        twice
    }

    /// Takes a registration out.
    pub(crate) fn leave(&mut self, id: RegistrationId) -> Option<Party> {
        let party = self.parties.remove(&id)?;
        self.places.leave(&party);
        if let Some(role) = self.roles.get_mut(&party.role) {
            role.places.leave(&party);
            if party.status == Standing::Waitlisted {
                role.waiting.remove(&party.wait_seq);
                if let Some(sizes) = role.waiting_by_size.get_mut(&party.spots) {
                    sizes.remove(&party.wait_seq);
                    if sizes.is_empty() {
                        role.waiting_by_size.remove(&party.spots);
                    }
                }
            }
        }
        if party.status.is_active() {
            let key = (party.person, party.role);
            let left = self.active.get(&key).map_or(0, |count| count - 1);
            if left == 0 {
                self.active.remove(&key);
            } else {
                self.active.insert(key, left);
            }
        }
        Some(party)
    }

    /// A new first in line was never skipped.
    pub(crate) fn forget_skips(&mut self, role: RoleId) {
        if let Some(role) = self.roles.get_mut(&role) {
            let first = role.first(self.set_aside).map(|(_, id)| id);
            role.skipped = role.skipped.filter(|(id, _)| Some(*id) == first);
        }
    }

    /// The one who was set aside counts as waiting again.
    pub(crate) fn put_back(&mut self) {
        let role = self.set_aside.take().and_then(|id| self.parties.get(&id)).map(|party| party.role);
        if let Some(role) = role {
            self.forget_skips(role);
        }
    }

    /// Whether a person is active in a role.
    pub(crate) fn is_active(&self, person: PersonTag, role: RoleId) -> bool {
        self.active.contains_key(&(person, role))
    }

    /// In how many roles a person is active.
    pub(crate) fn active_roles(&self, person: PersonTag) -> usize {
        let all = (person, RoleId(Uuid::nil()))..=(person, RoleId(Uuid::max()));
        self.active.range(all).count()
    }
}
