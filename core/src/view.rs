//! What an event looks like from outside: settings, texts, and what is free. Used for answers and by those who only read.

use serde::{Deserialize, Serialize};

use crate::command::EventTexts;
use crate::event::{EventSettings, EventStatus, RoleSettings};
use crate::ids::{EventId, Millis, RoleId, Seq};
use crate::waitlist::Blocks;
use crate::working_set::EventState;

/// An event as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of Event, described there")]
pub struct EventView {
    pub id: EventId,
    pub settings: EventSettings,
    pub texts: EventTexts,
    pub availability: Availability,
    /// Whether people can sign up at this moment.
    pub sign_up: SignUpState,
    pub seq: Seq,
    pub revision: u32,
    /// In the order in which they are shown.
    pub roles: Vec<RoleView>,
}

/// A role as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of Role, described there")]
pub struct RoleView {
    pub id: RoleId,
    pub name: String,
    pub description: String,
    pub settings: RoleSettings,
    pub availability: Availability,
}

/// What is taken and what is free, of a role or of the event. None means unlimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Availability {
    /// Places there are.
    pub capacity: Option<u32>,
    /// Places beyond the capacity that staff gave on purpose.
    #[serde(rename = "override")]
    pub override_spots: u64,
    /// Places taken.
    pub reserved: u64,
    /// Places that nobody has.
    pub free: Option<u64>,
    /// Places that a newcomer could get at this moment: free ones less what is kept for those waiting.
    pub open_now: Option<u64>,
    /// Parties that wait.
    pub waiting: u32,
}

/// Whether people can sign up at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignUpState {
    /// They can.
    Open,
    /// Not yet: a draft, or before `opens_at`.
    NotOpenYet,
    /// No longer: closed, cancelled, or after `closes_at`.
    Closed,
}

impl EventState {
    /// What a person sees. `texts` and the descriptions come from where they are stored.
    pub fn view(&self, texts: EventTexts, mut description: impl FnMut(RoleId) -> String, now: Millis) -> EventView {
        let blocks = Blocks::for_newcomers(self, now);
        let roles = self.roles.values().map(|role| RoleView {
            id: role.id,
            name: role.name.clone(),
            description: description(role.id),
            settings: role.settings.clone(),
            availability: self.role_availability(role.id, &blocks),
        });
        let mut roles: Vec<RoleView> = roles.collect();
        roles.sort_by(|a, b| (a.settings.order, &a.name).cmp(&(b.settings.order, &b.name)));
        EventView {
            id: self.event.id,
            settings: self.event.settings.clone(),
            texts,
            availability: self.availability(&roles),
            sign_up: self.event.settings.sign_up_state(now),
            seq: self.event.seq,
            revision: self.event.revision,
            roles,
        }
    }

    fn availability(&self, roles: &[RoleView]) -> Availability {
        let event = &self.event;
        let roles_open =
            roles.iter().try_fold(0_u64, |sum, role| Some(sum.saturating_add(role.availability.open_now?)));
        Availability {
            capacity: event.settings.capacity,
            override_spots: event.override_spots,
            reserved: event.counters.reserved,
            free: event.free(),
            open_now: least(event.free(), roles_open),
            waiting: event.counters.waiting,
        }
    }

    fn role_availability(&self, id: RoleId, blocks: &Blocks) -> Availability {
        let role = &self.roles[&id];
        Availability {
            capacity: role.settings.capacity,
            override_spots: role.override_spots,
            reserved: role.counters.reserved,
            free: role.free(),
            open_now: self.open_now(role, blocks),
            waiting: role.counters.waiting,
        }
    }
}

impl EventView {
    /// When what it shows may become another by itself, without a new seq: sign-up opens and closes, free places no
    /// longer go to those who wait. In no order; some may come twice.
    pub fn moments(&self) -> impl Iterator<Item = Millis> {
        let settings = &self.settings;
        let of_roles = self.roles.iter().map(|role| settings.promotes_until(&role.settings));
        [settings.opens_at, settings.closes_at].into_iter().chain(of_roles).flatten()
    }
}

impl EventSettings {
    /// Whether people can sign up at `now`.
    pub fn sign_up_state(&self, now: Millis) -> SignUpState {
        match self.status {
            EventStatus::Draft => SignUpState::NotOpenYet,
            EventStatus::Closed | EventStatus::Cancelled => SignUpState::Closed,
            EventStatus::Published if self.opens_at.is_some_and(|opens_at| now < opens_at) => SignUpState::NotOpenYet,
            EventStatus::Published if self.closes_at.is_some_and(|closes_at| now >= closes_at) => SignUpState::Closed,
            EventStatus::Published => SignUpState::Open,
        }
    }
}

/// The smaller of two numbers where none means unlimited.
pub(crate) fn least(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    one.into_iter().chain(other).min()
}
