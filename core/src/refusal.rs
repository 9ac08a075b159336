//! The stable code of every [`Refusal`], and the text that tells the person what to do.

use crate::decision::{Outcome, Refusal, What};

impl Refusal {
    /// A value that cannot be, given the others.
    pub(crate) fn invalid(field: &str, problem: &str) -> Refusal {
        Refusal::Invalid { field: field.to_owned(), problem: problem.to_owned() }
    }

    /// The same of a field that lies deeper, such as within `roles[2].`.
    pub(crate) fn within(self, outer: &str) -> Refusal {
        match self {
            Refusal::Invalid { field, problem } => Refusal::Invalid { field: format!("{outer}{field}"), problem },
            other => other,
        }
    }

    /// Stable: programs rely on it.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::NotFound { .. } => "not_found",
            Refusal::NotOpenYet { .. } => "not_open_yet",
            Refusal::RegistrationClosed => "registration_closed",
            Refusal::RoleFull { .. } => "role_full",
            Refusal::EventFull { .. } => "event_full",
            Refusal::WaitlistFull { .. } => "waitlist_full",
            Refusal::AlreadyRegistered { .. } => "already_registered",
            Refusal::TooManyRoles { .. } => "too_many_roles",
            Refusal::TooManySpots { .. } => "too_many_spots",
            Refusal::TooLate { .. } => "too_late",
            Refusal::CapacityBelowReserved { .. } => "capacity_below_reserved",
            Refusal::NotConfirmed => "not_confirmed",
            Refusal::NotWaitlisted => "not_waitlisted",
            Refusal::NotActive => "not_active",
            Refusal::StillActive => "still_active",
            Refusal::AlreadyDeclined => "already_declined",
            Refusal::NoRoom { .. } => "no_room",
            Refusal::AlreadyCheckedIn { .. } => "already_checked_in",
            Refusal::NotCheckedIn { .. } => "not_checked_in",
            Refusal::SelfMoveOff => "forbidden",
            Refusal::SlugTaken => "slug_taken",
            Refusal::RoleExists { .. } => "role_exists",
            Refusal::RoleNotEmpty => "role_not_empty",
            Refusal::LastRole => "last_role",
            Refusal::EventNotEmpty => "event_not_empty",
            Refusal::Invalid { .. } => "invalid",
            Refusal::KeyReused => "key_reused",
            Refusal::RevisionMismatch { .. } => "revision_mismatch",
            Refusal::FormChanged => "form_changed",
        }
    }

    /// What it means and what to do, in a sentence or two.
    pub fn detail(&self) -> String {
        match self {
            Refusal::NotFound { what: What::Event } => "There is no such event. Check the address.".into(),
            Refusal::NotFound { what: What::Role } => {
                "There is no such role. Name one of the event's roles by id or name.".into()
            }
            Refusal::NotFound { what: What::Registration } => {
                "There is no such registration. Check the address or the link.".into()
            }
            Refusal::NotOpenYet { .. } => "Sign-up is not open yet. Come back when it opens.".into(),
            Refusal::RegistrationClosed => "Sign-up is closed. Ask the organizers if you still want to come.".into(),
            Refusal::RoleFull { role, open_now: 0, .. } => {
                format!("{role} is full. Choose another role, or try again later in case somebody cancels.")
            }
            Refusal::RoleFull { role, open_now, .. } => {
                format!(
                    "Your party does not fit: {role} has {open_now} open now. Come with fewer, or choose another role."
                )
            }
            Refusal::EventFull { open_now: 0, .. } => {
                "The event is full. Try again later in case somebody cancels.".into()
            }
            Refusal::EventFull { open_now, .. } => {
                format!("Your party does not fit: the event has {open_now} open now. Come with fewer.")
            }
            Refusal::WaitlistFull { limit } => {
                format!("The event is full and its waitlist of {limit} too. Try again later in case somebody cancels.")
            }
            Refusal::AlreadyRegistered { role } => {
                format!("This person is signed up for {role} already. Use the link from that sign-up to change it.")
            }
            Refusal::TooManyRoles { limit: 1 } => {
                "This person is signed up for another role of this event. Cancel that first, or move it.".into()
            }
            Refusal::TooManyRoles { limit } => {
                format!(
                    "This person is signed up for {limit} roles of this event, which is the most. Cancel one first."
                )
            }
            Refusal::TooManySpots { max } => format!("A party can be {max} at most. Sign up with fewer."),
            Refusal::TooLate { .. } => "It is too late to change this by yourself. Ask the organizers.".into(),
            Refusal::CapacityBelowReserved { reserved } => format!(
                "{reserved} places are taken. Choose what happens to them: keep them (if_below: keep), or send the \
                 latest back to the waitlist (if_below: waitlist_latest)."
            ),
            _ => self.detail_for_staff(),
        }
    }

    fn detail_for_staff(&self) -> String {
        match self {
            Refusal::NotConfirmed => "Only a confirmed registration can do this. Look at its status.".into(),
            Refusal::NotWaitlisted => "Only a waitlisted registration can be promoted. Look at its status.".into(),
            Refusal::NotActive => "The registration has ended. Sign up again, or have it reinstated.".into(),
            Refusal::StillActive => "The registration has not ended, so there is nothing to bring back.".into(),
            Refusal::AlreadyDeclined => "It was declined already. There is nothing more to do.".into(),
            Refusal::NoRoom { free } => {
                format!("There is no room: {free} places are free. Free some, raise the capacity, or override it.")
            }
            Refusal::AlreadyCheckedIn { checked_in } => {
                format!(
                    "This does not go with the {checked_in} of the party who are checked in already. Count again, or undo a \
                     check-in first."
                )
            }
            Refusal::NotCheckedIn { checked_in } => {
                format!("{checked_in} of the party are checked in, so no more than that can be undone.")
            }
            Refusal::SelfMoveOff => "This event does not let people change their role. Ask the organizers.".into(),
            Refusal::SlugTaken => "Another event has this slug. Choose another.".into(),
            Refusal::RoleExists { role } => format!("The event has a role {role} already. Choose another name."),
            Refusal::RoleNotEmpty => "The role has registrations, ended ones too. Close it instead.".into(),
            Refusal::LastRole => "An event needs at least one role. Add another one first.".into(),
            Refusal::EventNotEmpty => {
                "This can only be done to a draft that nobody has signed up for. Cancel or close the event instead."
                    .into()
            }
            Refusal::Invalid { field, problem } => format!("{field} {problem}."),
            Refusal::KeyReused => {
                "This Idempotency-Key was used for another request. Use a new key for a new request.".into()
            }
            Refusal::RevisionMismatch { current } => {
                format!(
                    "Somebody changed it in the meantime: it is at revision {current}. Read it again, then change it."
                )
            }
            Refusal::FormChanged => "The event was changed while you sent this. Please try again.".into(),
            other => unreachable!("{} has its text above", other.code()),
        }
    }

    /// Whether a repeat of the request gets the same answer by its key: only a "no" by rule, which may have been true at
    /// that moment only. What is wrong with the request itself is found again.
    fn is_kept(&self) -> bool {
        !matches!(
            self,
            Refusal::NotFound { .. }
                | Refusal::Invalid { .. }
                | Refusal::KeyReused
                | Refusal::RevisionMismatch { .. }
                | Refusal::FormChanged
                | Refusal::SelfMoveOff
        )
    }
}

impl Outcome {
    /// Whether it is kept under the request's idempotency key.
    pub fn is_kept(&self) -> bool {
        match self {
            Outcome::Refused(refusal) => refusal.is_kept(),
            Outcome::Postponed => false,
            _ => true,
        }
    }
}
