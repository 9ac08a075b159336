//! Passwords, and what somebody may be or do.

use headcount_core::ids::{AccountId, EventId};

use super::{Words, read_id};
use crate::http::json::{Field, Why};
use crate::people::identity::{MemberRole, Scope};
use crate::people::passwords::Password;

/// A password that is compared with the one that was set, whatever its length.
#[derive(Clone, Debug)]
pub(in crate::http) struct TypedPassword(pub Password);

impl Field<'_> for Password {
    const EXPECTED: &'static str = "a text";

    fn from_text(text: &str) -> Result<Password, Why> {
        Password::new(text).map_err(Why::from)
    }
}

impl Field<'_> for TypedPassword {
    const EXPECTED: &'static str = "a text";

    fn from_text(text: &str) -> Result<TypedPassword, Why> {
        Ok(TypedPassword(Password::typed(text)))
    }
}

impl Words for MemberRole {
    const WORDS: &'static [&'static str] = &["owner", "manager", "staff"];
}

impl Field<'_> for MemberRole {
    const EXPECTED: &'static str = "owner, manager or staff";

    fn from_text(text: &str) -> Result<MemberRole, Why> {
        MemberRole::of_word(text).ok_or_else(|| format!("must be {}", MemberRole::EXPECTED).into())
    }
}

impl Words for Scope {
    const WORDS: &'static [&'static str] = &["read", "respond", "registrations", "events", "check_in", "people"];
}

impl Field<'_> for Scope {
    const EXPECTED: &'static str = "read, respond, registrations, events, check_in or people";

    fn from_text(text: &str) -> Result<Scope, Why> {
        let found = Scope::WORDS.iter().find(|(_, word)| *word == text).map(|(scope, _)| *scope);
        found.ok_or_else(|| format!("must be {}", Scope::EXPECTED).into())
    }
}

impl Field<'_> for EventId {
    const EXPECTED: &'static str = "the id of an event";

    fn from_text(text: &str) -> Result<EventId, Why> {
        read_id(text).map(EventId).ok_or_else(|| format!("must be {}", EventId::EXPECTED).into())
    }
}

impl Field<'_> for AccountId {
    const EXPECTED: &'static str = "the id of an account";

    fn from_text(text: &str) -> Result<AccountId, Why> {
        read_id(text).map(AccountId).ok_or_else(|| format!("must be {}", AccountId::EXPECTED).into())
    }
}
