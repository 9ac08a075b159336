//! Invitations: one-time links that make somebody a member of an organization, with the account they have or a new one.

use std::collections::BTreeSet;

use headcount_core::ids::{AccountId, Millis, OrganizationId, TeamId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::identity::MemberRole;
use super::links::{self, NewLink, Purpose, from_data, to_data};
use super::members::Rights;
use super::outbox::{self, Template};
use super::{Denial, Failed, Listed, People};
use crate::clock;
use crate::secret::id_from_key;
use crate::store::StoreError;
use crate::store::script::{Ran, Row, Script};
use crate::values;

/// Who is invited, and to be what.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Invited {
    /// The address.
    pub email: String,
    /// What they will be.
    #[serde(flatten)]
    pub rights: Rights,
    /// The teams they will be in.
    pub member_of: BTreeSet<TeamId>,
    /// The language in which they are written to, by its tag; none: English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// An invitation that can still be accepted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invitation {
    /// Which; also the id of its link.
    pub id: Uuid,
    /// Who is invited, and to be what.
    pub invited: Invited,
    /// When it was made.
    pub created_at: Millis,
    /// When it ends.
    pub expires_at: Millis,
}

impl People {
    /// Invites somebody; they are mailed the link. `key` (who asks, and their key) makes a repeat harmless.
    ///
    /// # Errors
    /// [`Denial::KeyReused`]; [`Denial::Invalid`] where an event or team is not the organization's.
    pub async fn invite(
        &self,
        organization: OrganizationId,
        invited: Invited,
        by: Option<AccountId>,
        key: Option<(&str, &str)>,
        now: Millis,
    ) -> Result<Invitation, Failed> {
        self.check_targets(organization, Some(&invited.rights.events), Some(&invited.rights.teams)).await?;
        self.check_teams(organization, "member_of", &invited.member_of).await?;
        let id = key.map_or_else(clock::new_id, |(who, key)| {
            id_from_key("invitation", &format!("{who} {}", organization), key)
        });
        let (purpose, data) = (Purpose::Invitation, to_data(&invited));
        let link = NewLink { id, purpose, account: None, organization: Some(organization), data: &data, by, now };
        let script = links::make(&link).then(self.mail(outbox::link(Template::Invitation, id, now)));
        if self.run(script).await? == Ran::Done {
            return Ok(Invitation { id, invited, created_at: now, expires_at: purpose.end(now) });
        }
        let there = self.invitation(organization, id).await?;
        there.filter(|there| there.invited == invited).ok_or_else(|| Denial::KeyReused.into())
    }

    /// The invitations of an organization that can still be accepted, by id.
    ///
    /// # Errors
    /// If the storage cannot be read.
    pub async fn invitations(
        &self,
        organization: OrganizationId,
        after: Uuid,
        limit: u32,
        now: Millis,
    ) -> Result<Listed<Invitation>, Failed> {
        const SQL: &str = "\
select link_id, data, created_at, expires_at from links where organization_id = $1 and purpose = 'invitation' \
and used_at is null and expires_at > $2 and link_id > $3 order by link_id limit $4";
        let rows = self.rows(SQL, values![organization.0, now, after, limit + 1]).await?;
        let items = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Listed::of(items, limit, |invitation| invitation.id))
    }

    /// Takes an invitation back.
    ///
    /// # Errors
    /// [`Denial::NoSuch`] if it cannot be accepted any more.
    pub async fn withdraw(&self, organization: OrganizationId, invitation: Uuid, now: Millis) -> Result<(), Failed> {
        const SQL: &str = "\
update links set expires_at = $3 where link_id = $2 and organization_id = $1 and purpose = 'invitation' \
and used_at is null and expires_at > $3";
        match self.run(Script::default().one(SQL, values![organization.0, invitation, now])).await? {
            Ran::Done => Ok(()),
            Ran::Unmet(_) => Err(Denial::NoSuch("invitation").into()),
        }
    }

    /// An invitation that was not accepted.
    async fn invitation(&self, organization: OrganizationId, id: Uuid) -> Result<Option<Invitation>, StoreError> {
        const SQL: &str = "\
select link_id, data, created_at, expires_at from links \
where link_id = $2 and organization_id = $1 and purpose = 'invitation' and used_at is null";
        self.row(SQL, values![organization.0, id]).await?.as_ref().map(read).transpose()
    }
}

/// The least that an invitation can make of somebody.
impl Default for Rights {
    fn default() -> Rights {
        Rights {
            role: MemberRole::Staff,
            special_requirements: false,
            everything: false,
            events: BTreeSet::new(),
            teams: BTreeSet::new(),
        }
    }
}

fn read(row: &Row) -> Result<Invitation, StoreError> {
    Ok(Invitation {
        id: row.id(0)?,
        invited: from_data(&row.text(1)?)?,
        created_at: Millis(row.int(2)?),
        expires_at: Millis(row.int(3)?),
    })
}
