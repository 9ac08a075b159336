//! What each fact does to the state.

use super::EventState;
use crate::change::{Change, StatusChange};
use crate::command::{DetailsPatch, EventTexts, TextsPatch};
use crate::event::{
    Counters, Details, EventSettings, Registration, Role, RoleSettings, Skipped, Status, excess, full_since,
};
use crate::ids::{RegistrationId, RoleId, Seq, Spots};
use crate::person::Person;

impl EventState {
    pub(super) fn apply(&mut self, change: &Change) {
        match change {
            Change::EventCreated { settings, texts } => self.edit_event(settings, &all_of(texts), false),
            Change::EventEdited { settings, over, texts } => self.edit_event(settings, texts, *over),
            Change::RoleAdded { role, settings, name, description } => {
                self.add_role(*role, name, settings, description);
            }
            Change::RoleEdited { role, settings, over, name, description } => {
                self.edit_role(*role, name, settings, description.as_deref(), *over);
            }
            Change::RoleRemoved { role } => self.remove_role(*role),
            Change::SignedUp { role, spots, status, person, verify_by, registration, key, details } => {
                let person = Person { key: key.clone(), tag: *person };
                let newcomer = self.newcomer(*registration, *role, person, details);
                let newcomer = Registration { spots: *spots, status: *status, verify_by: *verify_by, ..newcomer };
                self.enter(newcomer, false);
            }
            Change::NotComing { role, person, registration, key, details } => {
                let person = Person { key: key.clone(), tag: *person };
                let newcomer = self.newcomer(*registration, *role, person, details);
                let newcomer = Registration { status: Status::Declined, ended_seq: self.event.seq, ..newcomer };
                self.enter(newcomer, false);
            }
            Change::Imported { role, spots, status, person, created_at, over, registration, key, details } => {
                let person = Person { key: key.clone(), tag: *person };
                let newcomer = self.newcomer(*registration, *role, person, details);
                let ended_seq = if status.is_active() { Seq::default() } else { self.event.seq };
                let (spots, status, created_at) = (*spots, *status, *created_at);
                self.enter(Registration { spots, status, ended_seq, created_at, ..newcomer }, *over);
            }
            Change::Accepted { change, details } => self.take_up_again(change, details),
            Change::Verified(change) => self.update(change.registration, false, |one| {
                one.status = change.to;
                one.verify_by = None;
            }),
            Change::Expired(change)
            | Change::Cancelled(change)
            | Change::Declined(change)
            | Change::Demoted(change)
            | Change::Reinstated(change) => {
                self.set_status(change, false);
            }
            Change::Removed { change, .. } => self.set_status(change, false),
            Change::Promoted { change, over, .. } => self.set_status(change, *over),
            Change::Moved { registration, to_role, .. } => self.update(*registration, false, |one| one.role = *to_role),
            Change::Swapped { registration, role, with, with_role, .. } => {
                self.replace(*registration, |one| one.role = *with_role);
                self.replace(*with, |one| one.role = *role);
                // Only now: between the halves an override would look larger than it must be.
                self.settle(*role, *with_role, false);
            }
            Change::Resized { registration, to_spots, wait_seq, .. } => self.update(*registration, false, |one| {
                one.spots = *to_spots;
                one.wait_seq = *wait_seq;
            }),
            _ => self.apply_without_places(change),
        }
    }

    /// Facts that change nobody's places.
    fn apply_without_places(&mut self, change: &Change) {
        match change {
            Change::SignUpRepeated { .. } => {}
            Change::EmailChanged { person, registration, key, email, link_version, .. } => {
                self.update(*registration, false, |one| {
                    one.person = Person { key: key.clone(), tag: *person };
                    one.details.email = Some(email.clone());
                    one.link_version = *link_version;
                });
            }
            Change::Erased { person, registration, key, link_version, .. } => {
                self.update(*registration, false, |one| {
                    one.person = Person { key: key.clone(), tag: *person };
                    one.details = Details::default();
                    one.link_version = *link_version;
                });
            }
            Change::DetailsEdited { registration, patch, .. } => {
                self.update(*registration, false, |one| edit_details(&mut one.details, patch));
            }
            Change::CheckedIn { registration, checked_in } | Change::CheckInUndone { registration, checked_in } => {
                self.update(*registration, false, |one| one.checked_in = *checked_in);
            }
            Change::Skipped { role, skips, registration } => {
                self.role_mut(*role).skipped = Some(Skipped { registration: *registration, skips: *skips });
            }
            Change::CountersRepaired { role: Some(role), counters } => {
                let repaired = self.role_mut(*role);
                repaired.counters = *counters;
                repaired.full_since = None;
                self.settle_role(*role, false);
            }
            Change::CountersRepaired { role: None, counters } => {
                self.event.counters = *counters;
                self.event.full_since = None;
                self.settle_event(false);
            }
            Change::OverrideRaised { role: Some(role) } => self.settle_role(*role, true),
            Change::OverrideRaised { role: None } => self.settle_event(true),
            other => unreachable!("{} changes places", other.kind()),
        }
    }

    fn edit_event(&mut self, settings: &EventSettings, texts: &TextsPatch, over: bool) {
        self.event.settings = settings.clone();
        self.event.revision += 1;
        self.settle_event(over);
        let new = &mut self.writes.texts;
        for (new, text) in [
            (&mut new.title, &texts.title),
            (&mut new.description, &texts.description),
            (&mut new.location, &texts.location),
            (&mut new.contact, &texts.contact),
            (&mut new.timezone, &texts.timezone),
            (&mut new.metadata, &texts.metadata),
        ] {
            if text.is_some() {
                new.clone_from(text);
            }
        }
    }

    fn add_role(&mut self, id: RoleId, name: &str, settings: &RoleSettings, description: &str) {
        let role = Role {
            id,
            name: name.to_owned(),
            settings: settings.clone(),
            counters: Counters::default(),
            override_spots: 0,
            skipped: None,
            full_since: None,
        };
        self.roles.insert(id, role);
        self.event.revision += 1;
        self.writes.roles_added.insert(id);
        self.settle_role(id, false);
        self.writes.descriptions.insert(id, description.to_owned());
    }

    fn edit_role(&mut self, id: RoleId, name: &str, settings: &RoleSettings, description: Option<&str>, over: bool) {
        let role = self.role_mut(id);
        role.name = name.to_owned();
        role.settings = settings.clone();
        self.event.revision += 1;
        self.settle_role(id, over);
        if let Some(description) = description {
            self.writes.descriptions.insert(id, description.to_owned());
        }
    }

    fn remove_role(&mut self, id: RoleId) {
        self.roles.remove(&id);
        self.event.revision += 1;
        self.writes.descriptions.remove(&id);
        self.writes.roles_changed.remove(&id);
        if !self.writes.roles_added.remove(&id) {
            self.writes.roles_removed.insert(id);
        }
    }

    /// A registration as the entry that is being applied makes it: confirmed and of one, where nothing else is said.
    fn newcomer(&self, id: RegistrationId, role: RoleId, person: Person, details: &Details) -> Registration {
        Registration {
            id,
            role,
            person,
            spots: Spots::ONE,
            status: Status::Confirmed,
            verify_by: None,
            wait_seq: self.event.seq,
            ended_seq: Seq::default(),
            checked_in: 0,
            link_version: 1,
            created_at: self.event.last_at,
            details: details.clone(),
        }
    }

    fn enter(&mut self, one: Registration, over: bool) {
        let role = one.role;
        self.count(&one, Step::Enter);
        self.writes.registrations_added.insert(one.id);
        self.registrations.insert(one);
        // Nobody becomes the first in line instead of another: whoever enters is the last.
        self.settle_role(role, over);
        self.settle_event(over);
    }

    /// As a newcomer, but for what is known from before.
    fn take_up_again(&mut self, change: &StatusChange, details: &Details) {
        let seq = self.event.seq;
        self.update(change.registration, false, |one| {
            one.spots = change.spots;
            one.status = change.to;
            one.wait_seq = seq;
            one.ended_seq = Seq::default();
            retell(&mut one.details, details);
        });
    }

    fn set_status(&mut self, change: &StatusChange, over: bool) {
        let ended = if change.to.is_active() { Seq::default() } else { self.event.seq };
        self.update(change.registration, over, |one| {
            one.status = change.to;
            one.ended_seq = ended;
            one.checked_in = 0;
            if !matches!(change.to, Status::Held | Status::Waitlisted) {
                one.verify_by = None;
            }
        });
    }

    /// Changes a registration and, with it, all counters, the queue and the overrides.
    fn update(&mut self, id: RegistrationId, over: bool, change: impl FnOnce(&mut Registration)) {
        let (from, to) = self.replace(id, change);
        self.settle(from, to, over);
    }

    /// Changes a registration and, with it, all counters and the queue. Returns the roles it was and is in.
    fn replace(&mut self, id: RegistrationId, change: impl FnOnce(&mut Registration)) -> (RoleId, RoleId) {
        let before = self.registrations.get(&id).expect("a registration that a decision changes is loaded").clone();
        let mut after = before.clone();
        change(&mut after);
        self.count(&before, Step::Leave);
        self.count(&after, Step::Enter);
        let roles = (before.role, after.role);
        self.registrations.insert(after);
        if !self.writes.registrations_added.contains(&id) {
            self.writes.registrations_changed.insert(id);
        }
        roles
    }

    /// What follows for the overrides, since when all is full, and the first in line of both roles.
    fn settle(&mut self, from: RoleId, to: RoleId, over: bool) {
        let both = [from, to];
        for &role in if from == to { &both[..1] } else { &both[..] } {
            self.settle_role(role, over);
            self.forget_skips(role);
        }
        self.settle_event(over);
    }

    fn count(&mut self, one: &Registration, step: Step) {
        let role = self.role_mut(one.role);
        step.count(&mut role.counters, one);
        step.count(&mut self.event.counters, one);
        if one.status == Status::Waitlisted {
            match step {
                Step::Enter => self.queue.insert(one.role, one.spots, one.wait_seq, one.id),
                Step::Leave => self.queue.remove(one.role, one.spots, one.wait_seq),
            }
        }
    }

    /// A new first in line starts at zero skips.
    pub(crate) fn forget_skips(&mut self, role: RoleId) {
        let first = self.first_waiting(role).map(|first| first.id);
        let role = self.role_mut(role);
        if role.skipped.is_some_and(|skipped| Some(skipped.registration) != first) {
            role.skipped = None;
        }
    }

    fn settle_role(&mut self, id: RoleId, over: bool) {
        let at = self.event.last_at;
        let role = self.role_mut(id);
        settle_override(&mut role.override_spots, role.settings.capacity, role.counters.reserved, over);
        role.full_since = full_since(role.free(), role.full_since, at);
    }

    fn settle_event(&mut self, over: bool) {
        let event = &mut self.event;
        settle_override(&mut event.override_spots, event.settings.capacity, event.counters.reserved, over);
        event.full_since = full_since(event.free(), event.full_since, event.last_at);
    }

    fn role_mut(&mut self, id: RoleId) -> &mut Role {
        self.writes.roles_changed.insert(id);
        self.roles.get_mut(&id).expect("a role that a decision changes exists")
    }
}

/// A registration enters the sums or leaves them.
#[derive(Clone, Copy)]
enum Step {
    Enter,
    Leave,
}

impl Step {
    fn count(self, counters: &mut Counters, one: &Registration) {
        let reserved = if one.status.occupies_places() { one.spots.count() } else { 0 };
        let waiting = u32::from(one.status == Status::Waitlisted);
        let sums = match self {
            Step::Enter => (
                counters.reserved.checked_add(reserved),
                counters.waiting.checked_add(waiting),
                counters.registrations.checked_add(1),
            ),
            Step::Leave => (
                counters.reserved.checked_sub(reserved),
                counters.waiting.checked_sub(waiting),
                counters.registrations.checked_sub(1),
            ),
        };
        let (Some(reserved), Some(waiting), Some(registrations)) = sums else {
            panic!("the counters are out of step with registration {}: run `headcount verify`", one.id);
        };
        *counters = Counters { reserved, waiting, registrations };
    }
}

/// Lowers an override to what is beyond the capacity; raises it there if `over`.
fn settle_override(override_spots: &mut u64, capacity: Option<u32>, reserved: u64, over: bool) {
    let excess = excess(capacity, reserved);
    *override_spots = if over { excess } else { excess.min(*override_spots) };
}

fn edit_details(details: &mut Details, patch: &DetailsPatch) {
    if let Some(name) = &patch.name {
        details.name.clone_from(name);
    }
    for (field, new) in [
        (&mut details.phone, &patch.phone),
        (&mut details.notes, &patch.notes),
        (&mut details.special_requirements, &patch.special_requirements),
        (&mut details.staff_note, &patch.staff_note),
        (&mut details.metadata, &patch.metadata),
        (&mut details.language, &patch.language),
    ] {
        if let Some(new) = new {
            field.clone_from(new);
        }
    }
}

/// What a person tells anew; the rest stays.
fn retell(details: &mut Details, new: &Details) {
    details.name.clone_from(&new.name);
    for (field, new) in [
        (&mut details.email, &new.email),
        (&mut details.phone, &new.phone),
        (&mut details.notes, &new.notes),
        (&mut details.special_requirements, &new.special_requirements),
        (&mut details.metadata, &new.metadata),
        (&mut details.language, &new.language),
    ] {
        if new.is_some() {
            field.clone_from(new);
        }
    }
}

fn all_of(texts: &EventTexts) -> TextsPatch {
    TextsPatch {
        title: Some(texts.title.clone()),
        description: Some(texts.description.clone()),
        location: Some(texts.location.clone()),
        contact: Some(texts.contact.clone()),
        timezone: Some(texts.timezone.clone()),
        metadata: Some(texts.metadata.clone()),
    }
}
