//! Whoever is erased: nobody any more, and what is still ahead goes to others.

use headcount_core::command::{Actor, Erase, EraseWhen};
use headcount_core::event::Status;
use headcount_core::ids::Millis;

use super::{Answer, Naive};

const DAY_MS: i64 = 86_400_000;

impl Naive {
    pub(super) fn erase(&mut self, now: Millis, ask: &Erase) -> Answer {
        let id = ask.registration;
        let party = self.find(Actor::Owner, id)?.clone();
        let nobody = format!("entry:{id}");
        let is_nobody = party.person == nobody && !party.has_name && !party.has_address && !party.has_notes;
        let over_at = self.over_at();
        let days = self.settings.retention_days;
        let is_due = over_at.zip(days).is_some_and(|(over, days)| over.0 + i64::from(days) * DAY_MS <= now.0);
        if ask.when == EraseWhen::Due && (is_nobody || !is_due) {
            return Ok(Some(id));
        }
        let begins = self.part(party.role).settings.starts_at.or(self.settings.starts_at);
        let is_ahead = begins.is_none_or(|at| at > now) && over_at.is_none_or(|at| at > now);
        let forgotten = self.party(id);
        forgotten.person = nobody;
        forgotten.link_version += 1;
        (forgotten.has_name, forgotten.has_address, forgotten.has_notes) = (false, false, false);
        if party.status.is_active() && is_ahead {
            self.set_status(id, Status::Cancelled);
        }
        Ok(Some(id))
    }

    /// The end of all of it.
    fn over_at(&self) -> Option<Millis> {
        let mut ends = vec![self.settings.ends_at.or(self.settings.starts_at)];
        ends.extend(self.roles.iter().map(|part| part.settings.ends_at.or(part.settings.starts_at)));
        ends.into_iter().flatten().max()
    }
}
