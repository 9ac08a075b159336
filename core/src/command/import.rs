//! Registrations as another system left them.

use super::IfBelow;
use crate::event::{Details, Status};
use crate::ids::{Millis, RegistrationId, RoleId, Spots};
use crate::person::Person;

/// Registrations that another system made, in the order in which they stand in the waiting order.
#[derive(Clone, Debug)]
pub struct Import {
    /// The registrations; those that are there already stay as they are.
    pub parties: Vec<Party>,
    /// What to do with those beyond the capacity: [`IfBelow::WaitlistLatest`] has the latest of them wait.
    pub over_capacity: IfBelow,
}

/// A registration as another system left it.
#[derive(Clone, PartialEq, Debug)]
pub struct Party {
    /// The id that it gets.
    pub id: RegistrationId,
    /// The role it is in.
    pub role: RoleId,
    /// Whose it is.
    pub person: Person,
    /// Size of the party.
    pub spots: Spots,
    /// Where it stands; never held.
    pub status: Status,
    /// When the person signed up.
    pub created_at: Millis,
    /// Contact and notes.
    pub details: Details,
}
