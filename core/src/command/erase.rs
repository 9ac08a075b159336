//! Registrations whose holder is to be forgotten.

use crate::ids::RegistrationId;
use crate::person::Person;

/// A registration of which nobody is to be able to tell whose it was.
#[derive(Clone, Debug)]
pub struct Erase {
    /// Which registration.
    pub registration: RegistrationId,
    /// Whom it stands for afterwards: somebody known by the registration alone.
    pub person: Person,
    /// In which case.
    pub when: EraseWhen,
}

/// In which case a registration is erased.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EraseWhen {
    /// In any: somebody wants it.
    Asked,
    /// If the time is over for which its event keeps what is personal; else, or once more, nothing happens.
    Due,
}
