//! What can be read beside the writer: requests and answers in domain words. See [`Readers`](super::Readers).

use std::collections::BTreeSet;

use headcount_core::event::{Form, Registration, Status, Visibility};
use headcount_core::ids::{EventId, Hash, Millis, OrganizationId, RegistrationId, RoleId, Seq, TeamId};
use headcount_core::view::EventView;

/// How an event is named in an address.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum EventRef {
    /// By id.
    Id(EventId),
    /// By slug.
    Slug(String),
}

/// What a request about an event is read under.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FormOf {
    /// The event.
    pub event: EventId,
    /// Its form.
    pub form: Form,
    /// Whether it is a draft, which only staff may know of.
    pub is_draft: bool,
}

/// A page of a list: at most `limit` items after the cursor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// At most this many items.
    pub limit: u32,
    /// The `next_cursor` of the page before; opaque to whoever asks.
    pub cursor: Option<String>,
}

/// Part of a list.
#[derive(Clone, PartialEq, Debug)]
pub struct Listed<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where to go on; none: this was the last page.
    pub next_cursor: Option<String>,
}

/// Which events.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EventFilter {
    /// Of this status.
    pub status: Option<String>,
    /// Starting at this time or later.
    pub from: Option<Millis>,
    /// Starting before this time.
    pub to: Option<Millis>,
    /// Whether their start is set.
    pub dates: Dates,
    /// With this text in the title or slug, upper and lower case alike.
    pub text: Option<String>,
    /// Of this organization.
    pub organization: Option<OrganizationId>,
    /// Those that concern this team.
    pub team: Option<TeamId>,
    /// Those that these people may see.
    pub audience: Audience,
}

/// Which events are meant, by whether it is set when they start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Dates {
    /// All.
    #[default]
    Any,
    /// Only those whose start is not set yet.
    Unset,
}

/// Who looks at a list of events.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Audience {
    /// Somebody who may see all.
    #[default]
    All,
    /// Anybody: what is public and no draft.
    Everyone,
    /// Somebody who may see more than that.
    Some(Box<Insider>),
}

/// What somebody may see beside what is public.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Insider {
    /// All events of these organizations.
    pub organizations: BTreeSet<OrganizationId>,
    /// These events.
    pub events: BTreeSet<EventId>,
    /// All events of these organizations that concern one of these teams.
    pub manages_teams: BTreeSet<(OrganizationId, TeamId)>,
    /// What concerns these teams and is no draft.
    pub teams: BTreeSet<TeamId>,
}

/// What decides who may see an event in a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Head {
    /// The event.
    pub event: EventId,
    /// Whether it is a draft.
    pub is_draft: bool,
    /// Who may see it.
    pub visibility: Visibility,
    /// Whose it is.
    pub organization: OrganizationId,
    /// The teams it concerns.
    pub teams: BTreeSet<TeamId>,
}

impl Audience {
    /// Whether they may see this event in a list.
    pub fn sees(&self, head: &Head) -> bool {
        let is_public = head.visibility == Visibility::Public && !head.is_draft;
        match self {
            Audience::All => true,
            Audience::Everyone => is_public,
            Audience::Some(insider) => is_public || insider.sees(head),
        }
    }
}

impl Insider {
    fn sees(&self, head: &Head) -> bool {
        self.organizations.contains(&head.organization)
            || self.events.contains(&head.event)
            || head.teams.iter().any(|team| self.manages_teams.contains(&(head.organization, *team)))
            || !head.is_draft && !self.teams.is_disjoint(&head.teams)
    }
}

/// Which registrations of an event.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RegistrationFilter {
    /// Of this status.
    pub status: Option<Status>,
    /// In this role.
    pub role: Option<RoleId>,
    /// With this text in name, e-mail or phone, upper and lower case alike. Reads through the list: O(n).
    pub text: Option<String>,
}

/// A registration as it is shown to those who may.
#[derive(Clone, PartialEq, Debug)]
pub struct RegistrationView {
    /// The event.
    pub event: EventId,
    /// The registration.
    pub registration: Registration,
    /// The name of its role.
    pub role_name: String,
    /// Place in the role's queue, 1 is next; none if it does not wait.
    pub position: Option<u64>,
    /// The event's seq at which all this was so.
    pub seq: Seq,
}

/// Whom something may be mailed that concerns all of an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Addressee {
    /// Their registration.
    pub registration: RegistrationId,
    /// The role it is in.
    pub role: RoleId,
    /// Its status.
    pub status: Status,
    /// When they signed up.
    pub created_at: Millis,
    /// Whether it has an address.
    pub has_address: bool,
}

/// Something that begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Start {
    /// When.
    pub at: Millis,
    /// The event.
    pub event: EventId,
    /// The role, where it is one with times of its own; else the event.
    pub role: Option<RoleId>,
}

/// Whose registrations.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PersonRef {
    /// Of the one person with this key.
    Key(String),
    /// Of everyone at an address, given as its key `email:<address>`: a person is the address alone in some events, the
    /// address and a name in others.
    Address(String),
}

/// Someone's registrations over all events.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PersonCounts {
    /// Confirmed ones.
    pub confirmed: u64,
    /// Held ones.
    pub held: u64,
    /// Waitlisted ones.
    pub waitlisted: u64,
    /// Declined, cancelled and removed ones.
    pub ended: u64,
}

/// One line of an event's log as stored.
#[derive(Clone, PartialEq, Debug)]
pub struct LogLine {
    /// Its number.
    pub seq: Seq,
    /// When.
    pub at: Millis,
    /// Who.
    pub actor: String,
    /// What kind of fact.
    pub kind: String,
    /// About which registration.
    pub registration: Option<RegistrationId>,
    /// The fact as JSON.
    pub body: String,
    /// Free text that belongs to it, if it was not erased.
    pub text: Option<String>,
    /// The hash of this line.
    pub hash: Hash,
}

/// Which lines of a log.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LogFilter {
    /// About this registration; a swap is about both.
    pub registration: Option<RegistrationId>,
    /// Of this kind.
    pub kind: Option<String>,
}

/// The seqs that are looked through: from `from`, and before `before`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SeqsBetween {
    /// The first.
    pub from: Seq,
    /// The one after the last.
    pub before: Seq,
}

/// Lines of a log, the newest first.
#[derive(Clone, PartialEq, Debug)]
pub struct LogBack {
    /// The lines.
    pub lines: Vec<LogLine>,
    /// Before which the older ones are; none: there are none.
    pub next_before: Option<Seq>,
}

/// An event and what waits there, for a registration that waits.
#[derive(Clone, PartialEq, Debug)]
pub struct RegistrationInEvent {
    /// The registration.
    pub registration: RegistrationView,
    /// The event at the same seq.
    pub event: EventView,
}
