//! Members of an organization, and what they may do there.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use headcount_core::ids::{AccountId, EventId, TeamId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::answer::{Answered, List, json};
use super::caller::Caller;
use super::fields::{read_id, rfc3339};
use super::json::{Checks, Sent, parse};
use super::openapi::one_of;
use super::organizations::{after, listed_as, organization_id};
use super::paging::PageQuery;
use super::problem::Problem;
use super::request::{Asked, At, Wanted};
use crate::clock;
use crate::people::Denial;
use crate::people::identity::MemberRole;
use crate::people::members::{GRANTS_MAX, Member, Rights, RightsChange};

/// A member.
#[derive(Serialize, ToSchema)]
#[schema(as = Member)]
pub(super) struct MemberAnswer {
    #[schema(value_type = Uuid)]
    account_id: AccountId,
    name: String,
    email: String,
    #[serde(flatten)]
    rights: RightsAnswer,
    /// The teams of the organization they are in.
    #[schema(value_type = Vec<Uuid>)]
    member_of: BTreeSet<TeamId>,
    #[schema(format = DateTime)]
    created_at: String,
}

/// What somebody may do in an organization.
#[derive(Serialize, ToSchema)]
#[schema(as = Rights)]
pub(super) struct RightsAnswer {
    #[schema(schema_with = one_of::<MemberRole>)]
    role: MemberRole,
    /// Whether special requirements are shown to them; to owners they are.
    special_requirements: bool,
    /// Whether a manager manages all events.
    everything: bool,
    /// The events that a manager manages who does not manage all.
    #[schema(value_type = Vec<Uuid>)]
    events: BTreeSet<EventId>,
    /// The teams whose events a manager manages who does not manage all.
    #[schema(value_type = Vec<Uuid>)]
    teams: BTreeSet<TeamId>,
}

impl From<Rights> for RightsAnswer {
    fn from(rights: Rights) -> RightsAnswer {
        let Rights { role, special_requirements, everything, events, teams } = rights;
        RightsAnswer { role, special_requirements, everything, events, teams }
    }
}

impl From<Member> for MemberAnswer {
    fn from(member: Member) -> MemberAnswer {
        let Member { account, name, email, rights, member_of, created_at } = member;
        let created_at = rfc3339(created_at);
        MemberAnswer { account_id: account, name, email, rights: rights.into(), member_of, created_at }
    }
}

/// What is to be changed of a member's rights; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RightsRequest {
    /// `owner`, `manager` or `staff`.
    #[schema(value_type = String)]
    #[serde(default)]
    role: Sent<MemberRole>,
    /// Whether special requirements are shown to them.
    #[schema(value_type = bool)]
    #[serde(default)]
    special_requirements: Sent<bool>,
    /// Whether a manager manages all events.
    #[schema(value_type = bool)]
    #[serde(default)]
    everything: Sent<bool>,
    /// Events that a manager manages, by id; at most 200.
    #[schema(value_type = Vec<String>)]
    #[serde(default)]
    events: Sent<Vec<Sent<EventId>>>,
    /// Teams whose events a manager manages, by id; at most 200.
    #[schema(value_type = Vec<String>)]
    #[serde(default)]
    teams: Sent<Vec<Sent<TeamId>>>,
}

impl RightsRequest {
    fn change(self) -> Result<RightsChange, Problem> {
        let mut checks = Checks::default();
        let change = RightsChange {
            role: checks.change("role", self.role),
            special_requirements: checks.change("special_requirements", self.special_requirements),
            everything: checks.change("everything", self.everything),
            events: checks.change("events", self.events).map(|sent| checks.set("events", sent, GRANTS_MAX)),
            teams: checks.change("teams", self.teams).map(|sent| checks.set("teams", sent, GRANTS_MAX)),
        };
        checks.finish().map(|()| change)
    }
}

/// List the members of an organization
#[utoipa::path(get, path = "/api/v1/organizations/{organization}/members", tag = "members",
    params(("organization" = String, Path, description = "Its id"), PageQuery),
    responses((status = 200, body = List<MemberAnswer>, description = "Members, by the id of their account")))]
pub(super) async fn list(
    State(app): State<App>,
    At(organization): At<String>,
    Wanted(query): Wanted<PageQuery>,
) -> Answered {
    let page = query.page()?;
    let organization = organization_id(&organization)?;
    let listed = app.people.members(organization, after(&page)?.unwrap_or(Uuid::nil()), page.limit).await?;
    Ok(json(StatusCode::OK, &listed_as(listed, MemberAnswer::from)))
}

/// Change what a member may do; what they have open ends
#[utoipa::path(patch, path = "/api/v1/organizations/{organization}/members/{account}", tag = "members",
    request_body = RightsRequest,
    params(("organization" = String, Path, description = "Its id"),
           ("account" = String, Path, description = "The id of the member's account")),
    responses((status = 200, body = MemberAnswer, description = "The member as they are now"),
              (status = 409, description = "`last_owner`")))]
pub(super) async fn change(State(app): State<App>, At(at): At<(String, String)>, asked: Asked) -> Answered {
    let (organization, account) = (organization_id(&at.0)?, account_id(&at.1)?);
    let change = parse::<RightsRequest>(&asked.body)?.change()?;
    let member = app.people.change_member(organization, account, &change).await?;
    Ok(json(StatusCode::OK, &MemberAnswer::from(member)))
}

/// Take a member out of an organization; their account stays
#[utoipa::path(delete, path = "/api/v1/organizations/{organization}/members/{account}", tag = "members",
    params(("organization" = String, Path, description = "Its id"),
           ("account" = String, Path, description = "The id of the member's account")),
    responses((status = 204, description = "Taken out"),
              (status = 409, description = "`last_owner`")))]
pub(super) async fn remove(State(app): State<App>, At(at): At<(String, String)>) -> Answered {
    app.people.remove_member(organization_id(&at.0)?, account_id(&at.1)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A link to pass on.
#[derive(Serialize, ToSchema)]
pub(super) struct ResetLink {
    /// Whoever has it sets a new password, once, within an hour.
    url: String,
}

/// Make a link with which a member sets a new password
///
/// For members of no other organization: for the others, only mail leads to a new password.
#[utoipa::path(post, path = "/api/v1/organizations/{organization}/members/{account}/reset-link", tag = "members",
    params(("organization" = String, Path, description = "Its id"),
           ("account" = String, Path, description = "The id of the member's account"),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 201, body = ResetLink, description = "To be passed on to the member, and to nobody else"),
              (status = 409, description = "`belongs_elsewhere`")))]
pub(super) async fn reset_link(
    State(app): State<App>,
    caller: Caller,
    At(at): At<(String, String)>,
    asked: Asked,
) -> Answered {
    let (organization, account) = (organization_id(&at.0)?, account_id(&at.1)?);
    let key = caller.key(&asked);
    let key = key.as_ref().map(|(who, key)| (who.as_str(), *key));
    let link = app.people.reset_link_for(organization, account, caller.account_id(), key, clock::now()).await?;
    Ok(json(StatusCode::CREATED, &ResetLink { url: app.link_url(link) }))
}

/// The account in an address.
pub(super) fn account_id(text: &str) -> Result<AccountId, Problem> {
    read_id(text).map(AccountId).ok_or_else(|| Denial::NoSuch("member").into())
}

impl App {
    /// The address of a one-time link.
    pub(super) fn link_url(&self, link: Uuid) -> String {
        format!("{}/l/{}", self.public_url, self.people.link_token(link))
    }
}
