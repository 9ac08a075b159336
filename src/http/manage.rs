//! What the holder of a manage link can do with their own registration. A link that this server did not make, or that
//! has ended, is answered like one to nothing.

use axum::extract::State;
use axum::http::StatusCode;
use headcount_core::command::{Action, Actor, Command, Idempotency, Mode, Move, Resize, RoleRef};
use headcount_core::event::EventStatus;
use headcount_core::ids::{EventId, RegistrationId, RoleId, Seq, Spots};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::answer::{Answered, json};
use super::caller::Caller;
use super::details::{Asker, DetailsRequest};
use super::fields::rfc3339;
use super::forms::Taken;
use super::json::{Checks, Sent, parse};
use super::openapi::one_of;
use super::problem::{Problem, ProblemDocument};
use super::receipt::{ReceiptAnswer, receipt};
use super::request::{Asked, At};
use super::waiting::{Waiting, waiting};
use crate::clock;
use crate::secret::Link;
use crate::store::read::{EventRef, FormOf, RegistrationInEvent};

/// A person's own registration.
#[derive(Serialize, ToSchema)]
struct OwnRegistration {
    #[schema(value_type = Uuid)]
    id: RegistrationId,
    #[schema(value_type = Uuid)]
    role_id: RoleId,
    /// The role's name.
    role: String,
    #[schema(schema_with = one_of::<headcount_core::event::Status>)]
    status: headcount_core::event::Status,
    spots: u32,
    /// Until when the address must be verified (`confirm`), or the registration ends; null: it need not be.
    #[schema(required, format = DateTime)]
    verify_until: Option<String>,
    #[schema(value_type = u64)]
    seq: Seq,
    #[schema(format = DateTime)]
    created_at: String,
    name: String,
    #[schema(required)]
    email: Option<String>,
    #[schema(required)]
    phone: Option<String>,
    #[schema(required)]
    notes: Option<String>,
    #[schema(required)]
    special_requirements: Option<String>,
    /// In which they are written to; null: English.
    #[schema(required)]
    language: Option<String>,
}

/// What somebody who signed up wants to know of the event.
#[derive(Serialize, ToSchema)]
struct OwnEvent {
    #[schema(value_type = Uuid)]
    id: EventId,
    slug: String,
    title: String,
    location: String,
    contact: String,
    timezone: String,
    #[schema(schema_with = one_of::<EventStatus>)]
    status: EventStatus,
    #[schema(required, format = DateTime)]
    starts_at: Option<String>,
    #[schema(required, format = DateTime)]
    ends_at: Option<String>,
    /// Until when the person may cancel; null: no limit.
    #[schema(required, format = DateTime)]
    cancel_until: Option<String>,
    /// Whether the person may change the role.
    self_move: bool,
}

/// What a manage link shows.
#[derive(Serialize, ToSchema)]
pub(super) struct Managed {
    event: OwnEvent,
    registration: OwnRegistration,
    /// Null if it does not wait.
    #[schema(required)]
    waiting: Option<Waiting>,
}

impl From<RegistrationInEvent> for Managed {
    fn from(found: RegistrationInEvent) -> Managed {
        let waiting = waiting(&found.registration, &found.event);
        let (event, view) = (found.event, found.registration);
        let one = view.registration;
        let role = event.roles.iter().find(|role| role.id == one.role);
        let starts_at = role.and_then(|role| role.settings.starts_at).or(event.settings.starts_at);
        let ends_at = role.and_then(|role| role.settings.ends_at).or(event.settings.ends_at);
        let cancel_until = role.and_then(|role| event.settings.cancel_until(&role.settings));
        Managed {
            event: OwnEvent {
                id: event.id,
                slug: event.settings.form.slug,
                title: event.texts.title,
                location: event.texts.location,
                contact: event.texts.contact,
                timezone: event.texts.timezone,
                status: event.settings.status,
                starts_at: starts_at.map(rfc3339),
                ends_at: ends_at.map(rfc3339),
                cancel_until: cancel_until.map(rfc3339),
                self_move: event.settings.self_move,
            },
            registration: OwnRegistration {
                id: one.id,
                role_id: one.role,
                role: view.role_name,
                status: one.status,
                spots: one.spots.get(),
                verify_until: one.verify_by.map(rfc3339),
                seq: view.seq,
                created_at: rfc3339(one.created_at),
                name: one.details.name,
                email: one.details.email,
                phone: one.details.phone,
                notes: one.details.notes,
                special_requirements: one.details.special_requirements,
                language: one.details.language,
            },
            waiting,
        }
    }
}

/// Look at one's own registration
#[utoipa::path(get, path = "/api/v1/manage/{token}", tag = "manage",
    params(("token" = String, Path, description = "From the manage_url")),
    responses((status = 200, body = Managed, description = "The registration, its event, and why it waits if it does")))]
pub(super) async fn read(State(app): State<App>, At(token): At<String>) -> Answered {
    let link = app.link(&token)?;
    let found = app.readers.registration(link.event, link.registration, clock::now()).await?;
    let found = found.filter(|found| found.registration.registration.link_version == link.version);
    Ok(json(StatusCode::OK, &Managed::from(found.ok_or_else(Problem::no_such_registration)?)))
}

/// A request without fields.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NothingMore {}

/// Give one's registration up
#[utoipa::path(post, path = "/api/v1/manage/{token}/cancel", tag = "manage", request_body = Option<NothingMore>,
    params(("token" = String, Path, description = "From the manage_url"),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 200, body = ReceiptAnswer, description = "Cancelled"),
              (status = 409, description = "`not_active`, `too_late`")))]
pub(super) async fn cancel(State(app): State<App>, At(token): At<String>, asked: Asked) -> Answered {
    let link = app.link(&token)?;
    let NothingMore {} = parse(&asked.body)?;
    app.submit_by_link(link, &asked, Action::Cancel(link.registration)).await
}

/// Confirm that the address is one's own
#[utoipa::path(post, path = "/api/v1/manage/{token}/confirm", tag = "manage", request_body = Option<NothingMore>,
    params(("token" = String, Path, description = "From the manage_url"),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 200, body = ReceiptAnswer, description = "Verified; once more changes nothing"),
              (status = 409, description = "`not_active`")))]
pub(super) async fn confirm(State(app): State<App>, At(token): At<String>, asked: Asked) -> Answered {
    let link = app.link(&token)?;
    let NothingMore {} = parse(&asked.body)?;
    app.submit_by_link(link, &asked, Action::Confirm(link.registration)).await
}

/// A new size of the party.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResizeRequest {
    #[schema(required, value_type = u32, minimum = 1, maximum = 1_000)]
    #[serde(default)]
    spots: Sent<Spots>,
}

/// Change the size of one's party
#[utoipa::path(post, path = "/api/v1/manage/{token}/resize", tag = "manage", request_body = ResizeRequest,
    params(("token" = String, Path, description = "From the manage_url"),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 200, body = ReceiptAnswer, description = "Changed"),
              (status = 409, description = "`not_active`, `too_late`, `too_many_spots`, `already_checked_in`, \
               `role_full`, `event_full`")))]
pub(super) async fn resize(State(app): State<App>, At(token): At<String>, asked: Asked) -> Answered {
    let link = app.link(&token)?;
    let mut checks = Checks::default();
    let spots = checks.required("spots", parse::<ResizeRequest>(&asked.body)?.spots);
    checks.finish()?;
    let resize = Resize { registration: link.registration, spots: spots.unwrap_or(Spots::ONE) };
    app.submit_by_link(link, &asked, Action::Resize(resize)).await
}

/// A new role.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MoveRequest {
    /// Id or name.
    #[schema(required, value_type = String)]
    #[serde(default)]
    role: Sent<RoleRef>,
}

/// Change one's role, where the event lets people do that
#[utoipa::path(post, path = "/api/v1/manage/{token}/move", tag = "manage", request_body = MoveRequest,
    params(("token" = String, Path, description = "From the manage_url"),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 200, body = ReceiptAnswer, description = "Changed"),
              (status = 403, body = ProblemDocument, content_type = "application/problem+json",
               description = "`forbidden`: the event does not let people change their role"),
              (status = 409, description = "`not_active`, `too_late`, `registration_closed`, \
               `already_registered`, `too_many_spots`, `role_full`, `event_full`")))]
pub(super) async fn change_role(State(app): State<App>, At(token): At<String>, asked: Asked) -> Answered {
    let link = app.link(&token)?;
    let mut checks = Checks::default();
    let to = checks.required("role", parse::<MoveRequest>(&asked.body)?.role);
    checks.finish()?;
    let change = Move { registration: link.registration, to: to.unwrap_or(RoleRef::Only) };
    app.submit_by_link(link, &asked, Action::Move(change)).await
}

/// Change one's name, phone number or notes
#[utoipa::path(post, path = "/api/v1/manage/{token}/contact", tag = "manage", request_body = DetailsRequest,
    params(("token" = String, Path, description = "From the manage_url"),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 200, body = ReceiptAnswer, description = "Changed")))]
pub(super) async fn contact(State(app): State<App>, At(token): At<String>, asked: Asked) -> Answered {
    let link = app.link(&token)?;
    let read = |form: &FormOf| {
        let request: DetailsRequest = parse(&asked.body)?;
        let (action, _) = request.edit(link.registration, &form.form, Asker::Person)?;
        Ok(by_link(link, &asked, action))
    };
    let submit = |command| app.lanes.submit(command);
    // The link is what lets them in, whatever the event's visibility.
    let event = EventRef::Id(link.event);
    let key = |_: &FormOf| key_of(link, &asked);
    let Taken { outcome, .. } = app.submit_under_form(&event, &Caller::Owner, key, read, submit).await?;
    Ok(json(StatusCode::OK, &ReceiptAnswer::for_person(receipt(outcome)?, &app)))
}

fn by_link(link: Link, asked: &Asked, action: Action) -> Command {
    let idempotency = key_of(link, asked);
    Command { event: link.event, actor: Actor::Link(link.version), idempotency, mode: Mode::Apply, action }
}

fn key_of(link: Link, asked: &Asked) -> Option<Idempotency> {
    asked.idempotency(|| format!("link:{}", link.registration))
}

impl App {
    /// The link with this token, if this server made it; whether it has ended is not told.
    pub(super) fn link(&self, token: &str) -> Result<Link, Problem> {
        self.secret.read_link(token).ok_or_else(Problem::no_such_registration)
    }

    async fn submit_by_link(&self, link: Link, asked: &Asked, action: Action) -> Answered {
        let outcome = self.lanes.submit(by_link(link, asked, action)).await?;
        Ok(json(StatusCode::OK, &ReceiptAnswer::for_person(receipt(outcome)?, self)))
    }
}
