//! Giving places back: cancel, decline, remove, demote. What becomes free goes to those waiting, in the same decision.

use super::{Turn, Verdict};
use crate::change::Change;
use crate::command::Remove;
use crate::decision::Refusal;
use crate::event::Status;
use crate::ids::RegistrationId;

impl Turn {
    pub(super) fn cancel(&mut self, id: RegistrationId) -> Verdict {
        let one = self.active(id)?;
        self.before_cut_off(one)?;

        // Cannot fail below.
        let change = self.state.status_change(id, Status::Cancelled);
        self.release(id, &Change::Cancelled(change))
    }

    pub(super) fn decline(&mut self, id: RegistrationId) -> Verdict {
        if self.registration(id)?.status == Status::Declined {
            return Err(Refusal::AlreadyDeclined);
        }
        let one = self.active(id)?;
        self.before_cut_off(one)?;

        // Cannot fail below.
        let change = self.state.status_change(id, Status::Declined);
        self.release(id, &Change::Declined(change))
    }

    pub(super) fn remove(&mut self, remove: &Remove) -> Verdict {
        let id = self.active(remove.registration)?.id;

        // Cannot fail below.
        let change = self.state.status_change(id, Status::Removed);
        let (reason, reason_for) = (remove.reason.clone(), remove.reason_for);
        self.release(id, &Change::Removed { change, reason, reason_for })
    }

    /// The party goes back to its old place in the queue, and others get their turn before it is walked in full: else
    /// the party, mostly the first in line, would get its own places back.
    pub(super) fn demote(&mut self, id: RegistrationId) -> Verdict {
        let one = self.registration(id)?;
        if !one.status.occupies_places() {
            return Err(Refusal::NotConfirmed);
        }

        // Cannot fail below.
        let (role, spots, wait_seq) = (one.role, one.spots, one.wait_seq);
        let skipped = self.state.roles[&role].skipped;
        self.record(&Change::Demoted(self.state.status_change(id, Status::Waitlisted)));
        self.state.queue.remove(role, spots, wait_seq);
        // Until it is back in the queue, whoever was the first in line is it still, with all its skips.
        if let Some(role) = self.state.roles.get_mut(&role) {
            role.skipped = skipped;
        }
        self.promote_waiting();
        self.state.queue.insert(role, spots, wait_seq, id);
        self.state.forget_skips(role);
        self.promote_waiting();
        Ok(self.receipt(id))
    }

    pub(super) fn release(&mut self, id: RegistrationId, change: &Change) -> Verdict {
        self.record(change);
        self.promote_waiting();
        Ok(self.receipt(id))
    }
}
