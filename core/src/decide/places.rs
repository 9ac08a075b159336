//! Giving places by hand: promote and reinstate.

use super::{Turn, Verdict};
use crate::change::Change;
use crate::command::Promote;
use crate::decision::Refusal;
use crate::event::{Status, WaitlistPolicy};
use crate::ids::RegistrationId;
use crate::view::least;
use crate::waitlist::Blocks;

impl Turn {
    /// Staff choose whom; the capacity holds unless they override it with a reason.
    pub(super) fn promote(&mut self, promote: &Promote) -> Verdict {
        let one = self.registration(promote.registration)?;
        if one.status != Status::Waitlisted {
            return Err(Refusal::NotWaitlisted);
        }
        let free = least(self.state.role_of(one).free(), self.state.event.free());
        match &promote.override_reason {
            Some(reason) if reason.trim().is_empty() => {
                return Err(Refusal::invalid("reason", "say why the capacity is overridden"));
            }
            None if free.is_some_and(|free| free < one.spots.count()) => {
                return Err(Refusal::NoRoom { free: free.unwrap_or(0) });
            }
            _ => {}
        }

        // Cannot fail below.
        let (id, role, wait_seq, status) = (one.id, one.role, one.wait_seq, one.with_places());
        if free.is_none_or(|free| free >= one.spots.count()) {
            // Places beyond the capacity could not have been used by anybody else.
            self.count_skips(role, wait_seq);
        }
        let change = self.state.status_change(id, status);
        let (over, reason) = (promote.override_reason.is_some(), promote.override_reason.clone().unwrap_or_default());
        self.record(&Change::Promoted { change, over, reason });
        self.promote_waiting();
        Ok(self.receipt(id))
    }

    /// Back with its old place in the waiting order: confirmed if there is room and nobody before it waits for it.
    pub(super) fn reinstate(&mut self, id: RegistrationId) -> Verdict {
        let one = self.registration(id)?;
        if one.status.is_active() {
            return Err(Refusal::StillActive);
        }
        let role = self.state.role_of(one);
        self.may_enter(&one.person.key, role)?;
        let blocks = Blocks::before(&self.state, one.wait_seq, self.now);
        let status = match self.state.open_now(role, &blocks) {
            Some(open) if open < one.spots.count() => Status::Waitlisted,
            _ => Status::Confirmed,
        };
        if status == Status::Waitlisted && self.state.event.settings.waitlist.policy == WaitlistPolicy::Off {
            let free = least(role.free(), self.state.event.free());
            return Err(Refusal::NoRoom { free: free.unwrap_or(0) });
        }

        // Cannot fail below.
        let (role, wait_seq) = (role.id, one.wait_seq);
        if status == Status::Confirmed {
            self.count_skips(role, wait_seq);
        }
        self.record(&Change::Reinstated(self.state.status_change(id, status)));
        self.promote_waiting();
        Ok(self.receipt(id))
    }
}
