//! Who had the better claim to a place: the waitlist's policies, told a second time, for what a log must not show.
//!
//! Times of the log can be later than the clock that a rule saw (they never go back), so a party counts only where it
//! counts at the later time too. That way nothing is called wrong that was right.

use headcount_core::ids::{RegistrationId, RoleId};

use super::body::Policy;
use super::state::{RoleState, State};

/// Who takes places.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Taker {
    /// In which role.
    pub(crate) role: RoleId,
    /// Its place in the waiting order; a newcomer comes after everybody.
    pub(crate) wait_seq: u64,
    /// What it takes.
    pub(crate) takes: Takes,
}

/// What somebody takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Takes {
    /// A place that became free, by promotion.
    Freed,
    /// A place that is asked for.
    Asked,
    /// A place of another role of an event where it has one already.
    OtherRole,
}

/// Behind everybody who waits.
pub(crate) const NEWCOMER: u64 = u64::MAX;

impl State {
    /// Somebody who waited before `taker` and whose place it was, judged at `at`.
    pub(crate) fn better_claim(&self, taker: Taker, at: i64) -> Option<RegistrationId> {
        self.roles.iter().find_map(|(id, role)| {
            if role.waiting.is_empty() || (taker.takes == Takes::OtherRole && *id != taker.role) {
                return None;
            }
            let (_, first) = role.first(self.set_aside).filter(|(seq, _)| *seq < taker.wait_seq)?;
            let own_role = *id == taker.role;
            if !self.promotes(role, at) {
                // It does not move up by itself any more, but nobody who asks gets a place of its role either.
                let keeps = own_role && taker.takes != Takes::Freed && self.policy() != Policy::FillGaps;
                return keeps.then_some(first);
            }
            match self.policy() {
                Policy::Strict | Policy::Off => (own_role || self.fits_role(role, first)).then_some(first),
                Policy::FillGaps => self.claim_with_gaps(role, own_role, first, taker.wait_seq),
            }
        })
    }

    /// `fill_gaps`: the first in line keeps the places it lacks, once it was skipped as often as is allowed: those of its
    /// role from its role, those of the event from all. Until then the earliest that fits has the claim.
    fn claim_with_gaps(
        &self,
        role: &RoleState,
        own_role: bool,
        first: RegistrationId,
        before: u64,
    ) -> Option<RegistrationId> {
        let max = self.settings.as_ref().map_or(0, |settings| settings.waitlist.max_skips);
        // The skip that stands in the log just before the taking is counted by it, and did not yet bind it.
        let skips = role.skips_of(first).saturating_sub(u64::from(self.just_skipped.contains(&first)));
        if skips >= max {
            return (own_role || self.fits_role(role, first)).then_some(first);
        }
        let fits = |(spots, seq): &(u64, u64)| *seq < before && role.places.fit(*spots) && self.places.fit(*spots);
        let (_, seq) = role.firsts_by_size(self.set_aside).find(fits)?;
        role.waiting.get(&seq).copied()
    }

    /// A waiting party that was entitled to free places and did not get them, judged at `at` and at any time before.
    pub(crate) fn forgotten(&self, at: i64) -> Option<RegistrationId> {
        self.roles.iter().filter(|(_, role)| self.promotes(role, at)).find_map(|(id, role)| {
            role.firsts_by_size(self.set_aside).find_map(|(spots, wait_seq)| {
                let fits = role.places.fit(spots) && self.places.fit(spots);
                let taker = Taker { role: *id, wait_seq, takes: Takes::Freed };
                let entitled = fits && [at, i64::MIN].iter().all(|at| self.better_claim(taker, *at).is_none());
                if entitled { role.waiting.get(&wait_seq).copied() } else { None }
            })
        })
    }

    fn fits_role(&self, role: &RoleState, party: RegistrationId) -> bool {
        self.parties.get(&party).is_some_and(|party| role.places.fit(party.spots))
    }

    fn policy(&self) -> Policy {
        self.settings.as_ref().map_or(Policy::Strict, |settings| settings.waitlist.policy)
    }

    /// Whether free places of `role` go to those waiting by themselves.
    fn promotes(&self, role: &RoleState, at: i64) -> bool {
        self.settings.as_ref().is_some_and(|settings| {
            let until = settings.promote_until.or(role.settings.starts_at).or(settings.starts_at);
            settings.status != "cancelled" && until.is_none_or(|until| at < until)
        })
    }
}
