//! Sign-up: the rule everything else is built around.

use super::{Turn, Verdict};
use crate::change::Change;
use crate::command::SignUp;
use crate::decision::{Refusal, What};
use crate::event::{Role, Status, WaitlistPolicy};
use crate::ids::{Seq, Spots};
use crate::view::SignUpState;
use crate::waitlist::Blocks;

impl Turn {
    /// Checks, in this order: the form is the present one; sign-up is open; the role exists and is open; the party is
    /// not too large; the person is not active in that role, nor in too many; capacity, of the role before the event's.
    pub(super) fn sign_up(&mut self, wish: &SignUp) -> Verdict {
        let settings = &self.state.event.settings;
        if wish.form != settings.form {
            return Err(Refusal::FormChanged);
        }
        if !self.actor.is_staff() {
            self.open_for_people()?;
        }
        let role = self.state.find_role(&wish.role).ok_or(Refusal::NotFound { what: What::Role })?;
        if role.settings.closed && !self.actor.is_staff() {
            return Err(Refusal::RegistrationClosed);
        }
        if wish.spots > settings.max_spots {
            return Err(Refusal::TooManySpots { max: settings.max_spots.get() });
        }
        self.may_enter(&wish.person.key, role)?;
        let status = self.place_for_newcomer(role, wish.spots)?;

        // Cannot fail below.
        let role = role.id;
        if status == Status::Confirmed {
            self.count_skips(role, Seq::NEWCOMER);
        }
        self.record(&Change::SignedUp {
            role,
            spots: wish.spots,
            status,
            person: wish.person.tag,
            registration: wish.id,
            key: wish.person.key.clone(),
            details: Box::new(wish.details.clone()),
        });
        self.promote_waiting();
        Ok(self.receipt(wish.id))
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

    fn place_for_newcomer(&self, role: &Role, spots: Spots) -> Result<Status, Refusal> {
        let blocks = Blocks::for_newcomers(&self.state, self.now);
        let Err(full) = self.room(role, spots.count(), &blocks) else { return Ok(Status::Confirmed) };
        let waitlist = self.state.event.settings.waitlist;
        if waitlist.policy == WaitlistPolicy::Off {
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
                Err(if of_role { full(role, open_now) } else { Refusal::EventFull { open_now } })
            }
            _ => Ok(()),
        }
    }
}

pub(super) fn full(role: &Role, open_now: u64) -> Refusal {
    Refusal::RoleFull { role: role.name.clone(), open_now }
}
