//! Whether an e-mail address is the person's own: confirmed in time, or the places go to others.

use super::{Turn, Verdict};
use crate::change::Change;
use crate::decision::Refusal;
use crate::event::Status;
use crate::ids::RegistrationId;

impl Turn {
    /// By the mailed link, or by staff who know better. Once more changes nothing.
    pub(super) fn confirm(&mut self, id: RegistrationId) -> Verdict {
        let one = self.active(id)?;

        // Cannot fail below.
        if one.verify_by.is_some() {
            let status = if one.status == Status::Held { Status::Confirmed } else { one.status };
            self.record(&Change::Verified(self.state.status_change(id, status)));
        }
        Ok(self.receipt(id))
    }

    /// The time to verify is over. Whoever did so at the last moment, or left, is not concerned any more.
    pub(super) fn expire(&mut self, id: RegistrationId) -> Verdict {
        let one = self.active(id)?;
        if one.verify_by.is_none_or(|until| self.now < until) {
            return Err(Refusal::NotActive);
        }

        // Cannot fail below.
        let change = self.state.status_change(id, Status::Cancelled);
        self.release(id, &Change::Expired(change))
    }
}
