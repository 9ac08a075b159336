//! The rules. [`decide_batch`] decides the commands of a batch one after the other, each on the state that the ones
//! before it left.
//!
//! Every family of commands has its file. A rule makes all its checks first, in one documented order, each an early
//! return of one [`Refusal`]; below the line "cannot fail below" it only writes facts. Whoever waits and is entitled to
//! a place that became free gets it in the same decision.

use std::collections::BTreeSet;

use crate::change::{Change, Entry};
use crate::command::{Action, Actor, Command, Mode, RoleRef};
use crate::decision::{Affected, Decision, Outcome, Receipt, Refusal, What};
use crate::event::{Registration, Role, Status};
use crate::ids::{Millis, RegistrationId, RoleId, Seq};
use crate::limits;
use crate::notice::Mailing;
use crate::waitlist::Next;
use crate::working_set::{EventState, KeyId, StoredKey, WorkingSet};

mod capacity;
mod details;
mod import;
mod movement;
mod places;
mod release;
mod repair;
mod respond;
mod roles;
mod settings;
mod sign_up;
mod verification;

/// What a rule comes to.
type Verdict = Result<Outcome, Refusal>;

/// Decides the commands of a batch one after the other. One decision per command, in the same order. Once a decision
/// has left its event unsettled, the later commands of that event are [`Outcome::Postponed`]: they would be decided as
/// if those whose turn it is did not get their places.
///
/// # Panics
/// If the state breaks an invariant; the working set must then be thrown away.
pub fn decide_batch(set: &mut WorkingSet, now: Millis, batch: &[Command]) -> Vec<Decision> {
    let mut unsettled = BTreeSet::new();
    let mut decisions = Vec::with_capacity(batch.len());
    for command in batch {
        let decision = if unsettled.contains(&command.event) {
            Decision::without_entries(Outcome::Postponed)
        } else {
            decide(set, now, command)
        };
        if decision.unsettled {
            unsettled.insert(command.event);
        }
        decisions.push(decision);
    }
    decisions
}

fn decide(set: &mut WorkingSet, now: Millis, command: &Command) -> Decision {
    match (command.mode, recall(set, command)) {
        (Mode::DryRun, _) => {
            let mut forgotten = set.clone();
            let Decision { outcome, .. } = decide_once(&mut forgotten, now, command);
            // What a dry run leaves unsettled is forgotten with it, but not what it found so.
            let unsettled = outcome == Outcome::Postponed;
            Decision { unsettled, ..Decision::without_entries(outcome) }
        }
        (Mode::Apply | Mode::Quiet, Some(outcome)) => Decision::without_entries(outcome),
        (Mode::Apply | Mode::Quiet, None) => {
            let decision = decide_once(set, now, command);
            remember(set, now, command, &decision.outcome);
            decision
        }
    }
}

fn decide_once(set: &mut WorkingSet, now: Millis, command: &Command) -> Decision {
    match &command.action {
        Action::CreateEvent(create) => settings::create(set, now, command, create),
        Action::DeleteEvent(revision) => settings::delete(set, command.event, *revision),
        action => match set.events.remove(&command.event) {
            None => Decision::refused(Refusal::NotFound { what: What::Event }),
            Some(state) => {
                let subject = subject(action);
                let mut turn = Turn::new(state, now, command, subject);
                turn.catch_up(action);
                let verdict = if turn.unsettled { Ok(Outcome::Postponed) } else { turn.take(set, action) };
                let (state, decision) = turn.end(verdict);
                set.events.insert(command.event, state);
                decision
            }
        },
    }
}

/// The registration a command is about; others that move are "affected".
fn subject(action: &Action) -> Option<RegistrationId> {
    match action {
        Action::SignUp(sign_up) => Some(sign_up.id),
        Action::Respond(respond) => Some(respond.id),
        action => action.registrations().next(),
    }
}

/// What was answered to the same request before.
fn recall(set: &WorkingSet, command: &Command) -> Option<Outcome> {
    let stored = set.keys.get(&key_id(command)?)?;
    command.idempotency.as_ref().map(|sent| stored.for_repeat(sent))
}

fn remember(set: &mut WorkingSet, now: Millis, command: &Command, outcome: &Outcome) {
    let (Some(id), Some(sent)) = (key_id(command), &command.idempotency) else { return };
    if outcome.is_kept() {
        let stored = StoredKey { fingerprint: sent.fingerprint, outcome: outcome.clone(), at: now };
        set.keys.insert(id.clone(), stored);
        set.new_keys.push(id);
    }
}

fn key_id(command: &Command) -> Option<KeyId> {
    let sent = command.idempotency.as_ref()?;
    Some(KeyId { event: command.event, who: sent.who.clone(), key: sent.key.clone() })
}

/// One command being decided on one event.
struct Turn {
    state: EventState,
    now: Millis,
    actor: Actor,
    mailing: Mailing,
    /// See [`subject`].
    subject: Option<RegistrationId>,
    entries: Vec<Entry>,
    /// How many of the entries time alone has caused, not the command.
    by_time: usize,
    affected: Vec<Affected>,
    unsettled: bool,
}

impl Turn {
    fn new(state: EventState, now: Millis, command: &Command, subject: Option<RegistrationId>) -> Turn {
        Turn {
            state,
            now,
            actor: command.actor,
            mailing: Mailing::of(command.actor, command.mode),
            subject,
            entries: Vec::new(),
            by_time: 0,
            affected: Vec::new(),
            unsettled: false,
        }
    }

    /// Promotes whom time alone has entitled, once a batch: when the promotion of a role is over, its first in line no
    /// longer keeps the places of the event from other roles. Not before a repair, when the counters may be wrong, nor
    /// before what sends back the latest as they were loaded, nor before what does nothing else; those walk the queue
    /// themselves.
    fn catch_up(&mut self, action: &Action) {
        let walks_itself = action.comes_first() || matches!(action, Action::Repair(_) | Action::Settle);
        if self.state.is_caught_up || walks_itself {
            return;
        }
        self.state.is_caught_up = true;
        self.promote_waiting();
        self.by_time = self.entries.len();
        self.affected.clear();
    }

    fn take(&mut self, set: &mut WorkingSet, action: &Action) -> Verdict {
        match action {
            Action::CreateEvent(_) | Action::DeleteEvent(_) => unreachable!("decided on the whole working set"),
            Action::EditEvent(edit) => self.edit_event(&mut set.slugs, edit),
            Action::AddRole(role) => self.add_role(role),
            Action::EditRole(edit) => self.edit_role(edit),
            Action::RemoveRole(remove) => self.remove_role(remove),
            Action::SignUp(sign_up) => self.sign_up(sign_up),
            Action::Respond(respond) => self.respond(respond),
            Action::Confirm(id) => self.confirm(*id),
            Action::Expire(id) => self.expire(*id),
            Action::Cancel(id) => self.cancel(*id),
            Action::Decline(id) => self.decline(*id),
            Action::Remove(remove) => self.remove(remove),
            Action::Move(change) => self.move_to(change),
            Action::Swap(swap) => self.swap(*swap),
            Action::Resize(resize) => self.resize(*resize),
            Action::Promote(promote) => self.promote(promote),
            Action::Demote(id) => self.demote(*id),
            Action::Reinstate(id) => self.reinstate(*id),
            Action::ChangeEmail(change) => self.change_email(change),
            Action::Erase(erase) => self.erase(erase),
            Action::EditDetails(edit) => self.edit_details(edit),
            Action::CheckIn(check_in) => self.check_in(*check_in),
            Action::UndoCheckIn(check_in) => self.undo_check_in(*check_in),
            Action::Settle => Ok(self.settle()),
            Action::Repair(repair) => self.repair(*repair),
            Action::Import(import) => self.import(import),
        }
    }

    fn end(self, verdict: Verdict) -> (EventState, Decision) {
        let outcome = verdict.unwrap_or_else(|refusal| {
            assert!(self.entries.len() == self.by_time, "a refused command wrote {}", self.entries[self.by_time].kind);
            Outcome::Refused(refusal)
        });
        // Also where free places go to nobody by themselves: whoever asks next must be decided on by who comes before them.
        let unsettled = self.unsettled || self.state.queue.is_used_up();
        (self.state, Decision { outcome, entries: self.entries, unsettled })
    }

    /// Writes a fact that the command itself is about.
    fn record(&mut self, change: &Change) {
        self.record_as(change, self.actor);
    }

    fn record_as(&mut self, change: &Change, actor: Actor) {
        let entry = self.state.record(change, actor, self.now, self.mailing);
        self.entries.push(entry);
        if let Some(moved) = change.status_change().filter(|moved| Some(moved.registration) != self.subject) {
            let id = moved.registration;
            let from = match self.affected.iter().position(|affected| affected.registration_id == id) {
                Some(index) => self.affected.remove(index).from,
                None => moved.from,
            };
            if from != moved.to {
                let (role_id, spots, to) = (moved.role, moved.spots, moved.to);
                self.affected.push(Affected { registration_id: id, role_id, spots, from, to });
            }
        }
    }

    /// Gives free places to those who are entitled to them, in waiting order.
    fn promote_waiting(&mut self) {
        for _ in 0..limits::PROMOTIONS_MAX {
            match self.state.next_promotion(self.now) {
                Next::Nobody => return self.unsettled = false,
                Next::Unknown => return self.unsettled = true,
                Next::Promote(id) => {
                    let party = &self.state.registrations[&id];
                    self.count_skips(party.role, party.wait_seq);
                    let change = self.state.status_change(id, self.state.registrations[&id].with_places());
                    self.record_as(&Change::Promoted { change, over: false, reason: String::new() }, Actor::System);
                }
            }
        }
        self.unsettled = self.state.next_promotion(self.now) != Next::Nobody;
    }

    /// Counts that a party at `seq` of the waiting order is about to get places of `role` before others.
    fn count_skips(&mut self, role: RoleId, seq: Seq) {
        for skip in self.state.skips_by(role, seq, self.now) {
            self.record_as(&skip, Actor::System);
        }
    }

    fn settle(&mut self) -> Outcome {
        self.promote_waiting();
        Outcome::Settled
    }

    /// The role that somebody asks for.
    fn role(&self, role: &RoleRef) -> Result<&Role, Refusal> {
        self.state.find_role(role).ok_or_else(|| match role {
            RoleRef::Only => Refusal::invalid("role", "must name one of the event's roles, as it has several"),
            RoleRef::Id(_) | RoleRef::Name(_) => Refusal::NotFound { what: What::Role },
        })
    }

    /// The registration `id`, if the one who asks may touch it.
    fn registration(&self, id: RegistrationId) -> Result<&Registration, Refusal> {
        let known = self.state.registrations.get(&id).filter(|one| match self.actor {
            Actor::Link(version) => version == one.link_version,
            Actor::Guest | Actor::Person(_) => false,
            Actor::Staff(_) | Actor::Owner | Actor::System => true,
        });
        known.ok_or(Refusal::NotFound { what: What::Registration })
    }

    /// As [`Turn::registration`], and it has or waits for places.
    fn active(&self, id: RegistrationId) -> Result<&Registration, Refusal> {
        self.registration(id).and_then(|one| if one.status.is_active() { Ok(one) } else { Err(Refusal::NotActive) })
    }

    /// People may change their own places only until the cut-off; staff always.
    fn before_cut_off(&self, one: &Registration) -> Result<(), Refusal> {
        let role = &self.state.role_of(one).settings;
        match self.state.event.settings.cancel_until(role) {
            Some(until) if !self.actor.is_staff() && self.now >= until => Err(Refusal::TooLate { until }),
            _ => Ok(()),
        }
    }

    fn receipt(&mut self, id: RegistrationId) -> Outcome {
        Outcome::Registration(self.receipt_of(id))
    }

    fn receipt_of(&mut self, id: RegistrationId) -> Receipt {
        let one = &self.state.registrations[&id];
        let role = self.state.role_of(one);
        let waits = one.status == Status::Waitlisted;
        Receipt {
            id,
            event_id: self.state.event.id,
            role_id: one.role,
            role: role.name.clone(),
            status: one.status,
            spots: one.spots,
            position: if waits { self.position(one) } else { None },
            checked_in: one.checked_in,
            seq: self.state.event.seq,
            created_at: one.created_at,
            link_version: one.link_version,
            affected: std::mem::take(&mut self.affected),
        }
    }

    /// Place of a waiting party in its role's queue; none if that is not known. Whoever came in this turn is the last.
    fn position(&self, one: &Registration) -> Option<u64> {
        if self.entries.iter().any(|entry| entry.seq == one.wait_seq) {
            Some(u64::from(self.state.role_of(one).counters.waiting))
        } else {
            self.state.queue.position(one.role, one.wait_seq)
        }
    }
}

impl Decision {
    fn without_entries(outcome: Outcome) -> Decision {
        Decision { outcome, entries: Vec::new(), unsettled: false }
    }

    fn refused(refusal: Refusal) -> Decision {
        Decision::without_entries(Outcome::Refused(refusal))
    }
}
