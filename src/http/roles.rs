//! Roles of an event: add, change, remove.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use headcount_core::command::{Action, Mode, RemoveRole, RoleRef};
use headcount_core::ids::RoleId;

use super::App;
use super::answer::Answered;
use super::caller::Caller;
use super::fields::read_id;
use super::json::parse;
use super::receipt::EditedAnswer;
use super::request::{Asked, At, IfMatch};
use super::rights::About;
use super::role_request::RoleRequest;

/// Add a role
#[utoipa::path(post, path = "/api/v1/events/{event}/roles", tag = "roles", request_body = RoleRequest,
    params(("event" = String, Path, description = "Id or slug"),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 201, body = EditedAnswer, description = "Added"),
              (status = 200, body = EditedAnswer, description = "A dry run: it could be added"),
              (status = 409, description = "`role_exists`")))]
pub(super) async fn add(State(app): State<App>, caller: Caller, About(about): About, asked: Asked) -> Answered {
    let (role, mode) = parse::<RoleRequest>(&asked.body)?.add()?;
    let (actor, key) = (caller.as_staff(), caller.idempotency(&asked));
    let edited = app.edit(about.event, actor, mode, key, Action::AddRole(Box::new(role))).await?;
    let mut response = edited.into_response();
    if mode != Mode::DryRun {
        *response.status_mut() = StatusCode::CREATED;
    }
    Ok(response)
}

/// Change a role
#[utoipa::path(patch, path = "/api/v1/events/{event}/roles/{role}", tag = "roles", request_body = RoleRequest,
    params(("event" = String, Path, description = "Id or slug"), ("role" = String, Path, description = "Id or name"),
           ("If-Match" = String, Header, description = "The ETag of the event")),
    responses((status = 200, body = EditedAnswer, description = "Changed, or what would change"),
              (status = 409, description = "`role_exists`, `capacity_below_reserved`")))]
pub(super) async fn change(
    State(app): State<App>,
    caller: Caller,
    About(about): About,
    At((_, role)): At<(String, String)>,
    IfMatch(revision): IfMatch,
    asked: Asked,
) -> Answered {
    let (edit, mode) = parse::<RoleRequest>(&asked.body)?.edit(role_ref(role), revision)?;
    let action = Action::EditRole(Box::new(edit));
    Ok(app.edit(about.event, caller.as_staff(), mode, None, action).await?.into_response())
}

/// Remove a role that nobody is or was in
#[utoipa::path(delete, path = "/api/v1/events/{event}/roles/{role}", tag = "roles",
    params(("event" = String, Path, description = "Id or slug"), ("role" = String, Path, description = "Id or name"),
           ("If-Match" = String, Header, description = "The ETag of the event")),
    responses((status = 200, body = EditedAnswer, description = "Removed"),
              (status = 409, description = "`role_not_empty`, `last_role`")))]
pub(super) async fn remove(
    State(app): State<App>,
    caller: Caller,
    About(about): About,
    At((_, role)): At<(String, String)>,
    IfMatch(revision): IfMatch,
) -> Answered {
    let remove = Action::RemoveRole(RemoveRole { revision, role: role_ref(role) });
    Ok(app.edit(about.event, caller.as_staff(), Mode::Apply, None, remove).await?.into_response())
}

fn role_ref(text: String) -> RoleRef {
    read_id(&text).map_or(RoleRef::Name(text), |id| RoleRef::Id(RoleId(id)))
}
