//! Members of an organization, and what they may do there. Whoever changes a right of somebody ends what that person has
//! open; see `generation`. An organization keeps one owner: the script that would take the last one demands it.

use std::collections::{BTreeMap, BTreeSet};

use headcount_core::ids::{AccountId, EventId, Millis, OrganizationId, TeamId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::identity::MemberRole;
use super::links::{self, NewLink, Purpose};
use super::{Denial, Failed, Listed, People, generation, organizations};
use crate::clock;
use crate::secret::id_from_key;
use crate::store::StoreError;
use crate::store::read::EventRef;
use crate::store::script::{Ran, Row, Script};
use crate::values;

/// Events or teams that can be granted at once.
pub const GRANTS_MAX: usize = 200;

/// What somebody may do in an organization.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rights {
    /// What they are.
    pub role: MemberRole,
    /// Whether special requirements are shown to them.
    pub special_requirements: bool,
    /// Whether a manager manages all events.
    pub everything: bool,
    /// The events that a manager manages who does not manage all.
    pub events: BTreeSet<EventId>,
    /// The teams whose events a manager manages who does not manage all.
    pub teams: BTreeSet<TeamId>,
}

/// A member of an organization.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// Their account.
    pub account: AccountId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// What they may do.
    pub rights: Rights,
    /// The teams of the organization they are in.
    pub member_of: BTreeSet<TeamId>,
    /// Since when they belong to it.
    pub created_at: Millis,
}

/// What is to be changed of a member's rights; none: stays.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RightsChange {
    /// See [`Rights`]; so all.
    pub role: Option<MemberRole>,
    /// See [`Rights`].
    pub special_requirements: Option<bool>,
    /// See [`Rights`].
    pub everything: Option<bool>,
    /// See [`Rights`].
    pub events: Option<BTreeSet<EventId>>,
    /// See [`Rights`].
    pub teams: Option<BTreeSet<TeamId>>,
}

macro_rules! members {
    ($which:literal) => {
        concat!(
            "with page as (\
             select m.account_id, a.name, a.email, m.role, m.special_requirements, m.everything, m.created_at \
             from members m join accounts a on a.account_id = m.account_id \
             where m.organization_id = $1 and a.ended_at is null and ",
            $which,
            ") \
             select 'member', account_id, account_id, name, email, role, special_requirements, everything, created_at \
             from page \
             union all select g.kind, g.account_id, g.target_id, '', '', '', 0, 0, 0 \
             from grants g join page on page.account_id = g.account_id where g.organization_id = $1 \
             union all select 'member_of', tm.account_id, tm.team_id, '', '', '', 0, 0, 0 \
             from team_members tm join page on page.account_id = tm.account_id \
             join teams t on t.team_id = tm.team_id where t.organization_id = $1"
        )
    };
}

const PAGE: &str = members!("m.account_id > $2 order by m.account_id limit $3");
const ONE: &str = members!("m.account_id = $2");

impl People {
    /// The members of an organization, by account.
    ///
    /// # Errors
    /// If the storage cannot be read.
    pub async fn members(
        &self,
        organization: OrganizationId,
        after: Uuid,
        limit: u32,
    ) -> Result<Listed<Member>, Failed> {
        let rows = self.rows(PAGE, values![organization.0, after, limit + 1]).await?;
        Ok(Listed::of(read(&rows)?, limit, |member| member.account.0))
    }

    /// A member of an organization.
    ///
    /// # Errors
    /// [`Denial::NoSuch`].
    pub async fn member(&self, organization: OrganizationId, account: AccountId) -> Result<Member, Failed> {
        let rows = self.rows(ONE, values![organization.0, account.0]).await?;
        Ok(read(&rows)?.pop().ok_or(Denial::NoSuch("member"))?)
    }

    /// Changes what a member may do. What they have open ends.
    ///
    /// # Errors
    /// [`Denial::NoSuch`], [`Denial::LastOwner`], [`Denial::Invalid`] where an event or team is not the organization's.
    pub async fn change_member(
        &self,
        organization: OrganizationId,
        account: AccountId,
        change: &RightsChange,
    ) -> Result<Member, Failed> {
        const SQL: &str = "\
update members set role = coalesce($3, role), special_requirements = coalesce($4, special_requirements), \
everything = coalesce($5, everything) where organization_id = $1 and account_id = $2 \
and (role <> 'owner' or coalesce($3, 'owner') = 'owner' or (select count(*) from members o \
join accounts a on a.account_id = o.account_id and a.ended_at is null \
where o.organization_id = $1 and o.role = 'owner') > 1)";
        self.check_targets(organization, change.events.as_ref(), change.teams.as_ref()).await?;
        let role = change.role.map(MemberRole::word);
        let values = values![organization.0, account.0, role, change.special_requirements, change.everything];
        let mut script = organizations::lock(organization).one(SQL, values).then(generation::raise(account));
        if let Some(events) = &change.events {
            script = script.then(no_grants(organization, account, "event"));
            script =
                events.iter().fold(script, |script, event| script.then(grant_event(organization, account, *event)));
        }
        if let Some(teams) = &change.teams {
            script = script.then(no_grants(organization, account, "team"));
            script = teams.iter().fold(script, |script, team| script.then(grant_team(organization, account, *team)));
        }
        self.unless_last_owner(script, organization, account).await?;
        self.member(organization, account).await
    }

    /// Takes somebody out of an organization and its teams. What they have open ends; their account stays.
    ///
    /// # Errors
    /// [`Denial::NoSuch`], [`Denial::LastOwner`].
    pub async fn remove_member(&self, organization: OrganizationId, account: AccountId) -> Result<(), Failed> {
        const SQL: &str = "\
delete from members where organization_id = $1 and account_id = $2 \
and (role <> 'owner' or (select count(*) from members o \
join accounts a on a.account_id = o.account_id and a.ended_at is null \
where o.organization_id = $1 and o.role = 'owner') > 1)";
        const GRANTS: &str = "delete from grants where organization_id = $1 and account_id = $2";
        const TEAMS: &str = "\
delete from team_members where account_id = $2 \
and team_id in (select team_id from teams where organization_id = $1)";
        let both = || values![organization.0, account.0];
        let script = organizations::lock(organization)
            .one(SQL, both())
            .step(GRANTS, both())
            .step(TEAMS, both())
            .then(generation::raise(account));
        self.unless_last_owner(script, organization, account).await
    }

    /// Makes a link that sets a new password for a member who belongs to no other organization: its id. `key` makes a
    /// repeat harmless.
    ///
    /// # Errors
    /// [`Denial::NoSuch`], [`Denial::BelongsElsewhere`]: the owner of one organization must not come into another one.
    pub async fn reset_link_for(
        &self,
        organization: OrganizationId,
        account: AccountId,
        by: Option<AccountId>,
        key: Option<(&str, &str)>,
        now: Millis,
    ) -> Result<Uuid, Failed> {
        const ONLY_HERE: &str = "\
update members set role = role where organization_id = $1 and account_id = $2 \
and not exists (select 1 from members o where o.account_id = $2 and o.organization_id <> $1)";
        self.member(organization, account).await?;
        let id =
            key.map_or_else(clock::new_id, |(who, key)| id_from_key("reset_link", &format!("{who} {}", account), key));
        let purpose = Purpose::ResetPassword;
        let link = NewLink { id, purpose, account: Some(account), organization: None, data: "{}", by, now };
        let demand = Script::default().one(ONLY_HERE, values![organization.0, account.0]);
        match self.run(demand.then(links::make(&link))).await? {
            Ran::Done => Ok(id),
            Ran::Unmet(0) => Err(Denial::BelongsElsewhere.into()),
            Ran::Unmet(_) if self.stored_link(id).await?.account_id == Some(account) => Ok(id),
            Ran::Unmet(_) => Err(Denial::KeyReused.into()),
        }
    }

    /// Runs a script that begins with the lock of the organization and the demand that it keeps an owner.
    async fn unless_last_owner(
        &self,
        script: Script,
        organization: OrganizationId,
        account: AccountId,
    ) -> Result<(), Failed> {
        match self.run(script).await? {
            Ran::Done => Ok(()),
            Ran::Unmet(_) => {
                Err(self.member(organization, account).await.map_or_else(|no| no, |_| Denial::LastOwner.into()))
            }
        }
    }

    /// Whether events and teams are the organization's. Events never change theirs; a team that is removed meanwhile is
    /// left out.
    pub(super) async fn check_targets(
        &self,
        organization: OrganizationId,
        events: Option<&BTreeSet<EventId>>,
        teams: Option<&BTreeSet<TeamId>>,
    ) -> Result<(), Failed> {
        for (index, event) in events.into_iter().flatten().enumerate() {
            let form = self.0.readers.resolve(&EventRef::Id(*event)).await?;
            if form.is_none_or(|form| form.form.organization != organization) {
                let field = format!("events[{index}]").into();
                return Err(Denial::Invalid { field, problem: "is no event of this organization" }.into());
            }
        }
        self.check_teams(organization, "teams", teams.unwrap_or(&BTreeSet::new())).await
    }

    pub(super) async fn check_teams(
        &self,
        organization: OrganizationId,
        field: &str,
        teams: &BTreeSet<TeamId>,
    ) -> Result<(), Failed> {
        if teams.is_empty() {
            return Ok(());
        }
        let known: BTreeSet<TeamId> = self.teams(organization).await?.into_iter().map(|team| team.id).collect();
        let Some(index) = teams.iter().position(|team| !known.contains(team)) else { return Ok(()) };
        let field = format!("{field}[{index}]").into();
        Err(Denial::Invalid { field, problem: "is no team of this organization" }.into())
    }
}

/// Makes an account a member; one that is a member already stays what it is, and is given what is granted beside.
pub(super) fn join(
    organization: OrganizationId,
    account: AccountId,
    rights: &Rights,
    member_of: &BTreeSet<TeamId>,
    now: Millis,
) -> Script {
    const SQL: &str = "\
insert into members (organization_id, account_id, role, special_requirements, everything, created_at) \
values ($1, $2, $3, $4, $5, $6) on conflict (organization_id, account_id) do nothing";
    const IN_TEAM: &str = "\
insert into team_members (team_id, account_id) \
select team_id, $2 from teams where team_id = $3 and organization_id = $1 on conflict (team_id, account_id) do nothing";
    let Rights { role, special_requirements, everything, events, teams } = rights;
    let values = values![organization.0, account.0, role.word(), *special_requirements, *everything, now];
    let mut script = Script::default().step(SQL, values);
    script = events.iter().fold(script, |script, event| script.then(grant_event(organization, account, *event)));
    script = teams.iter().fold(script, |script, team| script.then(grant_team(organization, account, *team)));
    member_of.iter().fold(script, |script, team| script.step(IN_TEAM, values![organization.0, account.0, team.0]))
}

fn no_grants(organization: OrganizationId, account: AccountId, kind: &str) -> Script {
    const SQL: &str = "delete from grants where organization_id = $1 and account_id = $2 and kind = $3";
    Script::default().step(SQL, values![organization.0, account.0, kind])
}

fn grant_event(organization: OrganizationId, account: AccountId, event: EventId) -> Script {
    const SQL: &str = "\
insert into grants (organization_id, account_id, kind, target_id) values ($1, $2, 'event', $3) \
on conflict (organization_id, account_id, kind, target_id) do nothing";
    Script::default().step(SQL, values![organization.0, account.0, event])
}

fn grant_team(organization: OrganizationId, account: AccountId, team: TeamId) -> Script {
    const SQL: &str = "\
insert into grants (organization_id, account_id, kind, target_id) \
select $1, $2, 'team', team_id from teams where team_id = $3 and organization_id = $1 \
on conflict (organization_id, account_id, kind, target_id) do nothing";
    Script::default().step(SQL, values![organization.0, account.0, team.0])
}

/// What the rows of [`members!`] say, in whatever order they come.
fn read(rows: &[Row]) -> Result<Vec<Member>, StoreError> {
    let mut members = BTreeMap::new();
    let is_member = |row: &&Row| row.text(0).is_ok_and(|what| what == "member");
    let (of_members, of_others): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(is_member);
    for row in of_members {
        let rights = Rights {
            role: MemberRole::of_word(&row.text(5)?).unwrap_or(MemberRole::Staff),
            special_requirements: row.is_set(6)?,
            everything: row.is_set(7)?,
            ..Rights::default()
        };
        let account = AccountId(row.id(1)?);
        let (name, email, created_at) = (row.text(3)?, row.text(4)?, Millis(row.int(8)?));
        let member = Member { account, name, email, rights, member_of: BTreeSet::new(), created_at };
        members.insert(account, member);
    }
    for row in of_others {
        let Some(member) = members.get_mut(&AccountId(row.id(1)?)) else { continue };
        let target = row.id(2)?;
        match row.text(0)?.as_str() {
            "event" => drop(member.rights.events.insert(EventId(target))),
            "team" => drop(member.rights.teams.insert(TeamId(target))),
            _ => drop(member.member_of.insert(TeamId(target))),
        }
    }
    Ok(members.into_values().collect())
}
