//! Event, role and registration as the core sees them, and what their settings mean.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::ids::{EventId, Hash, Millis, OrganizationId, RegistrationId, RoleId, Seq, Spots, TeamId};
use crate::person::{Person, fold};

/// The gathering, with its counters and the head of its log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// What its organizers decided.
    pub settings: EventSettings,
    /// What is taken and who waits, over all roles.
    pub counters: Counters,
    /// Places beyond the capacity that staff gave on purpose.
    pub override_spots: u64,
    /// Number of the last log entry.
    pub seq: Seq,
    /// When the last log entry was written.
    pub last_at: Millis,
    /// Hash of the last log entry.
    pub hash: Hash,
    /// Grows with every change of the settings of the event or of a role.
    pub revision: u32,
    /// Since when none of its places is free: see [`Role::full_since`]. None: some are.
    pub full_since: Option<Millis>,
}

/// All settings of an event that a rule reads.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EventSettings {
    /// What the sign-up form asks, and who may see it.
    #[serde(flatten)]
    pub form: Form,
    /// Draft, published, closed or cancelled.
    pub status: EventStatus,
    /// Places over all roles; none: unlimited.
    pub capacity: Option<u32>,
    /// What happens when it is full.
    pub waitlist: Waitlist,
    /// Largest party.
    pub max_spots: Spots,
    /// In how many roles a person may be active at once.
    pub roles_per_person: u32,
    /// When it begins.
    pub starts_at: Option<Millis>,
    /// When it ends.
    pub ends_at: Option<Millis>,
    /// When sign-up opens; none: with publication.
    pub opens_at: Option<Millis>,
    /// When sign-up closes; none: never by itself.
    pub closes_at: Option<Millis>,
    /// Until when people may cancel by themselves; none: until the start.
    pub cancel_until: Option<Millis>,
    /// Until when free places go to those waiting by themselves; none: until the role's start.
    pub promote_until: Option<Millis>,
    /// Whether people may change their role by themselves.
    pub self_move: bool,
    /// In how many minutes guests must verify their e-mail; none: they need not. See
    /// [`VERIFY_MINUTES_MAX`](crate::limits::VERIFY_MINUTES_MAX).
    pub verify_minutes: Option<u32>,
    /// How many days after its end what is personal is kept; none: for ever. See [`retention`](crate::retention).
    pub retention_days: Option<u32>,
}

/// What a request was parsed under. A command carries it, so that a decision never rests on settings that have changed
/// since the request was read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Form {
    /// The event's name in addresses.
    pub slug: String,
    /// Who may see it and sign up.
    pub visibility: Visibility,
    /// What makes two people different.
    pub one_per: OnePer,
    /// Whether a phone number is asked for.
    pub phone: PhonePolicy,
    /// Where national phone numbers are read, as an ISO 3166 code of two letters.
    pub phone_region: Option<String>,
    /// Whose event it is.
    pub organization: OrganizationId,
    /// The teams it concerns; at most [`TEAMS_MAX`](crate::limits::TEAMS_MAX).
    pub teams: BTreeSet<TeamId>,
}

/// The life of an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventStatus {
    /// Being prepared; nobody can sign up.
    Draft,
    /// Open, within `opens_at` and `closes_at`.
    Published,
    /// No new sign-ups; those waiting still move up.
    Closed,
    /// Does not take place; nobody moves up.
    Cancelled,
}

/// Who may see an event and sign up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everyone, and it is listed.
    Public,
    /// Everyone who has the address.
    Unlisted,
    /// The team only.
    Team,
}

/// What makes two people different.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnePer {
    /// The address alone.
    Email,
    /// Address and name: families share addresses.
    EmailAndName,
}

/// Whether a phone number is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhonePolicy {
    /// Not asked; a number that is sent is refused.
    Hidden,
    /// May be given.
    Optional,
    /// Must be given.
    Required,
}

/// What happens when it is full.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Waitlist {
    /// Who gets a place that becomes free.
    pub policy: WaitlistPolicy,
    /// How many parties may wait at once, over all roles; none: any number.
    pub limit: Option<u32>,
    /// `fill_gaps`: how often the first in line may be skipped before places are kept for it.
    pub max_skips: u32,
}

impl Waitlist {
    /// That of a new event of which nothing else is said.
    pub const USUAL: Waitlist = Waitlist { policy: WaitlistPolicy::Strict, limit: None, max_skips: 3 };
}

/// Who gets a place that becomes free.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitlistPolicy {
    /// Strictly in order: nobody passes a party that does not fit yet.
    Strict,
    /// The earliest party that fits.
    FillGaps,
    /// Nobody new may wait; those who wait already keep their claim.
    Off,
}

/// A named part of an event with a capacity of its own and, as a shift, its own times.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// Its name, unique within the event.
    pub name: String,
    /// What its organizers decided.
    pub settings: RoleSettings,
    /// What is taken and who waits.
    pub counters: Counters,
    /// Places beyond the capacity that staff gave on purpose.
    pub override_spots: u64,
    /// The first in line and how often it was skipped; none: nobody was skipped.
    pub skipped: Option<Skipped>,
    /// Since when none of it is free: the time of the entry that took the last place, or cut the capacity. None: some are.
    pub full_since: Option<Millis>,
}

/// All settings of a role that a rule reads.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RoleSettings {
    /// Places; none: unlimited.
    pub capacity: Option<u32>,
    /// When the shift begins.
    pub starts_at: Option<Millis>,
    /// When the shift ends.
    pub ends_at: Option<Millis>,
    /// Where it stands in lists; equal ones by name.
    pub order: i32,
    /// How many people it needs at least.
    pub min_needed: u32,
    /// Whether sign-up for this role is stopped.
    pub closed: bool,
}

/// How often the first in line of a role was skipped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Skipped {
    /// The first in line.
    pub registration: RegistrationId,
    /// How often somebody later got places that it could have used.
    pub skips: u32,
}

/// Derived from the registrations, kept in the same transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Counters {
    /// Spots taken by occupying registrations.
    pub reserved: u64,
    /// Parties on the waitlist.
    pub waiting: u32,
    /// Registrations of any status, the ended ones too.
    pub registrations: u32,
}

/// One party's place, or wish for one, in one role.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Registration {
    /// Its id.
    pub id: RegistrationId,
    /// The role it is in.
    pub role: RoleId,
    /// Whose it is.
    pub person: Person,
    /// Size of the party.
    pub spots: Spots,
    /// Confirmed, held, waitlisted, or how it ended.
    pub status: Status,
    /// Until when its e-mail must be verified, or it runs out; none: it need not be, or was.
    pub verify_by: Option<Millis>,
    /// The seq of the sign-up: its place in the waiting order.
    pub wait_seq: Seq,
    /// The seq of the entry that ended it; zero while it is active.
    pub ended_seq: Seq,
    /// How many of the party have come.
    pub checked_in: u32,
    /// Raising it makes older manage links invalid.
    pub link_version: u32,
    /// When the person signed up.
    pub created_at: Millis,
    /// What the person told about themselves. Never in the log.
    pub details: Details,
}

/// What a person told about themselves, and what staff noted. Empty texts are none.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Details {
    /// The person's name.
    pub name: String,
    /// The address as it was typed.
    pub email: Option<String>,
    /// The phone number in international form.
    pub phone: Option<String>,
    /// A note from the person.
    pub notes: Option<String>,
    /// Wheelchair, allergies: readable by those with the right to.
    pub special_requirements: Option<String>,
    /// A note that only staff see.
    pub staff_note: Option<String>,
    /// A JSON object for programs, which only staff see.
    pub metadata: Option<String>,
    /// The language in which the person is written to, by its tag (BCP 47); none: the server's first one.
    pub language: Option<String>,
}

/// Where a registration stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Has its places.
    Confirmed,
    /// Has its places until its e-mail is verified or the time for that is over.
    Held,
    /// Waits for places.
    Waitlisted,
    /// The person said no.
    Declined,
    /// The person gave it up.
    Cancelled,
    /// Staff took it away.
    Removed,
}

impl Status {
    /// The one place that says what takes up capacity.
    pub fn occupies_places(self) -> bool {
        matches!(self, Status::Confirmed | Status::Held)
    }

    /// As it is said in the API, in lists and in logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Confirmed => "confirmed",
            Status::Held => "held",
            Status::Waitlisted => "waitlisted",
            Status::Declined => "declined",
            Status::Cancelled => "cancelled",
            Status::Removed => "removed",
        }
    }

    /// Whether it has or waits for places.
    pub fn is_active(self) -> bool {
        self.occupies_places() || self == Status::Waitlisted
    }
}

impl Registration {
    /// What it becomes with its places.
    pub(crate) fn with_places(&self) -> Status {
        if self.verify_by.is_some() { Status::Held } else { Status::Confirmed }
    }
}

impl EventSettings {
    /// Until when a person in `role` may cancel by themselves; none: no limit.
    pub fn cancel_until(&self, role: &RoleSettings) -> Option<Millis> {
        self.cancel_until.or(role.starts_at).or(self.starts_at)
    }

    /// Whether free places of `role` still go to those waiting by themselves.
    pub fn promotes(&self, role: &RoleSettings, now: Millis) -> bool {
        self.status != EventStatus::Cancelled && self.promotes_until(role).is_none_or(|until| now < until)
    }

    /// From when on free places of `role` go to those waiting only by staff.
    pub fn promotes_until(&self, role: &RoleSettings) -> Option<Millis> {
        self.promote_until.or(role.starts_at).or(self.starts_at)
    }

    /// How often the first in line may be skipped before it blocks those behind.
    pub fn skips_allowed(&self) -> u32 {
        match self.waitlist.policy {
            WaitlistPolicy::FillGaps => self.waitlist.max_skips,
            WaitlistPolicy::Strict | WaitlistPolicy::Off => 0,
        }
    }
}

impl Event {
    /// Places that nobody has; none: unlimited.
    pub fn free(&self) -> Option<u64> {
        free(self.settings.capacity, self.counters.reserved)
    }

    /// Whether `spots` more fit the event.
    pub fn fits(&self, spots: u64) -> bool {
        self.free().is_none_or(|free| spots <= free)
    }
}

impl Role {
    /// Places that nobody has; none: unlimited.
    pub fn free(&self) -> Option<u64> {
        free(self.settings.capacity, self.counters.reserved)
    }

    /// Whether `spots` more fit the role.
    pub fn fits(&self, spots: u64) -> bool {
        self.free().is_none_or(|free| spots <= free)
    }

    /// How often `first`, the first in line, was skipped: a new first starts at zero.
    pub fn skips_of(&self, first: RegistrationId) -> u32 {
        self.skipped.filter(|skipped| skipped.registration == first).map_or(0, |skipped| skipped.skips)
    }

    /// How role names are compared.
    pub fn name_key(name: &str) -> String {
        fold(name)
    }
}

fn free(capacity: Option<u32>, reserved: u64) -> Option<u64> {
    capacity.map(|capacity| u64::from(capacity).saturating_sub(reserved))
}

/// Since when nothing is free, after an entry of the time `at`.
pub(crate) fn full_since(free: Option<u64>, before: Option<Millis>, at: Millis) -> Option<Millis> {
    (free == Some(0)).then(|| before.unwrap_or(at))
}

/// What the capacity lacks for what is reserved: the least that an override must be.
pub fn excess(capacity: Option<u32>, reserved: u64) -> u64 {
    capacity.map_or(0, |capacity| reserved.saturating_sub(u64::from(capacity)))
}
