//! What the API tells of an organization, as far as its pages show it.

use std::collections::BTreeSet;

use serde::Deserialize;
use uuid::Uuid;

use crate::pages::account::Role;
use crate::pages::answers::Time;

#[derive(Debug, Deserialize)]
pub(super) struct Organization {
    pub(super) id: Uuid,
    pub(super) name: String,
}

/// Somebody who belongs to it.
#[derive(Debug, Deserialize)]
pub(super) struct Member {
    pub(super) account_id: Uuid,
    pub(super) name: String,
    pub(super) email: String,
    #[serde(flatten)]
    pub(super) rights: Rights,
    /// The teams they are in.
    pub(super) member_of: BTreeSet<Uuid>,
}

/// Somebody who may come to belong to it.
#[derive(Debug, Deserialize)]
pub(super) struct Invitation {
    pub(super) id: Uuid,
    pub(super) email: String,
    #[serde(flatten)]
    pub(super) rights: Rights,
    pub(super) expires_at: Time,
    /// Only where the server sends no mail.
    pub(super) url: Option<String>,
}

/// What somebody may do in it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Rights {
    pub(super) role: Role,
    pub(super) special_requirements: bool,
    /// Whether a manager manages all events.
    pub(super) everything: bool,
    pub(super) events: BTreeSet<Uuid>,
    /// The teams whose events a manager manages.
    pub(super) teams: BTreeSet<Uuid>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Team {
    pub(super) id: Uuid,
    pub(super) name: String,
    /// How many are in it.
    pub(super) members: u64,
}

/// All teams of an organization.
#[derive(Debug, Deserialize)]
pub(super) struct Teams {
    pub(super) items: Vec<Team>,
}

/// An event by its title.
#[derive(Debug, Deserialize)]
pub(super) struct Titled {
    pub(super) id: Uuid,
    pub(super) title: String,
}

/// A link to pass on.
#[derive(Debug, Deserialize)]
pub(super) struct Link {
    pub(super) url: String,
}
