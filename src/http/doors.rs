//! Door links of an event: they let their holder check people in, until they expire.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use headcount_core::ids::{DoorId, Millis};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::answer::{Answered, json};
use super::caller::Caller;
use super::fields::{Name, read_id, rfc3339};
use super::json::{Checks, Sent, parse};
use super::request::{Asked, At};
use super::rights::About;
use crate::clock;
use crate::people::Denial;
use crate::people::doors::{DOOR_AGE_MS_MAX, Door, DoorRequest};

/// A door link to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DoorRequest)]
pub(super) struct NewDoor {
    /// Who will hold it, or where.
    #[schema(required, value_type = String)]
    #[serde(default)]
    name: Sent<Name>,
    /// When it ends, at most 60 days ahead; in a day if left out.
    #[schema(value_type = String, format = DateTime)]
    #[serde(default)]
    expires_at: Sent<Millis>,
}

/// A door link.
#[derive(Serialize, ToSchema)]
#[schema(as = Door)]
pub(super) struct DoorAnswer {
    #[schema(value_type = Uuid)]
    id: DoorId,
    name: String,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
    /// What its holder shows, only in the answer that makes it: `Authorization: Bearer TOKEN`.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// The page of the door, with the token: to be opened on the phone of whoever stands there. As the token, only now.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

/// The door links of an event.
#[derive(Serialize, ToSchema)]
pub(super) struct Doors {
    items: Vec<DoorAnswer>,
}

impl DoorAnswer {
    fn new(door: Door) -> DoorAnswer {
        let Door { id, name, created_at, expires_at } = door;
        let (created_at, expires_at) = (rfc3339(created_at), rfc3339(expires_at));
        DoorAnswer { id, name, created_at, expires_at, token: None, url: None }
    }
}

/// Make a door link
#[utoipa::path(post, path = "/api/v1/events/{event}/doors", tag = "doors", request_body = NewDoor,
    params(("event" = String, Path, description = "Id or slug"),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 201, body = DoorAnswer, description = "The token is shown only now")))]
pub(super) async fn make(State(app): State<App>, caller: Caller, About(about): About, asked: Asked) -> Answered {
    let (request, now) = (parse::<NewDoor>(&asked.body)?, clock::now());
    let mut checks = Checks::default();
    let name = checks.required("name", request.name);
    let expires_at = checks.end("expires_at", request.expires_at, now, DOOR_AGE_MS_MAX);
    checks.finish()?;
    let name = name.map(|name| name.0).unwrap_or_default();
    let wanted = DoorRequest { event: about.event, organization: about.form.organization, name, expires_at };
    let key = caller.key(&asked);
    let key = key.as_ref().map(|(who, key)| (who.as_str(), *key));
    let (token, door) = app.people.make_door(wanted, caller.account_id(), key, now).await?;
    let url = format!("{}/door/{}?token={token}", app.public_url, about.event);
    let answer = DoorAnswer { token: Some(token), url: Some(url), ..DoorAnswer::new(door) };
    Ok(json(StatusCode::CREATED, &answer))
}

/// List the door links of an event that have not ended
#[utoipa::path(get, path = "/api/v1/events/{event}/doors", tag = "doors",
    params(("event" = String, Path, description = "Id or slug")),
    responses((status = 200, body = Doors, description = "Newest first")))]
pub(super) async fn list(State(app): State<App>, About(about): About) -> Answered {
    let doors = app.people.doors(about.event, clock::now()).await?;
    Ok(json(StatusCode::OK, &Doors { items: doors.into_iter().map(DoorAnswer::new).collect() }))
}

/// Revoke a door link
#[utoipa::path(delete, path = "/api/v1/events/{event}/doors/{id}", tag = "doors",
    params(("event" = String, Path, description = "Id or slug"), ("id" = String, Path, description = "The door link's id")),
    responses((status = 204, description = "It has ended")))]
pub(super) async fn revoke(State(app): State<App>, About(about): About, At(at): At<(String, String)>) -> Answered {
    let door = read_id(&at.1).ok_or(Denial::NoSuch("door link"))?;
    app.people.revoke_door(about.event, DoorId(door), clock::now()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
