//! What the API answers, as far as pages show it.

use headcount_core::event::{EventStatus, PhonePolicy, Status, Visibility, WaitlistPolicy};
use headcount_core::ids::Millis;
use headcount_core::view::SignUpState;
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use super::visitor::Visitor;

/// A moment, sent as RFC 3339.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Time(pub(super) Millis);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        let text = String::deserialize(deserializer)?;
        Time::read(&text).ok_or_else(|| serde::de::Error::custom("no time"))
    }
}

impl Time {
    /// A moment that was sent as RFC 3339.
    pub(super) fn read(text: &str) -> Option<Time> {
        let time: jiff::Timestamp = text.parse().ok()?;
        Some(Time(Millis(time.as_millisecond())))
    }

    /// As machines read it.
    pub(super) fn rfc3339(self) -> String {
        jiff::Timestamp::from_millisecond(self.0.0).unwrap_or_default().to_string()
    }
}

/// The name of somebody who signed up; nothing once they were erased.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct PersonName(String);

impl PersonName {
    /// For people to read.
    pub(super) fn shown(&self, visitor: &Visitor) -> String {
        if self.is_erased() { visitor.text("person-erased") } else { self.0.clone() }
    }

    /// As it is, for a field that it can be changed in.
    pub(super) fn as_stored(&self) -> &str {
        &self.0
    }

    /// Whether nobody can tell any more who it is.
    pub(super) fn is_erased(&self) -> bool {
        self.0.is_empty()
    }
}

/// A page of a list.
#[derive(Debug, Deserialize)]
pub(super) struct List<T> {
    pub(super) items: Vec<T>,
    pub(super) next_cursor: Option<String>,
}

/// An event.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Event {
    pub(super) id: Uuid,
    pub(super) organization_id: Uuid,
    pub(super) slug: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) location: String,
    pub(super) contact: String,
    pub(super) timezone: String,
    pub(super) status: EventStatus,
    pub(super) visibility: Visibility,
    pub(super) sign_up: SignUpState,
    pub(super) starts_at: Option<Time>,
    pub(super) ends_at: Option<Time>,
    pub(super) opens_at: Option<Time>,
    pub(super) closes_at: Option<Time>,
    pub(super) waitlist: Waitlist,
    pub(super) max_spots: u32,
    pub(super) self_move: bool,
    pub(super) phone: PhonePolicy,
    pub(super) verify_minutes: Option<u32>,
    pub(super) retention_days: Option<u32>,
    pub(super) seq: u64,
    #[serde(flatten)]
    pub(super) places: Places,
    pub(super) roles: Vec<Role>,
}

/// A role of it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Role {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) starts_at: Option<Time>,
    pub(super) ends_at: Option<Time>,
    /// Where it stands among the roles.
    pub(super) order: i32,
    pub(super) min_needed: u32,
    pub(super) closed: bool,
    #[serde(flatten)]
    pub(super) places: Places,
}

/// How full it is.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Places {
    /// None: unlimited.
    pub(super) capacity: Option<u32>,
    pub(super) reserved: u64,
    /// None: unlimited.
    pub(super) free: Option<u64>,
    /// What a newcomer could get; none: unlimited.
    pub(super) open_now: Option<u64>,
    pub(super) waiting: u32,
}

/// How people wait.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Waitlist {
    pub(super) policy: WaitlistPolicy,
    /// How many parties may wait; none: any number.
    pub(super) limit: Option<u32>,
    pub(super) max_skips: u32,
}

/// How many people have come to an event.
#[derive(Debug, Deserialize)]
pub(super) struct Arrivals {
    #[serde(flatten)]
    pub(super) people: PeopleHere,
    pub(super) roles: Vec<RoleArrivals>,
}

/// How many have come in a role.
#[derive(Debug, Deserialize)]
pub(super) struct RoleArrivals {
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) people: PeopleHere,
}

/// People, not parties.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct PeopleHere {
    pub(super) here: u64,
    /// With a place, those who are here among them.
    pub(super) expected: u64,
    pub(super) waiting: u64,
}

/// What became of a sign-up: a receipt, or a mail that has to be looked at.
#[derive(Debug, Deserialize)]
pub(super) struct SignedUp {
    pub(super) manage_url: Option<String>,
    pub(super) verify_until: Option<Time>,
}

/// One's own registration, by its link.
#[derive(Debug, Deserialize)]
pub(super) struct Managed {
    pub(super) event: OwnEvent,
    pub(super) registration: Own,
    pub(super) waiting: Option<Waiting>,
}

#[derive(Debug, Deserialize)]
pub(super) struct OwnEvent {
    pub(super) id: Uuid,
    pub(super) slug: String,
    pub(super) title: String,
    pub(super) location: String,
    pub(super) contact: String,
    pub(super) timezone: String,
    pub(super) status: EventStatus,
    pub(super) starts_at: Option<Time>,
    pub(super) ends_at: Option<Time>,
    pub(super) cancel_until: Option<Time>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Own {
    pub(super) id: Uuid,
    pub(super) role: String,
    pub(super) role_id: Uuid,
    pub(super) status: Status,
    pub(super) spots: u32,
    pub(super) verify_until: Option<Time>,
    pub(super) seq: u64,
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) notes: Option<String>,
    pub(super) special_requirements: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Waiting {
    pub(super) position: Option<u64>,
    pub(super) needs: u32,
    pub(super) role_free: Option<u64>,
    pub(super) event_free: Option<u64>,
    pub(super) reason: String,
}

impl Event {
    /// Whether anybody who comes now could get a place.
    pub(super) fn has_room(&self) -> bool {
        self.roles.iter().any(Role::has_room)
    }

    /// Whether nobody can sign up any more, although it takes place.
    pub(super) fn is_closed(&self) -> bool {
        self.sign_up == SignUpState::Closed && !self.is_cancelled()
    }

    /// Whether it does not take place.
    pub(super) fn is_cancelled(&self) -> bool {
        self.status == EventStatus::Cancelled
    }
}

impl Role {
    /// Whether a newcomer could get a place now.
    pub(super) fn has_room(&self) -> bool {
        !self.closed && self.places.open_now != Some(0)
    }

    /// How many are lacking to what it needs.
    pub(super) fn lacks(&self) -> u64 {
        u64::from(self.min_needed).saturating_sub(self.places.reserved)
    }
}
