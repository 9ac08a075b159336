//! Every way to say no about people, with its code and its text; and what else stands in the way.

use std::borrow::Cow;

use crate::lanes::Rejected;
use crate::store::StoreError;

/// Why something is not done. Nothing happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Denial {
    /// Address and password do not belong together; also where there is no such account.
    WrongLogin,
    /// The present password, asked for once more, is another one.
    WrongPassword,
    /// The link was not made here, is over, or was replaced.
    LinkEnded,
    /// The link has done what it is for.
    LinkUsed,
    /// Somebody has an account with this address.
    AddressTaken,
    /// Nobody may make an account but by invitation.
    RegistrationOff,
    /// The server has its first owner.
    AlreadySetUp,
    /// An organization must keep one owner.
    LastOwner,
    /// The organization has a team of this name.
    TeamExists,
    /// The account belongs to another organization too.
    BelongsElsewhere,
    /// The idempotency key was used for something else.
    KeyReused,
    /// There is none; the text says of what.
    NoSuch(&'static str),
    /// A field that only the database could judge.
    Invalid {
        /// The field.
        field: Cow<'static, str>,
        /// What is wrong, after the field's name.
        problem: &'static str,
    },
}

/// Why something did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// By rule.
    #[error("{}", .0.detail())]
    Denied(Denial),
    /// It was not written, or nobody knows.
    #[error(transparent)]
    Rejected(#[from] Rejected),
    /// It cannot be read.
    #[error(transparent)]
    Storage(#[from] StoreError),
}

impl From<Denial> for Failed {
    fn from(denial: Denial) -> Failed {
        Failed::Denied(denial)
    }
}

impl Denial {
    /// Stable: programs rely on it.
    pub fn code(&self) -> &'static str {
        match self {
            Denial::WrongLogin => "wrong_login",
            Denial::WrongPassword => "wrong_password",
            Denial::LinkUsed => "link_used",
            Denial::AddressTaken => "address_taken",
            Denial::RegistrationOff => "registration_off",
            Denial::AlreadySetUp => "already_set_up",
            Denial::LastOwner => "last_owner",
            Denial::TeamExists => "team_exists",
            Denial::BelongsElsewhere => "belongs_elsewhere",
            Denial::KeyReused => "key_reused",
            Denial::LinkEnded | Denial::NoSuch(_) => "not_found",
            Denial::Invalid { .. } => "invalid",
        }
    }

    /// What happened and what to do.
    pub fn detail(&self) -> Cow<'static, str> {
        match self {
            Denial::WrongLogin => {
                "There is no account with this address and this password. Check both, or have a new password set."
            }
            Denial::WrongPassword => "This is not the password of this account. Check it.",
            Denial::LinkEnded => "There is no such link, or it has ended. Ask for a new one.",
            Denial::LinkUsed => "This link was used already, and works only once. Log in, or ask for a new one.",
            Denial::AddressTaken => "There is an account with this address. Log in, or have a new password set.",
            Denial::RegistrationOff => "Accounts are made by invitation here. Ask the organizers for one.",
            Denial::AlreadySetUp => "This server has an owner. Log in, or ask the owner for an invitation.",
            Denial::LastOwner => "The organization would be without an owner. Make somebody else an owner first.",
            Denial::TeamExists => "The organization has a team of this name. Choose another one.",
            Denial::BelongsElsewhere => {
                "This account belongs to another organization too, so only its holder can have its password changed."
            }
            Denial::KeyReused => "This Idempotency-Key was used for another request. Use a new key.",
            Denial::NoSuch(what) => return format!("There is no such {what}. Check the address.").into(),
            Denial::Invalid { field, problem } => return format!("Please correct: {field} {problem}.").into(),
        }
        .into()
    }
}
