//! The loaded part of the events a batch touches. `EventState::record` alone changes what is written of it.
//!
//! A store fills it (see [`Needs`](crate::command::Needs)), `decide_batch` changes it, and the store writes what
//! [`Writes`] says, all in one transaction. Nothing of it is kept for the next batch.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Change, Entry};
use crate::command::{Actor, Idempotency, RoleRef, TextsPatch};
use crate::decision::{Outcome, Refusal};
use crate::event::{Counters, Event, Registration, Role};
use crate::ids::{EventId, Millis, RegistrationId, RoleId, Seq};
use crate::notice::{Mailing, Notice};
use crate::queue::{Head, Queue};
use crate::registrations::Registrations;

mod apply;

/// The loaded part of the events a batch touches.
#[derive(Clone, Debug, Default)]
pub struct WorkingSet {
    /// The events that exist, by id.
    pub events: BTreeMap<EventId, EventState>,
    /// Who owns the slugs that the batch names; absent: nobody.
    pub slugs: BTreeMap<String, EventId>,
    /// The idempotency keys that the batch names and that are known.
    pub keys: BTreeMap<KeyId, StoredKey>,
    /// Of `keys`, those that this batch adds.
    pub new_keys: Vec<KeyId>,
    /// Events that this batch deletes, with all that belongs to them.
    pub deleted: Vec<(EventId, Seq)>,
}

impl WorkingSet {
    /// Whether nothing was decided that must be kept.
    pub fn is_unchanged(&self) -> bool {
        self.new_keys.is_empty()
            && self.deleted.is_empty()
            && self.events.values().all(|state| state.writes.entries.is_empty())
    }
}

/// Names an idempotency key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct KeyId {
    /// The event.
    pub event: EventId,
    /// Who sent it.
    pub who: String,
    /// The key.
    pub key: String,
}

/// What is remembered under an idempotency key.
#[derive(Clone, PartialEq, Debug)]
pub struct StoredKey {
    /// Hash of the request.
    pub fingerprint: [u8; 32],
    /// What was answered.
    pub outcome: Outcome,
    /// When.
    pub at: Millis,
}

impl StoredKey {
    /// What a request that comes with the key is answered: the same as before, if it is the same request.
    pub fn for_repeat(&self, sent: &Idempotency) -> Outcome {
        let is_same = sent.fingerprint == self.fingerprint;
        if is_same { self.outcome.clone() } else { Outcome::Refused(Refusal::KeyReused) }
    }
}

/// One event with what the batch needs of it.
#[derive(Clone, Debug)]
pub struct EventState {
    /// The event.
    pub event: Event,
    /// All its roles.
    pub roles: BTreeMap<RoleId, Role>,
    /// The registrations that are loaded.
    pub registrations: Registrations,
    /// The heads of the waitlist.
    pub queue: Queue,
    /// Counters computed anew from the registrations, where a repair asks for them.
    pub recount: BTreeMap<RoleId, Counters>,
    /// The roles' counters as they were loaded.
    pub(crate) loaded_counters: BTreeMap<RoleId, Counters>,
    /// Whether this batch has promoted those whom time alone has entitled.
    pub(crate) is_caught_up: bool,
    /// What must be written.
    pub writes: Writes,
}

/// What a batch changed of one event and a store must write.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Writes {
    /// The event's seq when it was loaded; none: it is new.
    pub loaded_seq: Option<Seq>,
    /// New log entries, in order.
    pub entries: Vec<Entry>,
    /// What must be mailed because of them.
    pub notices: Vec<Notice>,
    /// New texts of the event.
    pub texts: TextsPatch,
    /// Roles that were added.
    pub roles_added: BTreeSet<RoleId>,
    /// Roles that were changed, their counters included; may name added ones too.
    pub roles_changed: BTreeSet<RoleId>,
    /// Roles that were removed.
    pub roles_removed: BTreeSet<RoleId>,
    /// New descriptions of roles.
    pub descriptions: BTreeMap<RoleId, String>,
    /// Registrations that were added.
    pub registrations_added: BTreeSet<RegistrationId>,
    /// Registrations that were changed, never one of the added.
    pub registrations_changed: BTreeSet<RegistrationId>,
}

impl EventState {
    /// An event as loaded, before its registrations and queue are put in.
    pub fn loaded(event: Event, roles: impl IntoIterator<Item = Role>) -> EventState {
        let writes = Writes { loaded_seq: Some(event.seq), ..Writes::default() };
        let state = EventState::unwritten(event, roles);
        let loaded_counters = state.roles.values().map(|role| (role.id, role.counters)).collect();
        EventState { writes, loaded_counters, ..state }
    }

    /// An event that no store has yet.
    pub(crate) fn unwritten(event: Event, roles: impl IntoIterator<Item = Role>) -> EventState {
        EventState {
            event,
            roles: roles.into_iter().map(|role| (role.id, role)).collect(),
            registrations: Registrations::default(),
            queue: Queue::default(),
            recount: BTreeMap::new(),
            loaded_counters: BTreeMap::new(),
            is_caught_up: false,
            writes: Writes::default(),
        }
    }

    /// The role that is meant.
    pub fn find_role(&self, role: &RoleRef) -> Option<&Role> {
        match role {
            RoleRef::Id(id) => self.roles.get(id),
            RoleRef::Name(name) => {
                let key = Role::name_key(name);
                self.roles.values().find(|role| Role::name_key(&role.name) == key)
            }
            RoleRef::Only => self.roles.values().next().filter(|_| self.roles.len() == 1),
        }
    }

    /// The role of a loaded registration.
    pub fn role_of(&self, registration: &Registration) -> &Role {
        self.roles.get(&registration.role).expect("every registration is in a role of its event")
    }

    /// The first in line of a role, if it is loaded.
    pub fn first_waiting(&self, role: RoleId) -> Option<&Registration> {
        match self.queue.first(role)? {
            Head::Known { id, .. } => self.registrations.get(&id),
            Head::Unknown(_) => None,
        }
    }

    /// Writes a fact: makes it the next entry of the log and changes the state by it. The only mutation there is, but
    /// for a demotion, which holds its party back from the queue while others get their turn.
    pub(crate) fn record(&mut self, change: &Change, actor: Actor, now: Millis, mailing: Mailing) -> Entry {
        let seq = self.event.seq.next();
        let at = now.max(self.event.last_at);
        let entry = change.to_entry(self.event.id, seq, at, actor, self.event.hash);
        self.writes.notices.extend(self.notices(change, seq, now, mailing));
        self.event.seq = seq;
        self.event.last_at = at;
        self.event.hash = entry.hash;
        self.writes.entries.push(entry.clone());
        self.apply(change);
        entry
    }
}
