//! Organizations. The server's own token makes them; their owners do the rest.

use axum::extract::State;
use axum::http::StatusCode;
use headcount_core::ids::OrganizationId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::answer::{Answered, List, json};
use super::caller::Caller;
use super::fields::{Name, read_id, rfc3339};
use super::json::{Checks, Sent, parse};
use super::paging::PageQuery;
use super::problem::Problem;
use super::request::{Asked, At, Wanted};
use crate::clock;
use crate::people::Listed;
use crate::people::organizations::Organization;
use crate::store::StoreError;
use crate::store::read::Page;

/// An organization.
#[derive(Serialize, ToSchema)]
#[schema(as = Organization)]
pub(super) struct OrganizationAnswer {
    #[schema(value_type = Uuid)]
    id: OrganizationId,
    name: String,
    #[schema(format = DateTime)]
    created_at: String,
}

impl From<Organization> for OrganizationAnswer {
    fn from(organization: Organization) -> OrganizationAnswer {
        let Organization { id, name, created_at } = organization;
        OrganizationAnswer { id, name, created_at: rfc3339(created_at) }
    }
}

/// What an organization is called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OrganizationRequest {
    #[schema(required, value_type = String)]
    #[serde(default)]
    name: Sent<Name>,
}

impl OrganizationRequest {
    fn name(self) -> Result<String, Problem> {
        let mut checks = Checks::default();
        let name = checks.required("name", self.name);
        checks.finish().map(|()| name.map(|name| name.0).unwrap_or_default())
    }
}

/// Make an organization; invite its owner then
#[utoipa::path(post, path = "/api/v1/organizations", tag = "organizations", request_body = OrganizationRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 201, body = OrganizationAnswer, description = "Made")))]
pub(super) async fn make(State(app): State<App>, asked: Asked) -> Answered {
    let name = parse::<OrganizationRequest>(&asked.body)?.name()?;
    let made = app.people.make_organization(&name, asked.key(), clock::now()).await?;
    Ok(json(StatusCode::CREATED, &OrganizationAnswer::from(made)))
}

/// List all organizations
#[utoipa::path(get, path = "/api/v1/organizations", tag = "organizations", params(PageQuery),
    responses((status = 200, body = List<OrganizationAnswer>, description = "Organizations, by id")))]
pub(super) async fn list(State(app): State<App>, Wanted(query): Wanted<PageQuery>) -> Answered {
    let page = query.page()?;
    let listed = app.people.organizations(after(&page)?, page.limit).await?;
    Ok(json(StatusCode::OK, &listed_as(listed, OrganizationAnswer::from)))
}

/// Read an organization
#[utoipa::path(get, path = "/api/v1/organizations/{organization}", tag = "organizations",
    params(("organization" = String, Path, description = "Its id")),
    responses((status = 200, body = OrganizationAnswer, description = "The organization")))]
pub(super) async fn read(State(app): State<App>, At(organization): At<String>) -> Answered {
    let found = app.people.organization(organization_id(&organization)?).await?;
    Ok(json(StatusCode::OK, &OrganizationAnswer::from(found)))
}

/// Rename an organization
#[utoipa::path(patch, path = "/api/v1/organizations/{organization}", tag = "organizations",
    request_body = OrganizationRequest,
    params(("organization" = String, Path, description = "Its id")),
    responses((status = 200, body = OrganizationAnswer, description = "The organization as it is now")))]
pub(super) async fn change(State(app): State<App>, At(organization): At<String>, asked: Asked) -> Answered {
    let organization = organization_id(&organization)?;
    let name = parse::<OrganizationRequest>(&asked.body)?.name()?;
    let changed = app.people.rename_organization(organization, &name).await?;
    Ok(json(StatusCode::OK, &OrganizationAnswer::from(changed)))
}

/// The organization in an address.
pub(super) fn organization_id(text: &str) -> Result<OrganizationId, Problem> {
    read_id(text).map(OrganizationId).ok_or_else(Problem::no_such_organization)
}

/// The item that a page begins after, which is its cursor.
pub(super) fn after(page: &Page) -> Result<Option<Uuid>, Problem> {
    let Some(cursor) = &page.cursor else { return Ok(None) };
    read_id(cursor).map(Some).ok_or_else(|| StoreError::BadCursor.into())
}

/// A page of a list, as it is answered.
pub(super) fn listed_as<T, A>(listed: Listed<T>, answer: impl Fn(T) -> A) -> List<A> {
    let next_cursor = listed.next.map(|id| id.to_string());
    List { items: listed.items.into_iter().map(answer).collect(), next_cursor }
}

impl Caller {
    /// The account that is noted as having done something; none for the server's own token.
    pub(super) fn account_id(&self) -> Option<headcount_core::ids::AccountId> {
        self.identity().map(|identity| identity.account)
    }
}
