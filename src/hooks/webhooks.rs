//! The webhooks of organizations, as they are stored.

use std::collections::BTreeSet;

use headcount_core::ids::{Millis, OrganizationId};
use uuid::Uuid;

use super::kinds::ALL;
use crate::store::script::{Row, Script};
use crate::store::{Readers, StoreError};
use crate::values;

/// Webhooks that an organization may have.
pub const WEBHOOKS_MAX: u32 = 20;

/// An address that is told of changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Webhook {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Where to deliver.
    pub url: String,
    /// Of which kinds of change it is told; see [`KINDS`](super::KINDS) and [`ALL`].
    pub kinds: BTreeSet<String>,
    /// What it is told about people.
    pub personal: Personal,
    /// Of its signing secret.
    pub version: u32,
    /// When it was made.
    pub created_at: Millis,
    /// Since when nothing is delivered any more; none: it is active.
    pub ended_at: Option<Millis>,
}

/// What a webhook is told about people.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Personal {
    /// Ids only.
    #[default]
    LeftOut,
    /// Name, e-mail, phone and metadata of the registration, as they are when it is delivered.
    Told,
}

/// What is to be changed; none: it stays.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Changes {
    /// Where to deliver.
    pub url: Option<String>,
    /// Of which kinds of change.
    pub kinds: Option<BTreeSet<String>>,
    /// What about people.
    pub personal: Option<Personal>,
}

impl Webhook {
    /// Whether it is told of this kind of change.
    pub(super) fn wants(&self, kind: &str) -> bool {
        self.kinds.contains(ALL) || self.kinds.contains(kind)
    }

    fn read(row: &Row) -> Result<Webhook, StoreError> {
        Ok(Webhook {
            id: row.id(0)?,
            organization: OrganizationId(row.id(1)?),
            url: row.text(2)?,
            kinds: row.text(3)?.split_ascii_whitespace().map(str::to_owned).collect(),
            personal: if row.is_set(4)? { Personal::Told } else { Personal::LeftOut },
            version: u32::try_from(row.int(5)?).unwrap_or(u32::MAX),
            created_at: Millis(row.int(6)?),
            ended_at: row.opt_int(7)?.map(Millis),
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select webhook_id, organization_id, url, kinds, personal, version, created_at, ended_at from webhooks ",
            $rest
        )
    };
}

/// All webhooks of an organization, the oldest first.
///
/// # Errors
/// If they cannot be read; so for all below.
pub async fn of_organization(readers: &Readers, organization: OrganizationId) -> Result<Vec<Webhook>, StoreError> {
    const SQL: &str = select!("where organization_id = $1 order by webhook_id");
    let rows = readers.rows(SQL, values![organization.0]).await?;
    rows.iter().map(Webhook::read).collect()
}

/// One webhook of an organization.
///
/// # Errors
/// See [`of_organization`].
pub async fn one(readers: &Readers, organization: OrganizationId, id: Uuid) -> Result<Option<Webhook>, StoreError> {
    const SQL: &str = select!("where organization_id = $1 and webhook_id = $2");
    let rows = readers.rows(SQL, values![organization.0, id]).await?;
    rows.first().map(Webhook::read).transpose()
}

/// The organizations that have an active webhook.
pub(super) async fn organizations(readers: &Readers) -> Result<BTreeSet<OrganizationId>, StoreError> {
    const SQL: &str = "select distinct organization_id from webhooks where ended_at is null";
    let rows = readers.rows(SQL, values![]).await?;
    rows.iter().map(|row| row.id(0).map(OrganizationId)).collect()
}

/// Makes a webhook. Unmet 0: there is no such organization. Unmet 2: the webhook is there already, or there are as many as
/// there may be.
pub fn create(webhook: &Webhook) -> Script {
    const INSERT: &str = "insert into webhooks \
         (webhook_id, organization_id, url, kinds, personal, version, created_at, ended_at) \
         select $1, organization_id, $3, $4, $5, $6, $7, null from organizations \
         where organization_id = $2 and (select count(*) from webhooks where organization_id = $2) < $8 \
         on conflict do nothing";
    let Webhook { id, organization, url, kinds, personal, version, created_at, .. } = webhook;
    let values = values![
        *id,
        organization.0,
        url,
        joined(kinds),
        *personal == Personal::Told,
        *version,
        *created_at,
        WEBHOOKS_MAX
    ];
    begin_at_the_present(*organization).one(INSERT, values)
}

/// Changes a webhook. Unmet: there is no such webhook.
pub fn change(organization: OrganizationId, id: Uuid, changes: &Changes) -> Script {
    const SQL: &str = "update webhooks set url = coalesce($3, url), kinds = coalesce($4, kinds), personal = coalesce($5, personal) \
         where organization_id = $1 and webhook_id = $2";
    let Changes { url, kinds, personal } = changes;
    let (kinds, personal) = (kinds.as_ref().map(joined), personal.map(|personal| personal == Personal::Told));
    Script::default().one(SQL, values![organization.0, id, url.clone(), kinds, personal])
}

/// Has deliveries begin again, from the present on. Of one that is active nothing changes.
pub fn activate(organization: OrganizationId, id: Uuid) -> Script {
    const SQL: &str = "update webhooks set ended_at = null where organization_id = $1 and webhook_id = $2";
    begin_at_the_present(organization).one(SQL, values![organization.0, id])
}

/// Ends deliveries. Unmet: there is no such webhook.
pub fn end(organization: OrganizationId, id: Uuid, now: Millis) -> Script {
    const SQL: &str =
        "update webhooks set ended_at = coalesce(ended_at, $3) where organization_id = $1 and webhook_id = $2";
    Script::default().one(SQL, values![organization.0, id, now])
}

/// Gives a webhook another signing secret. Unmet: there is no such webhook, or its version is another one by now.
pub fn rotate(webhook: &Webhook) -> Script {
    const SQL: &str =
        "update webhooks set version = version + 1 where webhook_id = $1 and organization_id = $2 and version = $3";
    Script::default().one(SQL, values![webhook.id, webhook.organization.0, webhook.version])
}

/// Removes a webhook. What was made out for it is not delivered any more, and goes with its time. Unmet: there is no
/// such webhook.
pub fn remove(organization: OrganizationId, id: Uuid) -> Script {
    const SQL: &str = "delete from webhooks where organization_id = $1 and webhook_id = $2";
    Script::default().one(SQL, values![organization.0, id])
}

/// Two steps: holds the organization, so that nobody else begins at the same moment; and, if it has no active webhook,
/// moves the marks of its events to their ends, so that nothing is told of what was before.
fn begin_at_the_present(organization: OrganizationId) -> Script {
    const HOLD: &str = "update organizations set created_at = created_at where organization_id = $1";
    const MARK: &str = "insert into webhook_marks (event_id, seq) select event_id, seq from events \
         where organization_id = $1 \
         and not exists (select 1 from webhooks where organization_id = $1 and ended_at is null) \
         on conflict (event_id) do update set seq = excluded.seq";
    Script::default().one(HOLD, values![organization.0]).step(MARK, values![organization.0])
}

fn joined(kinds: &BTreeSet<String>) -> String {
    kinds.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}
