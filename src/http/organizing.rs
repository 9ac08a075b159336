//! Whose an event may be, and which teams it may concern.

use std::collections::BTreeSet;

use headcount_core::event::Form;
use headcount_core::ids::{OrganizationId, TeamId};

use super::App;
use super::caller::Caller;
use super::problem::Problem;
use crate::people::identity::MemberRole;
use crate::values;

const TEAMS: &str = "select team_id from teams where organization_id = $1";

const ORGANIZATION: &str = "select organization_id from organizations where organization_id = $1";

impl App {
    /// Whether `caller` may give an event this organization and these teams; `before` is what it has, none for a new one.
    /// A manager of chosen teams makes events for these, and gives events to no others.
    pub(super) async fn may_organize(
        &self,
        caller: &Caller,
        form: &Form,
        before: Option<&Form>,
    ) -> Result<(), Problem> {
        caller.must_be(form.organization, MemberRole::Manager)?;
        self.must_exist(form).await?;
        let membership = caller.identity().and_then(|identity| identity.memberships.get(&form.organization));
        let Some(chosen) = membership.filter(|one| one.role == MemberRole::Manager && !one.everything) else {
            return Ok(());
        };
        let had = before.map(|before| &before.teams);
        let added: BTreeSet<&TeamId> =
            form.teams.iter().filter(|team| had.is_none_or(|had| !had.contains(team))).collect();
        let is_theirs = added.iter().all(|team| chosen.teams.contains(team)) && (before.is_some() || !added.is_empty());
        if is_theirs { Ok(()) } else { Err(Problem::not_your_team()) }
    }

    async fn must_exist(&self, form: &Form) -> Result<(), Problem> {
        let OrganizationId(organization) = form.organization;
        if self.readers.rows(ORGANIZATION, values![organization]).await?.is_empty() {
            return Err(Problem::invalid_field("organization", "must be the id of an organization"));
        }
        if form.teams.is_empty() {
            return Ok(());
        }
        let rows = self.readers.rows(TEAMS, values![organization]).await?;
        let known = rows.iter().map(|row| row.id(0).map(TeamId)).collect::<Result<BTreeSet<TeamId>, _>>()?;
        if form.teams.is_subset(&known) {
            Ok(())
        } else {
            Err(Problem::invalid_field("teams", "must be ids of teams of the event's organization"))
        }
    }
}
