//! Places, the queue and the walk along it.

use headcount_core::command::RoleRef;
use headcount_core::event::{EventStatus, Role, Status, WaitlistPolicy};
use headcount_core::ids::{Millis, RegistrationId, RoleId};
use headcount_core::notice::{Addressee, NoticeKind};

use super::{Moved, Naive, Part, Party, Shown, Verdict, has_places, no};

/// Who keeps places from a party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeper {
    /// Somebody in the queue of the same role.
    SameRole,
    /// Somebody in the queue of another.
    OtherRole,
}

impl Naive {
    /// Spots taken in a role, or in all.
    pub(crate) fn reserved(&self, role: Option<RoleId>) -> u64 {
        let with_places = self.parties.iter().filter(|one| has_places(one));
        with_places.filter(|one| role.is_none_or(|role| one.role == role)).map(|one| one.spots).sum()
    }

    pub(crate) fn fits_role(&self, role: RoleId, spots: u64) -> bool {
        let capacity = self.part(role).settings.capacity;
        capacity.is_none_or(|capacity| self.reserved(Some(role)) + spots <= u64::from(capacity))
    }

    pub(crate) fn fits_event(&self, spots: u64) -> bool {
        self.settings.capacity.is_none_or(|capacity| self.reserved(None) + spots <= u64::from(capacity))
    }

    /// Whether somebody at this place in the order gets these places; if not, what it is told.
    /// Whether a party is larger than its role or the event will ever be, as they are; at capacity zero everybody waits.
    pub(crate) fn never_fits(&self, role: RoleId, spots: u64) -> bool {
        let of_role = left(self.part(role).settings.capacity, 0);
        let of_event = left(self.settings.capacity, 0);
        let most = of_role.min(of_event);
        most > 0 && spots > most
    }

    pub(crate) fn room(&self, now: Millis, role: RoleId, spots: u64, order: u64) -> Result<(), Verdict> {
        let keeper = self.kept_from(now, order, role);
        let left_in_event = left(self.settings.capacity, self.reserved(None));
        let open = if keeper.is_some() { 0 } else { self.left_in_role(role).min(left_in_event) };
        if !self.fits_role(role, spots) || keeper == Some(Keeper::SameRole) {
            Err(Verdict::Refused("role_full", Some(open)))
        } else if !self.fits_event(spots) || keeper == Some(Keeper::OtherRole) {
            Err(Verdict::Refused("event_full", Some(open)))
        } else {
            Ok(())
        }
    }

    pub(crate) fn left_in_role(&self, role: RoleId) -> u64 {
        left(self.part(role).settings.capacity, self.reserved(Some(role)))
    }

    /// Who of those earlier in the order keeps the places of `role`.
    pub(crate) fn kept_from(&self, now: Millis, order: u64, role: RoleId) -> Option<Keeper> {
        let mut kept: Vec<RoleId> = Vec::new();
        let mut all_are_kept = false;
        for one in self.queue(None).into_iter().filter(|one| one.order < order) {
            let (fits_role, fits_event) = (self.fits_role(one.role, one.spots), self.fits_event(one.spots));
            if kept.contains(&one.role) {
                continue;
            }
            if !self.promotes(now, one.role) {
                // Only staff give places of that role now, so whoever waits there is before anybody who comes.
                kept.push(one.role);
            } else if fits_role && (fits_event || self.blocks(one)) {
                // Its turn is next, or as soon as the event has room.
                all_are_kept = true;
                kept.push(one.role);
            } else if self.blocks(one) {
                kept.push(one.role);
            }
        }
        match kept.contains(&role) {
            true => Some(Keeper::SameRole),
            false => all_are_kept.then_some(Keeper::OtherRole),
        }
    }

    /// Whether a party that does not fit keeps places from those behind it.
    fn blocks(&self, one: &Party) -> bool {
        let waitlist = self.settings.waitlist;
        let is_first = self.queue(Some(one.role))[0].id == one.id;
        is_first && (waitlist.policy != WaitlistPolicy::FillGaps || self.skips(one) >= waitlist.max_skips)
    }

    fn skips(&self, one: &Party) -> u32 {
        self.part(one.role).skipped.filter(|(id, _)| *id == one.id).map_or(0, |(_, skips)| skips)
    }

    /// Whether free places of a role go to those waiting by themselves.
    pub(crate) fn promotes(&self, now: Millis, role: RoleId) -> bool {
        let until = self.settings.promote_until.or(self.part(role).settings.starts_at).or(self.settings.starts_at);
        self.settings.status != EventStatus::Cancelled && until.is_none_or(|until| now < until)
    }

    /// Those waiting in a role, or in all, in order.
    pub(crate) fn queue(&self, role: Option<RoleId>) -> Vec<&Party> {
        let waiting = self.parties.iter().filter(|one| one.status == Status::Waitlisted);
        let waiting = waiting.filter(|one| Some(one.id) != self.hidden);
        let mut queue: Vec<&Party> = waiting.filter(|one| role.is_none_or(|role| one.role == role)).collect();
        queue.sort_by_key(|one| one.order);
        queue
    }

    /// Gives free places to those entitled to them, one after the other.
    pub(crate) fn walk(&mut self, now: Millis) {
        while let Some((id, role, order)) = self.next(now) {
            self.count_skips(now, role, order, true);
            self.give_places(id);
            self.after_a_change();
        }
    }

    fn next(&self, now: Millis) -> Option<(RegistrationId, RoleId, u64)> {
        let mut blocked = Vec::new();
        for one in self.queue(None) {
            if blocked.contains(&one.role) || !self.promotes(now, one.role) {
                continue;
            }
            let (fits_role, fits_event) = (self.fits_role(one.role, one.spots), self.fits_event(one.spots));
            match (fits_role, fits_event) {
                (true, true) => return Some((one.id, one.role, one.order)),
                _ if !self.blocks(one) => {}
                (false, _) => blocked.push(one.role),
                (true, false) => return None,
            }
        }
        None
    }

    /// Somebody at `order` is about to get places of `role` (and of the event, if `of_event`): counts it for the first
    /// of each queue that came earlier and could have used them.
    pub(crate) fn count_skips(&mut self, now: Millis, role: RoleId, order: u64, of_event: bool) {
        if self.settings.waitlist.policy != WaitlistPolicy::FillGaps {
            return;
        }
        for part in self.roles.clone() {
            let Some(first) = self.queue(Some(part.id)).first().map(|one| (*one).clone()) else { continue };
            let (fits_role, fits_event) = (self.fits_role(part.id, first.spots), self.fits_event(first.spots));
            let could_use = (!fits_role && part.id == role) || (fits_role && !fits_event && of_event);
            if could_use && first.order < order && self.promotes(now, part.id) {
                let skips = self.skips(&first) + 1;
                self.part_mut(part.id).skipped = Some((first.id, skips));
            }
        }
    }

    pub(crate) fn set_status(&mut self, id: RegistrationId, status: Status) {
        let last_end = self.parties.iter().map(|one| one.ended).max().unwrap_or(0);
        let party = self.party(id);
        party.status = status;
        party.checked_in = 0;
        if !status.is_active() {
            party.verify_by = None;
            party.ended = last_end + 1;
        }
    }

    /// Held, as long as its e-mail is not verified.
    pub(crate) fn give_places(&mut self, id: RegistrationId) {
        let is_verified = self.party(id).verify_by.is_none();
        self.set_status(id, if is_verified { Status::Confirmed } else { Status::Held });
        if is_verified {
            self.tell(id, NoticeKind::Promoted);
        }
    }

    /// Mails the holder of a registration.
    pub(crate) fn tell(&mut self, id: RegistrationId, kind: NoticeKind) {
        if self.party(id).has_address {
            self.tell_all(Addressee::Holder(id), kind);
        }
    }

    /// Mails them that they are in, or wait.
    pub(crate) fn tell_standing(&mut self, id: RegistrationId) {
        match self.party(id).status {
            Status::Confirmed => self.tell(id, NoticeKind::Confirmed),
            Status::Waitlisted => self.tell(id, NoticeKind::Waitlisted),
            _ => {}
        }
    }

    pub(crate) fn tell_all(&mut self, to: Addressee, kind: NoticeKind) {
        if let Some(wait) = self.wait.filter(|_| self.settings.status != EventStatus::Draft) {
            self.mails.push((to, kind, wait));
        }
    }

    /// What follows from any change: overrides may fall, and a new first in line starts at no skips.
    pub(crate) fn after_a_change(&mut self) {
        self.override_spots = self.override_spots.min(self.excess(None));
        for part in self.roles.clone() {
            let excess = self.excess(Some(part.id));
            let first = self.queue(Some(part.id)).first().map(|one| one.id);
            let part = self.part_mut(part.id);
            part.override_spots = part.override_spots.min(excess);
            part.skipped = part.skipped.filter(|(id, _)| Some(*id) == first);
        }
    }

    pub(crate) fn raise_overrides(&mut self, role: Option<RoleId>, of_event: bool) {
        if let Some(role) = role {
            self.part_mut(role).override_spots = self.excess(Some(role));
        }
        if of_event {
            self.override_spots = self.excess(None);
        }
    }

    /// What is reserved beyond the capacity of a role or of the event.
    fn excess(&self, role: Option<RoleId>) -> u64 {
        let capacity = role.map_or(self.settings.capacity, |role| self.part(role).settings.capacity);
        capacity.map_or(0, |capacity| self.reserved(role).saturating_sub(u64::from(capacity)))
    }

    pub(crate) fn take_order(&mut self) -> u64 {
        self.next_order += 1;
        self.next_order - 1
    }

    pub(crate) fn role_by(&self, role: &RoleRef) -> Result<RoleId, Verdict> {
        let found = match role {
            RoleRef::Id(id) => self.roles.iter().find(|part| part.id == *id),
            RoleRef::Name(name) => self.roles.iter().find(|part| Role::name_key(&part.name) == Role::name_key(name)),
            RoleRef::Only if self.roles.len() == 1 => self.roles.first(),
            RoleRef::Only => return no("invalid"),
        };
        found.map_or_else(|| no("not_found"), |part| Ok(part.id))
    }

    pub(crate) fn part(&self, role: RoleId) -> &Part {
        self.roles.iter().find(|part| part.id == role).expect("a role of the event")
    }

    pub(crate) fn part_mut(&mut self, role: RoleId) -> &mut Part {
        self.roles.iter_mut().find(|part| part.id == role).expect("a role of the event")
    }

    pub(crate) fn party(&mut self, id: RegistrationId) -> &mut Party {
        self.parties.iter_mut().find(|one| one.id == id).expect("a registration of the event")
    }

    /// What the one who asked is shown.
    pub(crate) fn done(&self, before: &Naive, subject: Option<RegistrationId>) -> Verdict {
        let moved = self.moved(before, subject.as_slice());
        let Some(one) = self.parties.iter().find(|one| Some(one.id) == subject) else { return Verdict::Done { moved } };
        Verdict::Shown { party: self.shown(one), moved }
    }

    /// The same of several.
    pub(crate) fn answered(&self, before: &Naive, subjects: &[RegistrationId]) -> Verdict {
        let find = |id: &RegistrationId| self.parties.iter().find(|one| one.id == *id).expect("just made or changed");
        let parties = subjects.iter().map(|id| self.shown(find(id))).collect();
        Verdict::Responded { parties, moved: self.moved(before, subjects) }
    }

    pub(crate) fn moved(&self, before: &Naive, subjects: &[RegistrationId]) -> Vec<Moved> {
        let of_others = before.parties.iter().filter(|one| !subjects.contains(&one.id));
        let mut moved: Vec<Moved> = of_others
            .filter_map(|old| {
                let new = self.parties.iter().find(|one| one.id == old.id)?;
                (new.status != old.status).then_some(Moved { id: old.id, from: old.status, to: new.status })
            })
            .collect();
        moved.sort();
        moved
    }

    fn shown(&self, one: &Party) -> Shown {
        let place = self.queue(Some(one.role)).iter().position(|other| other.id == one.id);
        let (id, role, spots, status) = (one.id, one.role, one.spots, one.status);
        let (checked_in, link_version) = (one.checked_in, one.link_version);
        let position = place.map(|place| place as u64 + 1);
        Shown { id, role, spots, status, position, checked_in, link_version }
    }
}

pub(super) fn left(capacity: Option<u32>, reserved: u64) -> u64 {
    capacity.map_or(u64::MAX, |capacity| u64::from(capacity).saturating_sub(reserved))
}
