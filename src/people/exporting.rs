//! What is kept about the holder of an address beside their registrations and mail, for themself to see: never a password, a
//! hash or a token.

use headcount_core::ids::{AccountId, EventId, Millis, OrganizationId, TeamId};
use headcount_core::person::key_by_email;
use uuid::Uuid;

use super::accounts::Account;
use super::identity::MemberRole;
use super::sessions::Session;
use super::tokens::Token;
use super::{Failed, People, links};
use crate::store::StoreError;
use crate::store::script::Row;
use crate::values;

/// Links that are read at once.
const LINKS_AT_ONCE: usize = 100;

const ACCOUNT: &str = "\
select account_id, email, name, created_at, language, confirmed_at from accounts \
where email_key = $1 and ended_at is null";
const MEMBERSHIPS: &str = "\
select m.organization_id, o.name, m.role, m.special_requirements, m.everything, m.created_at \
from members m join organizations o on o.organization_id = m.organization_id where m.account_id = $1 order by m.organization_id";
const GRANTS: &str =
    "select organization_id, kind, target_id from grants where account_id = $1 order by kind, target_id";
const TEAMS: &str = "\
select t.team_id, t.name, t.organization_id from team_members m join teams t on t.team_id = m.team_id \
where m.account_id = $1 order by t.team_id";
/// Those that were made for an account, and those that name an address.
const LINKS: &str = "\
select l.link_id, l.purpose, o.name, l.created_at, l.expires_at, l.used_at from links l \
left join organizations o on o.organization_id = l.organization_id \
where l.link_id > $1 and (l.account_id = $2 or replace(lower(l.data), lower($3), '') <> lower(l.data)) \
order by l.link_id limit $4";

/// An account with what belongs to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptAccount {
    /// The account.
    pub account: Account,
    /// When its address was confirmed; none: nobody has.
    pub confirmed_at: Option<Millis>,
    /// What it is in organizations.
    pub memberships: Vec<KeptMembership>,
    /// The teams it is in.
    pub teams: Vec<KeptTeam>,
    /// Its sessions that have not ended; the newest 1,000.
    pub sessions: Vec<Session>,
    /// Its tokens; the newest 1,000.
    pub tokens: Vec<Token>,
}

/// What an account is in an organization.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptMembership {
    /// Which organization.
    pub organization: OrganizationId,
    /// Its name.
    pub name: String,
    /// Owner, manager or staff.
    pub role: MemberRole,
    /// Whether special requirements are shown to them.
    pub special_requirements: bool,
    /// Whether a manager manages all events.
    pub everything: bool,
    /// Since when.
    pub since: Millis,
    /// The events they manage.
    pub events: Vec<EventId>,
    /// The teams whose events they manage.
    pub teams: Vec<TeamId>,
}

/// A team that somebody is in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptTeam {
    /// Which.
    pub id: TeamId,
    /// What it is called.
    pub name: String,
    /// Whose team it is.
    pub organization: OrganizationId,
}

/// A one-time link that was made for somebody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptLink {
    /// Which; its token is derived from it with the secret.
    pub id: Uuid,
    /// What it is for.
    pub purpose: String,
    /// The organization that it leads into.
    pub organization: Option<String>,
    /// When it was made.
    pub created_at: Millis,
    /// When it ends.
    pub expires_at: Millis,
    /// When it was used.
    pub used_at: Option<Millis>,
}

impl People {
    /// The account with this address, confirmed or not, and what belongs to it.
    ///
    /// # Errors
    /// If the storage cannot be read.
    pub async fn kept_account(&self, email: &str, now: Millis) -> Result<Option<KeptAccount>, Failed> {
        let Some(found) = self.row(ACCOUNT, values![key_by_email(email)]).await? else { return Ok(None) };
        let id = AccountId(found.id(0)?);
        let account = Account {
            id,
            email: found.text(1)?,
            name: found.text(2)?,
            created_at: Millis(found.int(3)?),
            language: found.opt_text(4)?,
        };
        let teams = self.rows(TEAMS, values![id.0]).await?;
        let team = |row: &Row| -> Result<KeptTeam, StoreError> {
            Ok(KeptTeam { id: TeamId(row.id(0)?), name: row.text(1)?, organization: OrganizationId(row.id(2)?) })
        };
        Ok(Some(KeptAccount {
            account,
            confirmed_at: found.opt_int(5)?.map(Millis),
            memberships: self.kept_memberships(id).await?,
            teams: teams.iter().map(team).collect::<Result<_, _>>()?,
            sessions: self.sessions(id, None, now).await?,
            tokens: self.tokens(id, now).await?,
        }))
    }

    /// Links to the holder of an account and an address, by their ids: some after `after`, and whether there may be more.
    /// Those of the nil id are the first.
    ///
    /// # Errors
    /// If the storage cannot be read.
    pub async fn kept_links(
        &self,
        account: Option<AccountId>,
        email: &str,
        after: Uuid,
    ) -> Result<(Vec<KeptLink>, bool), Failed> {
        let limit = i64::try_from(LINKS_AT_ONCE).unwrap_or(i64::MAX);
        let values = values![after, account.map(|account| account.0), links::to_data(&email), limit];
        let rows = self.rows(LINKS, values).await?;
        let link = |row: &Row| -> Result<KeptLink, StoreError> {
            Ok(KeptLink {
                id: row.id(0)?,
                purpose: row.text(1)?,
                organization: row.opt_text(2)?,
                created_at: Millis(row.int(3)?),
                expires_at: Millis(row.int(4)?),
                used_at: row.opt_int(5)?.map(Millis),
            })
        };
        let links: Vec<KeptLink> = rows.iter().map(link).collect::<Result<_, _>>()?;
        let may_go_on = links.len() == LINKS_AT_ONCE;
        Ok((links, may_go_on))
    }

    async fn kept_memberships(&self, account: AccountId) -> Result<Vec<KeptMembership>, StoreError> {
        let grants = self.rows(GRANTS, values![account.0]).await?;
        let of = |organization: OrganizationId, kind: &str| -> Result<Vec<Uuid>, StoreError> {
            let mut targets = Vec::new();
            for grant in &grants {
                if OrganizationId(grant.id(0)?) == organization && grant.text(1)? == kind {
                    targets.push(grant.id(2)?);
                }
            }
            Ok(targets)
        };
        let membership = |row: &Row| {
            let organization = OrganizationId(row.id(0)?);
            Ok(KeptMembership {
                organization,
                name: row.text(1)?,
                // A word of a later version gives no more than the least right.
                role: MemberRole::of_word(&row.text(2)?).unwrap_or(MemberRole::Staff),
                special_requirements: row.is_set(3)?,
                everything: row.is_set(4)?,
                since: Millis(row.int(5)?),
                events: of(organization, "event")?.into_iter().map(EventId).collect(),
                teams: of(organization, "team")?.into_iter().map(TeamId).collect(),
            })
        };
        self.rows(MEMBERSHIPS, values![account.0]).await?.iter().map(membership).collect()
    }
}
