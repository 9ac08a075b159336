//! Registrations that another system made: each as it was there, if all of them may be.

use headcount_core::command::{IfBelow, Import, Party as Newcomer};
use headcount_core::event::Status;
use headcount_core::ids::{Millis, RegistrationId, RoleId};

use super::places::left;
use super::{Naive, Verdict, new_party, no};

impl Naive {
    pub(super) fn import(&mut self, now: Millis, ask: &Import) -> Result<Verdict, Verdict> {
        for (place, party) in ask.parties.iter().enumerate() {
            let is_twice = ask.parties[..place].iter().any(|other| other.id == party.id);
            let has_role = self.roles.iter().any(|part| part.id == party.role);
            if !has_role || party.status == Status::Held || is_twice {
                return no("invalid");
            }
        }
        let news: Vec<Newcomer> =
            ask.parties.iter().filter(|one| !self.parties.iter().any(|old| old.id == one.id)).cloned().collect();
        self.may_all_be_in(&news)?;
        let news = self.those_who_fit(news, ask.over_capacity)?;
        if news.iter().any(|one| one.status == Status::Waitlisted && self.never_fits(one.role, one.spots.count())) {
            return no("too_many_spots");
        }
        let kept_before = self.overrides();
        for party in &news {
            self.take_over(party, ask.over_capacity);
        }
        let kept_spots = self.overrides() - kept_before;
        let as_they_came = self.clone();
        self.walk(now);
        let had_places = |one: &RegistrationId| ask.parties.iter().any(|party| party.id == *one && is_in(party));
        let waits = |one: &&Newcomer| one.status == Status::Waitlisted && had_places(&one.id);
        let mut waitlisted: Vec<RegistrationId> = news.iter().filter(waits).map(|one| one.id).collect();
        waitlisted.sort();
        let (added, known) = (news.len() as u64, (ask.parties.len() - news.len()) as u64);
        Ok(Verdict::Imported { added, known, kept_spots, waitlisted, moved: self.moved(&as_they_came, &[]) })
    }

    fn may_all_be_in(&self, news: &[Newcomer]) -> Result<(), Verdict> {
        let mut all = self.clone();
        for party in news.iter().filter(|party| party.status.is_active()) {
            all.may_be_in(&party.person.key, party.role, None)?;
            all.may_be_in_one_more(&party.person.key)?;
            let (person, spots) = (&party.person.key, party.spots.count());
            all.parties.push(new_party(party.id, party.role, person, spots, party.status, 0));
        }
        Ok(())
    }

    /// As they come, but for those who have to wait.
    fn those_who_fit(&self, mut news: Vec<Newcomer>, over: IfBelow) -> Result<Vec<Newcomer>, Verdict> {
        let scopes = self.roles.iter().map(|part| Some(part.id)).chain([None]);
        for scope in scopes {
            loop {
                let beyond = self.beyond(scope, &news);
                let theirs = |one: &&mut Newcomer| is_in(one) && scope.is_none_or(|role| one.role == role);
                match (beyond, over) {
                    (true, IfBelow::Refuse) => return no("capacity_below_reserved"),
                    (true, IfBelow::WaitlistLatest) => match news.iter_mut().rev().find(theirs) {
                        Some(latest) => latest.status = Status::Waitlisted,
                        None => break,
                    },
                    _ => break,
                }
            }
        }
        Ok(news)
    }

    /// Whether more would be reserved than there is, overrides included.
    fn beyond(&self, scope: Option<RoleId>, news: &[Newcomer]) -> bool {
        let (capacity, override_spots) = match scope {
            Some(role) => (self.part(role).settings.capacity, self.part(role).override_spots),
            None => (self.settings.capacity, self.override_spots),
        };
        let theirs = news.iter().filter(|one| is_in(one) && scope.is_none_or(|role| one.role == role));
        let more: u64 = theirs.map(|one| one.spots.count()).sum();
        left(capacity, 0).saturating_add(override_spots) < self.reserved(scope) + more
    }

    fn take_over(&mut self, party: &Newcomer, over: IfBelow) {
        let order = self.take_order();
        let (person, spots) = (&party.person.key, party.spots.count());
        self.parties.push(new_party(party.id, party.role, person, spots, Status::Waitlisted, order));
        self.set_status(party.id, party.status);
        self.after_a_change();
        if over == IfBelow::Keep && is_in(party) {
            self.raise_overrides(Some(party.role), true);
        }
    }

    fn overrides(&self) -> u64 {
        self.override_spots + self.roles.iter().map(|part| part.override_spots).sum::<u64>()
    }
}

fn is_in(party: &Newcomer) -> bool {
    party.status == Status::Confirmed
}
