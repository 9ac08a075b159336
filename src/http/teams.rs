//! Teams of an organization, and who is in them.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use headcount_core::ids::TeamId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::answer::{Answered, json};
use super::caller::Caller;
use super::fields::{Name, read_id};
use super::json::{Checks, Sent, parse};
use super::members::account_id;
use super::organizations::organization_id;
use super::problem::Problem;
use super::request::{Asked, At};
use crate::people::Denial;
use crate::people::teams::Team;

/// A team.
#[derive(Serialize, ToSchema)]
#[schema(as = Team)]
pub(super) struct TeamAnswer {
    #[schema(value_type = Uuid)]
    id: TeamId,
    name: String,
    /// How many are in it.
    members: i64,
}

/// The teams of an organization.
#[derive(Serialize, ToSchema)]
pub(super) struct Teams {
    items: Vec<TeamAnswer>,
}

impl From<Team> for TeamAnswer {
    fn from(team: Team) -> TeamAnswer {
        let Team { id, name, members } = team;
        TeamAnswer { id, name, members }
    }
}

/// What a team is called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TeamRequest {
    #[schema(required, value_type = String)]
    #[serde(default)]
    name: Sent<Name>,
}

impl TeamRequest {
    fn name(self) -> Result<String, Problem> {
        let mut checks = Checks::default();
        let name = checks.required("name", self.name);
        checks.finish().map(|()| name.map(|name| name.0).unwrap_or_default())
    }
}

/// Make a team
#[utoipa::path(post, path = "/api/v1/organizations/{organization}/teams", tag = "teams", request_body = TeamRequest,
    params(("organization" = String, Path, description = "Its id"),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 201, body = TeamAnswer, description = "Made"),
              (status = 409, description = "`team_exists`")))]
pub(super) async fn make(
    State(app): State<App>,
    caller: Caller,
    At(organization): At<String>,
    asked: Asked,
) -> Answered {
    let organization = organization_id(&organization)?;
    let name = parse::<TeamRequest>(&asked.body)?.name()?;
    let key = caller.key(&asked);
    let key = key.as_ref().map(|(who, key)| (who.as_str(), *key));
    let team = app.people.make_team(organization, &name, key).await?;
    Ok(json(StatusCode::CREATED, &TeamAnswer::from(team)))
}

/// List the teams of an organization
#[utoipa::path(get, path = "/api/v1/organizations/{organization}/teams", tag = "teams",
    params(("organization" = String, Path, description = "Its id")),
    responses((status = 200, body = Teams, description = "Teams, by name")))]
pub(super) async fn list(State(app): State<App>, At(organization): At<String>) -> Answered {
    let teams = app.people.teams(organization_id(&organization)?).await?;
    Ok(json(StatusCode::OK, &Teams { items: teams.into_iter().map(TeamAnswer::from).collect() }))
}

/// Rename a team
#[utoipa::path(patch, path = "/api/v1/organizations/{organization}/teams/{team}", tag = "teams",
    request_body = TeamRequest,
    params(("organization" = String, Path, description = "Its id"), ("team" = String, Path, description = "Its id")),
    responses((status = 200, body = TeamAnswer, description = "The team as it is now"),
              (status = 409, description = "`team_exists`")))]
pub(super) async fn change(State(app): State<App>, At(at): At<(String, String)>, asked: Asked) -> Answered {
    let (organization, team) = (organization_id(&at.0)?, team_id(&at.1)?);
    let name = parse::<TeamRequest>(&asked.body)?.name()?;
    let team = app.people.rename_team(organization, team, &name).await?;
    Ok(json(StatusCode::OK, &TeamAnswer::from(team)))
}

/// Remove a team; what those have open ends who were in it or managed its events
#[utoipa::path(delete, path = "/api/v1/organizations/{organization}/teams/{team}", tag = "teams",
    params(("organization" = String, Path, description = "Its id"), ("team" = String, Path, description = "Its id")),
    responses((status = 204, description = "Removed")))]
pub(super) async fn remove(State(app): State<App>, At(at): At<(String, String)>) -> Answered {
    app.people.remove_team(organization_id(&at.0)?, team_id(&at.1)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Put a member into a team; what they have open ends
#[utoipa::path(put, path = "/api/v1/organizations/{organization}/teams/{team}/members/{account}", tag = "teams",
    params(("organization" = String, Path, description = "Its id"), ("team" = String, Path, description = "Its id"),
           ("account" = String, Path, description = "The id of the member's account")),
    responses((status = 204, description = "In the team, now or before")))]
pub(super) async fn add_member(State(app): State<App>, At(at): At<(String, String, String)>) -> Answered {
    app.people.join_team(organization_id(&at.0)?, team_id(&at.1)?, account_id(&at.2)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Take somebody out of a team; what they have open ends
#[utoipa::path(delete, path = "/api/v1/organizations/{organization}/teams/{team}/members/{account}", tag = "teams",
    params(("organization" = String, Path, description = "Its id"), ("team" = String, Path, description = "Its id"),
           ("account" = String, Path, description = "The id of the member's account")),
    responses((status = 204, description = "No longer in it")))]
pub(super) async fn remove_member(State(app): State<App>, At(at): At<(String, String, String)>) -> Answered {
    app.people.leave_team(organization_id(&at.0)?, team_id(&at.1)?, account_id(&at.2)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn team_id(text: &str) -> Result<TeamId, Problem> {
    read_id(text).map(TeamId).ok_or_else(|| Denial::NoSuch("team").into())
}
