//! Teams of an organization: who is called for an event. A team's events are seen and answered by those in it.

use headcount_core::ids::{AccountId, OrganizationId, TeamId};
use headcount_core::person::fold;

use super::organizations;
use super::{Denial, Failed, People};
use crate::clock;
use crate::secret::id_from_key;
use crate::store::script::{Ran, Row, Script};
use crate::values;

/// Teams of one organization.
const TEAMS_MAX: i64 = 1_000;

/// A team.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Team {
    /// Which.
    pub id: TeamId,
    /// What it is called.
    pub name: String,
    /// How many are in it.
    pub members: i64,
}

const COUNTED: &str = "\
select t.team_id, t.name, count(a.account_id) from teams t left join team_members tm on tm.team_id = t.team_id \
left join accounts a on a.account_id = tm.account_id and a.ended_at is null \
where t.organization_id = $1 group by t.team_id, t.name, t.name_key order by t.name_key";

impl People {
    /// The teams of an organization, by name.
    ///
    /// # Errors
    /// If the storage cannot be read.
    pub async fn teams(&self, organization: OrganizationId) -> Result<Vec<Team>, Failed> {
        let rows = self.rows(COUNTED, values![organization.0]).await?;
        let team = |row: &Row| Ok(Team { id: TeamId(row.id(0)?), name: row.text(1)?, members: row.int(2)? });
        rows.iter().map(team).collect()
    }

    /// A team.
    ///
    /// # Errors
    /// [`Denial::NoSuch`].
    pub async fn team(&self, organization: OrganizationId, id: TeamId) -> Result<Team, Failed> {
        let team = self.teams(organization).await?.into_iter().find(|team| team.id == id);
        team.ok_or_else(|| Denial::NoSuch("team").into())
    }

    /// Makes a team. `key` (who asks, and their key) makes a repeat harmless.
    ///
    /// # Errors
    /// [`Denial::TeamExists`], [`Denial::KeyReused`], [`Denial::NoSuch`]; [`Denial::Invalid`] if there are too many.
    pub async fn make_team(
        &self,
        organization: OrganizationId,
        name: &str,
        key: Option<(&str, &str)>,
    ) -> Result<Team, Failed> {
        const ROOM: &str = "\
update organizations set name = name where organization_id = $1 \
and (select count(*) from teams t where t.organization_id = $1) < $2";
        const SQL: &str = "\
insert into teams (team_id, organization_id, name, name_key) values ($1, $2, $3, $4) on conflict do nothing";
        let id = TeamId(
            key.map_or_else(clock::new_id, |(who, key)| id_from_key("team", &format!("{who} {}", organization), key)),
        );
        let script = organizations::lock(organization)
            .one(ROOM, values![organization.0, TEAMS_MAX])
            .one(SQL, values![id.0, organization.0, name, fold(name)]);
        match self.run(script).await? {
            Ran::Done => self.team(organization, id).await,
            Ran::Unmet(0) => Err(Denial::NoSuch("organization").into()),
            Ran::Unmet(1) => Err(Denial::Invalid { field: "name".into(), problem: TOO_MANY }.into()),
            Ran::Unmet(_) => match self.team(organization, id).await {
                Ok(made) if made.name == name => Ok(made),
                Ok(_) => Err(Denial::KeyReused.into()),
                Err(_) => Err(Denial::TeamExists.into()),
            },
        }
    }

    /// Gives a team another name.
    ///
    /// # Errors
    /// [`Denial::NoSuch`], [`Denial::TeamExists`].
    pub async fn rename_team(&self, organization: OrganizationId, id: TeamId, name: &str) -> Result<Team, Failed> {
        const SQL: &str = "\
update teams set name = $3, name_key = $4 where team_id = $2 and organization_id = $1 and not exists (\
select 1 from teams o where o.organization_id = $1 and o.name_key = $4 and o.team_id <> $2)";
        let script = Script::default().one(SQL, values![organization.0, id.0, name, fold(name)]);
        let ran = self.run(script).await?;
        let team = self.team(organization, id).await?;
        if ran == Ran::Done { Ok(team) } else { Err(Denial::TeamExists.into()) }
    }

    /// Removes a team. What those have open who were in it, or managed its events, ends.
    ///
    /// # Errors
    /// [`Denial::NoSuch`].
    pub async fn remove_team(&self, organization: OrganizationId, id: TeamId) -> Result<(), Failed> {
        const TEAM: &str = "delete from teams where team_id = $2 and organization_id = $1";
        const RAISE: &str = "\
update accounts set generation = generation + 1 where account_id in (\
select account_id from team_members where team_id = $1 \
union select account_id from grants where kind = 'team' and target_id = $1)";
        const MEMBERS: &str = "delete from team_members where team_id = $1";
        const GRANTS: &str = "delete from grants where kind = 'team' and target_id = $1";
        let script = Script::default()
            .one(TEAM, values![organization.0, id.0])
            .step(RAISE, values![id.0])
            .step(MEMBERS, values![id.0])
            .step(GRANTS, values![id.0]);
        match self.run(script).await? {
            Ran::Done => Ok(()),
            Ran::Unmet(_) => Err(Denial::NoSuch("team").into()),
        }
    }

    /// Puts a member of the organization into a team. What they have open ends; nothing happens if they are in it.
    ///
    /// # Errors
    /// [`Denial::NoSuch`].
    pub async fn join_team(
        &self,
        organization: OrganizationId,
        team: TeamId,
        account: AccountId,
    ) -> Result<(), Failed> {
        const MEMBER: &str = "update members set role = role where organization_id = $1 and account_id = $2";
        const RAISE: &str = "\
update accounts set generation = generation + 1 where account_id = $2 \
and not exists (select 1 from team_members tm where tm.team_id = $1 and tm.account_id = $2)";
        const SQL: &str = "\
insert into team_members (team_id, account_id) values ($1, $2) on conflict (team_id, account_id) do nothing";
        let script = there(organization, team)
            .one(MEMBER, values![organization.0, account.0])
            .step(RAISE, values![team.0, account.0])
            .step(SQL, values![team.0, account.0]);
        match self.run(script).await? {
            Ran::Done => Ok(()),
            Ran::Unmet(0) => Err(Denial::NoSuch("team").into()),
            Ran::Unmet(_) => Err(Denial::NoSuch("member").into()),
        }
    }

    /// Takes somebody out of a team. What they have open ends.
    ///
    /// # Errors
    /// [`Denial::NoSuch`], also if they are not in it.
    pub async fn leave_team(
        &self,
        organization: OrganizationId,
        team: TeamId,
        account: AccountId,
    ) -> Result<(), Failed> {
        const SQL: &str = "delete from team_members where team_id = $1 and account_id = $2";
        let script = there(organization, team).one(SQL, values![team.0, account.0]);
        match self.run(script.then(super::generation::raise(account))).await? {
            Ran::Done => Ok(()),
            Ran::Unmet(0) => Err(Denial::NoSuch("team").into()),
            Ran::Unmet(_) => Err(Denial::NoSuch("member").into()),
        }
    }
}

const TOO_MANY: &str = "is that of one team too many: remove teams that are not needed any more";

/// Demands that the organization has this team, and that nobody removes it meanwhile.
fn there(organization: OrganizationId, team: TeamId) -> Script {
    const SQL: &str = "update teams set name = name where team_id = $2 and organization_id = $1";
    Script::default().one(SQL, values![organization.0, team.0])
}
