//! The facts a decision writes, which are the content of the log, and the hash chain over them.
//!
//! What is personal never enters a log body: it is marked `#[serde(skip)]` and goes to tables that can be erased.

use std::borrow::Cow;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::command::{Actor, DetailsPatch, EventTexts, ReasonFor, TextsPatch};
use crate::event::{Counters, Details, EventSettings, RoleSettings, Status};
use crate::ids::{EventId, Hash, Millis, RegistrationId, RoleId, Seq, Spots};
use crate::person::Tag;

/// One fact. Its variant's name in snake case is the `kind` of the log entry, its fields are the `body`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[expect(
    missing_docs,
    reason = "the names of variants and fields say what happened; see docs of event.rs for the fields"
)]
pub enum Change {
    EventCreated {
        settings: Box<EventSettings>,
        #[serde(skip)]
        texts: Box<EventTexts>,
    },
    /// `over`: whether the override rises to what is now beyond the capacity (`keep`).
    EventEdited {
        settings: Box<EventSettings>,
        over: bool,
        #[serde(skip)]
        texts: Box<TextsPatch>,
    },
    RoleAdded {
        role: RoleId,
        settings: Box<RoleSettings>,
        #[serde(skip)]
        name: String,
        #[serde(skip)]
        description: String,
    },
    RoleEdited {
        role: RoleId,
        settings: Box<RoleSettings>,
        over: bool,
        #[serde(skip)]
        name: String,
        #[serde(skip)]
        description: Option<String>,
    },
    RoleRemoved {
        role: RoleId,
    },
    SignedUp {
        role: RoleId,
        spots: Spots,
        status: Status,
        person: Tag,
        /// Until when the e-mail must be verified; none: it need not be.
        verify_by: Option<Millis>,
        #[serde(skip)]
        registration: RegistrationId,
        #[serde(skip)]
        key: String,
        #[serde(skip)]
        details: Box<Details>,
    },
    /// Somebody asked to sign up who is in already: with this registration, or with as many as one may have. The answer
    /// did not tell.
    SignUpRepeated {
        #[serde(skip)]
        registration: RegistrationId,
    },
    /// The e-mail was verified. A waiting party goes on waiting.
    Verified(StatusChange),
    /// The e-mail was not verified in time.
    Expired(StatusChange),
    /// Somebody who had said no, or had gone, comes after all. `spots`: as asked now; its place in the waiting order is
    /// the seq of this entry.
    Accepted {
        #[serde(flatten)]
        change: StatusChange,
        #[serde(skip)]
        details: Box<Details>,
    },
    /// Somebody who was never in this role does not come: a registration that is declined from the start.
    NotComing {
        role: RoleId,
        person: Tag,
        #[serde(skip)]
        registration: RegistrationId,
        #[serde(skip)]
        key: String,
        #[serde(skip)]
        details: Box<Details>,
    },
    /// Another system had made it, at `created_at`, and left it in this status. `over`: as in `Promoted`.
    Imported {
        role: RoleId,
        spots: Spots,
        status: Status,
        person: Tag,
        created_at: Millis,
        over: bool,
        #[serde(skip)]
        registration: RegistrationId,
        #[serde(skip)]
        key: String,
        #[serde(skip)]
        details: Box<Details>,
    },
    Cancelled(StatusChange),
    Declined(StatusChange),
    Removed {
        #[serde(flatten)]
        change: StatusChange,
        #[serde(skip)]
        reason: String,
        #[serde(skip)]
        reason_for: ReasonFor,
    },
    /// `over`: whether the overrides rise to what is now beyond the capacities.
    Promoted {
        #[serde(flatten)]
        change: StatusChange,
        over: bool,
        #[serde(skip)]
        reason: String,
    },
    Demoted(StatusChange),
    Reinstated(StatusChange),
    Moved {
        from_role: RoleId,
        to_role: RoleId,
        spots: Spots,
        status: Status,
        #[serde(skip)]
        registration: RegistrationId,
    },
    /// One fact for both, so that no prefix of the log stands between the halves.
    Swapped {
        role: RoleId,
        spots: Spots,
        status: Status,
        with: RegistrationId,
        with_role: RoleId,
        with_spots: Spots,
        with_status: Status,
        #[serde(skip)]
        registration: RegistrationId,
    },
    /// `wait_seq`: its place in the waiting order after it; a waiting party that grew goes to the end.
    Resized {
        role: RoleId,
        from_spots: Spots,
        to_spots: Spots,
        status: Status,
        wait_seq: Seq,
        #[serde(skip)]
        registration: RegistrationId,
    },
    EmailChanged {
        role: RoleId,
        person: Tag,
        link_version: u32,
        #[serde(skip)]
        registration: RegistrationId,
        #[serde(skip)]
        key: String,
        #[serde(skip)]
        email: String,
    },
    /// Nobody can tell any more whose it was: all that was told about the person is gone, and links to it have ended. The
    /// person is a new one, known by the registration alone.
    Erased {
        role: RoleId,
        person: Tag,
        link_version: u32,
        #[serde(skip)]
        registration: RegistrationId,
        #[serde(skip)]
        key: String,
    },
    /// `fields`: names of what was changed, not the contents.
    DetailsEdited {
        fields: Vec<&'static str>,
        #[serde(skip)]
        registration: RegistrationId,
        #[serde(skip)]
        patch: Box<DetailsPatch>,
    },
    /// `checked_in`: how many of the party are here after it.
    CheckedIn {
        checked_in: u32,
        #[serde(skip)]
        registration: RegistrationId,
    },
    CheckInUndone {
        checked_in: u32,
        #[serde(skip)]
        registration: RegistrationId,
    },
    /// The first in line was passed; `skips`: how often by now.
    Skipped {
        role: RoleId,
        skips: u32,
        #[serde(skip)]
        registration: RegistrationId,
    },
    /// Counters as they are after it; `role` none: of the event.
    CountersRepaired {
        role: Option<RoleId>,
        counters: Counters,
    },
    /// The override of a role or (none) of the event was raised to what is beyond the capacity, by a repair.
    OverrideRaised {
        role: Option<RoleId>,
    },
}

/// A registration changed its status.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct StatusChange {
    pub role: RoleId,
    pub spots: Spots,
    pub from: Status,
    pub to: Status,
    #[serde(skip)]
    pub registration: RegistrationId,
}

/// One line of an event's log.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The event.
    pub event: EventId,
    /// Its number within the event.
    pub seq: Seq,
    /// When it was decided; never before the entry before it.
    pub at: Millis,
    /// An account, a token, or a kind of caller.
    pub actor: Cow<'static, str>,
    /// What kind of fact it is.
    pub kind: &'static str,
    /// The registration it is about.
    pub registration: Option<RegistrationId>,
    /// The fact as JSON, without anything personal. These bytes are what is hashed.
    pub body: String,
    /// Free text that belongs to it (a reason), kept where it can be erased; empty: none.
    pub text: String,
    /// The hash of this entry, chained to the one before.
    pub hash: Hash,
}

/// The hash of an entry: SHA-256 over the hash before it and every field, each preceded by its length in bytes as a
/// big-endian 64-bit number. Ids are their 16 bytes (none: no byte), seq and at are 8 bytes, big-endian; the rest are
/// the bytes stored.
pub fn entry_hash(previous: Hash, entry: &Entry) -> Hash {
    let registration = entry.registration.map(|id| *id.0.as_bytes());
    let fields: [&[u8]; 7] = [
        entry.event.0.as_bytes(),
        &entry.seq.0.to_be_bytes(),
        &entry.at.0.to_be_bytes(),
        entry.actor.as_bytes(),
        entry.kind.as_bytes(),
        registration.as_ref().map_or(&[], |id| id.as_slice()),
        entry.body.as_bytes(),
    ];
    let mut digest = Sha256::new_with_prefix(previous.0);
    for field in fields {
        digest.update((field.len() as u64).to_be_bytes());
        digest.update(field);
    }
    Hash(digest.finalize().into())
}

impl Change {
    /// The `kind` of its log entry.
    pub fn kind(&self) -> &'static str {
        match self {
            Change::EventCreated { .. } => "event_created",
            Change::EventEdited { .. } => "event_edited",
            Change::RoleAdded { .. } => "role_added",
            Change::RoleEdited { .. } => "role_edited",
            Change::RoleRemoved { .. } => "role_removed",
            Change::SignedUp { .. } => "signed_up",
            Change::SignUpRepeated { .. } => "sign_up_repeated",
            Change::Verified(_) => "verified",
            Change::Expired(_) => "expired",
            Change::Accepted { .. } => "accepted",
            Change::NotComing { .. } => "not_coming",
            Change::Imported { .. } => "imported",
            Change::Cancelled(_) => "cancelled",
            Change::Declined(_) => "declined",
            Change::Removed { .. } => "removed",
            Change::Promoted { .. } => "promoted",
            Change::Demoted(_) => "demoted",
            Change::Reinstated(_) => "reinstated",
            Change::Moved { .. } => "moved",
            Change::Swapped { .. } => "swapped",
            Change::Resized { .. } => "resized",
            Change::EmailChanged { .. } => "email_changed",
            Change::Erased { .. } => "erased",
            Change::DetailsEdited { .. } => "details_edited",
            Change::CheckedIn { .. } => "checked_in",
            Change::CheckInUndone { .. } => "check_in_undone",
            Change::Skipped { .. } => "skipped",
            Change::CountersRepaired { .. } => "counters_repaired",
            Change::OverrideRaised { .. } => "override_raised",
        }
    }

    /// The registration it is about.
    pub fn registration(&self) -> Option<RegistrationId> {
        match self {
            Change::SignedUp { registration, .. }
            | Change::SignUpRepeated { registration }
            | Change::NotComing { registration, .. }
            | Change::Imported { registration, .. }
            | Change::Moved { registration, .. }
            | Change::Swapped { registration, .. }
            | Change::Resized { registration, .. }
            | Change::EmailChanged { registration, .. }
            | Change::Erased { registration, .. }
            | Change::DetailsEdited { registration, .. }
            | Change::CheckedIn { registration, .. }
            | Change::CheckInUndone { registration, .. }
            | Change::Skipped { registration, .. } => Some(*registration),
            _ => self.status_change().map(|change| change.registration),
        }
    }

    /// The change of status, where it is one of a registration that was there before.
    pub fn status_change(&self) -> Option<&StatusChange> {
        match self {
            Change::Verified(change)
            | Change::Expired(change)
            | Change::Cancelled(change)
            | Change::Declined(change)
            | Change::Demoted(change)
            | Change::Reinstated(change)
            | Change::Accepted { change, .. }
            | Change::Removed { change, .. }
            | Change::Promoted { change, .. } => Some(change),
            _ => None,
        }
    }

    /// The free text that goes with it, outside of the log.
    pub fn text(&self) -> &str {
        match self {
            Change::Removed { reason, .. } | Change::Promoted { reason, .. } => reason,
            _ => "",
        }
    }

    /// The fact as JSON, without anything personal.
    pub fn body(&self) -> String {
        serde_json::to_string(self).expect("a change has only string keys")
    }

    /// Makes it the entry `seq` of `event`'s log.
    pub fn to_entry(&self, event: EventId, seq: Seq, at: Millis, actor: Actor, previous: Hash) -> Entry {
        let mut entry = Entry {
            event,
            seq,
            at,
            actor: actor.code(),
            kind: self.kind(),
            registration: self.registration(),
            body: self.body(),
            text: self.text().to_owned(),
            hash: Hash::default(),
        };
        entry.hash = entry_hash(previous, &entry);
        entry
    }
}
