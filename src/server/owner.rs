//! Who owns a server: its own token, and the way back in for an owner who is locked out.

use anyhow::bail;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::known::{secret, secret_file};
use super::{Options, check_given};
use crate::clock;
use crate::people::setup::{self, Owner};
use crate::secret::{Secret, token_hash};
use crate::store::postgres::{self, Connections};
use crate::store::{Database, Facts, Opened, Readers, Store, StoreError, sqlite};

/// The fact that tells the hash of the owner's token.
const OWNER_TOKEN: &str = "owner_token_hash";

/// The owner's token.
pub(super) struct OwnerToken {
    pub(super) hash: String,
    /// The token itself, if it was made just now.
    pub(super) new: Option<String>,
    /// Whether another one was noted before.
    pub(super) replaces: bool,
}

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

/// Makes a new owner token for a database; the old one ends. No server may have a data file open; servers on a
/// PostgreSQL take the new token when they are started again.
///
/// # Errors
/// If the database cannot be opened or written.
pub async fn renew_owner_token(database: &Database) -> anyhow::Result<String> {
    let token = new_token();
    match database {
        Database::Sqlite(path) if !path.exists() => {
            bail!("there is no data file {}: start `headcount serve` first, which makes one", path.display())
        }
        Database::Sqlite(path) => sqlite::open(path)?.stores[0].note(OWNER_TOKEN, &token_hash(&token)).await?,
        Database::Postgres(server) => {
            postgres::Noted::open(server).await?.note(OWNER_TOKEN, &token_hash(&token)).await?;
        }
    }
    Ok(token)
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

/// The token of a link that makes the first account, if nobody owns the server. Where nothing can be written at the moment,
/// there is none, and what is there is served all the same.
///
/// # Errors
/// If the storage cannot be used at all.
pub(super) async fn first_link<S: Store>(
    store: &mut S,
    readers: &Readers,
    secret: &Secret,
) -> Result<Option<String>, StoreError> {
    match setup::setup_link(store, readers, secret, clock::now()).await {
        Err(error @ (StoreError::Unavailable(_) | StoreError::Busy(_) | StoreError::PartAway(_))) => {
            tracing::warn!(%error, "no link that makes the first account could be made; start again to get one");
            Ok(None)
        }
        made => made,
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

/// The owner's token: the given one from now on; else the one that was noted before, or a new one.
pub(super) async fn settle_token(facts: &mut impl Facts, given: Option<&str>) -> anyhow::Result<OwnerToken> {
    if let Some(token) = given {
        let hash = token_hash(token);
        let before = facts.noted(OWNER_TOKEN).await?;
        facts.note(OWNER_TOKEN, &hash).await?;
        let replaces = before.is_some_and(|before| before != hash);
        return Ok(OwnerToken { hash, new: None, replaces });
    }
    let token = new_token();
    let hash = token_hash(&token);
    let noted = facts.note_first(OWNER_TOKEN, &hash).await?;
    let new = (noted == hash).then_some(token);
    Ok(OwnerToken { hash: noted, new, replaces: false })
}

fn new_token() -> String {
    format!("hc_{}", URL_SAFE_NO_PAD.encode(clock::random::<24>()))
}
