//! How an audit reads the bodies of log entries: types of its own, so that a mistake in `headcount_core::change` is not
//! repeated here. A field that is not known is an error: an audit must not pass over what it does not understand.

use std::fmt;

use headcount_core::ids::{RegistrationId, RoleId};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// What an entry says.
#[derive(Debug)]
pub(crate) enum Fact {
    EventCreated(Box<EventCreated>),
    EventEdited(Box<EventEdited>),
    RoleAdded(RoleAdded),
    RoleEdited(RoleEdited),
    RoleRemoved(RoleRemoved),
    SignedUp(SignedUp),
    SignUpRepeated,
    Accepted(StatusChanged),
    NotComing(NotComing),
    Imported(Imported),
    StatusChanged(Ending, StatusChanged),
    Moved(Moved),
    Swapped(Swapped),
    Resized(Resized),
    EmailChanged(EmailChanged),
    DetailsEdited,
    CheckedIn(u64),
    CheckInUndone(u64),
    Skipped(Skipped),
    CountersRepaired(CountersRepaired),
    OverrideRaised(OverrideRaised),
}

/// Which kind of entry changes the status.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ending {
    Verified,
    Expired,
    Cancelled,
    Declined,
    Removed,
    Promoted,
    Demoted,
    Reinstated,
}

/// Where a registration stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    Confirmed,
    Held,
    Waitlisted,
    Declined,
    Cancelled,
    Removed,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventCreated {
    pub(crate) settings: EventSettings,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventEdited {
    pub(crate) settings: EventSettings,
    pub(crate) over: bool,
}

/// The settings of an event, in the order of the table's columns.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventSettings {
    pub(crate) slug: String,
    pub(crate) status: String,
    pub(crate) visibility: String,
    pub(crate) one_per: String,
    pub(crate) phone: String,
    pub(crate) phone_region: Option<String>,
    pub(crate) organization: Uuid,
    pub(crate) teams: Vec<Uuid>,
    pub(crate) capacity: Option<u64>,
    pub(crate) waitlist: Waitlist,
    pub(crate) max_spots: u64,
    pub(crate) roles_per_person: u64,
    pub(crate) starts_at: Option<i64>,
    pub(crate) ends_at: Option<i64>,
    pub(crate) opens_at: Option<i64>,
    pub(crate) closes_at: Option<i64>,
    pub(crate) cancel_until: Option<i64>,
    pub(crate) promote_until: Option<i64>,
    pub(crate) self_move: bool,
    pub(crate) verify_minutes: Option<u64>,
    pub(crate) retention_days: Option<u64>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Waitlist {
    pub(crate) policy: Policy,
    pub(crate) limit: Option<u64>,
    pub(crate) max_skips: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Policy {
    Strict,
    FillGaps,
    Off,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleAdded {
    pub(crate) role: RoleId,
    pub(crate) settings: RoleSettings,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleEdited {
    pub(crate) role: RoleId,
    pub(crate) settings: RoleSettings,
    pub(crate) over: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleSettings {
    pub(crate) capacity: Option<u64>,
    pub(crate) starts_at: Option<i64>,
    pub(crate) ends_at: Option<i64>,
    pub(crate) order: i64,
    pub(crate) min_needed: u64,
    pub(crate) closed: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleRemoved {
    pub(crate) role: RoleId,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignedUp {
    pub(crate) role: RoleId,
    pub(crate) spots: u64,
    pub(crate) status: Standing,
    pub(crate) person: String,
    pub(crate) verify_by: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotComing {
    pub(crate) role: RoleId,
    pub(crate) person: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Imported {
    pub(crate) role: RoleId,
    pub(crate) spots: u64,
    pub(crate) status: Standing,
    pub(crate) person: String,
    pub(crate) created_at: i64,
    pub(crate) over: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// `over` stands in promotions only.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatusChanged {
    pub(crate) role: RoleId,
    pub(crate) spots: u64,
    pub(crate) from: Standing,
    pub(crate) to: Standing,
    pub(crate) over: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Moved {
    pub(crate) from_role: RoleId,
    pub(crate) to_role: RoleId,
    pub(crate) spots: u64,
    pub(crate) status: Standing,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Swapped {
    pub(crate) role: RoleId,
    pub(crate) spots: u64,
    pub(crate) status: Standing,
    pub(crate) with: RegistrationId,
    pub(crate) with_role: RoleId,
    pub(crate) with_spots: u64,
    pub(crate) with_status: Standing,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resized {
    pub(crate) role: RoleId,
    pub(crate) from_spots: u64,
    pub(crate) to_spots: u64,
    pub(crate) status: Standing,
    pub(crate) wait_seq: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailChanged {
    pub(crate) role: RoleId,
    pub(crate) person: String,
    pub(crate) link_version: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DetailsEdited {
    #[serde(rename = "fields")]
    _fields: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckIn {
    checked_in: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Skipped {
    pub(crate) role: RoleId,
    pub(crate) skips: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CountersRepaired {
    pub(crate) role: Option<RoleId>,
    pub(crate) counters: Sums,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OverrideRaised {
    pub(crate) role: Option<RoleId>,
}

/// What is taken, who waits, and how many there are in all.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sums {
    pub(crate) reserved: u64,
    pub(crate) waiting: u64,
    pub(crate) registrations: u64,
}

/// Why an entry cannot be read.
#[derive(Debug)]
pub(crate) enum Unreadable {
    Kind,
    Body(serde_json::Error),
}

impl Fact {
    /// Reads the body of an entry of this kind.
    pub(crate) fn read(kind: &str, body: &[u8]) -> Result<Fact, Unreadable> {
        Ok(match kind {
            "event_created" => Fact::EventCreated(json(body)?),
            "event_edited" => Fact::EventEdited(json(body)?),
            "role_added" => Fact::RoleAdded(json(body)?),
            "role_edited" => Fact::RoleEdited(json(body)?),
            "role_removed" => Fact::RoleRemoved(json(body)?),
            "signed_up" => Fact::SignedUp(json(body)?),
            "sign_up_repeated" => json::<Nothing>(body).map(|Nothing {}| Fact::SignUpRepeated)?,
            "verified" => Fact::StatusChanged(Ending::Verified, json(body)?),
            "expired" => Fact::StatusChanged(Ending::Expired, json(body)?),
            "accepted" => Fact::Accepted(json(body)?),
            "not_coming" => Fact::NotComing(json(body)?),
            "imported" => Fact::Imported(json(body)?),
            "cancelled" => Fact::StatusChanged(Ending::Cancelled, json(body)?),
            "declined" => Fact::StatusChanged(Ending::Declined, json(body)?),
            "removed" => Fact::StatusChanged(Ending::Removed, json(body)?),
            "promoted" => Fact::StatusChanged(Ending::Promoted, json(body)?),
            "demoted" => Fact::StatusChanged(Ending::Demoted, json(body)?),
            "reinstated" => Fact::StatusChanged(Ending::Reinstated, json(body)?),
            "moved" => Fact::Moved(json(body)?),
            "swapped" => Fact::Swapped(json(body)?),
            "resized" => Fact::Resized(json(body)?),
            "email_changed" => Fact::EmailChanged(json(body)?),
            // An erased person is another one, too.
            "erased" => Fact::EmailChanged(json(body)?),
            "details_edited" => json::<DetailsEdited>(body).map(|_| Fact::DetailsEdited)?,
            "checked_in" => Fact::CheckedIn(json::<CheckIn>(body)?.checked_in),
            "check_in_undone" => Fact::CheckInUndone(json::<CheckIn>(body)?.checked_in),
            "skipped" => Fact::Skipped(json(body)?),
            "counters_repaired" => Fact::CountersRepaired(json(body)?),
            "override_raised" => Fact::OverrideRaised(json(body)?),
            _ => return Err(Unreadable::Kind),
        })
    }
}

impl Standing {
    /// Whether it has its places.
    pub(crate) fn takes_places(self) -> bool {
        self == Standing::Confirmed || self == Standing::Held
    }

    /// Whether it has places or waits for them.
    pub(crate) fn is_active(self) -> bool {
        self.takes_places() || self == Standing::Waitlisted
    }

    /// As it stands in the table.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Standing::Confirmed => "confirmed",
            Standing::Held => "held",
            Standing::Waitlisted => "waitlisted",
            Standing::Declined => "declined",
            Standing::Cancelled => "cancelled",
            Standing::Removed => "removed",
        }
    }
}

impl Policy {
    /// As it stands in the table.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Policy::Strict => "strict",
            Policy::FillGaps => "fill_gaps",
            Policy::Off => "off",
        }
    }
}

impl Ending {
    /// Whether the entry may lead from one status to the other, for a party whose e-mail is `verified` or not.
    pub(crate) fn allows(self, from: Standing, to: Standing, verified: Verified) -> bool {
        let with_places = if verified == Verified::Yes { Standing::Confirmed } else { Standing::Held };
        match self {
            Ending::Verified if from == Standing::Waitlisted => to == from && verified == Verified::No,
            Ending::Verified => from == Standing::Held && to == Standing::Confirmed,
            Ending::Expired => from.is_active() && to == Standing::Cancelled && verified == Verified::No,
            Ending::Cancelled => from.is_active() && to == Standing::Cancelled,
            Ending::Declined => from != Standing::Declined && to == Standing::Declined,
            Ending::Removed => from.is_active() && to == Standing::Removed,
            Ending::Promoted => from == Standing::Waitlisted && to == with_places,
            Ending::Demoted => from.takes_places() && to == Standing::Waitlisted,
            Ending::Reinstated => !from.is_active() && matches!(to, Standing::Confirmed | Standing::Waitlisted),
        }
    }
}

/// Whether the e-mail of a party was verified, or need not be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verified {
    Yes,
    No,
}

impl fmt::Display for Sums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sums { reserved, waiting, registrations } = self;
        write!(f, "{reserved} reserved, {waiting} waiting, {registrations} registrations")
    }
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Unreadable> {
    serde_json::from_slice(body).map_err(Unreadable::Body)
}
