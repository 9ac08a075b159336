//! Sign-up: the rule everything else is built around.

use super::{Turn, Verdict};
use crate::change::Change;
use crate::command::{Actor, IfFull, RoleRef, SignUp};
use crate::decision::{CheckMail, Outcome, Refusal};
use crate::event::{Details, Form, Role, Status, WaitlistPolicy};
use crate::ids::{Millis, RegistrationId, RoleId, Seq, Spots};
use crate::person::Person;
use crate::view::SignUpState;
use crate::waitlist::Blocks;

const MINUTE_MS: i64 = 60_000;

/// Somebody new in a role, with places or waiting for them.
pub(super) struct Newcomer<'a> {
    pub(super) id: RegistrationId,
    pub(super) role: RoleId,
    pub(super) spots: Spots,
    pub(super) status: Status,
    pub(super) verify_by: Option<Millis>,
    pub(super) person: &'a Person,
    pub(super) details: &'a Details,
}

impl Turn {
    /// Checks, in this order: the form is the present one; sign-up is open; the role exists and is open; the party is
    /// not too large; the person is not active in that role, nor in too many; capacity, of the role before the event's.
    ///
    /// Where guests must verify their address, capacity comes before the person, and whoever is in already is not
    /// refused: each answer is the same for a known address and for a new one.
    pub(super) fn sign_up(&mut self, wish: &SignUp) -> Verdict {
        let role = self.role_to_enter(&wish.form, &wish.role, wish.spots)?;
        if let Some(until) = self.to_be_verified_by() {
            let status = self.place_for_newcomer(role, wish.spots, wish.if_full)?;

            // Cannot fail below.
            return Ok(self.check_mail(wish, role.id, status, until));
        }
        self.may_enter(&wish.person.key, role)?;
        let status = self.place_for_newcomer(role, wish.spots, wish.if_full)?;

        // Cannot fail below.
        let SignUp { id, spots, ref person, ref details, .. } = *wish;
        self.enter(Newcomer { id, role: role.id, spots, status, verify_by: None, person, details });
        Ok(self.receipt(id))
    }

    /// The role that somebody may ask to enter with `spots`, whoever it is.
    pub(super) fn role_to_enter(&self, form: &Form, role: &RoleRef, spots: Spots) -> Result<&Role, Refusal> {
        let settings = &self.state.event.settings;
        if *form != settings.form {
            return Err(Refusal::FormChanged);
        }
        if !self.actor.is_staff() {
            self.open_for_people()?;
        }
        let role = self.role(role)?;
        if role.settings.closed && !self.actor.is_staff() {
            return Err(Refusal::RegistrationClosed);
        }
        if spots > settings.max_spots {
            return Err(Refusal::TooManySpots { max: settings.max_spots.get() });
        }
        Ok(role)
    }

    /// Until when the e-mail of whoever signs up now must be verified; none: it need not be.
    fn to_be_verified_by(&self) -> Option<Millis> {
        let minutes = self.state.event.settings.verify_minutes.filter(|_| self.actor == Actor::Guest)?;
        Some(Millis(self.now.0.saturating_add(i64::from(minutes) * MINUTE_MS)))
    }

    /// Signs up, or notes that somebody who is in already asked again; the outcome does not tell which.
    fn check_mail(&mut self, wish: &SignUp, role_id: RoleId, status: Status, until: Millis) -> Outcome {
        match self.in_the_way(&wish.person.key, role_id) {
            Some(registration) => self.record(&Change::SignUpRepeated { registration }),
            None => {
                let status = if status == Status::Confirmed { Status::Held } else { status };
                let SignUp { id, spots, ref person, ref details, .. } = *wish;
                self.enter(Newcomer { id, role: role_id, spots, status, verify_by: Some(until), person, details });
            }
        }
        let role = self.state.roles[&role_id].name.clone();
        Outcome::CheckMail(CheckMail { event_id: self.state.event.id, role_id, role, spots: wish.spots, until })
    }

    /// The registration that keeps a person from entering a role.
    fn in_the_way(&self, person: &str, role: RoleId) -> Option<RegistrationId> {
        let theirs = || self.state.registrations.active_of(person);
        let limit = self.state.event.settings.roles_per_person as usize;
        let too_many = || theirs().next().filter(|_| theirs().count() >= limit);
        theirs().find(|one| one.role == role).or_else(too_many).map(|one| one.id)
    }

    /// Writes that somebody new is in, or waits.
    pub(super) fn enter(&mut self, newcomer: Newcomer<'_>) {
        let Newcomer { id, role, spots, status, verify_by, person, details } = newcomer;
        if status.occupies_places() {
            self.count_skips(role, Seq::NEWCOMER);
        }
        self.record(&Change::SignedUp {
            role,
            spots,
            status,
            person: person.tag,
            verify_by,
            registration: id,
            key: person.key.clone(),
            details: Box::new(details.clone()),
        });
        self.promote_waiting();
    }

    fn open_for_people(&self) -> Result<(), Refusal> {
        let settings = &self.state.event.settings;
        match settings.sign_up_state(self.now) {
            SignUpState::Open => Ok(()),
            SignUpState::NotOpenYet => Err(Refusal::NotOpenYet { opens_at: settings.opens_at }),
            SignUpState::Closed => Err(Refusal::RegistrationClosed),
        }
    }

    /// The person is not active in `role`, and in fewer roles than allowed.
    pub(super) fn may_enter(&self, person: &str, role: &Role) -> Result<(), Refusal> {
        let mut active = 0;
        for one in self.state.registrations.active_of(person) {
            if one.role == role.id {
                return Err(Refusal::AlreadyRegistered { role: role.name.clone() });
            }
            active += 1;
        }
        let limit = self.state.event.settings.roles_per_person;
        if active >= limit { Err(Refusal::TooManyRoles { limit }) } else { Ok(()) }
    }

    pub(super) fn place_for_newcomer(&self, role: &Role, spots: Spots, if_full: IfFull) -> Result<Status, Refusal> {
        let blocks = Blocks::for_newcomers(&self.state, self.now);
        let Err(full) = self.room(role, spots.count(), &blocks) else { return Ok(Status::Confirmed) };
        let waitlist = self.state.event.settings.waitlist;
        if waitlist.policy == WaitlistPolicy::Off || if_full == IfFull::Refuse {
            return Err(full);
        }
        self.can_ever_fit(role, spots)?;
        match waitlist.limit {
            Some(limit) if self.state.event.counters.waiting >= limit => Err(Refusal::WaitlistFull { limit }),
            _ => Ok(Status::Waitlisted),
        }
    }

    /// A party larger than the role or the event would wait in vain, and keep everybody behind it from getting in. With a
    /// capacity of zero all wait until it is raised.
    pub(super) fn can_ever_fit(&self, role: &Role, spots: Spots) -> Result<(), Refusal> {
        let capacities = role.settings.capacity.into_iter().chain(self.state.event.settings.capacity);
        match capacities.min() {
            Some(max) if max > 0 && spots.get() > max => Err(Refusal::TooManySpots { max }),
            _ => Ok(()),
        }
    }

    /// Whether a newcomer can have `spots` places of `role`; the refusal says what is full and how many there are.
    pub(super) fn room(&self, role: &Role, spots: u64, blocks: &Blocks) -> Result<(), Refusal> {
        match self.state.open_now(role, blocks) {
            Some(open_now) if open_now < spots => {
                let of_role = !role.fits(spots) || blocks.keeps(role.id);
                let full_since = self.state.event.full_since;
                Err(if of_role {
                    full(role, open_now, role.full_since.or(full_since))
                } else {
                    Refusal::EventFull { open_now, full_since }
                })
            }
            _ => Ok(()),
        }
    }
}

pub(super) fn full(role: &Role, open_now: u64, full_since: Option<Millis>) -> Refusal {
    Refusal::RoleFull { role: role.name.clone(), open_now, full_since }
}
