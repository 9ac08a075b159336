//! The loaded registrations of an event, found by id and by person.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Index;

use uuid::Uuid;

use crate::event::Registration;
use crate::ids::RegistrationId;

/// The loaded registrations of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registrations {
    by_id: BTreeMap<RegistrationId, Registration>,
    by_person: BTreeSet<(String, RegistrationId)>,
}

impl Registrations {
    /// Puts one in, in place of the one with its id, which is returned.
    pub fn insert(&mut self, one: Registration) -> Option<Registration> {
        let Some(kept) = self.by_id.get_mut(&one.id) else {
            self.by_person.insert((one.person.key.clone(), one.id));
            return self.by_id.insert(one.id, one);
        };
        let before = std::mem::replace(kept, one);
        if before.person.key != kept.person.key {
            self.by_person.remove(&(before.person.key.clone(), before.id));
            self.by_person.insert((kept.person.key.clone(), kept.id));
        }
        Some(before)
    }

    /// The one with this id.
    pub fn get(&self, id: &RegistrationId) -> Option<&Registration> {
        self.by_id.get(id)
    }

    /// Whether the one with this id is loaded.
    pub fn contains_key(&self, id: &RegistrationId) -> bool {
        self.by_id.contains_key(id)
    }

    /// All of them, by id.
    pub fn values(&self) -> impl Iterator<Item = &Registration> {
        self.by_id.values()
    }

    /// Their ids, in order.
    pub fn keys(&self) -> impl Iterator<Item = &RegistrationId> {
        self.by_id.keys()
    }

    /// The active ones of a person.
    pub fn active_of(&self, person: &str) -> impl Iterator<Item = &Registration> {
        self.of(person).filter(|one| one.status.is_active())
    }

    /// The loaded ones of a person, ended ones too.
    pub fn of(&self, person: &str) -> impl Iterator<Item = &Registration> {
        let first = (person.to_owned(), RegistrationId(Uuid::nil()));
        let theirs = self.by_person.range(first..).take_while(move |(key, _)| key == person);
        theirs.map(|(_, id)| &self.by_id[id])
    }
}

impl Index<&RegistrationId> for Registrations {
    type Output = Registration;

    fn index(&self, id: &RegistrationId) -> &Registration {
        &self.by_id[id]
    }
}

impl Extend<Registration> for Registrations {
    fn extend<T: IntoIterator<Item = Registration>>(&mut self, all: T) {
        for one in all {
            self.insert(one);
        }
    }
}
