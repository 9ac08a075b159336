//! Entries about registrations.

use headcount_core::ids::{RegistrationId, RoleId};

use super::{At, GUEST, Replay, SYSTEM};
use crate::verify::body::{
    EmailChanged, Ending, Imported, Moved, NotComing, Policy, Resized, SignedUp, Skipped, Standing, StatusChanged,
    Swapped, Verified,
};
use crate::verify::claims::{NEWCOMER, Taker, Takes};
use crate::verify::report::{Finding, Invariant};
use crate::verify::state::{Party, PersonTag};

impl Replay {
    pub(super) fn signed_up(&mut self, at: At<'_>, fact: &SignedUp) {
        let Some(id) = at.registration else { return self.names_none(at) };
        if !self.knows_role(at, fact.role) {
            return;
        }
        if self.state.parties.contains_key(&id) {
            return self.tell(at, Invariant::I14, "entries that make the registration", "one", "another");
        }
        if fact.spots == 0 {
            self.tell(at, Invariant::I14, "size of the party", "at least 1", 0);
        }
        let person = self.person(at, &fact.person);
        self.enters(at, person, fact.role, fact.spots, fact.status);
        self.is_to_be_verified(at, fact);
        let party = Party {
            role: fact.role,
            person,
            spots: fact.spots,
            status: fact.status,
            verify_by: fact.verify_by,
            wait_seq: at.seq,
            ended_seq: 0,
            checked_in: 0,
            link_version: 1,
            created_at: at.at,
        };
        self.change_places(at, [fact.role; 2], false, |replay| replay.enter(at, id, party));
    }

    /// Somebody gets a place, or waits for one, in a role: what holds of every sign-up.
    fn enters(&mut self, at: At<'_>, person: PersonTag, role: RoleId, spots: u64, status: Standing) {
        self.may_be_in_one_more_role(at, person, role);
        match status {
            Standing::Confirmed | Standing::Held => self.nobody_before(at, role, NEWCOMER, Takes::Asked),
            Standing::Waitlisted => self.may_wait(at, role, spots),
            other => self.tell(at, Invariant::I14, "status of a sign-up", "with places or waitlisted", other.text()),
        }
    }

    /// Guests, and nobody else, where the event says so; within the time that it gives.
    fn is_to_be_verified(&mut self, at: At<'_>, fact: &SignedUp) {
        let minutes = self.state.settings.as_ref().and_then(|settings| settings.verify_minutes);
        let most = minutes.filter(|_| at.actor == GUEST).map(|minutes| at.at.saturating_add_unsigned(minutes * 60_000));
        let what = "time until which the e-mail must be verified";
        match (most, fact.verify_by) {
            (None, None) => {}
            (Some(most), Some(until)) if until <= most => {}
            (Some(most), found) => {
                let found = found.map_or("none".to_owned(), |until| until.to_string());
                self.tell(at, Invariant::I14, what, format!("at most {most}"), found);
            }
            (None, Some(until)) => self.tell(at, Invariant::I14, what, "none", until),
        }
        let is_held = fact.status == Standing::Held;
        if is_held != (fact.verify_by.is_some() && fact.status != Standing::Waitlisted) {
            let expected = if is_held { "confirmed" } else { "held" };
            self.tell(at, Invariant::I14, "status of a sign-up", expected, fact.status.text());
        }
    }

    /// The person has what they asked for already.
    pub(super) fn sign_up_repeated(&mut self, at: At<'_>) {
        match self.party(at) {
            Some((_, party)) if !party.status.is_active() => {
                self.tell(at, Invariant::I14, "status of the party that asked again", "active", party.status.text());
            }
            _ => {}
        }
    }

    /// As a sign-up, in the row of one that had ended.
    pub(super) fn accepted(&mut self, at: At<'_>, fact: &StatusChanged) {
        let Some((id, party)) = self.party(at) else { return };
        self.agree(at, "role", party.role, fact.role);
        self.agree(at, "status", party.status.text(), fact.from.text());
        if fact.from.is_active() || fact.to == Standing::Held || fact.spots == 0 {
            let found = format!("from {} to {} with {}", fact.from.text(), fact.to.text(), fact.spots);
            self.tell(
                at,
                Invariant::I14,
                "change of status",
                "from an ended one to one with places or waitlisted",
                found,
            );
        }
        self.enters(at, party.person, party.role, fact.spots, fact.to);
        let (spots, status) = (fact.spots, fact.to);
        self.replace(at, id, Party { spots, status, wait_seq: at.seq, ended_seq: 0, verify_by: None, ..party }, false);
    }

    pub(super) fn not_coming(&mut self, at: At<'_>, fact: &NotComing) {
        let Some(id) = at.registration else { return self.names_none(at) };
        if !self.knows_role(at, fact.role) {
            return;
        }
        if self.state.parties.contains_key(&id) {
            return self.tell(at, Invariant::I14, "entries that make the registration", "one", "another");
        }
        let party = Party {
            role: fact.role,
            person: self.person(at, &fact.person),
            spots: 1,
            status: Standing::Declined,
            verify_by: None,
            wait_seq: at.seq,
            ended_seq: at.seq,
            checked_in: 0,
            link_version: 1,
            created_at: at.at,
        };
        self.change_places(at, [fact.role; 2], false, |replay| replay.enter(at, id, party));
    }

    /// What another system decided is not judged by the waiting order, but by all else that holds of a registration.
    pub(super) fn imported(&mut self, at: At<'_>, fact: &Imported) {
        let Some(id) = at.registration else { return self.names_none(at) };
        if !self.knows_role(at, fact.role) {
            return;
        }
        if self.state.parties.contains_key(&id) {
            return self.tell(at, Invariant::I14, "entries that make the registration", "one", "another");
        }
        if fact.spots == 0 || fact.status == Standing::Held {
            let found = format!("{} {}", fact.spots, fact.status.text());
            self.tell(at, Invariant::I14, "size and status of the party", "at least 1, not held", found);
        }
        let person = self.person(at, &fact.person);
        if fact.status.is_active() {
            self.may_be_in_one_more_role(at, person, fact.role);
        }
        let party = Party {
            role: fact.role,
            person,
            spots: fact.spots,
            status: fact.status,
            verify_by: None,
            wait_seq: at.seq,
            ended_seq: if fact.status.is_active() { 0 } else { at.seq },
            checked_in: 0,
            link_version: 1,
            created_at: fact.created_at,
        };
        self.change_places(at, [fact.role; 2], fact.over, |replay| replay.enter(at, id, party));
    }

    pub(super) fn status_changed(&mut self, at: At<'_>, ending: Ending, fact: &StatusChanged) {
        let Some((id, party)) = self.party(at) else { return };
        self.agrees(at, &party, fact.role, fact.spots, fact.from);
        let verified = if party.verify_by.is_none() { Verified::Yes } else { Verified::No };
        if !ending.allows(fact.from, fact.to, verified) {
            let found = format!("from {} to {}", fact.from.text(), fact.to.text());
            self.tell(at, Invariant::I14, "change of status", format!("as {ending:?} allows"), found);
        }
        match ending {
            Ending::Promoted if at.actor == SYSTEM => {
                self.nobody_before(at, party.role, party.wait_seq, Takes::Freed);
            }
            Ending::Expired => self.is_over(at, &party),
            Ending::Reinstated => {
                self.may_be_in_one_more_role(at, party.person, party.role);
                if fact.to == Standing::Confirmed {
                    self.nobody_before(at, party.role, party.wait_seq, Takes::Asked);
                }
            }
            _ => {}
        }
        let ended_seq = if fact.to.is_active() { 0 } else { at.seq };
        let is_kept = ending != Ending::Verified && matches!(fact.to, Standing::Held | Standing::Waitlisted);
        let verify_by = party.verify_by.filter(|_| is_kept);
        let after = Party { status: fact.to, verify_by, ended_seq, checked_in: 0, ..party };
        if ending == Ending::Demoted {
            // Before it counts as waiting, so that whoever was the first in line keeps its skips until it is put back.
            self.state.set_aside = Some(id);
        }
        self.replace(at, id, after, fact.over == Some(true));
    }

    /// What runs out does so by itself, and in time.
    fn is_over(&mut self, at: At<'_>, party: &Party) {
        if at.actor != SYSTEM {
            self.tell(at, Invariant::I14, "who lets a registration run out", SYSTEM, at.actor);
        }
        if let Some(until) = party.verify_by.filter(|until| *until > at.at) {
            self.tell(at, Invariant::I14, "time at which it runs out", format!("{until} or later"), at.at);
        }
    }

    pub(super) fn moved(&mut self, at: At<'_>, fact: &Moved) {
        let Some((id, party)) = self.party(at) else { return };
        self.agrees(at, &party, fact.from_role, fact.spots, fact.status);
        if !self.knows_role(at, fact.to_role) {
            return;
        }
        if party.status.takes_places() {
            self.nobody_before(at, fact.to_role, party.wait_seq, Takes::OtherRole);
        }
        self.replace(at, id, Party { role: fact.to_role, ..party }, false);
    }

    pub(super) fn swapped(&mut self, at: At<'_>, fact: &Swapped) {
        let other_at = At { registration: Some(fact.with), ..at };
        let (Some((id, one)), Some((other_id, other))) = (self.party(at), self.party(other_at)) else { return };
        self.agrees(at, &one, fact.role, fact.spots, fact.status);
        self.agrees(other_at, &other, fact.with_role, fact.with_spots, fact.with_status);
        if id == other_id {
            return self.tell(at, Invariant::I14, "the two that are swapped", "two", "one");
        }
        let roles = [one.role, other.role];
        self.change_places(at, roles, false, |replay| {
            replay.state.leave(id);
            replay.state.leave(other_id);
            replay.enter(at, id, Party { role: roles[1], ..one });
            replay.enter(other_at, other_id, Party { role: roles[0], ..other });
        });
    }

    pub(super) fn resized(&mut self, at: At<'_>, fact: &Resized) {
        let Some((id, party)) = self.party(at) else { return };
        self.agrees(at, &party, fact.role, fact.from_spots, fact.status);
        let grows = fact.to_spots > party.spots;
        let to_the_end = grows && party.status == Standing::Waitlisted;
        self.agree(at, "place in the waiting order", if to_the_end { at.seq } else { party.wait_seq }, fact.wait_seq);
        if grows && party.status.takes_places() {
            self.nobody_before(at, party.role, NEWCOMER, Takes::Asked);
        }
        if fact.to_spots < party.checked_in.max(1) {
            let expected = format!("at least the {} who are checked in, and 1", party.checked_in);
            self.tell(at, Invariant::I14, "size of the party", expected, fact.to_spots);
        }
        self.replace(at, id, Party { spots: fact.to_spots, wait_seq: fact.wait_seq, ..party }, false);
    }

    pub(super) fn email_changed(&mut self, at: At<'_>, fact: &EmailChanged) {
        let Some((id, party)) = self.party(at) else { return };
        self.agree(at, "role", party.role, fact.role);
        let person = self.person(at, &fact.person);
        self.replace(at, id, Party { person, link_version: fact.link_version, ..party }, false);
    }

    pub(super) fn checked_in(&mut self, at: At<'_>, checked_in: u64, more: bool) {
        let Some((id, party)) = self.party(at) else { return };
        if party.status != Standing::Confirmed {
            self.tell(at, Invariant::I14, "status of a party that comes", "confirmed", party.status.text());
        }
        let (least, most) = match more {
            true => (party.checked_in + 1, party.spots),
            false => (0, party.checked_in.saturating_sub(1)),
        };
        if checked_in < least || checked_in > most {
            self.tell(at, Invariant::I14, "people checked in", format!("{least} to {most}"), checked_in);
        }
        self.replace(at, id, Party { checked_in, ..party }, false);
    }

    pub(super) fn skipped(&mut self, at: At<'_>, fact: &Skipped) {
        let Some((id, party)) = self.party(at) else { return };
        self.agree(at, "role", party.role, fact.role);
        let Some(role) = self.state.roles.get_mut(&fact.role) else { return };
        let first = role.first(self.state.set_aside).map(|(_, first)| first);
        let skips = role.skips_of(id) + 1;
        role.skipped = Some((id, fact.skips));
        self.state.just_skipped.insert(id);
        if first != Some(id) {
            let expected = first.map_or("nobody".to_owned(), |first| first.to_string());
            self.tell(at, Invariant::I7, "the first in line, whose skip is counted", expected, id);
        }
        if fact.skips != skips {
            self.tell(at, Invariant::I7, "how often the first in line was skipped", skips, fact.skips);
        }
        let policy = self.state.settings.as_ref().map(|settings| settings.waitlist.policy);
        if let Some(other) = policy.filter(|policy| *policy != Policy::FillGaps) {
            self.tell(at, Invariant::I7, "waitlist policy that allows a skip", Policy::FillGaps.text(), other.text());
        }
    }

    /// The registration the entry is about; tells once if the log never made it.
    pub(super) fn party(&mut self, at: At<'_>) -> Option<(RegistrationId, Party)> {
        let Some(id) = at.registration else {
            self.names_none(at);
            return None;
        };
        let known = self.state.parties.get(&id).cloned();
        if known.is_none() && self.strangers.insert(id.0) {
            self.tell(at, Invariant::I14, "the registration", "one that the log has made", "an unknown one");
        }
        known.map(|party| (id, party))
    }

    fn names_none(&mut self, at: At<'_>) {
        self.tell(at, Invariant::I14, "the registration", "the id of one", "none");
    }

    /// Puts a registration in and tells if its person is in the role twice now.
    fn enter(&mut self, at: At<'_>, id: RegistrationId, party: Party) {
        let role = party.role;
        if self.state.enter(id, party) {
            let finding = self.finding(at, Invariant::I6, "active registrations of the person in the role").but(1, 2);
            self.report.push(Finding { role: Some(role), ..finding });
        }
    }

    fn replace(&mut self, at: At<'_>, id: RegistrationId, after: Party, over: bool) {
        let before = self.state.parties.get(&id).map_or(after.role, |before| before.role);
        self.change_places(at, [before, after.role], over, |replay| {
            replay.state.leave(id);
            replay.enter(at, id, after);
        });
    }

    /// What the entry states of the party before it.
    fn agrees(&mut self, at: At<'_>, party: &Party, role: RoleId, spots: u64, status: Standing) {
        self.agree(at, "role", party.role, role);
        self.agree(at, "size of the party", party.spots, spots);
        self.agree(at, "status", party.status.text(), status.text());
    }

    /// I7: nobody who waited before had the better claim. When the turn of the others ends and the one set aside waits
    /// again is not written anywhere, so both are tried.
    fn nobody_before(&mut self, at: At<'_>, role: RoleId, wait_seq: u64, takes: Takes) {
        let taker = Taker { role, wait_seq, takes };
        let mut passed = self.state.better_claim(taker, at.at);
        if passed.is_some() && self.state.set_aside.is_some() {
            self.state.put_back();
            passed = self.state.better_claim(taker, at.at);
        }
        if let Some(passed) = passed {
            let expected = format!("registration {passed} before it, which waited");
            self.tell(at, Invariant::I7, "who gets the places", expected, "this one");
        }
    }

    /// A sign-up is put on the waitlist: is there one, has it room, and is there no free place?
    fn may_wait(&mut self, at: At<'_>, role: RoleId, spots: u64) {
        let Some(waitlist) = self.state.settings.as_ref().map(|settings| settings.waitlist.clone()) else { return };
        let waiting = self.state.places.sums.waiting;
        if waitlist.policy == Policy::Off {
            self.tell(at, Invariant::I7, "sign-up where nobody new may wait", "no entry", "waitlisted");
        }
        if let Some(limit) = waitlist.limit.filter(|limit| waiting >= *limit) {
            self.tell(at, Invariant::I7, "parties that wait", format!("at most {limit}"), waiting + 1);
        }
        let fits = self.places(Some(role)).is_some_and(|places| places.fit(spots));
        if fits && self.state.places.fit(spots) && waiting == 0 {
            self.tell(at, Invariant::I10, "a party that fits, with nobody before it", "confirmed", "waitlisted");
        }
    }

    /// Twice in the same role is told elsewhere.
    fn may_be_in_one_more_role(&mut self, at: At<'_>, person: PersonTag, role: RoleId) {
        if self.state.is_active(person, role) {
            return;
        }
        let active = self.state.active_roles(person) as u64;
        let limit = self.state.settings.as_ref().map_or(u64::MAX, |settings| settings.roles_per_person);
        if active >= limit {
            self.tell(at, Invariant::I6, "roles that the person is active in", format!("at most {limit}"), active + 1);
        }
    }

    fn person(&mut self, at: At<'_>, tag: &str) -> PersonTag {
        let number = u128::from_str_radix(tag, 16).ok().filter(|_| tag.len() == 32);
        if number.is_none() {
            self.tell(at, Invariant::I14, "tag of the person", "32 hexadecimal digits", format!("{tag:?}"));
        }
        number.unwrap_or_default()
    }
}
