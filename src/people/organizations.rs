//! Organizations: whose events, teams and people belong together. Their owners are accounts; the server's own token makes
//! them.

use headcount_core::ids::{Millis, OrganizationId};
use uuid::Uuid;

use super::{Denial, Failed, Listed, People};
use crate::clock;
use crate::secret::id_from_key;
use crate::store::StoreError;
use crate::store::script::{Ran, Row, Script};
use crate::values;

/// An organization.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Organization {
    /// Which.
    pub id: OrganizationId,
    /// What it is called.
    pub name: String,
    /// When it was made.
    pub created_at: Millis,
}

/// Has everybody else wait who changes who owns this organization, and demands that there is one.
pub(super) fn lock(organization: OrganizationId) -> Script {
    const SQL: &str = "update organizations set name = name where organization_id = $1";
    Script::default().one(SQL, values![organization.0])
}

impl People {
    /// Makes an organization. `key` makes a repeat harmless.
    ///
    /// # Errors
    /// [`Denial::KeyReused`].
    pub async fn make_organization(&self, name: &str, key: Option<&str>, now: Millis) -> Result<Organization, Failed> {
        const SQL: &str = "\
insert into organizations (organization_id, name, created_at) values ($1, $2, $3) on conflict do nothing";
        let id = OrganizationId(key.map_or_else(clock::new_id, |key| id_from_key("organization", "owner", key)));
        let ran = self.run(Script::default().one(SQL, values![id.0, name, now])).await?;
        let made = self.organization(id).await?;
        if ran == Ran::Done || made.name == name { Ok(made) } else { Err(Denial::KeyReused.into()) }
    }

    /// All organizations, by id.
    ///
    /// # Errors
    /// If the storage cannot be read.
    pub async fn organizations(&self, after: Option<Uuid>, limit: u32) -> Result<Listed<Organization>, Failed> {
        // The first one has the least id there is, so a page cannot begin behind nothing.
        const FIRST: &str = "\
select organization_id, name, created_at from organizations order by organization_id limit $1";
        const NEXT: &str = "\
select organization_id, name, created_at from organizations where organization_id > $2 \
order by organization_id limit $1";
        let rows = match after {
            None => self.rows(FIRST, values![limit + 1]).await?,
            Some(after) => self.rows(NEXT, values![limit + 1, after]).await?,
        };
        let items = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Listed::of(items, limit, |one| one.id.0))
    }

    /// An organization.
    ///
    /// # Errors
    /// [`Denial::NoSuch`].
    pub async fn organization(&self, id: OrganizationId) -> Result<Organization, Failed> {
        const SQL: &str = "select organization_id, name, created_at from organizations where organization_id = $1";
        let row = self.row(SQL, values![id.0]).await?.ok_or(Denial::NoSuch("organization"))?;
        Ok(read(&row)?)
    }

    /// Gives an organization another name.
    ///
    /// # Errors
    /// [`Denial::NoSuch`].
    pub async fn rename_organization(&self, id: OrganizationId, name: &str) -> Result<Organization, Failed> {
        const SQL: &str = "update organizations set name = $2 where organization_id = $1";
        match self.run(Script::default().one(SQL, values![id.0, name])).await? {
            Ran::Done => self.organization(id).await,
            Ran::Unmet(_) => Err(Denial::NoSuch("organization").into()),
        }
    }
}

fn read(row: &Row) -> Result<Organization, StoreError> {
    Ok(Organization { id: OrganizationId(row.id(0)?), name: row.text(1)?, created_at: Millis(row.int(2)?) })
}
