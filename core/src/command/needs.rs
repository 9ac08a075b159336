//! What a batch must have loaded before it can be decided.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Answer, Command, IfBelow, RoleRef};
use crate::ids::{EventId, RegistrationId};
use crate::limits;

/// What a batch must have loaded, by event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// By event, in the order in which they are loaded.
    pub events: BTreeMap<EventId, EventNeeds>,
    /// Slugs whose owner must be known.
    pub slugs: BTreeSet<String>,
}

/// What must be loaded of one event, beside the event and its roles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventNeeds {
    /// Registrations, each with all active ones of the same person in the event.
    pub registrations: BTreeSet<RegistrationId>,
    /// Keys of persons, each with all their active registrations in the event.
    pub persons: BTreeSet<String>,
    /// Keys of persons, each with all their registrations in the event, the ended ones too.
    pub histories: BTreeSet<String>,
    /// Idempotency keys, as (who, key).
    pub keys: BTreeSet<(String, String)>,
    /// How many waiting parties of each role and party size, earliest first; at least one.
    pub waiting_each: usize,
    /// Capacities that may fall below what is reserved: the latest parties that have places, as many as may have to go. See
    /// [`Action::comes_first`].
    pub cuts: Vec<Cut>,
    /// Whether the counters must be computed anew from all registrations.
    pub recount: bool,
}

/// A capacity that may fall below what is reserved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Of this role; none: of the event, so the latest of all roles.
    pub role: Option<RoleRef>,
    /// The capacity to come; none: the present one.
    pub capacity: Option<u32>,
}

impl Needs {
    /// What `batch` must have loaded. Pure: the store loads exactly this.
    pub fn of(batch: &[Command]) -> Needs {
        let mut needs = Needs::default();
        for command in batch {
            let event = needs.events.entry(command.event).or_default();
            event.waiting_each =
                (event.waiting_each + waiting_needed(&command.action)).clamp(1, limits::PROMOTIONS_MAX);
            if let Some(idempotency) = &command.idempotency {
                event.keys.insert((idempotency.who.clone(), idempotency.key.clone()));
            }
            event.add(&command.action);
            needs.slugs.extend(slug_wanted(&command.action).map(str::to_owned));
        }
        needs
    }
}

impl EventNeeds {
    fn add(&mut self, action: &Action) {
        self.registrations.extend(action.registrations());
        match action {
            Action::SignUp(sign_up) => drop(self.persons.insert(sign_up.person.key.clone())),
            Action::Respond(respond) => drop(self.histories.insert(respond.person.key.clone())),
            Action::ChangeEmail(change) => drop(self.persons.insert(change.person.key.clone())),
            Action::EditEvent(edit) => self.cut(edit.if_below, None, edit.settings.capacity),
            Action::EditRole(edit) => self.cut(edit.if_below, Some(&edit.role), edit.settings.capacity),
            Action::Import(import) => {
                self.registrations.extend(import.parties.iter().map(|party| party.id));
                self.persons.extend(import.parties.iter().map(|party| party.person.key.clone()));
            }
            Action::Repair(repair) => {
                self.recount = true;
                if repair.over_capacity == IfBelow::WaitlistLatest {
                    self.cuts.push(Cut { role: None, capacity: None });
                }
            }
            _ => {}
        }
    }

    fn cut(&mut self, if_below: IfBelow, role: Option<&RoleRef>, capacity: Option<Option<u32>>) {
        if let Some(capacity) = cut_to(if_below, capacity) {
            self.cuts.push(Cut { role: role.cloned(), capacity: Some(capacity) });
        }
    }
}

impl Action {
    /// Whether a batch may hold it only as the first command of its event: it sends back the latest parties, of which
    /// as many are loaded as have to go at the moment of loading. After others in the same batch it may have to reach
    /// further back, and would take whoever happens to be loaded.
    pub fn comes_first(&self) -> bool {
        match self {
            Action::EditEvent(edit) => cut_to(edit.if_below, edit.settings.capacity).is_some(),
            Action::EditRole(edit) => cut_to(edit.if_below, edit.settings.capacity).is_some(),
            Action::Repair(repair) => repair.over_capacity == IfBelow::WaitlistLatest,
            _ => false,
        }
    }
}

/// The capacity to which the latest sign-ups have to make it fit, if they have to.
fn cut_to(if_below: IfBelow, capacity: Option<Option<u32>>) -> Option<u32> {
    capacity.flatten().filter(|_| if_below == IfBelow::WaitlistLatest)
}

/// How many waiting parties of each role and size the command may promote. A guess that is too low costs no exactness:
/// the decision says that it stopped early, and an internal command goes on.
fn waiting_needed(action: &Action) -> usize {
    match action {
        Action::SignUp(_) | Action::CheckIn(_) | Action::UndoCheckIn(_) | Action::EditDetails(_) => 0,
        Action::Respond(respond) if matches!(respond.answer, Answer::Accept { .. }) => 0,
        Action::Confirm(_) => 0,
        Action::ChangeEmail(_) | Action::AddRole(_) | Action::RemoveRole(_) | Action::DeleteEvent(_) => 0,
        Action::CreateEvent(_) => 0,
        Action::Settle | Action::EditEvent(_) | Action::EditRole(_) | Action::Repair(_) => limits::PROMOTIONS_MAX,
        // All whose turn it is before the demoted party must be known, as it gets its own turn after them.
        Action::Demote(_) => limits::PROMOTIONS_MAX,
        Action::Import(_) => limits::PROMOTIONS_MAX,
        _ => 8,
    }
}

fn slug_wanted(action: &Action) -> Option<&str> {
    match action {
        Action::CreateEvent(create) => Some(&create.settings.form.slug),
        Action::EditEvent(edit) => edit.settings.slug.as_deref(),
        _ => None,
    }
}
