//! One-time links: what they are for, how they are made, and what is shown of one. What they do is in `following`.
//!
//! A link is a row; its token is derived from the row's id and stands nowhere, so neither the outbox nor a copied database
//! gives one away. That a link works once is a demand of the script that uses it up. Until then `data` holds what it is to
//! do, as JSON: of `invitation` and `change_address` the `email` it was sent to, of `confirm_account` the name and hash of
//! whoever asked for the account. So each of several such links makes the account that its own request described.

use headcount_core::ids::{AccountId, Millis, OrganizationId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::invitations::Invited;
use super::{Denial, Failed, People};
use crate::secret::Secret;
use crate::store::StoreError;
use crate::store::script::{Row, Script};
use crate::values;

const MINUTE_MS: i64 = 60 * 1_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// What tokens of links are derived for.
const DERIVED_FOR: &str = "one_time_link";

/// What a link is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// Makes the server's first owner.
    Setup,
    /// Makes somebody a member of an organization.
    Invitation,
    /// Makes an account usable.
    ConfirmAccount,
    /// Sets a new password.
    ResetPassword,
    /// Takes another address for an account.
    ChangeAddress,
}

/// A link as it is stored, with what it is about.
#[derive(Clone, Debug)]
pub struct OneTimeLink {
    pub(super) id: Uuid,
    /// What it is for.
    pub purpose: Purpose,
    /// When it ends.
    pub expires_at: Millis,
    /// The address it is about, if it is about one.
    pub email: Option<String>,
    /// The name of the account it is about, if it is about one.
    pub name: Option<String>,
    /// The organization that it leads into.
    pub organization: Option<String>,
    /// What has to be given to use it.
    pub asks: Asks,
    pub(super) account_id: Option<AccountId>,
    pub(super) organization_id: Option<OrganizationId>,
    pub(super) data: String,
    pub(super) used_at: Option<Millis>,
}

/// What has to be given to use a link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asks {
    /// Nothing.
    Nothing,
    /// A new password.
    Password,
    /// A name and a password.
    NameAndPassword,
    /// A name, an address and a password.
    Everything,
}

/// What a link to an account that is not usable yet makes of it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Wanted {
    pub name: String,
    pub password_hash: String,
    /// By its tag; none: English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// The address that an account is to have.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct NewAddress {
    pub email: String,
}

/// A link to be made.
pub(super) struct NewLink<'a> {
    pub id: Uuid,
    pub purpose: Purpose,
    pub account: Option<AccountId>,
    pub organization: Option<OrganizationId>,
    pub data: &'a str,
    pub by: Option<AccountId>,
    pub now: Millis,
}

impl Asks {
    /// The fields, by name.
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Asks::Nothing => &[],
            Asks::Password => &["password"],
            Asks::NameAndPassword => &["name", "password"],
            Asks::Everything => &["name", "email", "password"],
        }
    }
}

impl Purpose {
    /// As it is stored and sent.
    pub fn word(self) -> &'static str {
        match self {
            Purpose::Setup => "setup",
            Purpose::Invitation => "invitation",
            Purpose::ConfirmAccount => "confirm_account",
            Purpose::ResetPassword => "reset_password",
            Purpose::ChangeAddress => "change_address",
        }
    }

    fn of_word(word: &str) -> Option<Purpose> {
        let all = [
            Purpose::Setup,
            Purpose::Invitation,
            Purpose::ConfirmAccount,
            Purpose::ResetPassword,
            Purpose::ChangeAddress,
        ];
        all.into_iter().find(|purpose| purpose.word() == word)
    }

    /// When a link of this kind that is made now ends.
    pub(super) fn end(self, now: Millis) -> Millis {
        let for_ms = match self {
            Purpose::Setup => 7 * DAY_MS,
            Purpose::Invitation => 14 * DAY_MS,
            Purpose::ConfirmAccount => 2 * DAY_MS,
            Purpose::ResetPassword => 60 * MINUTE_MS,
            Purpose::ChangeAddress => DAY_MS,
        };
        Millis(now.0.saturating_add(for_ms))
    }
}

/// The token of the link with this id; its address is `/l/` and the token.
pub fn token(secret: &Secret, link: Uuid) -> String {
    secret.token(DERIVED_FOR, link)
}

/// Makes a link. A repeat finds it there.
pub(super) fn make(link: &NewLink<'_>) -> Script {
    const SQL: &str = "\
insert into links (link_id, purpose, account_id, organization_id, data, created_by, created_at, expires_at) \
values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (link_id) do nothing";
    let (account, organization) = (link.account.map(|id| id.0), link.organization.map(|id| id.0));
    let (word, by, ends) = (link.purpose.word(), link.by.map(|id| id.0), link.purpose.end(link.now));
    Script::default().one(SQL, values![link.id, word, account, organization, link.data, by, link.now, ends])
}

/// Ends all links of an account that could still change it.
pub(super) fn end_all(account: AccountId, now: Millis) -> Script {
    const SQL: &str = "\
update links set expires_at = $2 where account_id = $1 and used_at is null and expires_at > $2 \
and purpose in ('reset_password', 'change_address')";
    Script::default().step(SQL, values![account.0, now])
}

impl People {
    /// The token of the link with this id.
    pub fn link_token(&self, link: Uuid) -> String {
        token(self.secret(), link)
    }

    /// The link with this token, if it can be used at `now`. Changes nothing.
    ///
    /// # Errors
    /// [`Denial::LinkEnded`], [`Denial::LinkUsed`], or if the storage cannot be read.
    pub async fn open_link(&self, token: &str, now: Millis) -> Result<OneTimeLink, Failed> {
        let link = self.known_link(token).await?;
        link.check(now)?;
        Ok(link)
    }

    /// The link with this token, whether it can be used or not.
    pub(super) async fn known_link(&self, token: &str) -> Result<OneTimeLink, Failed> {
        let id = self.secret().read_token(DERIVED_FOR, token).ok_or(Denial::LinkEnded)?;
        self.stored_link(id).await
    }

    pub(super) async fn stored_link(&self, id: Uuid) -> Result<OneTimeLink, Failed> {
        const SQL: &str = "\
select l.purpose, l.account_id, l.organization_id, l.data, l.expires_at, l.used_at, o.name, a.email, a.name \
from links l left join organizations o on o.organization_id = l.organization_id \
left join accounts a on a.account_id = l.account_id where l.link_id = $1";
        let row = self.row(SQL, values![id]).await?.ok_or(Denial::LinkEnded)?;
        let mut link = read(id, &row)?;
        if link.purpose == Purpose::Invitation && link.used_at.is_none() {
            let invited: Invited = from_data(&link.data)?;
            let is_known = self.account_by_address(&invited.email).await?.is_some();
            link.asks = if is_known { Asks::Nothing } else { Asks::NameAndPassword };
            link.email = Some(invited.email);
        }
        Ok(link)
    }
}

impl OneTimeLink {
    /// Whether it can be used.
    pub(super) fn check(&self, now: Millis) -> Result<(), Denial> {
        if self.used_at.is_some() {
            return Err(Denial::LinkUsed);
        }
        if self.expires_at <= now { Err(Denial::LinkEnded) } else { Ok(()) }
    }
}

fn read(id: Uuid, row: &Row) -> Result<OneTimeLink, Failed> {
    let purpose = Purpose::of_word(&row.text(0)?).ok_or(Denial::LinkEnded)?;
    let asks = match purpose {
        Purpose::Setup => Asks::Everything,
        Purpose::ResetPassword => Asks::Password,
        Purpose::Invitation | Purpose::ConfirmAccount | Purpose::ChangeAddress => Asks::Nothing,
    };
    let (data, used_at) = (row.text(3)?, row.opt_int(5)?.map(Millis));
    let email = match purpose {
        Purpose::ChangeAddress if used_at.is_none() => Some(from_data::<NewAddress>(&data)?.email),
        _ => row.opt_text(7)?,
    };
    Ok(OneTimeLink {
        id,
        purpose,
        expires_at: Millis(row.int(4)?),
        email,
        name: row.opt_text(8)?,
        organization: row.opt_text(6)?,
        asks,
        account_id: row.opt_id(1)?.map(AccountId),
        organization_id: row.opt_id(2)?.map(OrganizationId),
        data,
        used_at,
    })
}

/// What a link is to do.
pub(super) fn to_data(data: &impl Serialize) -> String {
    serde_json::to_string(data).expect("what a link is to do has only string keys")
}

pub(super) fn from_data<T: for<'a> Deserialize<'a>>(data: &str) -> Result<T, StoreError> {
    serde_json::from_str(data).map_err(|error| StoreError::Unavailable(format!("a link cannot be read: {error}")))
}
