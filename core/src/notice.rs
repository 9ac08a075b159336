//! What must be mailed because of a fact: to whom and what about, but neither words nor addresses. Those are looked up when
//! it is sent, so nothing personal stands here.
//!
//! Whoever has no address is not written to, and nobody is about a draft.

use std::fmt;
use std::str::FromStr;

use crate::change::{Change, StatusChange};
use crate::command::{Actor, Mode, ReasonFor};
use crate::event::{EventSettings, EventStatus, Registration, Status};
use crate::ids::{Millis, RegistrationId, RoleId, Seq};
use crate::working_set::EventState;

/// Something that must be mailed because of an entry of the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Notice {
    /// The entry that caused it.
    pub seq: Seq,
    /// To whom.
    pub to: Addressee,
    /// What is to be said.
    pub kind: NoticeKind,
    /// When.
    pub due: Due,
}

/// To whom something is mailed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Addressee {
    /// The holder of a registration.
    Holder(RegistrationId),
    /// Everybody who has or waits for places in a role; none: in any role of the event.
    Everybody(Option<RoleId>),
    /// Who is in the teams that the event concerns.
    Teams,
}

/// What is to be said.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum NoticeKind {
    /// Please verify your address.
    Verify,
    /// You asked again, and are in already.
    AlreadySignedUp,
    /// You have a place.
    Confirmed,
    /// You wait for one.
    Waitlisted,
    /// You waited, and have a place now.
    Promoted,
    /// You have a place, or wait for one, in another role.
    Moved,
    /// Your party is of another size.
    Resized,
    /// You had a place, and wait again.
    Demoted,
    /// You did not verify your address in time, so others have your place.
    Expired,
    /// You gave it up.
    Cancelled,
    /// Staff took it away.
    Removed,
    /// Staff took it away, for a reason that is told.
    RemovedBecause,
    /// The event, or your role, is at another time or place.
    EventChanged,
    /// The event does not take place.
    EventCancelled,
    /// Your team is needed.
    Called,
}

/// When something is mailed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Due {
    /// As soon as it is committed.
    Now,
    /// After [`UNDO_MS`](crate::limits::UNDO_MS): staff did it, and may undo it. `before`: where a registration stood before
    /// it; if it stands there again by then, nothing has to be said.
    Later {
        /// None: it had no places and waited for none.
        before: Option<Stand>,
    },
}

/// Where an active registration stands: what its holder was told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the fields are those of Registration, described there")]
pub struct Stand {
    pub status: Status,
    pub role: RoleId,
    pub spots: u32,
}

/// What becomes of the notices of one command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mailing {
    Now,
    Later,
    Never,
}

impl Mailing {
    /// What staff did waits; what people did themselves, and what time did, does not.
    pub(crate) fn of(actor: Actor, mode: Mode) -> Mailing {
        match (mode, actor) {
            (Mode::Quiet, _) => Mailing::Never,
            (_, Actor::Staff(_) | Actor::Owner) => Mailing::Later,
            (_, Actor::Guest | Actor::Link(_) | Actor::Person(_) | Actor::System) => Mailing::Now,
        }
    }
}

impl NoticeKind {
    /// Whether it tells of something that has happened, and asks for nothing.
    pub fn is_news(self) -> bool {
        !matches!(self, NoticeKind::Verify | NoticeKind::AlreadySignedUp)
    }
}

impl Stand {
    /// None if it has no places and waits for none.
    pub fn of(one: &Registration) -> Option<Stand> {
        let Registration { status, role, spots, .. } = *one;
        status.is_active().then(|| Stand { status, role, spots: spots.get() })
    }
}

impl fmt::Display for Stand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = match self.status {
            Status::Confirmed => "confirmed",
            Status::Held => "held",
            _ => "waitlisted",
        };
        write!(f, "{status} {} {}", self.role, self.spots)
    }
}

impl FromStr for Stand {
    type Err = UnknownStand;

    fn from_str(text: &str) -> Result<Stand, UnknownStand> {
        let mut words = text.split(' ');
        let status = match words.next() {
            Some("confirmed") => Status::Confirmed,
            Some("held") => Status::Held,
            Some("waitlisted") => Status::Waitlisted,
            _ => return Err(UnknownStand),
        };
        let role = words.next().and_then(|word| word.parse().ok()).map(RoleId).ok_or(UnknownStand)?;
        let spots = words.next().and_then(|word| word.parse().ok()).ok_or(UnknownStand)?;
        Ok(Stand { status, role, spots })
    }
}

/// The text names no stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnknownStand;

impl EventState {
    /// What must be mailed because of a fact that is about to be applied as entry `seq`.
    pub(crate) fn notices(&self, change: &Change, seq: Seq, now: Millis, mailing: Mailing) -> Vec<Notice> {
        let is_draft = match change {
            Change::EventCreated { settings, .. } | Change::EventEdited { settings, .. } => settings.status,
            _ => self.event.settings.status,
        } == EventStatus::Draft;
        if is_draft || mailing == Mailing::Never {
            return Vec::new();
        }
        let notice = |(to, kind)| {
            let due = match (mailing, to) {
                (Mailing::Later, Addressee::Holder(id)) => {
                    Due::Later { before: self.registrations.get(&id).and_then(Stand::of) }
                }
                (Mailing::Later, _) => Due::Later { before: None },
                (Mailing::Now | Mailing::Never, _) => Due::Now,
            };
            Notice { seq, to, kind, due }
        };
        let to_holders = self.to_holders(change).into_iter().flatten();
        let to_holders = to_holders.filter(|(id, _)| self.has_address(*id, change));
        let to_holders = to_holders.map(|(id, kind)| (Addressee::Holder(id), kind));
        to_holders.chain(self.to_many(change, now).into_iter().flatten()).map(notice).collect()
    }

    /// What concerns those whose registrations a fact is about.
    fn to_holders(&self, change: &Change) -> [Option<(RegistrationId, NoticeKind)>; 2] {
        let kind = match change {
            Change::SignUpRepeated { .. } => Some(NoticeKind::AlreadySignedUp),
            Change::SignedUp { verify_by: Some(_), .. } => Some(NoticeKind::Verify),
            Change::SignedUp { status, .. } => standing(*status),
            Change::EmailChanged { registration, .. } => match &self.registrations[registration] {
                one if one.verify_by.is_some() => Some(NoticeKind::Verify),
                one => standing(one.status),
            },
            Change::Verified(StatusChange { to, .. })
            | Change::Reinstated(StatusChange { to, .. })
            | Change::Accepted { change: StatusChange { to, .. }, .. } => standing(*to),
            // Who is held by it was asked to verify, and still is.
            Change::Promoted { change, .. } => (change.to == Status::Confirmed).then_some(NoticeKind::Promoted),
            Change::Demoted(_) => Some(NoticeKind::Demoted),
            Change::Expired(_) => Some(NoticeKind::Expired),
            Change::Cancelled(_) => Some(NoticeKind::Cancelled),
            // A no of somebody who was not in is no news to them.
            Change::Declined(change) => change.from.is_active().then_some(NoticeKind::Cancelled),
            Change::Removed { reason_for: ReasonFor::Holder, reason, .. } if !reason.is_empty() => {
                Some(NoticeKind::RemovedBecause)
            }
            Change::Removed { .. } => Some(NoticeKind::Removed),
            Change::Moved { .. } | Change::Swapped { .. } => Some(NoticeKind::Moved),
            Change::Resized { .. } => Some(NoticeKind::Resized),
            _ => None,
        };
        let other = if let Change::Swapped { with, .. } = change { Some((*with, NoticeKind::Moved)) } else { None };
        [change.registration().zip(kind), other]
    }

    fn has_address(&self, id: RegistrationId, change: &Change) -> bool {
        match change {
            Change::SignedUp { details, .. } => details.email.is_some(),
            Change::EmailChanged { .. } => true,
            _ => self.registrations.get(&id).is_some_and(|one| one.details.email.is_some()),
        }
    }

    /// What concerns everybody, or the teams: nothing, once it is over.
    fn to_many(&self, change: &Change, now: Millis) -> [Option<(Addressee, NoticeKind)>; 2] {
        match change {
            Change::EventCreated { settings, .. } if !is_over(settings, now) => [None, called(None, settings)],
            Change::EventEdited { settings, texts, .. } if !is_over(settings, now) => {
                let old = &self.event.settings;
                let is_elsewhere = texts.location.is_some() || texts.timezone.is_some();
                let is_at_another_time = (settings.starts_at, settings.ends_at) != (old.starts_at, old.ends_at);
                let was_cancelled = old.status == EventStatus::Cancelled;
                let kind = match settings.status {
                    EventStatus::Cancelled => (!was_cancelled).then_some(NoticeKind::EventCancelled),
                    _ if was_cancelled || is_elsewhere || is_at_another_time => Some(NoticeKind::EventChanged),
                    _ => None,
                };
                let kind = kind.filter(|_| old.status != EventStatus::Draft);
                [kind.map(|kind| (Addressee::Everybody(None), kind)), called(Some(old), settings)]
            }
            Change::RoleEdited { role, settings, .. } => {
                let old = &self.roles[role].settings;
                let ends_at = settings.ends_at.or(settings.starts_at);
                let is_ahead = ends_at.map_or_else(|| !is_over(&self.event.settings, now), |ends_at| ends_at > now);
                let is_at_another_time = (settings.starts_at, settings.ends_at) != (old.starts_at, old.ends_at);
                let takes_place = self.event.settings.status != EventStatus::Cancelled;
                let is_news = is_ahead && is_at_another_time && takes_place;
                [is_news.then_some((Addressee::Everybody(Some(*role)), NoticeKind::EventChanged)), None]
            }
            _ => [None, None],
        }
    }
}

/// What somebody is told who is in, or waits.
fn standing(status: Status) -> Option<NoticeKind> {
    match status {
        Status::Confirmed => Some(NoticeKind::Confirmed),
        Status::Waitlisted => Some(NoticeKind::Waitlisted),
        Status::Held | Status::Declined | Status::Cancelled | Status::Removed => None,
    }
}

/// Teams are called when an event is published that concerns them, or one that is comes to concern them.
fn called(old: Option<&EventSettings>, new: &EventSettings) -> Option<(Addressee, NoticeKind)> {
    let is_published = |settings: &EventSettings| settings.status == EventStatus::Published;
    let known = old.filter(|old| is_published(old)).map(|old| &old.form.teams);
    let is_new = known.is_none_or(|known| !new.form.teams.is_subset(known));
    (is_published(new) && is_new && !new.form.teams.is_empty()).then_some((Addressee::Teams, NoticeKind::Called))
}

fn is_over(settings: &EventSettings, now: Millis) -> bool {
    settings.ends_at.or(settings.starts_at).is_some_and(|ends_at| ends_at <= now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stand_is_read_as_it_was_written() {
        for status in [Status::Confirmed, Status::Held, Status::Waitlisted] {
            let stand = Stand { status, role: RoleId(uuid::Uuid::from_u128(7)), spots: 12 };
            assert_eq!(stand.to_string().parse(), Ok(stand));
        }
        for wrong in ["", "removed 00000000-0000-0000-0000-000000000007 1", "confirmed 7 1", "confirmed"] {
            assert_eq!(wrong.parse::<Stand>(), Err(UnknownStand), "{wrong}");
        }
    }
}
