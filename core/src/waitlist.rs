//! Who has the better claim: the waitlist's policies, for those waiting and for those who come now.
//!
//! There is one walk for all policies. The queue is gone through in waiting order. The first in line of a role that does
//! not fit its role blocks that role, one that fits its role but not the event blocks all roles, as soon as it has been
//! skipped as often as the policy allows: `strict` and `off` allow no skip, so it blocks at once; `fill_gaps` allows
//! `max_skips`. Whoever is not blocked and fits gets in.

use std::collections::BTreeSet;

use crate::change::{Change, StatusChange};
use crate::event::{Role, Status, WaitlistPolicy};
use crate::ids::{Millis, RegistrationId, RoleId, Seq, Spots};
use crate::queue::Head;
use crate::view::least;
use crate::working_set::EventState;

/// What is kept for those waiting before a certain place in the queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blocks {
    /// Roles whose first in line keeps the places of its role.
    of_role: BTreeSet<RoleId>,
    /// Roles whose first in line keeps the places of the event, and with them those of all roles.
    of_event: BTreeSet<RoleId>,
}

/// The next step of the walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// This party gets its places.
    Promote(RegistrationId),
    /// Nobody gets any: the walk is at its end.
    Nobody,
    /// The loaded part of the queue is used up: load more and go on.
    Unknown,
}

impl Blocks {
    /// What is kept from those who come now.
    pub fn for_newcomers(state: &EventState, now: Millis) -> Blocks {
        Blocks::before(state, Seq::NEWCOMER, now)
    }

    /// What is kept from a party at `seq` of the waiting order by those before it.
    pub(crate) fn before(state: &EventState, seq: Seq, now: Millis) -> Blocks {
        let mut blocks = Blocks::default();
        if state.event.counters.waiting == 0 {
            return blocks;
        }
        for (head, role) in state.heads_of(state.queues()).into_iter().filter(|(head, _)| head.seq() < seq) {
            let is_reached = blocks.of_event.is_empty();
            match state.claim(role, head) {
                // It stands behind somebody who keeps the places of its role, which is all it could keep.
                _ if blocks.keeps(role.id) => {}
                _ if !state.event.settings.promotes(&role.settings, now) => drop(blocks.of_role.insert(role.id)),
                Claim::Waits => {}
                Claim::BlocksRole => drop(blocks.of_role.insert(role.id)),
                Claim::Fits(_) | Claim::Unknown if !is_reached => drop(blocks.of_role.insert(role.id)),
                Claim::BlocksAll | Claim::Fits(_) | Claim::Unknown => drop(blocks.of_event.insert(role.id)),
            }
        }
        blocks
    }

    /// Whether nobody else gets places of `role`.
    pub fn blocks(&self, role: RoleId) -> bool {
        !self.of_event.is_empty() || self.of_role.contains(&role)
    }

    /// Whether somebody in the queue of `role` itself keeps its places.
    pub(crate) fn keeps(&self, role: RoleId) -> bool {
        self.of_role.contains(&role) || self.of_event.contains(&role)
    }
}

/// What a party at the head of its list means for those behind it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Claim {
    /// It fits: this party is next.
    Fits(RegistrationId),
    /// It does not fit and keeps nothing from others.
    Waits,
    /// It keeps the places of its role.
    BlocksRole,
    /// It keeps the places of the event.
    BlocksAll,
    /// There may be somebody.
    Unknown,
}

impl EventState {
    /// The places of `role` that a newcomer could get under `blocks`; none: unlimited.
    pub fn open_now(&self, role: &Role, blocks: &Blocks) -> Option<u64> {
        if blocks.blocks(role.id) { Some(0) } else { least(role.free(), self.event.free()) }
    }

    /// The next step of the walk, O(roles × party sizes).
    pub(crate) fn next_promotion(&self, now: Millis) -> Next {
        if self.event.counters.waiting == 0 {
            return Next::Nobody;
        }
        let heads = self.heads_of(self.moving_queues(now));
        let mut blocked = BTreeSet::new();
        for (head, role) in heads {
            if blocked.contains(&role.id) {
                continue;
            }
            match self.claim(role, head) {
                Claim::Fits(id) => return Next::Promote(id),
                Claim::BlocksRole => drop(blocked.insert(role.id)),
                Claim::BlocksAll => return Next::Nobody,
                Claim::Waits => {}
                Claim::Unknown => return Next::Unknown,
            }
        }
        Next::Nobody
    }

    /// The roles that somebody waits for.
    fn queues(&self) -> impl Iterator<Item = &Role> {
        self.roles.values().filter(|role| role.counters.waiting > 0)
    }

    /// As [`EventState::queues`], where free places still go to those waiting by themselves.
    fn moving_queues(&self, now: Millis) -> impl Iterator<Item = &Role> {
        self.queues().filter(move |role| self.event.settings.promotes(&role.settings, now))
    }

    /// The heads of the queues of these roles, in waiting order.
    fn heads_of<'a>(&'a self, roles: impl Iterator<Item = &'a Role>) -> Vec<(Head, &'a Role)> {
        let mut heads: Vec<(Head, &Role)> =
            roles.flat_map(|role| self.queue.heads(role.id).map(move |head| (head, role))).collect();
        heads.sort_by_key(|(head, _)| head.seq());
        heads
    }

    fn claim(&self, role: &Role, head: Head) -> Claim {
        let Head::Known { seq, id, spots } = head else { return Claim::Unknown };
        let is_first = self.queue.first(role.id).is_some_and(|first| first.seq() == seq);
        let keeps = is_first && role.skips_of(id) >= self.event.settings.skips_allowed();
        match self.lacks(role, spots) {
            None => Claim::Fits(id),
            Some(Lacks::Role) if keeps => Claim::BlocksRole,
            Some(Lacks::Event) if keeps => Claim::BlocksAll,
            Some(_) => Claim::Waits,
        }
    }

    fn lacks(&self, role: &Role, spots: Spots) -> Option<Lacks> {
        if !role.fits(spots.count()) {
            Some(Lacks::Role)
        } else if !self.event.fits(spots.count()) {
            Some(Lacks::Event)
        } else {
            None
        }
    }

    /// The skips to be counted when a party at `seq` of the waiting order gets places of `taker_role`: of the first in
    /// line of each role, where it came earlier and could have used them. Those are the places of its own role and, if
    /// its role has enough, those of the event.
    pub(crate) fn skips_by(&self, taker_role: RoleId, seq: Seq, now: Millis) -> Vec<Change> {
        if self.event.settings.waitlist.policy != WaitlistPolicy::FillGaps || self.event.counters.waiting == 0 {
            return Vec::new();
        }
        let skipped = self.moving_queues(now).filter_map(|role| {
            let first = self.first_waiting(role.id).filter(|first| first.wait_seq < seq)?;
            let could_use = match self.lacks(role, first.spots)? {
                Lacks::Role => role.id == taker_role,
                Lacks::Event => self.event.settings.capacity.is_some(),
            };
            let skips = role.skips_of(first.id) + 1;
            could_use.then_some(Change::Skipped { role: role.id, skips, registration: first.id })
        });
        skipped.collect()
    }

    /// The fact that `id` gets the status `to`.
    pub(crate) fn status_change(&self, id: RegistrationId, to: Status) -> StatusChange {
        let one = &self.registrations[&id];
        StatusChange { role: one.role, spots: one.spots, from: one.status, to, registration: id }
    }
}

/// What a party lacks to get in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lacks {
    Role,
    Event,
}
