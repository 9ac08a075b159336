//! What is to be mailed about accounts: rows that are written in the script of their cause, and sent by the mailer.

use headcount_core::ids::{AccountId, Millis};
use uuid::Uuid;

use crate::clock;
use crate::secret::id_from_key;
use crate::store::script::Script;
use crate::values;

/// How often at most the same link is mailed again.
const AGAIN_MS_MIN: i64 = 5 * 60 * 1_000;

/// What is to be said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Template {
    /// Make the account usable.
    ConfirmAccount,
    /// Somebody wanted to make an account with this address, but there is one.
    AccountExists,
    /// Set a new password.
    ResetPassword,
    /// Join an organization.
    Invitation,
    /// Take this address for an account.
    ChangeAddress,
    /// To the old address: it is no longer that of the account.
    AddressChanged,
    /// The password is another one.
    PasswordChanged,
}

impl Template {
    fn word(self) -> &'static str {
        match self {
            Template::ConfirmAccount => "confirm_account",
            Template::AccountExists => "account_exists",
            Template::ResetPassword => "reset_password",
            Template::Invitation => "invitation",
            Template::ChangeAddress => "change_address",
            Template::AddressChanged => "address_changed",
            Template::PasswordChanged => "password_changed",
        }
    }
}

const LINK: &str = "\
insert into outbox (message_id, template, account_id, link_id, created_at, due_at) \
select $1, $2, account_id, link_id, $4, $4 from links where link_id = $3 and used_at is null and expires_at > $4 \
on conflict (message_id) do nothing";

/// Mails a link that was just made, if it was: once, however often the request is repeated.
pub(super) fn link(template: Template, link: Uuid, now: Millis) -> Script {
    Script::default().step(LINK, values![link, template.word(), link, now])
}

/// Mails a link again, but not at once.
pub(super) fn link_again(template: Template, link: Uuid, now: Millis) -> Script {
    let message = id_from_key("mail", &link.to_string(), &(now.0 / AGAIN_MS_MIN).to_string());
    Script::default().step(LINK, values![message, template.word(), link, now])
}

/// Mails the holder of an account.
pub(super) fn account(template: Template, account: AccountId, now: Millis) -> Script {
    const SQL: &str =
        "insert into outbox (message_id, template, account_id, created_at, due_at) values ($1, $2, $3, $4, $4)";
    Script::default().step(SQL, values![clock::new_id(), template.word(), account.0, now])
}

/// Mails the address that an account has until now.
pub(super) fn old_address(template: Template, account: AccountId, now: Millis) -> Script {
    const SQL: &str = "\
insert into outbox (message_id, template, account_id, address, created_at, due_at) \
select $1, $2, account_id, email, $4, $4 from accounts where account_id = $3";
    Script::default().step(SQL, values![clock::new_id(), template.word(), account.0, now])
}
