//! A capacity below what is reserved: refuse it, keep everybody, or send the latest back to the waitlist.

use std::collections::BTreeSet;

use super::Turn;
use crate::change::Change;
use crate::command::IfBelow;
use crate::decision::Refusal;
use crate::event::{Registration, Status, excess};
use crate::ids::{RegistrationId, RoleId};
use crate::limits;

/// What a new capacity asks for.
pub(super) struct Cut {
    /// Who goes back to the waitlist before the capacity is changed.
    pub(super) demoted: Vec<RegistrationId>,
    /// Whether the override rises to what is beyond the new capacity.
    pub(super) over: bool,
}

impl Turn {
    /// What setting the capacity of `role` (none: of the event) to `capacity` asks for. Raising it never needs more,
    /// even where it is still below what is reserved.
    pub(super) fn cut(&self, role: Option<RoleId>, capacity: Option<u32>, if_below: IfBelow) -> Result<Cut, Refusal> {
        let (present, reserved) = match role {
            Some(role) => (self.state.roles[&role].settings.capacity, self.state.roles[&role].counters.reserved),
            None => (self.state.event.settings.capacity, self.state.event.counters.reserved),
        };
        let is_lower = capacity.is_some_and(|new| present.is_none_or(|present| new < present));
        let over = excess(capacity, reserved);
        match if_below {
            _ if !is_lower || over == 0 => Ok(Cut { demoted: Vec::new(), over: false }),
            IfBelow::Refuse => Err(Refusal::CapacityBelowReserved { reserved }),
            IfBelow::Keep => Ok(Cut { demoted: Vec::new(), over: true }),
            IfBelow::WaitlistLatest => match self.latest(role, over, &[]) {
                Some(demoted) => Ok(Cut { demoted, over: false }),
                None => Err(Refusal::invalid("capacity", "moves too many parties at once: lower it in smaller steps")),
            },
        }
    }

    /// Sends them back to the waitlist. What they free is given out by the caller.
    pub(super) fn demote_all(&mut self, demoted: &[RegistrationId]) {
        for id in demoted {
            self.record(&Change::Demoted(self.state.status_change(*id, Status::Waitlisted)));
        }
    }

    /// The latest parties of `role` (none: of the event) that have places and together have at least `spots` places, beside
    /// those who go anyway; none if one decision cannot move so many.
    pub(super) fn latest(
        &self,
        role: Option<RoleId>,
        spots: u64,
        but: &[RegistrationId],
    ) -> Option<Vec<RegistrationId>> {
        let but: BTreeSet<&RegistrationId> = but.iter().collect();
        let mut left = spots;
        let mut demoted = Vec::new();
        let others = self.latest_with_places(role).into_iter().filter(|one| !but.contains(&one.id));
        for one in others.take(limits::DEMOTIONS_MAX) {
            if left == 0 {
                break;
            }
            left = left.saturating_sub(one.spots.count());
            demoted.push(one.id);
        }
        (left == 0).then_some(demoted)
    }

    /// The loaded parties of `role` (none: of the event) that have places, the latest sign-up first.
    fn latest_with_places(&self, role: Option<RoleId>) -> Vec<&Registration> {
        let concerned = |one: &&Registration| one.status.occupies_places() && role.is_none_or(|role| one.role == role);
        let mut latest: Vec<&Registration> = self.state.registrations.values().filter(concerned).collect();
        latest.sort_by_key(|one| std::cmp::Reverse(one.wait_seq));
        latest
    }
}
