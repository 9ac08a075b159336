//! The first start: a link that makes the server's first owner; and the way back in for an owner who is locked out.

use headcount_core::ids::{AccountId, Millis, OrganizationId};
use headcount_core::person::key_by_email;
use uuid::Uuid;

use super::links::{self, NewLink, Purpose};
use super::organizations;
use crate::clock;
use crate::secret::Secret;
use crate::store::script::{Ran, Row, Script};
use crate::store::{Readers, Store, StoreError};
use crate::values;

/// The server's first organization.
pub const FIRST_ORGANIZATION: OrganizationId = OrganizationId(Uuid::nil());

/// Somebody who owns the first organization.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Owner {
    /// Their account.
    pub account: AccountId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
}

impl Owner {
    /// Whether this is their address, however it is typed.
    pub fn has_address(&self, email: &str) -> bool {
        key_by_email(&self.email) == key_by_email(email)
    }
}

/// The owners of the first organization, by their address.
///
/// # Errors
/// If the storage cannot be read.
pub async fn owners(readers: &Readers) -> Result<Vec<Owner>, StoreError> {
    const SQL: &str = "\
select a.account_id, a.name, a.email from members m join accounts a on a.account_id = m.account_id \
where m.organization_id = $1 and m.role = 'owner' and a.ended_at is null order by a.email_key";
    let rows = readers.rows(SQL, values![FIRST_ORGANIZATION.0]).await?;
    let owner = |row: &Row| Ok(Owner { account: AccountId(row.id(0)?), name: row.text(1)?, email: row.text(2)? });
    rows.iter().map(owner).collect()
}

/// Makes a link with which whoever has it becomes the first owner, if there is none: its token. Links made by other
/// servers on the same database can be used too, but only one of them, once.
///
/// # Errors
/// If the storage cannot be read or written.
pub async fn setup_link<S: Store>(
    store: &mut S,
    readers: &Readers,
    secret: &Secret,
    now: Millis,
) -> Result<Option<String>, StoreError> {
    if !owners(readers).await?.is_empty() {
        return Ok(None);
    }
    make(store, secret, Purpose::Setup, None, now).await.map(Some)
}

/// Makes a link that sets a new password for an account: its token.
///
/// # Errors
/// If the storage cannot be written.
pub async fn reset_link<S: Store>(
    store: &mut S,
    secret: &Secret,
    account: AccountId,
    now: Millis,
) -> Result<String, StoreError> {
    make(store, secret, Purpose::ResetPassword, Some(account), now).await
}

async fn make<S: Store>(
    store: &mut S,
    secret: &Secret,
    purpose: Purpose,
    account: Option<AccountId>,
    now: Millis,
) -> Result<String, StoreError> {
    let organization = (purpose == Purpose::Setup).then_some(FIRST_ORGANIZATION);
    let link = NewLink { id: clock::new_id(), purpose, account, organization, data: "{}", by: None, now };
    match store.run(&links::make(&link)).await? {
        Ran::Done => Ok(links::token(secret, link.id)),
        Ran::Unmet(_) => Err(StoreError::Refused("a new link is there already".to_owned())),
    }
}

/// Makes an account the owner of the first organization, if that has none. Nobody else can until this is committed.
pub(super) fn first_owner(account: AccountId, now: Millis) -> Script {
    const OWN: &str = "\
insert into members (organization_id, account_id, role, special_requirements, everything, created_at) \
select $1, $2, 'owner', 1, 1, $3 where not exists (\
select 1 from members m join accounts a on a.account_id = m.account_id \
where m.organization_id = $1 and m.role = 'owner' and a.ended_at is null)";
    let organization = FIRST_ORGANIZATION;
    organizations::lock(organization).one(OWN, values![organization.0, account.0, now])
}
