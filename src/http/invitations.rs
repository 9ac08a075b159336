//! Invitations into an organization. They are mailed; where no mail can be sent, whoever invites is shown the link.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use headcount_core::ids::{EventId, TeamId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::answer::{Answered, List, json};
use super::caller::Caller;
use super::fields::{Email, read_id, rfc3339};
use super::json::{Checks, Sent, parse};
use super::members::RightsAnswer;
use super::organizations::{after, listed_as, organization_id};
use super::paging::PageQuery;
use super::problem::Problem;
use super::request::{Asked, At, Wanted};
use crate::clock;
use crate::people::Denial;
use crate::people::identity::MemberRole;
use crate::people::invitations::{Invitation, Invited};
use crate::people::members::{GRANTS_MAX, Rights};
use crate::words::Language;

/// Who is invited, and to be what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct InvitationRequest {
    #[schema(required, value_type = String)]
    #[serde(default)]
    email: Sent<Email>,
    /// `owner`, `manager` or `staff`; staff if left out.
    #[schema(value_type = String)]
    #[serde(default)]
    role: Sent<MemberRole>,
    /// Whether special requirements will be shown to them.
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
    /// Teams that they will be in, by id; at most 200.
    #[schema(value_type = Vec<String>)]
    #[serde(default)]
    member_of: Sent<Vec<Sent<TeamId>>>,
    /// The language in which the invitation is written, by its tag, such as `he`; English if left out.
    #[schema(value_type = String)]
    #[serde(default)]
    language: Sent<Language>,
}

impl InvitationRequest {
    fn read(self) -> Result<Invited, Problem> {
        let mut checks = Checks::default();
        let email = checks.required("email", self.email);
        let rights = Rights {
            role: checks.given("role", self.role).unwrap_or(MemberRole::Staff),
            special_requirements: checks.given("special_requirements", self.special_requirements).unwrap_or_default(),
            everything: checks.given("everything", self.everything).unwrap_or_default(),
            events: ids(&mut checks, "events", self.events),
            teams: ids(&mut checks, "teams", self.teams),
        };
        let member_of = ids(&mut checks, "member_of", self.member_of);
        let language = checks.given("language", self.language).map(|language| language.tag().to_owned());
        checks.finish()?;
        Ok(Invited { email: email.map(|email| email.0).unwrap_or_default(), rights, member_of, language })
    }
}

fn ids<T: Ord>(checks: &mut Checks, field: &str, sent: Sent<Vec<Sent<T>>>) -> BTreeSet<T> {
    let sent = checks.given(field, sent).unwrap_or_default();
    checks.set(field, sent, GRANTS_MAX)
}

/// An invitation that can still be accepted.
#[derive(Serialize, ToSchema)]
#[schema(as = Invitation)]
pub(super) struct InvitationAnswer {
    id: Uuid,
    email: String,
    #[serde(flatten)]
    rights: RightsAnswer,
    /// The teams that they will be in.
    #[schema(value_type = Vec<Uuid>)]
    member_of: BTreeSet<TeamId>,
    /// In which it is written, by its tag; null: English.
    #[schema(required)]
    language: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
    /// The link, only where the server sends no mail: pass it on to who is invited, and to nobody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

impl InvitationAnswer {
    fn new(invitation: Invitation, app: &App) -> InvitationAnswer {
        let Invitation { id, invited, created_at, expires_at } = invitation;
        let Invited { email, rights, member_of, language } = invited;
        let url = (!app.people.settings().can_mail).then(|| app.link_url(id));
        let (created_at, expires_at) = (rfc3339(created_at), rfc3339(expires_at));
        InvitationAnswer { id, email, rights: rights.into(), member_of, language, created_at, expires_at, url }
    }
}

/// Invite somebody
#[utoipa::path(post, path = "/api/v1/organizations/{organization}/invitations", tag = "invitations",
    request_body = InvitationRequest,
    params(("organization" = String, Path, description = "Its id"),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 201, body = InvitationAnswer, description = "A mail is on its way, or the link is shown")))]
pub(super) async fn make(
    State(app): State<App>,
    caller: Caller,
    At(organization): At<String>,
    asked: Asked,
) -> Answered {
    let organization = organization_id(&organization)?;
    let invited = parse::<InvitationRequest>(&asked.body)?.read()?;
    let key = caller.key(&asked);
    let key = key.as_ref().map(|(who, key)| (who.as_str(), *key));
    let invitation = app.people.invite(organization, invited, caller.account_id(), key, clock::now()).await?;
    Ok(json(StatusCode::CREATED, &InvitationAnswer::new(invitation, &app)))
}

/// List invitations that can still be accepted
#[utoipa::path(get, path = "/api/v1/organizations/{organization}/invitations", tag = "invitations",
    params(("organization" = String, Path, description = "Its id"), PageQuery),
    responses((status = 200, body = List<InvitationAnswer>, description = "Invitations, by id")))]
pub(super) async fn list(
    State(app): State<App>,
    At(organization): At<String>,
    Wanted(query): Wanted<PageQuery>,
) -> Answered {
    let page = query.page()?;
    let after = after(&page)?.unwrap_or(Uuid::nil());
    let organization = organization_id(&organization)?;
    let listed = app.people.invitations(organization, after, page.limit, clock::now()).await?;
    Ok(json(StatusCode::OK, &listed_as(listed, |invitation| InvitationAnswer::new(invitation, &app))))
}

/// Take an invitation back
#[utoipa::path(delete, path = "/api/v1/organizations/{organization}/invitations/{id}", tag = "invitations",
    params(("organization" = String, Path, description = "Its id"),
           ("id" = String, Path, description = "The invitation's id")),
    responses((status = 204, description = "It cannot be accepted any more")))]
pub(super) async fn withdraw(State(app): State<App>, At(at): At<(String, String)>) -> Answered {
    let invitation = read_id(&at.1).ok_or(Denial::NoSuch("invitation"))?;
    app.people.withdraw(organization_id(&at.0)?, invitation, clock::now()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
