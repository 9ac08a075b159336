//! The answer of somebody who is logged in: coming or not.

use super::RoleRef;
use crate::event::{Details, Form};
use crate::ids::{RegistrationId, Spots};
use crate::person::Person;

/// An answer.
#[derive(Clone, Debug)]
pub struct Respond {
    /// The id of the registration that it may make; one that ended before is taken up again instead.
    pub id: RegistrationId,
    /// Who it is, under `form`.
    pub person: Person,
    /// Contact and notes, checked under `form`. What is left out stays as it was told before.
    pub details: Details,
    /// What the request was read under. Changed in the meantime: refused, to be read again.
    pub form: Form,
    /// Yes or no.
    pub answer: Answer,
}

/// Yes or no.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// Comes, in this role.
    Accept {
        /// Which role.
        role: RoleRef,
        /// Size of the party.
        spots: Spots,
    },
    /// Does not come.
    Decline {
        /// In this role; none: in no role of the event.
        role: Option<RoleRef>,
    },
}
