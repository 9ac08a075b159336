//! Mending what `verify` found: counters that are out of step, registrations beyond the capacity.

use super::{Turn, Verdict};
use crate::change::Change;
use crate::command::{IfBelow, Repair};
use crate::decision::{Outcome, Refusal, Repaired};
use crate::event::{Counters, excess};
use crate::ids::{RegistrationId, RoleId};

/// What is beyond the capacity and the override of a role, or of the event.
struct Beyond {
    /// The role; none: the event.
    role: Option<RoleId>,
    /// All spots that are taken there.
    reserved: u64,
    /// Of those, the spots that neither the capacity nor the override allows.
    spots: u64,
}

impl Turn {
    /// Checks: after recounting nothing is beyond capacity and override, unless the repair says what to do about it.
    pub(super) fn repair(&mut self, repair: Repair) -> Verdict {
        let counts = self.true_counts();
        let beyond = self.beyond(&counts);
        if let (Some(Beyond { reserved, .. }), IfBelow::Refuse) = (beyond.first(), repair.over_capacity) {
            return Err(Refusal::CapacityBelowReserved { reserved: *reserved });
        }
        let demoted = match repair.over_capacity {
            IfBelow::WaitlistLatest => self.beyond_parties(&beyond)?,
            IfBelow::Refuse | IfBelow::Keep => Vec::new(),
        };

        // Cannot fail below.
        let mut counters_repaired = 0;
        for (role, counters) in counts {
            counters_repaired += u32::from(counters != self.counters(role));
            // Where it is full, since when may be wrong though the counters are right; from now on it is known.
            if counters != self.counters(role) || self.is_full(role) {
                self.record(&Change::CountersRepaired { role, counters });
            }
        }
        let mut kept_spots = 0;
        if repair.over_capacity == IfBelow::Keep {
            for Beyond { role, spots, .. } in &beyond {
                self.record(&Change::OverrideRaised { role: *role });
                kept_spots += spots;
            }
        }
        self.demote_all(&demoted);
        self.promote_waiting();
        let (seq, affected) = (self.state.event.seq, std::mem::take(&mut self.affected));
        Ok(Outcome::Repaired(Repaired { counters: counters_repaired, kept_spots, affected, seq }))
    }

    fn counters(&self, role: Option<RoleId>) -> Counters {
        role.map_or(self.state.event.counters, |role| self.state.roles[&role].counters)
    }

    /// Whether nothing of a role or of the event is free, or was said to be.
    fn is_full(&self, role: Option<RoleId>) -> bool {
        let (free, full_since) = match role {
            Some(role) => (self.state.roles[&role].free(), self.state.roles[&role].full_since),
            None => (self.state.event.free(), self.state.event.full_since),
        };
        free == Some(0) || full_since.is_some()
    }

    /// What the counters of every role and of the event (none) must be: as counted when the batch was loaded, with what
    /// the batch has changed since.
    fn true_counts(&self) -> Vec<(Option<RoleId>, Counters)> {
        let mut event = Counters::default();
        let mut counts = Vec::new();
        for role in self.state.roles.values() {
            let loaded = self.state.loaded_counters.get(&role.id).copied().unwrap_or_default();
            let counted = self.state.recount.get(&role.id).copied().unwrap_or_default();
            let count = Counters {
                reserved: counted.reserved + role.counters.reserved - loaded.reserved,
                waiting: counted.waiting + role.counters.waiting - loaded.waiting,
                registrations: counted.registrations + role.counters.registrations - loaded.registrations,
            };
            event.reserved += count.reserved;
            event.waiting += count.waiting;
            event.registrations += count.registrations;
            counts.push((Some(role.id), count));
        }
        counts.push((None, event));
        counts
    }

    /// Roles, and at last the event, that have more than capacity and override allow.
    fn beyond(&self, counts: &[(Option<RoleId>, Counters)]) -> Vec<Beyond> {
        let all = counts.iter().map(|(role, Counters { reserved, .. })| {
            let (capacity, override_spots) = match role {
                Some(role) => (self.state.roles[role].settings.capacity, self.state.roles[role].override_spots),
                None => (self.state.event.settings.capacity, self.state.event.override_spots),
            };
            let spots = excess(capacity, *reserved).saturating_sub(override_spots);
            Beyond { role: *role, reserved: *reserved, spots }
        });
        all.filter(|beyond| beyond.spots > 0).collect()
    }

    /// The latest parties of what is beyond: of the roles first; what they free counts for the event too.
    fn beyond_parties(&self, beyond: &[Beyond]) -> Result<Vec<RegistrationId>, Refusal> {
        let mut demoted: Vec<RegistrationId> = Vec::new();
        for Beyond { role, spots, .. } in beyond {
            let freed: u64 = match role {
                Some(_) => 0,
                None => demoted.iter().map(|id| self.state.registrations[id].spots.count()).sum(),
            };
            let more = self.latest(*role, spots.saturating_sub(freed), &demoted).ok_or_else(|| {
                Refusal::invalid("over_capacity", "would move too many parties at once: keep them instead")
            })?;
            demoted.extend(more);
        }
        Ok(demoted)
    }
}
