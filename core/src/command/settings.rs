//! Commands that make and change events and roles.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::RoleRef;
use crate::event::{EventSettings, EventStatus, Form, OnePer, PhonePolicy, RoleSettings, Visibility, Waitlist};
use crate::ids::{Millis, OrganizationId, RoleId, Spots, TeamId};

/// A new event with its roles; at least one.
#[derive(Clone, Debug)]
pub struct CreateEvent {
    /// Settings.
    pub settings: EventSettings,
    /// Texts.
    pub texts: EventTexts,
    /// Roles, with different names.
    pub roles: Vec<NewRole>,
}

impl EventSettings {
    /// Those of a new event of which nothing is said but its slug: the defaults of the contract.
    pub fn usual(slug: String) -> EventSettings {
        EventSettings {
            form: Form {
                slug,
                visibility: Visibility::Public,
                one_per: OnePer::Email,
                phone: PhonePolicy::Optional,
                phone_region: None,
                organization: OrganizationId::FIRST,
                teams: BTreeSet::new(),
            },
            status: EventStatus::Draft,
            capacity: None,
            waitlist: Waitlist::USUAL,
            max_spots: Spots::try_from(10).unwrap_or(Spots::MAX),
            roles_per_person: 1,
            starts_at: None,
            ends_at: None,
            opens_at: None,
            closes_at: None,
            cancel_until: None,
            promote_until: None,
            self_move: false,
            verify_minutes: None,
            retention_days: None,
        }
    }
}

/// What no rule reads.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct EventTexts {
    /// Title.
    pub title: String,
    /// Description, in Markdown.
    pub description: String,
    /// Where it takes place.
    pub location: String,
    /// Whom to ask.
    pub contact: String,
    /// IANA name of the time zone.
    pub timezone: String,
    /// A JSON object for programs.
    pub metadata: String,
}

/// A role to be added.
#[derive(Clone, Debug)]
pub struct NewRole {
    /// Its id.
    pub id: RoleId,
    /// Its name.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// Settings.
    pub settings: RoleSettings,
}

/// A change of the event; what is `None` stays.
#[derive(Clone, Debug)]
pub struct EditEvent {
    /// The revision the change was made from.
    pub revision: u32,
    /// New settings.
    pub settings: EventPatch,
    /// New texts.
    pub texts: TextsPatch,
    /// What to do with those who no longer fit.
    pub if_below: IfBelow,
}

/// New settings of an event; what is `None` stays, `Some(None)` clears.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the fields are those of EventSettings and Form, described there")]
pub struct EventPatch {
    pub slug: Option<String>,
    pub visibility: Option<Visibility>,
    pub one_per: Option<OnePer>,
    pub phone: Option<PhonePolicy>,
    pub phone_region: Option<Option<String>>,
    pub teams: Option<BTreeSet<TeamId>>,
    pub status: Option<EventStatus>,
    pub capacity: Option<Option<u32>>,
    pub waitlist: Option<Waitlist>,
    pub max_spots: Option<Spots>,
    pub roles_per_person: Option<u32>,
    pub starts_at: Option<Option<Millis>>,
    pub ends_at: Option<Option<Millis>>,
    pub opens_at: Option<Option<Millis>>,
    pub closes_at: Option<Option<Millis>>,
    pub cancel_until: Option<Option<Millis>>,
    pub promote_until: Option<Option<Millis>>,
    pub self_move: Option<bool>,
    pub verify_minutes: Option<Option<u32>>,
    pub retention_days: Option<Option<u32>>,
}

/// New texts of an event; what is `None` stays.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[expect(missing_docs, reason = "the fields are those of EventTexts, described there")]
pub struct TextsPatch {
    pub title: Option<String>,
    pub description: Option<String>,
    pub location: Option<String>,
    pub contact: Option<String>,
    pub timezone: Option<String>,
    pub metadata: Option<String>,
}

/// A change of a role; what is `None` stays, `Some(None)` clears.
#[derive(Clone, Debug)]
pub struct EditRole {
    /// The revision of the event the change was made from.
    pub revision: u32,
    /// Which role.
    pub role: RoleRef,
    /// New name.
    pub name: Option<String>,
    /// New description.
    pub description: Option<String>,
    /// New settings.
    pub settings: RolePatch,
    /// What to do with those who no longer fit.
    pub if_below: IfBelow,
}

/// New settings of a role; what is `None` stays, `Some(None)` clears.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the fields are those of RoleSettings, described there")]
pub struct RolePatch {
    pub capacity: Option<Option<u32>>,
    pub starts_at: Option<Option<Millis>>,
    pub ends_at: Option<Option<Millis>>,
    pub order: Option<i32>,
    pub min_needed: Option<u32>,
    pub closed: Option<bool>,
}

/// What a capacity below what is reserved does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum IfBelow {
    /// It is refused.
    #[default]
    Refuse,
    /// Everybody stays; nobody new until it has shrunk.
    Keep,
    /// The latest sign-ups go back to the waitlist until it fits.
    WaitlistLatest,
}

impl TextsPatch {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        *self == TextsPatch::default()
    }
}
