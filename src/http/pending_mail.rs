//! Mail about what staff did, as long as it waits to be sent: it can be looked at, and withdrawn.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use headcount_core::ids::{RegistrationId, RoleId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::answer::{Answered, json};
use super::fields::{read_id, rfc3339};
use super::problem::Problem;
use super::request::At;
use super::rights::About;
use crate::clock;
use crate::mail::outbox;
use crate::store::script::Ran;

/// Mail that waits.
#[derive(Serialize, ToSchema)]
pub(super) struct PendingMailAnswer {
    /// What is sent soonest stands first; at most 200.
    items: Vec<PendingMail>,
}

/// A message that waits, or one to many.
#[derive(Serialize, ToSchema)]
struct PendingMail {
    message_id: Uuid,
    /// What it tells: `confirmed`, `waitlisted`, `promoted`, `moved`, `resized`, `demoted`, `cancelled`, `removed`,
    /// `removed_because`, `event_changed`, `event_cancelled` or `called`.
    kind: String,
    /// Whose registration it is about; null: it goes to many.
    #[schema(required, value_type = Option<Uuid>)]
    registration_id: Option<RegistrationId>,
    /// Of what goes to many: to all in this role; null: to all of the event or, if it is `called`, to its teams.
    #[schema(required, value_type = Option<Uuid>)]
    role_id: Option<RoleId>,
    /// When it is sent.
    #[schema(format = DateTime)]
    due_at: String,
}

/// See what is still to be mailed about what staff did
///
/// Such mail waits for half a minute. Who undoes in time what they did need not withdraw it: what is as it was is not told.
#[utoipa::path(get, path = "/api/v1/events/{event}/pending-mail", tag = "registrations",
    params(("event" = String, Path, description = "Id or slug")),
    responses((status = 200, body = PendingMailAnswer, description = "What waits")))]
pub(super) async fn pending(State(app): State<App>, About(about): About) -> Answered {
    let pending = outbox::pending(&app.readers, about.event).await?.into_iter().map(|one| PendingMail {
        message_id: one.id,
        kind: one.template,
        registration_id: one.registration,
        role_id: one.role,
        due_at: rfc3339(one.due_at),
    });
    Ok(json(StatusCode::OK, &PendingMailAnswer { items: pending.collect() }))
}

/// Withdraw a message that was not sent yet
#[utoipa::path(delete, path = "/api/v1/events/{event}/pending-mail/{id}", tag = "registrations",
    params(("event" = String, Path, description = "Id or slug"), ("id" = Uuid, Path, description = "Its message_id")),
    responses((status = 204, description = "It is not sent")))]
pub(super) async fn withdraw(
    State(app): State<App>,
    About(about): About,
    At((_, id)): At<(String, String)>,
) -> Answered {
    let gone = || Problem::not_found("There is no such message that waits. It may have been sent already.");
    let id = read_id(&id).ok_or_else(gone)?;
    match app.lanes.run(outbox::withdraw(about.event, id, clock::now())).await? {
        Ran::Done => Ok(StatusCode::NO_CONTENT.into_response()),
        Ran::Unmet(_) => Err(gone()),
    }
}
