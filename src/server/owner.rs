//! The way back in for an owner who is locked out, beside a server that is stopped.

use anyhow::bail;

use super::{Options, check_given, secret, secret_file};
use crate::clock;
use crate::people::setup::{self, Owner};
use crate::secret::Secret;
use crate::store::postgres::{self, Connections};
use crate::store::{Database, Opened, Store, StoreError, sqlite};

/// What came of wanting a way in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OwnerReset {
    /// The token of a link that sets a new password for this owner.
    Password(Owner, String),
    /// Nobody owns the server: the token of a link that makes the first account.
    Setup(String),
    /// There is more than one, or none with the given address: these.
    Choose(Vec<Owner>),
}

/// Makes a link for the owner, or for the one with this address. No server may have a data file open.
///
/// # Errors
/// If the database cannot be opened or written, or the secret is not the one it is used with.
pub async fn reset_owner(options: Options, email: Option<&str>) -> anyhow::Result<OwnerReset> {
    check_given(&options)?;
    match &options.database {
        Database::Sqlite(path) if !path.exists() => {
            bail!("there is no data file {}: start `headcount serve` first, which makes one", path.display())
        }
        Database::Sqlite(path) => {
            let mut opened = sqlite::open(path)?;
            let secret = secret(&mut opened.stores[0], &options, Some(secret_file(path))).await?;
            Ok(find(opened, &secret, email).await?)
        }
        Database::Postgres(server) => {
            let secret = secret(&mut postgres::Noted::open(server).await?, &options, None).await?;
            let opened = postgres::open(server, Connections { workers: 1, readers: 1 }).await?;
            Ok(find(opened, &secret, email).await?)
        }
    }
}

async fn find<S: Store>(opened: Opened<S>, secret: &Secret, email: Option<&str>) -> Result<OwnerReset, StoreError> {
    let Opened { mut stores, readers, .. } = opened;
    let (store, now) = (&mut stores[0], clock::now());
    let mut owners = setup::owners(&readers).await?;
    if owners.is_empty() {
        let token = setup::setup_link(store, &readers, secret, now).await?;
        return Ok(token.map_or(OwnerReset::Choose(owners), OwnerReset::Setup));
    }
    let chosen = match email {
        Some(email) => owners.iter().position(|owner| owner.has_address(email)),
        None if owners.len() == 1 => Some(0),
        None => None,
    };
    let Some(chosen) = chosen else { return Ok(OwnerReset::Choose(owners)) };
    let owner = owners.swap_remove(chosen);
    let token = setup::reset_link(store, secret, owner.account, now).await?;
    Ok(OwnerReset::Password(owner, token))
}
