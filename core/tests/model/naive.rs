//! The rules once more, as simply as they can be said: plain lists, walked from the start each time, nothing derived,
//! nothing shared with the crate but the types of the questions.

use headcount_core::command::{
    Action, Actor, Answer as Response, Command, IfFull, Mode, Resize, Respond, RoleRef, SignUp, Swap,
};
use headcount_core::event::{EventSettings, EventStatus, Form, RoleSettings, Status, WaitlistPolicy};
use headcount_core::ids::{Millis, RegistrationId, RoleId};
use headcount_core::notice::{Addressee, NoticeKind};

mod forgetting;
mod moving_in;
mod places;
mod settings;

use places::Keeper;

/// An event.
#[derive(Clone, Debug)]
pub(crate) struct Naive {
    pub(crate) settings: EventSettings,
    pub(crate) revision: u32,
    pub(crate) override_spots: u64,
    pub(crate) roles: Vec<Part>,
    pub(crate) parties: Vec<Party>,
    /// The place in the waiting order that the next newcomer gets.
    pub(crate) next_order: u64,
    /// What was mailed to whom, and whether it waits.
    pub(crate) mails: Vec<(Addressee, NoticeKind, Wait)>,
    /// What becomes of the mail of the present command; none: nobody is mailed.
    wait: Option<Wait>,
    keys: Vec<Known>,
    /// Waits, but it is not its turn.
    hidden: Option<RegistrationId>,
}

/// A role.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) id: RoleId,
    pub(crate) name: String,
    pub(crate) settings: RoleSettings,
    pub(crate) override_spots: u64,
    /// Who was skipped, and how often.
    pub(crate) skipped: Option<(RegistrationId, u32)>,
}

/// A registration.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    pub(crate) id: RegistrationId,
    pub(crate) role: RoleId,
    pub(crate) person: String,
    pub(crate) spots: u64,
    pub(crate) status: Status,
    pub(crate) order: u64,
    pub(crate) checked_in: u64,
    pub(crate) link_version: u32,
    /// Until when the e-mail must be verified.
    pub(crate) verify_by: Option<Millis>,
    /// Later ends have larger numbers.
    pub(crate) ended: u64,
    /// Whether a name is known.
    pub(crate) has_name: bool,
    /// Whether an address is known, to which something can be mailed.
    pub(crate) has_address: bool,
    pub(crate) has_notes: bool,
}

/// Whether mail waits, as what staff did can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    No,
    ToBeUndone,
}

/// A known idempotency key.
#[derive(Clone, Debug)]
struct Known {
    who: String,
    key: String,
    fingerprint: [u8; 32],
    verdict: Verdict,
}

/// What comes of a command.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// Nothing that shows a registration.
    Done { moved: Vec<Moved> },
    /// A registration.
    Shown { party: Shown, moved: Vec<Moved> },
    /// Look into your mail: role, spots, and until when.
    CheckMail(RoleId, u64, Millis),
    /// What somebody who is logged in answered.
    Responded { parties: Vec<Shown>, moved: Vec<Moved> },
    /// What was taken over.
    Imported { added: u64, known: u64, kept_spots: u64, waitlisted: Vec<RegistrationId>, moved: Vec<Moved> },
    /// By rule, no: the code, and how many could get in.
    Refused(&'static str, Option<u64>),
}

/// A registration as the one who asked sees it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shown {
    pub(crate) id: RegistrationId,
    pub(crate) role: RoleId,
    pub(crate) spots: u64,
    pub(crate) status: Status,
    pub(crate) position: Option<u64>,
    pub(crate) checked_in: u64,
    pub(crate) link_version: u32,
}

/// Somebody else whose status changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moved {
    pub(crate) id: RegistrationId,
    pub(crate) from: Status,
    pub(crate) to: Status,
}

/// Whom a command was about, or why not.
type Answer = Result<Option<RegistrationId>, Verdict>;

/// What a command that is about more than one registration, or must not tell, came to.
enum Told {
    Subject(Option<RegistrationId>),
    CheckMail(RoleId, u64, Millis),
    Responded(Vec<RegistrationId>),
    Imported(Verdict),
}

pub(crate) fn no<T>(code: &'static str) -> Result<T, Verdict> {
    Err(Verdict::Refused(code, None))
}

impl Naive {
    pub(crate) fn new(settings: EventSettings, roles: Vec<Part>) -> Naive {
        let (parties, keys) = (Vec::new(), Vec::new());
        // One revision for the event, one for each of its roles.
        let revision = u32::try_from(1 + roles.len()).expect("few");
        Naive {
            settings,
            revision,
            override_spots: 0,
            roles,
            parties,
            next_order: 1,
            mails: Vec::new(),
            wait: None,
            keys,
            hidden: None,
        }
    }

    /// Decides one command.
    pub(crate) fn decide(&mut self, now: Millis, command: &Command) -> Verdict {
        let key = command.idempotency.as_ref();
        if let Some(known) = key.and_then(|key| self.keys.iter().find(|one| one.who == key.who && one.key == key.key)) {
            let is_same = key.is_some_and(|key| key.fingerprint == known.fingerprint);
            return if is_same { known.verdict.clone() } else { Verdict::Refused("key_reused", None) };
        }
        let by_staff = matches!(command.actor, Actor::Owner | Actor::Staff(_));
        let wait = if by_staff { Wait::ToBeUndone } else { Wait::No };
        self.wait = (command.mode != Mode::Quiet).then_some(wait);
        let untouched = self.clone();
        if !matches!(command.action, Action::Repair(_)) && !command.action.comes_first() {
            // What time alone has changed.
            self.walk(now);
        }
        let before = self.clone();
        let verdict = match self.act(now, command.actor, &command.action) {
            Ok(Told::Subject(subject)) => self.done(&before, subject),
            Ok(Told::CheckMail(role, spots, until)) => Verdict::CheckMail(role, spots, until),
            Ok(Told::Responded(ids)) => self.answered(&before, &ids),
            Ok(Told::Imported(verdict)) => verdict,
            Err(refused) => refused,
        };
        if command.mode == Mode::DryRun {
            *self = untouched;
        } else if matches!(verdict, Verdict::Refused(..)) {
            *self = before;
        }
        if let Some(key) = key.filter(|_| command.mode != Mode::DryRun && is_kept(&verdict)) {
            let (who, fingerprint, verdict) = (key.who.clone(), key.fingerprint, verdict.clone());
            self.keys.push(Known { who, key: key.key.clone(), fingerprint, verdict });
        }
        verdict
    }

    fn act(&mut self, now: Millis, actor: Actor, action: &Action) -> Result<Told, Verdict> {
        let told = match action {
            Action::SignUp(sign_up) => self.sign_up(now, actor, sign_up)?,
            Action::Respond(respond) => Told::Responded(self.respond(now, actor, respond)?),
            Action::Import(import) => Told::Imported(self.import(now, import)?),
            other => Told::Subject(self.act_on_one(now, actor, other)?),
        };
        self.after_a_change();
        if changes_places(action) {
            self.walk(now);
        }
        Ok(told)
    }

    fn act_on_one(&mut self, now: Millis, actor: Actor, action: &Action) -> Answer {
        Ok(match action {
            Action::Confirm(id) => {
                self.active(actor, *id)?;
                let party = self.party(*id);
                let is_news = party.verify_by.take().is_some();
                if party.status == Status::Held {
                    party.status = Status::Confirmed;
                }
                if is_news {
                    self.tell_standing(*id);
                }
                Some(*id)
            }
            Action::Expire(id) => {
                if self.active(actor, *id)?.verify_by.is_none_or(|until| until > now) {
                    return no("not_active");
                }
                self.end(*id, Status::Cancelled, NoticeKind::Expired)?
            }
            Action::Cancel(id) => self.cancel(now, actor, *id)?,
            Action::Decline(id) => self.decline(*id)?,
            Action::Remove(remove) => self.end(remove.registration, Status::Removed, NoticeKind::Removed)?,
            Action::Move(change) => self.change_role(now, actor, change.registration, &change.to)?,
            Action::Swap(swap) => self.swap(*swap)?,
            Action::Resize(resize) => self.resize(now, actor, *resize)?,
            Action::Promote(promote) => self.promote(now, promote.registration, promote.override_reason.as_deref())?,
            Action::Demote(id) => self.demote(now, *id)?,
            Action::Reinstate(id) => self.reinstate(now, *id)?,
            Action::ChangeEmail(change) => {
                self.find(actor, change.registration)?;
                if change.form != self.settings.form {
                    return no("form_changed");
                }
                self.change_person(actor, change.registration, &change.person.key)?
            }
            Action::EditDetails(edit) => {
                self.find(actor, edit.registration)?;
                if edit.form != self.settings.form {
                    return no("form_changed");
                }
                if let Some(notes) = &edit.patch.notes {
                    self.party(edit.registration).has_notes = notes.is_some();
                }
                Some(edit.registration)
            }
            Action::CheckIn(check_in) => self.check_in(check_in.registration, check_in.count)?,
            Action::UndoCheckIn(check_in) => self.undo_check_in(check_in.registration, check_in.count)?,
            Action::EditEvent(edit) => self.edit_event(now, edit)?,
            Action::AddRole(new) => self.add_role(new)?,
            Action::EditRole(edit) => self.edit_role(now, edit)?,
            Action::RemoveRole(remove) => self.remove_role(remove)?,
            Action::Settle | Action::Repair(_) => None,
            Action::Erase(erase) => self.erase(now, erase)?,
            Action::SignUp(_)
            | Action::Respond(_)
            | Action::CreateEvent(_)
            | Action::DeleteEvent(_)
            | Action::Import(_) => {
                unreachable!("{} is not about one registration", action.name())
            }
        })
    }

    fn sign_up(&mut self, now: Millis, actor: Actor, ask: &SignUp) -> Result<Told, Verdict> {
        let (spots, person) = (ask.spots.count(), &ask.person.key);
        let role = self.role_asked_for(now, actor, &ask.form, &ask.role, spots)?;
        let minutes = self.settings.verify_minutes.filter(|_| actor == Actor::Guest);
        let Some(minutes) = minutes else {
            self.may_enter(person, role)?;
            let status = self.place_asked_for(now, ask, role)?;
            self.add(ask.id, role, person, spots, status);
            self.tell_standing(ask.id);
            return Ok(Told::Subject(Some(ask.id)));
        };
        let until = Millis(now.0 + i64::from(minutes) * 60_000);
        if self.may_enter(person, role).is_ok() {
            let status = self.place_asked_for(now, ask, role)?;
            let status = if status == Status::Confirmed { Status::Held } else { status };
            self.add(ask.id, role, person, spots, status);
            self.party(ask.id).verify_by = Some(until);
            self.tell(ask.id, NoticeKind::Verify);
        } else {
            // A stranger would be told so too. Nobody is skipped by asking.
            self.clone().place_asked_for(now, ask, role)?;
            let mut theirs: Vec<&Party> =
                self.parties.iter().filter(|one| one.person == *person && one.status.is_active()).collect();
            theirs.sort_by_key(|one| (one.role != role, one.id));
            let theirs = theirs[0].id;
            self.tell(theirs, NoticeKind::AlreadySignedUp);
        }
        Ok(Told::CheckMail(role, spots, until))
    }

    fn respond(&mut self, now: Millis, actor: Actor, ask: &Respond) -> Result<Vec<RegistrationId>, Verdict> {
        let person = &ask.person.key;
        match &ask.answer {
            Response::Accept { role, spots } => {
                let role = self.role_asked_for(now, actor, &ask.form, role, spots.count())?;
                self.may_enter(person, role)?;
                let status = self.place(now, ask.id, role, spots.count())?;
                let Some(id) = self.latest_of(person, role) else {
                    self.add(ask.id, role, person, spots.count(), status);
                    self.tell_standing(ask.id);
                    return Ok(vec![ask.id]);
                };
                let order = self.take_order();
                let party = self.party(id);
                (party.spots, party.status, party.order) = (spots.count(), status, order);
                self.tell_standing(id);
                Ok(vec![id])
            }
            Response::Decline { role } => {
                if ask.form != self.settings.form {
                    return no("form_changed");
                }
                if self.settings.status == EventStatus::Draft {
                    return no("not_open_yet");
                }
                let asked: Vec<RoleId> = match role {
                    Some(role) => vec![self.role_by(role)?],
                    None => self.roles.iter().map(|part| part.id).collect(),
                };
                let mut said = Vec::new();
                for one in asked {
                    let id = match self.latest_of(person, one).map(|id| self.party(id).clone()) {
                        Some(party) if party.status == Status::Declined => continue,
                        Some(party) => {
                            if party.status.is_active() {
                                self.must_be_in_time(now, actor, &party)?;
                                self.tell(party.id, NoticeKind::Cancelled);
                            }
                            party.id
                        }
                        None => {
                            let id = if role.is_some() { ask.id } else { ask.id.within(one) };
                            self.add(id, one, person, 1, Status::Declined);
                            id
                        }
                    };
                    self.set_status(id, Status::Declined);
                    said.push(id);
                }
                if said.is_empty() { no("already_declined") } else { Ok(said) }
            }
        }
    }

    /// The registration of a person in a role that counts: the active one, or the one that ended last.
    fn latest_of(&self, person: &str, role: RoleId) -> Option<RegistrationId> {
        let theirs = self.parties.iter().filter(|one| one.person == person && one.role == role);
        theirs.max_by_key(|one| (one.status.is_active(), one.ended)).map(|one| one.id)
    }

    fn role_asked_for(
        &self,
        now: Millis,
        actor: Actor,
        form: &Form,
        role: &RoleRef,
        spots: u64,
    ) -> Result<RoleId, Verdict> {
        if *form != self.settings.form {
            return no("form_changed");
        }
        if !actor.is_staff() {
            self.must_be_open(now)?;
        }
        let role = self.role_by(role)?;
        if self.part(role).settings.closed && !actor.is_staff() {
            return no("registration_closed");
        }
        if spots > self.settings.max_spots.count() { no("too_many_spots") } else { Ok(role) }
    }

    fn may_enter(&self, person: &str, role: RoleId) -> Result<(), Verdict> {
        self.may_be_in(person, role, None)?;
        self.may_be_in_one_more(person)
    }

    /// What a newcomer gets: places, or one in the queue.
    fn place(&mut self, now: Millis, id: RegistrationId, role: RoleId, spots: u64) -> Result<Status, Verdict> {
        let gets_in = self.room(now, role, spots, u64::MAX);
        if self.promotes(now, role) {
            let is_next = self.is_next_at_the_end(now, id, role, spots);
            assert_eq!(gets_in.is_ok(), is_next, "I9, I10: whoever comes gets in exactly if it is next in the queue");
        }
        let waiting = self.parties.iter().filter(|one| one.status == Status::Waitlisted).count();
        match gets_in {
            Ok(()) => {
                self.count_skips(now, role, u64::MAX, true);
                Ok(Status::Confirmed)
            }
            Err(full) if self.settings.waitlist.policy == WaitlistPolicy::Off => Err(full),
            Err(_) if self.never_fits(role, spots) => no("too_many_spots"),
            Err(_) if self.settings.waitlist.limit.is_some_and(|limit| waiting >= limit as usize) => {
                no("waitlist_full")
            }
            Err(_) => Ok(Status::Waitlisted),
        }
    }

    /// The place of somebody who signs up, if it is what they want.
    fn place_asked_for(&mut self, now: Millis, ask: &SignUp, role: RoleId) -> Result<Status, Verdict> {
        let spots = ask.spots.count();
        let full = self.room(now, role, spots, u64::MAX);
        match self.place(now, ask.id, role, spots) {
            Ok(Status::Confirmed) => Ok(Status::Confirmed),
            // Before whether they could wait at all.
            _ if ask.if_full == IfFull::Refuse => full.map(|()| unreachable!("there was room")),
            placed => placed,
        }
    }

    fn add(&mut self, id: RegistrationId, role: RoleId, person: &str, spots: u64, status: Status) {
        let order = self.take_order();
        self.parties.push(new_party(id, role, person, spots, status, order));
    }

    /// Whether a party would get places at once if it queued at the end.
    fn is_next_at_the_end(&self, now: Millis, id: RegistrationId, role: RoleId, spots: u64) -> bool {
        let mut queued = self.clone();
        queued.parties.push(new_party(id, role, "", spots, Status::Waitlisted, u64::MAX));
        queued.walk(now);
        queued.party(id).status == Status::Confirmed
    }

    fn must_be_open(&self, now: Millis) -> Result<(), Verdict> {
        let opens_later = self.settings.opens_at.is_some_and(|opens_at| now < opens_at);
        let is_over = self.settings.closes_at.is_some_and(|closes_at| now >= closes_at);
        match self.settings.status {
            EventStatus::Draft => no("not_open_yet"),
            EventStatus::Closed | EventStatus::Cancelled => no("registration_closed"),
            EventStatus::Published if opens_later => no("not_open_yet"),
            EventStatus::Published if is_over => no("registration_closed"),
            EventStatus::Published => Ok(()),
        }
    }

    fn cancel(&mut self, now: Millis, actor: Actor, id: RegistrationId) -> Answer {
        let party = self.active(actor, id)?;
        self.must_be_in_time(now, actor, &party)?;
        self.end(id, Status::Cancelled, NoticeKind::Cancelled)
    }

    /// What people change by themselves, they change before the cut-off.
    fn must_be_in_time(&self, now: Millis, actor: Actor, party: &Party) -> Result<(), Verdict> {
        let role = &self.part(party.role).settings;
        let until = self.settings.cancel_until.or(role.starts_at).or(self.settings.starts_at);
        if !actor.is_staff() && until.is_some_and(|until| now >= until) { no("too_late") } else { Ok(()) }
    }

    fn decline(&mut self, id: RegistrationId) -> Answer {
        if self.find(Actor::Owner, id)?.status == Status::Declined {
            return no("already_declined");
        }
        self.end(id, Status::Declined, NoticeKind::Cancelled)
    }

    fn end(&mut self, id: RegistrationId, status: Status, kind: NoticeKind) -> Answer {
        if !self.find(Actor::Owner, id)?.status.is_active() {
            return no("not_active");
        }
        self.set_status(id, status);
        self.tell(id, kind);
        Ok(Some(id))
    }

    fn change_role(&mut self, now: Millis, actor: Actor, id: RegistrationId, to: &RoleRef) -> Answer {
        let party = self.active(actor, id)?;
        if !actor.is_staff() && !self.settings.self_move {
            return no("forbidden");
        }
        self.must_be_in_time(now, actor, &party)?;
        let to = self.role_by(to)?;
        if to == party.role {
            return no("invalid");
        }
        if self.part(to).settings.closed && !actor.is_staff() {
            return no("registration_closed");
        }
        self.may_be_in(&party.person, to, None)?;
        if has_places(&party) {
            // It takes no new place of the event, so only the queue of the new role matters.
            let is_kept = self.kept_from(now, party.order, to) == Some(Keeper::SameRole);
            if is_kept || !self.fits_role(to, party.spots) {
                let open = if is_kept { 0 } else { self.left_in_role(to) };
                return Err(Verdict::Refused("role_full", Some(open)));
            }
            self.count_skips(now, to, party.order, false);
        } else if self.settings.waitlist.policy == WaitlistPolicy::Off {
            // Nobody new in any queue.
            self.room(now, to, party.spots, party.order)?;
        } else if self.never_fits(to, party.spots) {
            return no("too_many_spots");
        }
        self.party(id).role = to;
        self.tell(id, NoticeKind::Moved);
        Ok(Some(id))
    }

    fn swap(&mut self, swap: Swap) -> Answer {
        let one = self.active(Actor::Owner, swap.registration)?;
        let other = self.active(Actor::Owner, swap.with)?;
        if one.role == other.role {
            return no("invalid");
        }
        if one.person != other.person {
            self.may_be_in(&one.person, other.role, Some(other.id))?;
            self.may_be_in(&other.person, one.role, Some(one.id))?;
        }
        let before = self.clone();
        self.party(one.id).role = other.role;
        self.party(other.id).role = one.role;
        for role in [one.role, other.role] {
            let grows = self.reserved(Some(role)) > before.reserved(Some(role));
            if grows && !self.fits_role(role, 0) {
                return no("no_room");
            }
        }
        self.tell(one.id, NoticeKind::Moved);
        self.tell(other.id, NoticeKind::Moved);
        Ok(Some(one.id))
    }

    fn resize(&mut self, now: Millis, actor: Actor, ask: Resize) -> Answer {
        let party = self.active(actor, ask.registration)?;
        let spots = ask.spots.count();
        self.must_be_in_time(now, actor, &party)?;
        if spots > party.spots && spots > self.settings.max_spots.count() {
            return no("too_many_spots");
        }
        if spots < party.checked_in {
            return no("already_checked_in");
        }
        if spots > party.spots {
            if has_places(&party) {
                self.room(now, party.role, spots - party.spots, u64::MAX)?;
                self.count_skips(now, party.role, u64::MAX, true);
            } else if self.never_fits(party.role, spots) {
                return no("too_many_spots");
            } else {
                self.party(party.id).order = self.take_order();
            }
        }
        if spots != party.spots {
            self.party(party.id).spots = spots;
            self.tell(party.id, NoticeKind::Resized);
        }
        Ok(Some(party.id))
    }

    fn promote(&mut self, now: Millis, id: RegistrationId, override_reason: Option<&str>) -> Answer {
        let party = self.find(Actor::Owner, id)?.clone();
        if party.status != Status::Waitlisted {
            return no("not_waitlisted");
        }
        let fits = self.fits_role(party.role, party.spots) && self.fits_event(party.spots);
        match override_reason {
            Some("") => return no("invalid"),
            None if !fits => return no("no_room"),
            _ if fits => self.count_skips(now, party.role, party.order, true),
            // Nobody else could have used places beyond the capacity.
            _ => {}
        }
        self.give_places(id);
        if override_reason.is_some() {
            self.raise_overrides(Some(party.role), true);
        }
        Ok(Some(id))
    }

    /// Others get their turn first, as if it did not wait; else it would get its own places back.
    fn demote(&mut self, now: Millis, id: RegistrationId) -> Answer {
        if !has_places(self.find(Actor::Owner, id)?) {
            return no("not_confirmed");
        }
        self.set_status(id, Status::Waitlisted);
        self.tell(id, NoticeKind::Demoted);
        self.hidden = Some(id);
        self.after_a_change();
        self.walk(now);
        self.hidden = None;
        Ok(Some(id))
    }

    fn reinstate(&mut self, now: Millis, id: RegistrationId) -> Answer {
        let party = self.find(Actor::Owner, id)?.clone();
        if party.status.is_active() {
            return no("still_active");
        }
        self.may_be_in(&party.person, party.role, None)?;
        self.may_be_in_one_more(&party.person)?;
        let fits = self.fits_role(party.role, party.spots) && self.fits_event(party.spots);
        if fits && self.kept_from(now, party.order, party.role).is_none() {
            self.count_skips(now, party.role, party.order, true);
            self.set_status(id, Status::Confirmed);
        } else if self.settings.waitlist.policy == WaitlistPolicy::Off {
            return no("no_room");
        } else {
            self.set_status(id, Status::Waitlisted);
        }
        self.tell_standing(id);
        Ok(Some(id))
    }

    fn change_person(&mut self, actor: Actor, id: RegistrationId, person: &str) -> Answer {
        let party = self.find(actor, id)?.clone();
        if party.status.is_active() && party.person != person {
            self.may_be_in(person, party.role, None)?;
            self.may_be_in_one_more(person)?;
        }
        let is_new = party.person != person;
        self.party(id).has_address = true;
        if party.verify_by.is_some() {
            self.tell(id, NoticeKind::Verify);
        } else {
            self.tell_standing(id);
        }
        let party = self.party(id);
        party.person = person.to_owned();
        party.link_version += u32::from(is_new);
        Ok(Some(id))
    }

    fn check_in(&mut self, id: RegistrationId, count: Option<u32>) -> Answer {
        let party = self.find(Actor::Owner, id)?.clone();
        let left = party.spots - party.checked_in;
        let count = count.map_or(left, u64::from);
        if party.status != Status::Confirmed {
            return no("not_confirmed");
        }
        if count > left || left == 0 {
            return no("already_checked_in");
        }
        self.party(id).checked_in += count;
        Ok(Some(id))
    }

    fn undo_check_in(&mut self, id: RegistrationId, count: Option<u32>) -> Answer {
        let party = self.find(Actor::Owner, id)?.clone();
        let count = count.map_or(party.checked_in, u64::from);
        if party.status != Status::Confirmed {
            return no("not_confirmed");
        }
        if count > party.checked_in || party.checked_in == 0 {
            return no("not_checked_in");
        }
        self.party(id).checked_in -= count;
        Ok(Some(id))
    }

    /// The registration, if the one who asks may know of it.
    fn find(&self, actor: Actor, id: RegistrationId) -> Result<&Party, Verdict> {
        let party = self.parties.iter().find(|one| one.id == id);
        let party = party.filter(|one| !matches!(actor, Actor::Link(version) if version != one.link_version));
        party.map_or_else(|| no("not_found"), Ok)
    }

    fn active(&self, actor: Actor, id: RegistrationId) -> Result<Party, Verdict> {
        let party = self.find(actor, id)?;
        if party.status.is_active() { Ok(party.clone()) } else { no("not_active") }
    }

    /// Not twice in a role; `except` a registration that leaves it.
    fn may_be_in(&self, person: &str, role: RoleId, except: Option<RegistrationId>) -> Result<(), Verdict> {
        let is_in = |one: &Party| one.person == person && one.role == role && one.status.is_active();
        if self.parties.iter().any(|one| is_in(one) && Some(one.id) != except) {
            no("already_registered")
        } else {
            Ok(())
        }
    }

    fn may_be_in_one_more(&self, person: &str) -> Result<(), Verdict> {
        let active = self.parties.iter().filter(|one| one.person == person && one.status.is_active()).count();
        if active >= self.settings.roles_per_person as usize { no("too_many_roles") } else { Ok(()) }
    }
}

fn new_party(id: RegistrationId, role: RoleId, person: &str, spots: u64, status: Status, order: u64) -> Party {
    Party {
        id,
        role,
        person: person.to_owned(),
        spots,
        status,
        order,
        checked_in: 0,
        link_version: 1,
        verify_by: None,
        ended: 0,
        has_name: true,
        has_address: true,
        has_notes: false,
    }
}

pub(crate) fn has_places(one: &Party) -> bool {
    one.status == Status::Confirmed || one.status == Status::Held
}

/// Whether anything changes that the queue waits for.
pub(crate) fn changes_places(action: &Action) -> bool {
    use Action::{AddRole, ChangeEmail, CheckIn, Confirm, EditDetails, RemoveRole, UndoCheckIn};
    let keeps_all = matches!(action, AddRole(_) | RemoveRole(_) | ChangeEmail(_) | EditDetails(_) | Confirm(_));
    !keeps_all && !matches!(action, CheckIn(_) | UndoCheckIn(_))
}

/// A "no" by rule is kept; what is wrong with the request is not.
fn is_kept(verdict: &Verdict) -> bool {
    let not_kept = ["not_found", "invalid", "key_reused", "revision_mismatch", "form_changed", "forbidden"];
    !matches!(verdict, Verdict::Refused(code, _) if not_kept.contains(code))
}
