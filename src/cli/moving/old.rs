//! What other systems hold, in one form whatever their layout, and the ids that it gets here.

use headcount_core::event::{EventStatus, Status};
use headcount_core::ids::{EventId, Millis, RegistrationId, RoleId, Spots};
use phonenumber::country;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::source::Place;
use crate::secret::id_from_key;

/// How words and numbers of the other system are read.
#[derive(Clone, Default, Debug)]
pub(crate) struct Reading {
    /// What further words for a status mean.
    pub(crate) statuses: Vec<(String, Status)>,
    /// Where national phone numbers are read.
    pub(crate) region: Option<country::Id>,
}

/// An event.
#[derive(Debug)]
pub(crate) struct OldEvent {
    pub(crate) place: Place,
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) slug: Option<String>,
    pub(crate) description: String,
    pub(crate) location: String,
    pub(crate) contact: String,
    pub(crate) timezone: String,
    pub(crate) status: EventStatus,
    pub(crate) starts_at: Option<Millis>,
    pub(crate) ends_at: Option<Millis>,
    pub(crate) capacity: Option<u32>,
    /// What the other system says is taken.
    pub(crate) reserved: Option<u64>,
    pub(crate) roles: Vec<OldRole>,
    /// The settings that only headcount knows, from its own export.
    pub(crate) settings: Option<Value>,
    pub(crate) metadata: Map<String, Value>,
    /// Who stands in its own lists; none: it has no such list.
    pub(crate) signups: Option<Vec<OldParty>>,
    /// Whether its lists hold those who declined, too.
    pub(crate) has_declined: bool,
}

/// A role of an event.
#[derive(Clone, Debug)]
pub(crate) struct OldRole {
    /// Its id or, where it has none, its name.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) capacity: Option<u32>,
    pub(crate) starts_at: Option<Millis>,
    pub(crate) ends_at: Option<Millis>,
    pub(crate) settings: Option<Value>,
}

/// Somebody's registration.
#[derive(Clone, Debug)]
pub(crate) struct OldParty {
    pub(crate) place: Place,
    pub(crate) id: Option<String>,
    /// The role's id or name.
    pub(crate) role: Option<String>,
    /// By what the other system knows the person, beside the address.
    pub(crate) user: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) spots: Spots,
    pub(crate) status: Status,
    pub(crate) created_at: Option<Millis>,
    /// Its place among those who wait, where the other system keeps one.
    pub(crate) position: Option<u32>,
    pub(crate) notes: Option<String>,
    pub(crate) special_requirements: Option<String>,
    pub(crate) staff_note: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) metadata: Map<String, Value>,
}

impl OldEvent {
    /// Its id here.
    pub(crate) fn new_id(&self) -> EventId {
        EventId(new_id("event", "", &self.id))
    }

    /// The id here of one of its roles.
    pub(crate) fn role_id(&self, role: &OldRole) -> RoleId {
        RoleId(new_id("role", &self.id, &role.id))
    }

    /// The id here of a registration: of its id there or, where it has none, of who it is.
    pub(crate) fn party_id(&self, party: &OldParty) -> RegistrationId {
        RegistrationId(match &party.id {
            Some(id) => new_id("registration", "", id),
            None => {
                let role = party.role.as_deref().unwrap_or_default();
                id_from_key("import party", &self.id, &format!("{role}\n{}\n{:?}", party.who(), party.created_at))
            }
        })
    }
}

impl OldParty {
    /// Who it is, to find the same person in another list.
    pub(crate) fn who(&self) -> String {
        let email = self.email.as_deref().map(headcount_core::person::key_by_email);
        let user = || self.user.as_ref().map(|user| format!("user:{user}"));
        let name = || format!("name:{}", headcount_core::person::fold(self.name.as_deref().unwrap_or_default()));
        email.or_else(user).unwrap_or_else(name)
    }

    /// How a report names it.
    pub(crate) fn called(&self) -> String {
        match (&self.name, &self.email, &self.user) {
            (Some(name), Some(email), _) => format!("{name} <{email}>"),
            (Some(text), None, _) | (None, Some(text), _) => text.clone(),
            (None, None, Some(user)) => format!("user {user}"),
            (None, None, None) => "somebody without a name".to_owned(),
        }
    }
}

/// A UUID stays what it is, so that what headcount exported comes back under its ids. Any other id is hashed.
fn new_id(kind: &str, within: &str, id: &str) -> Uuid {
    Uuid::try_parse(id).unwrap_or_else(|_| id_from_key(&format!("import {kind}"), within, id))
}

/// What has an id there and here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Event,
    Registration,
}

/// The id that something had in the system it came from, as its metadata tell; its own, if it came from nowhere.
pub(crate) fn old_id(kind: Kind, id: Uuid, metadata: &Value) -> String {
    let word = match kind {
        Kind::Event => "event",
        Kind::Registration => "registration",
    };
    let noted = metadata["import"]["id"].as_str().filter(|noted| new_id(word, "", noted) == id);
    noted.map_or_else(|| id.to_string(), str::to_owned)
}
