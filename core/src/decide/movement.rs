//! Changing what a party has: move, swap, resize. Both sides change in one decision, or nothing does.

use super::sign_up::full;
use super::{Turn, Verdict};
use crate::change::Change;
use crate::command::{Move, Resize, Swap};
use crate::decision::Refusal;
use crate::event::{Registration, Role, Status, WaitlistPolicy};
use crate::ids::Seq;
use crate::waitlist::Blocks;

impl Turn {
    /// A confirmed party needs room in the new role, which nobody who signed up before it waits for; a waiting one
    /// queues there with its old place in the waiting order.
    pub(super) fn move_to(&mut self, wish: &Move) -> Verdict {
        let one = self.active(wish.registration)?;
        if !self.actor.is_staff() && !self.state.event.settings.self_move {
            return Err(Refusal::SelfMoveOff);
        }
        self.before_cut_off(one)?;
        let role = self.role(&wish.to)?;
        if role.id == one.role {
            return Err(Refusal::invalid("role", "is the role the registration is in already"));
        }
        if role.settings.closed && !self.actor.is_staff() {
            return Err(Refusal::RegistrationClosed);
        }
        self.not_in(one, role)?;
        self.room_to_move(one, role)?;

        // Cannot fail below.
        let (id, from_role, to_role) = (one.id, one.role, role.id);
        let (spots, status, wait_seq) = (one.spots, one.status, one.wait_seq);
        // It takes places of the new role and none of the event: only who lacks the former is skipped.
        let first_lacks_role = self.state.first_waiting(role.id).is_some_and(|first| !role.fits(first.spots.count()));
        if status.occupies_places() && first_lacks_role {
            for skip in self.state.skips_by(to_role, wait_seq, self.now) {
                if matches!(skip, Change::Skipped { role, .. } if role == to_role) {
                    self.record(&skip);
                }
            }
        }
        self.record(&Change::Moved { from_role, to_role, spots, status, registration: id });
        self.promote_waiting();
        Ok(self.receipt(id))
    }

    fn room_to_move(&self, one: &Registration, role: &Role) -> Result<(), Refusal> {
        let blocks = Blocks::before(&self.state, one.wait_seq, self.now);
        let spots = one.spots.count();
        match one.status {
            // It takes no new place of the event, so only those waiting for this role matter.
            status if status.occupies_places() && blocks.keeps(role.id) => Err(full(role, 0, role.full_since)),
            status if status.occupies_places() && !role.fits(spots) => {
                Err(full(role, role.free().unwrap_or(0), role.full_since))
            }
            Status::Waitlisted if self.state.event.settings.waitlist.policy == WaitlistPolicy::Off => {
                self.room(role, spots, &blocks)
            }
            Status::Waitlisted => self.can_ever_fit(role, one.spots),
            _ => Ok(()),
        }
    }

    /// The person of `one` has no other active registration in `role`.
    fn not_in(&self, one: &Registration, role: &Role) -> Result<(), Refusal> {
        let there = self
            .state
            .registrations
            .active_of(&one.person.key)
            .any(|other| other.role == role.id && other.id != one.id);
        if there { Err(Refusal::AlreadyRegistered { role: role.name.clone() }) } else { Ok(()) }
    }

    /// Each keeps its status and its place in the waiting order. No role may grow beyond its capacity by it.
    pub(super) fn swap(&mut self, swap: Swap) -> Verdict {
        let (one, other) = (self.active(swap.registration)?, self.active(swap.with)?);
        let (role, other_role) = (self.state.role_of(one), self.state.role_of(other));
        if role.id == other_role.id {
            return Err(Refusal::invalid("with", "must be in another role"));
        }
        if one.person.key != other.person.key {
            self.not_in(one, other_role)?;
            self.not_in(other, role)?;
        }
        self.room_after_swap(role, one, other)?;
        self.room_after_swap(other_role, other, one)?;

        // Cannot fail below.
        self.record(&Change::Swapped {
            role: one.role,
            spots: one.spots,
            status: one.status,
            with: other.id,
            with_role: other.role,
            with_spots: other.spots,
            with_status: other.status,
            registration: one.id,
        });
        self.promote_waiting();
        Ok(self.receipt(swap.registration))
    }

    fn room_after_swap(&self, role: &Role, leaves: &Registration, enters: &Registration) -> Result<(), Refusal> {
        let occupied = |one: &Registration| if one.status.occupies_places() { one.spots.count() } else { 0 };
        let more = occupied(enters).saturating_sub(occupied(leaves));
        if more == 0 || role.fits(more) { Ok(()) } else { Err(Refusal::NoRoom { free: role.free().unwrap_or(0) }) }
    }

    /// Growing a confirmed party counts as a newcomer; a waiting party that grows goes to the end of the queue.
    pub(super) fn resize(&mut self, resize: Resize) -> Verdict {
        let one = self.active(resize.registration)?;
        self.before_cut_off(one)?;
        let max = self.state.event.settings.max_spots;
        if resize.spots > max && resize.spots > one.spots {
            return Err(Refusal::TooManySpots { max: max.get() });
        }
        if resize.spots.get() < one.checked_in {
            return Err(Refusal::AlreadyCheckedIn { checked_in: one.checked_in });
        }
        let more = resize.spots.count().saturating_sub(one.spots.count());
        let grows_in_place = more > 0 && one.status.occupies_places();
        if grows_in_place {
            let blocks = Blocks::for_newcomers(&self.state, self.now);
            self.room(self.state.role_of(one), more, &blocks)?;
        } else if more > 0 {
            self.can_ever_fit(self.state.role_of(one), resize.spots)?;
        }

        // Cannot fail below.
        let (id, role, from_spots, status) = (one.id, one.role, one.spots, one.status);
        let mut wait_seq = one.wait_seq;
        if resize.spots == from_spots {
            return Ok(self.receipt(id));
        }
        if grows_in_place {
            self.count_skips(role, Seq::NEWCOMER);
        } else if more > 0 {
            wait_seq = self.state.event.seq.next();
        }
        let to_spots = resize.spots;
        self.record(&Change::Resized { role, from_spots, to_spots, status, wait_seq, registration: id });
        self.promote_waiting();
        Ok(self.receipt(id))
    }
}
