//! What came of a command: [`Decision`] with its [`Outcome`], and every way to say no: [`Refusal`].

use serde::{Deserialize, Serialize};

use crate::change::Entry;
use crate::event::Status;
use crate::ids::{EventId, Millis, RegistrationId, RoleId, Seq, Spots};
use crate::view::EventView;

/// What came of one command.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What the one who asked is told, after the commit.
    pub outcome: Outcome,
    /// The log entries that it wrote, in order. None for a dry run; what is refused or postponed may carry only those
    /// that time alone has caused: promotions, and the skips they count.
    pub entries: Vec<Entry>,
    /// Promotion stopped at its limit, or everybody who was loaded of a list left it:
    /// [`Action::Settle`](crate::command::Action::Settle) must be the next command of this event, before those that were
    /// postponed.
    pub unsettled: bool,
}

/// What the one who asked is told. Kept under the idempotency key as JSON, so a repeat gets the same.
///
/// It is kept for 7 days and read by whichever version runs then: a new field, here or in anything inside, needs
/// `#[serde(default)]`, and nothing that was ever stored may be renamed or removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// An event was made.
    EventCreated(Box<EventView>),
    /// The event or one of its roles was changed.
    Edited(Edited),
    /// A draft was deleted.
    EventDeleted,
    /// A registration was made or changed.
    Registration(Receipt),
    /// A guest signed up, or asked to and was in already, and finds out by mail. The same for both.
    CheckMail(CheckMail),
    /// Somebody who is logged in said yes or no.
    Responded(Responded),
    /// Promotion went on.
    Settled,
    /// Counters and capacity were looked at and mended.
    Repaired(Repaired),
    /// Registrations of another system were taken over.
    Imported(Imported),
    /// By rule, no.
    Refused(Refusal),
    /// Not decided yet: promotion must go on before. Only for the lanes, which have it decided in the next batch; nobody
    /// is told so, and it is never stored.
    #[serde(skip)]
    Postponed,
}

/// A change of settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edited {
    /// The role that was added or changed.
    pub role_id: Option<RoleId>,
    /// The new revision.
    pub revision: u32,
    /// The event's seq after it.
    pub seq: Seq,
    /// Who moved because of it.
    pub affected: Vec<Affected>,
}

/// A registration after the command. Stored as part of an [`Outcome`], so a new field needs `#[serde(default)]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of Registration, described there")]
pub struct Receipt {
    pub id: RegistrationId,
    pub event_id: EventId,
    pub role_id: RoleId,
    /// Name of the role.
    pub role: String,
    pub status: Status,
    pub spots: Spots,
    /// Place in the role's queue, 1 is next. None if it does not wait, and where it is not known: a decision loads only
    /// the head of a long queue, so a party behind that has none after a move, a reinstatement or an edit, but always
    /// after a sign-up. Reading the registration tells it.
    pub position: Option<u64>,
    pub checked_in: u32,
    /// The event's seq after the command.
    pub seq: Seq,
    pub created_at: Millis,
    pub link_version: u32,
    /// Who else moved because of it.
    pub affected: Vec<Affected>,
}

/// What a guest is told whose address must be verified: nothing that tells a known address from a new one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of Registration, described there")]
pub struct CheckMail {
    pub event_id: EventId,
    pub role_id: RoleId,
    /// Name of the role.
    pub role: String,
    pub spots: Spots,
    /// Until when the address must be verified.
    pub until: Millis,
}

/// What an answer of somebody who is logged in came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Responded {
    /// The registrations that it made or changed, one a role. The first tells who else moved.
    pub receipts: Vec<Receipt>,
    /// The event's seq after it.
    pub seq: Seq,
}

/// Somebody who moved because of what another asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Affected {
    pub registration_id: RegistrationId,
    pub role_id: RoleId,
    pub spots: Spots,
    pub from: Status,
    pub to: Status,
}

/// What a repair found and did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Repaired {
    /// Counters that were wrong and are right now.
    pub counters: u32,
    /// Spots beyond the capacity that an override allows now and did not before.
    pub kept_spots: u64,
    /// Who was demoted, and who moved up.
    pub affected: Vec<Affected>,
    /// The event's seq after it.
    pub seq: Seq,
}

/// What came of registrations of another system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Imported {
    /// How many were taken over.
    pub added: u64,
    /// How many were there already, and stay as they are.
    pub known: u64,
    /// Spots beyond the capacities that an override allows now and did not before.
    pub kept_spots: u64,
    /// Who had places there and has to wait here, as they are beyond the capacity.
    pub waitlisted: Vec<RegistrationId>,
    /// Who waited and moved up.
    pub affected: Vec<Affected>,
    /// The event's seq after it.
    pub seq: Seq,
}

/// Every way to say no. The code is stable; the text tells the person what to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's text says what it means")]
pub enum Refusal {
    /// No such event, role or registration, or none that the one who asks may know of.
    NotFound {
        what: What,
    },
    NotOpenYet {
        opens_at: Option<Millis>,
    },
    RegistrationClosed,
    /// `open_now`: how many could get in at this moment. `full_since`: since when no place is free, of the role or else of
    /// the event; none: some are, but too few or kept for those who wait.
    RoleFull {
        role: String,
        open_now: u64,
        full_since: Option<Millis>,
    },
    /// As [`Refusal::RoleFull`], of all places of the event.
    EventFull {
        open_now: u64,
        full_since: Option<Millis>,
    },
    WaitlistFull {
        limit: u32,
    },
    AlreadyRegistered {
        role: String,
    },
    TooManyRoles {
        limit: u32,
    },
    TooManySpots {
        max: u32,
    },
    TooLate {
        until: Millis,
    },
    /// `reserved`: the smallest capacity that can be set without moving anybody.
    CapacityBelowReserved {
        reserved: u64,
    },
    NotConfirmed,
    NotWaitlisted,
    NotActive,
    StillActive,
    AlreadyDeclined,
    /// `free`: how many places nobody has.
    NoRoom {
        free: u64,
    },
    AlreadyCheckedIn {
        checked_in: u32,
    },
    NotCheckedIn {
        checked_in: u32,
    },
    SelfMoveOff,
    SlugTaken,
    RoleExists {
        role: String,
    },
    RoleNotEmpty,
    LastRole,
    EventNotEmpty,
    Invalid {
        field: String,
        problem: String,
    },
    KeyReused,
    RevisionMismatch {
        current: u32,
    },
    /// The form changed between reading the request and deciding it: read it again.
    FormChanged,
}

/// What was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum What {
    Event,
    Role,
    Registration,
}

#[cfg(test)]
mod tests;
