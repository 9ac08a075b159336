//! A capacity below what is reserved: refuse it, keep everybody, or send the latest back to the waitlist.

use super::Turn;
use crate::change::Change;
use crate::command::IfBelow;
use crate::decision::Refusal;
use crate::event::{Registration, Status, excess};
use crate::ids::{RegistrationId, RoleId};
use crate::limits;

/// What a new capacity asks for.
pub(super) struct Cut {
    /// Who goes back to the waitlist first.
    demoted: Vec<RegistrationId>,
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
            IfBelow::WaitlistLatest => Ok(Cut { demoted: self.latest(role, over)?, over: false }),
        }
    }

    /// Sends back whom the cut names; the capacity itself is changed by the caller.
    pub(super) fn demote_latest(&mut self, cut: &Cut) {
        self.demote_all(&cut.demoted);
    }

    pub(super) fn demote_all(&mut self, demoted: &[RegistrationId]) {
        for id in demoted {
            self.record(&Change::Demoted(self.state.status_change(*id, Status::Waitlisted)));
        }
    }

    /// The latest confirmed parties of `role` (none: of the event) that together have at least `spots` places.
    fn latest(&self, role: Option<RoleId>, spots: u64) -> Result<Vec<RegistrationId>, Refusal> {
        let mut released = 0;
        let mut demoted = Vec::new();
        for one in self.latest_confirmed(role).into_iter().take(limits::DEMOTIONS_MAX) {
            if released >= spots {
                break;
            }
            released += one.spots.count();
            demoted.push(one.id);
        }
        if released < spots {
            return Err(Refusal::invalid("capacity", "moves too many parties at once: lower it in smaller steps"));
        }
        Ok(demoted)
    }

    /// The loaded confirmed parties of `role` (none: of the event), the latest sign-up first.
    pub(super) fn latest_confirmed(&self, role: Option<RoleId>) -> Vec<&Registration> {
        let concerned =
            |one: &&Registration| one.status == Status::Confirmed && role.is_none_or(|role| one.role == role);
        let mut confirmed: Vec<&Registration> = self.state.registrations.values().filter(concerned).collect();
        confirmed.sort_by_key(|one| std::cmp::Reverse(one.wait_seq));
        confirmed
    }
}
