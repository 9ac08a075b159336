//! Random commands from a seed, alike on every machine.

use std::collections::VecDeque;

use headcount_core::command::*;
use headcount_core::event::*;
use headcount_core::ids::{EventId, Millis, RegistrationId, RoleId, Spots};

use crate::build::*;
use crate::memory::{Kept, Memory};
use crate::random::Random;

/// Makes commands that fit what is stored, mostly.
#[derive(Clone, Debug)]
pub struct Commands {
    /// What they follow from.
    pub random: Random,
    /// How often each family of commands is asked for.
    pub mix: Mix,
    /// How many different people there are.
    pub people: u32,
    registrations: u32,
    roles: u32,
    /// Commands with a key, to be repeated: the latest.
    keyed: VecDeque<Command>,
}

/// How often each family of commands is asked for, against the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mix {
    /// Sign-ups on the public form, or by staff.
    pub sign_ups: u32,
    /// Answers of people who are logged in.
    pub answers: u32,
    /// E-mails that are verified, or not in time.
    pub verifications: u32,
    /// What people do with their own registration.
    pub own: u32,
    /// What staff do with others'.
    pub staff: u32,
    /// Changes of events and roles.
    pub settings: u32,
    /// People who are to be forgotten, now or when their event has kept them for long enough.
    pub erasures: u32,
    /// Registrations that are taken over from another system.
    pub imports: u32,
}

impl Default for Mix {
    fn default() -> Mix {
        Mix { sign_ups: 32, answers: 10, verifications: 5, own: 11, staff: 30, settings: 12, erasures: 5, imports: 3 }
    }
}

/// Commands with a key that are remembered to be repeated.
const KEYED_MAX: usize = 64;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// With which registrations are taken over: mostly they are those that matter.
const STATUSES: [Status; 7] = [
    Status::Confirmed,
    Status::Confirmed,
    Status::Waitlisted,
    Status::Waitlisted,
    Status::Cancelled,
    Status::Declined,
    Status::Held,
];
const ROLES: [&str; 5] = ["Server", "Cook", "Runner", "Guard", "Host"];

impl Commands {
    /// Commands of eight people, in the usual mix.
    pub fn new(random: Random) -> Commands {
        let (mix, keyed) = (Mix::default(), VecDeque::new());
        Commands { random, mix, people: 8, registrations: 0, roles: 100, keyed }
    }

    /// A command about one of the events.
    pub fn command(&mut self, store: &Memory, events: &[EventId]) -> Command {
        if !self.keyed.is_empty() && self.random.one_in(12) {
            return self.repeated();
        }
        let event = *self.random.pick(events);
        let kept = &store.events[&event];
        let mut command = self.fresh(kept, store.waiting_each_max.is_none());
        if command.actor.is_staff() && self.random.one_in(10) {
            command.mode = Mode::DryRun;
        } else if command.actor.is_staff() && store.waiting_each_max.is_none() && self.random.one_in(10) {
            // Who goes on where promotion stopped does not know of it.
            command.mode = Mode::Quiet;
        } else if self.random.one_in(4) {
            let (who, key) = (*self.random.pick(&["ann", "owner"]), self.random.below(5 * self.people));
            let fingerprint = [u8::try_from(self.random.below(250)).expect("small"); 32];
            command.idempotency = Some(Idempotency { who: who.into(), key: format!("key {key}"), fingerprint });
            self.keyed.push_back(command.clone());
            if self.keyed.len() > KEYED_MAX {
                self.keyed.pop_front();
            }
        }
        command
    }

    /// The same request once more, or another one under its key. A handler gives a sign-up a new id each time.
    fn repeated(&mut self) -> Command {
        let latest = self.random.below(u32::try_from(self.keyed.len()).expect("few")) as usize;
        let mut command = self.sent_again(&self.keyed[latest].clone());
        if let (Some(idempotency), true) = (&mut command.idempotency, self.random.one_in(5)) {
            idempotency.fingerprint = [255; 32];
        }
        command
    }

    /// The same request once more, as a handler reads it: with a new id for whoever would be added.
    pub fn sent_again(&mut self, command: &Command) -> Command {
        let mut command = command.clone();
        match &mut command.action {
            Action::SignUp(sign_up) => sign_up.id = self.new_registration(),
            Action::Respond(respond) => respond.id = self.new_registration(),
            _ => {}
        }
        command
    }

    /// A demotion needs to know all who come before the demoted party, so it is not asked where little is loaded.
    fn fresh(&mut self, kept: &Kept, store_is_whole: bool) -> Command {
        let event = kept.state.event.id;
        let Mix { sign_ups, answers, verifications, own, staff, settings, erasures, imports } = self.mix;
        let usual = sign_ups + answers + verifications + own + staff + settings;
        let mut place = self.random.below(usual + erasures + imports);
        let mut falls_to = |weight: u32| {
            let falls = place < weight;
            place = place.saturating_sub(weight);
            falls
        };
        if falls_to(sign_ups) {
            let actor = *self.random.pick(&[Actor::Guest, Actor::Guest, Actor::Guest, Actor::Owner]);
            by(actor, event, self.sign_up(kept))
        } else if falls_to(answers) {
            by(somebody(), event, self.respond(kept))
        } else if falls_to(verifications) {
            self.of_verification(kept)
        } else if falls_to(own) {
            self.by_person(kept)
        } else if falls_to(staff) {
            by(Actor::Owner, event, self.by_staff(kept, store_is_whole))
        } else if falls_to(settings) {
            by(Actor::Owner, event, self.settings(kept))
        } else if falls_to(erasures) {
            self.erasure(kept)
        } else {
            by(Actor::Owner, event, self.import(kept))
        }
    }

    /// Somebody.
    fn name(&mut self) -> String {
        format!("person-{}", self.random.below(self.people))
    }

    fn sign_up(&mut self, kept: &Kept) -> Action {
        let (id, role) = (self.new_registration(), self.role(kept));
        let party = *self.random.pick(&[1, 1, 1, 2, 2, 3, 4]);
        let name = self.name();
        let mut action = sign_up(id, role, &name, party, &self.form(kept));
        if let Action::SignUp(wish) = &mut action {
            wish.if_full = *self.random.pick(&[IfFull::Wait, IfFull::Wait, IfFull::Refuse]);
        }
        action
    }

    fn respond(&mut self, kept: &Kept) -> Action {
        let (id, form, name) = (self.new_registration(), self.form(kept), self.name());
        let answer = match self.random.below(8) {
            0 => Answer::Decline { role: None },
            1..4 => Answer::Decline { role: Some(self.role(kept)) },
            _ => Answer::Accept { role: self.role(kept), spots: self.party() },
        };
        respond(id, answer, &name, &form)
    }

    /// Mostly of somebody whose e-mail waits to be verified.
    fn of_verification(&mut self, kept: &Kept) -> Command {
        let waiting = kept.state.registrations.values().filter(|one| one.verify_by.is_some());
        let ids: Vec<RegistrationId> = waiting.map(|one| one.id).collect();
        let id =
            if ids.is_empty() || self.random.one_in(8) { self.registration(kept) } else { *self.random.pick(&ids) };
        let version = kept.state.registrations.get(&id).map_or(1, |one| one.link_version);
        let (actor, action) = match self.random.below(5) {
            0 => (Actor::Link(version), Action::Confirm(id)),
            1 => (Actor::Owner, Action::Confirm(id)),
            _ => (Actor::System, Action::Expire(id)),
        };
        by(actor, kept.state.event.id, action)
    }

    fn by_person(&mut self, kept: &Kept) -> Command {
        let id = self.registration(kept);
        let version = kept.state.registrations.get(&id).map_or(1, |one| one.link_version);
        let version = if self.random.one_in(30) { version + 1 } else { version };
        let action = match self.random.below(5) {
            0 | 1 => Action::Cancel(id),
            2 => Action::Move(Move { registration: id, to: self.role(kept) }),
            3 => Action::Resize(Resize { registration: id, spots: self.party() }),
            _ => self.details(id, kept),
        };
        by(Actor::Link(version), kept.state.event.id, action)
    }

    fn by_staff(&mut self, kept: &Kept, store_is_whole: bool) -> Action {
        let id = self.registration(kept);
        match self.random.below(24) {
            0..3 => Action::Cancel(id),
            3 => Action::Decline(id),
            4 | 5 => {
                Action::Remove(Remove { registration: id, reason: "no show".into(), reason_for: ReasonFor::Staff })
            }
            6 | 7 => Action::Move(Move { registration: id, to: self.role(kept) }),
            8 | 9 => Action::Swap(Swap { registration: id, with: self.registration(kept) }),
            10..13 => Action::Resize(Resize { registration: id, spots: self.party() }),
            13..15 => Action::Promote(Promote { registration: id, override_reason: self.reason() }),
            15 if store_is_whole => Action::Demote(id),
            16..19 => Action::Reinstate(id),
            19 => self.details(id, kept),
            20 => {
                let name = self.name();
                let (person, email, form) = (person(&name), email(&name), self.form(kept));
                Action::ChangeEmail(Box::new(ChangeEmail { registration: id, person, email, form }))
            }
            21 | 22 => Action::CheckIn(CheckIn { registration: id, count: self.count() }),
            _ if self.random.one_in(4) => Action::Settle,
            _ => Action::UndoCheckIn(CheckIn { registration: id, count: self.count() }),
        }
    }

    /// Whoever asks for it is erased at once; by itself, when it is time. So that it ever is, events are over a day ago, or
    /// will be soon.
    fn erasure(&mut self, kept: &Kept) -> Command {
        let event = kept.state.event.id;
        if self.random.one_in(5) {
            let ends_at = self.random.time().map(|at| Millis(at.0 - DAY_MS));
            let days = *self.random.pick(&[None, Some(1), Some(1), Some(2)]);
            let settings = EventPatch { ends_at: Some(ends_at), retention_days: Some(days), ..EventPatch::default() };
            let (revision, texts, if_below) = (kept.state.event.revision, TextsPatch::default(), IfBelow::Refuse);
            return by(
                Actor::Owner,
                event,
                Action::EditEvent(Box::new(EditEvent { revision, settings, texts, if_below })),
            );
        }
        let registration = self.registration(kept);
        let (actor, when) = *self.random.pick(&[(Actor::Owner, EraseWhen::Asked), (Actor::System, EraseWhen::Due)]);
        by(actor, event, Action::Erase(Erase { registration, person: nobody(registration), when }))
    }

    /// A few, some of which may be there already.
    fn import(&mut self, kept: &Kept) -> Action {
        let roles: Vec<RoleId> = kept.state.roles.keys().copied().collect();
        let parties = (0..=self.random.below(4)).map(|_| {
            let id = if self.random.one_in(8) { self.registration(kept) } else { self.new_registration() };
            let role = if self.random.one_in(20) { role_id(9_999) } else { *self.random.pick(&roles) };
            let name = self.name();
            let status = *self.random.pick(&STATUSES);
            let status = if status == Status::Held && !self.random.one_in(10) { Status::Confirmed } else { status };
            let details = Details { name: name.clone(), email: Some(email(&name)), ..Details::default() };
            let (person, spots, created_at) = (person(&name), self.party(), self.random.time().unwrap_or(Millis(0)));
            Party { id, role, person, spots, status, created_at, details }
        });
        let parties = parties.collect();
        let over_capacity = *self.random.pick(&[IfBelow::Refuse, IfBelow::Keep, IfBelow::WaitlistLatest]);
        Action::Import(Box::new(Import { parties, over_capacity }))
    }

    fn settings(&mut self, kept: &Kept) -> Action {
        let revision = kept.state.event.revision + u32::from(self.random.one_in(20));
        let if_below =
            *self.random.pick(&[IfBelow::Refuse, IfBelow::Keep, IfBelow::WaitlistLatest, IfBelow::WaitlistLatest]);
        match self.random.below(16) {
            0..8 => {
                let (settings, texts) = (self.event_patch(kept), TextsPatch::default());
                Action::EditEvent(Box::new(EditEvent { revision, settings, texts, if_below }))
            }
            8..13 => {
                let mut settings = RolePatch::default();
                match self.random.below(7) {
                    0..4 => settings.capacity = Some(self.random.capacity(7)),
                    4 => settings.closed = Some(self.random.one_in(3)),
                    5 => settings.starts_at = Some(self.random.time()),
                    _ => settings.min_needed = Some(self.random.below(3)),
                }
                let name = self.random.one_in(8).then(|| (*self.random.pick(&ROLES)).to_owned());
                let (role, description) = (self.role(kept), None);
                Action::EditRole(Box::new(EditRole { revision, role, name, description, settings, if_below }))
            }
            13 => {
                self.roles += 1;
                let settings = open_role(self.random.capacity(7));
                let name = *self.random.pick(&ROLES);
                Action::AddRole(Box::new(new_role(self.roles, name, settings)))
            }
            14 => Action::RemoveRole(RemoveRole { revision, role: self.role(kept) }),
            _ => Action::Repair(Repair { over_capacity: if_below }),
        }
    }

    fn event_patch(&mut self, kept: &Kept) -> EventPatch {
        let mut patch = EventPatch::default();
        match self.random.below(17) {
            16 => patch.verify_minutes = Some(self.random.one_in(3).then_some(2)),
            0..4 => patch.capacity = Some(self.random.capacity(11)),
            4 | 5 => patch.waitlist = Some(self.random.waitlist()),
            6 => patch.max_spots = Some(self.party()),
            7 => patch.roles_per_person = Some(1 + self.random.below(3)),
            8 => {
                // Mostly published, or nothing would happen.
                let is_published = kept.state.event.settings.status == EventStatus::Published;
                let others = [EventStatus::Closed, EventStatus::Cancelled, EventStatus::Published];
                patch.status = Some(if is_published { *self.random.pick(&others) } else { EventStatus::Published });
            }
            9 => patch.promote_until = Some(self.random.time()),
            10 => patch.cancel_until = Some(self.random.time()),
            11 => patch.starts_at = Some(self.random.time()),
            12 => patch.opens_at = Some(Some(Millis(i64::from(self.random.below(1_000))))),
            13 => patch.closes_at = Some(self.random.time().map(|at| Millis(at.0 + 1_000))),
            14 => patch.self_move = Some(self.random.one_in(2)),
            _ => patch.visibility = Some(*self.random.pick(&[Visibility::Public, Visibility::Unlisted])),
        }
        patch
    }

    fn details(&mut self, registration: RegistrationId, kept: &Kept) -> Action {
        let notes = Some(self.random.maybe(format!("note {}", self.registrations)));
        let patch = DetailsPatch { notes, ..DetailsPatch::default() };
        Action::EditDetails(Box::new(EditDetails { registration, patch, form: self.form(kept) }))
    }

    fn form(&mut self, kept: &Kept) -> Form {
        let mut form = kept.state.event.settings.form.clone();
        if self.random.one_in(40) {
            form.phone = PhonePolicy::Required;
        }
        form
    }

    fn role(&mut self, kept: &Kept) -> RoleRef {
        let ids: Vec<RoleId> = kept.state.roles.keys().copied().collect();
        let id = *self.random.pick(&ids);
        match self.random.below(20) {
            0 => RoleRef::Only,
            1 => RoleRef::Id(role_id(9_999)),
            2..6 => RoleRef::Name(kept.state.roles[&id].name.to_uppercase()),
            _ => RoleRef::Id(id),
        }
    }

    fn registration(&mut self, kept: &Kept) -> RegistrationId {
        let ids: Vec<RegistrationId> = kept.state.registrations.keys().copied().collect();
        if ids.is_empty() || self.random.one_in(50) { registration_id(999_999) } else { *self.random.pick(&ids) }
    }

    fn new_registration(&mut self) -> RegistrationId {
        self.registrations += 1;
        // Ids in no order, as a replay must not rest on theirs.
        registration_id(self.registrations.wrapping_mul(2_654_435_761))
    }

    fn party(&mut self) -> Spots {
        spots(1 + self.random.below(4))
    }

    fn count(&mut self) -> Option<u32> {
        let count = 1 + self.random.below(2);
        if self.random.one_in(2) { Some(count) } else { None }
    }

    fn reason(&mut self) -> Option<String> {
        match self.random.below(8) {
            0 => Some(String::new()),
            1 | 2 => Some("the mayor".to_owned()),
            _ => None,
        }
    }
}
