//! Who has the better claim: the waitlist's policies, for those waiting and for those who come now.
//!
//! There is one walk for all policies. The queue is gone through in waiting order. The first in line of a role that does
//! not fit its role blocks that role, one that fits its role but not the event blocks all roles, as soon as it has been
//! skipped as often as the policy allows: `strict` and `off` allow no skip, so it blocks at once; `fill_gaps` allows
//! `max_skips`. Whoever is not blocked and fits gets in.

use std::collections::BTreeSet;

use crate::change::{Change, StatusChange};
use crate::command::Actor;
use crate::event::{Registration, Role, Status, WaitlistPolicy};
use crate::ids::{Millis, RegistrationId, RoleId, Seq, Spots};
use crate::queue::Head;
use crate::view::least;
use crate::working_set::EventState;

/// What is kept for those waiting before a certain place in the queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blocks {
    all: bool,
    roles: BTreeSet<RoleId>,
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
        for role in state.roles.values().filter(|role| role.counters.waiting > 0) {
            let promotes = state.event.settings.promotes(&role.settings, now);
            for head in state.queue.heads(role.id).filter(|head| head.seq() < seq) {
                match state.claim(role, head) {
                    _ if !promotes => blocks.role(role.id),
                    Claim::Waits => {}
                    Claim::BlocksRole => blocks.role(role.id),
                    Claim::BlocksAll | Claim::Fits | Claim::Unknown => blocks.all = true,
                }
            }
        }
        blocks
    }

    /// Whether `role` is kept for others.
    pub fn blocks(&self, role: RoleId) -> bool {
        self.all || self.roles.contains(&role)
    }

    /// Whether the places of `role` itself are kept for others, or all are.
    fn role(&mut self, role: RoleId) {
        self.roles.insert(role);
    }
}

/// What a party at the head of its list means for those behind it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Claim {
    /// It fits: it is next.
    Fits,
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

    /// Promotes whoever is entitled to free places, in waiting order, up to `max` parties. Returns whether it stopped
    /// before the end.
    pub(crate) fn promote_waiting(&mut self, now: Millis, max: usize, mut record: impl FnMut(&mut EventState, Change)) -> bool {
        for _ in 0..max {
            match self.next_promotion(now) {
                Next::Nobody => return false,
                Next::Unknown => return true,
                Next::Promote(id) => {
                    let change = self.promotion(id);
                    for skip in self.skips_by(&self.registrations[&id], now) {
                        record(self, skip);
                    }
                    record(self, change);
                }
            }
        }
        self.next_promotion(now) != Next::Nobody
    }

    /// The next step of the walk, O(roles × party sizes).
    pub(crate) fn next_promotion(&self, now: Millis) -> Next {
        if self.event.counters.waiting == 0 {
            return Next::Nobody;
        }
        let waiting = self.roles.values().filter(|role| role.counters.waiting > 0);
        let moving = waiting.filter(|role| self.event.settings.promotes(&role.settings, now));
        let mut heads: Vec<(Head, &Role)> =
            moving.flat_map(|role| self.queue.heads(role.id).map(move |head| (head, role))).collect();
        heads.sort_by_key(|(head, _)| head.seq());
        let mut blocked = BTreeSet::new();
        for (head, role) in heads {
            if blocked.contains(&role.id) {
                continue;
            }
            match (self.claim(role, head), head) {
                (Claim::Fits, Head::Known { id, .. }) => return Next::Promote(id),
                (Claim::BlocksRole, _) => drop(blocked.insert(role.id)),
                (Claim::BlocksAll, _) => return Next::Nobody,
                (Claim::Waits, _) => {}
                (Claim::Unknown | Claim::Fits, _) => return Next::Unknown,
            }
        }
        Next::Nobody
    }

    fn claim(&self, role: &Role, head: Head) -> Claim {
        let Head::Known { seq, id, spots } = head else { return Claim::Unknown };
        let is_first = self.queue.first(role.id).is_some_and(|first| first.seq() == seq);
        let keeps = is_first && role.skips_of(id) >= self.event.settings.skips_allowed();
        match self.lacks(role, spots) {
            None => Claim::Fits,
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

    /// The skips to be counted when `taker` gets places: of the first in line of each role, where it came earlier and
    /// could have used them. Those are the places of its own role and, if its role has enough, those of the event.
    pub(crate) fn skips_by(&self, taker: &Registration, now: Millis) -> Vec<Change> {
        self.skips_at(taker.role, taker.wait_seq, now)
    }

    /// As [`EventState::skips_by`], for a party in `taker_role` at `seq` of the waiting order.
    pub(crate) fn skips_at(&self, taker_role: RoleId, seq: Seq, now: Millis) -> Vec<Change> {
        if self.event.settings.waitlist.policy != WaitlistPolicy::FillGaps || self.event.counters.waiting == 0 {
            return Vec::new();
        }
        let waiting = self.roles.values().filter(|role| role.counters.waiting > 0);
        let moving = waiting.filter(|role| self.event.settings.promotes(&role.settings, now));
        let skipped = moving.filter_map(|role| {
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

    fn promotion(&self, id: RegistrationId) -> Change {
        Change::Promoted { change: self.status_change(id, Status::Confirmed), over: false, reason: String::new() }
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

/// Promotions are made by headcount itself, whoever caused them.
pub(crate) const PROMOTER: Actor = Actor::System;
