//! Thin faces on the same commands for clients of earlier systems: their addresses, their words, their answers. What is
//! refused is told by `message`, beside the stable `code`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use headcount_core::command::{Action, Command, Mode, Promote, RoleRef};
use headcount_core::decision::{Outcome, Receipt, Refusal};
use headcount_core::event::Status;
use headcount_core::ids::{EventId, RegistrationId, Spots};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::address::Client;
use super::answer::json;
use super::caller::Caller;
use super::fields::{Email, Name, Phone};
use super::json::{Checks, Sent, parse};
use super::limits::Sender;
use super::manage::NothingMore;
use super::openapi::one_of;
use super::problem::Problem;
use super::receipt::{link_of, receipt};
use super::request::{Asked, At};
use super::respond::{self, Response as YesOrNo};
use super::rights::About;
use super::sign_up::{self, SignUpRequest, submit_request};

/// What older clients are told when something is not done.
#[derive(Serialize, ToSchema)]
pub(super) struct OlderRefusal {
    /// What happened and what to do.
    message: String,
    /// Stable, as in problem documents.
    code: &'static str,
}

/// A registration in the words of older clients.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct OlderRegistration {
    /// `CONFIRMED`, `WAITLIST`, `PENDING` (check your mail), `DECLINED` or `CANCELLED`.
    status: &'static str,
    #[schema(value_type = Uuid)]
    event_id: EventId,
    /// None while a mail must be followed first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    registration_id: Option<RegistrationId>,
    role: String,
    spots_count: u32,
    /// Place in the waiting list, if it waits and is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u64>,
    /// The link to manage it. Only for the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    manage_url: Option<String>,
}

impl OlderRegistration {
    fn new(receipt: Receipt, manage_url: Option<String>) -> OlderRegistration {
        OlderRegistration {
            status: older_word(receipt.status),
            event_id: receipt.event_id,
            registration_id: Some(receipt.id),
            role: receipt.role,
            spots_count: receipt.spots.get(),
            position: receipt.position,
            manage_url,
        }
    }

    fn for_person(receipt: Receipt, app: &App) -> OlderRegistration {
        let link = app.manage_url(link_of(&receipt));
        OlderRegistration::new(receipt, Some(link))
    }
}

fn older_word(status: Status) -> &'static str {
    match status {
        Status::Confirmed => "CONFIRMED",
        Status::Held => "PENDING",
        Status::Waitlisted => "WAITLIST",
        Status::Declined => "DECLINED",
        Status::Cancelled | Status::Removed => "CANCELLED",
    }
}

/// Whether an operation is one of these faces.
pub(super) fn is_older(path: &str) -> bool {
    !path.starts_with("/api/v1/") && (path.starts_with("/api/") || path.starts_with("/events/"))
}

/// An answer, or a refusal in the words of older clients.
pub(super) fn told(answered: Result<Response, Problem>) -> Response {
    answered.unwrap_or_else(|problem| {
        let refusal = OlderRefusal { message: problem.detail().to_owned(), code: problem.code() };
        let mut response = problem.into_response();
        let body = serde_json::to_vec(&refusal).expect("a refusal has only string keys");
        *response.body_mut() = body.into();
        response.headers_mut().insert(CONTENT_TYPE, axum::http::HeaderValue::from_static("application/json"));
        response
    })
}

/// Say that one comes (older clients)
///
/// For the account of the token, in the event's only role.
#[utoipa::path(post, path = "/api/events/{event}/rsvp", tag = "older", request_body = Option<NothingMore>,
    params(("event" = String, Path, description = "Id or slug"),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 200, body = OlderRegistration, description = "Confirmed or waitlisted"),
              (status = 409, description = respond::REFUSALS),
              (status = 429, description = "`rate_limited`; `Retry-After` says when to try again")))]
pub(super) async fn rsvp(
    State(app): State<App>,
    caller: Caller,
    client: Client,
    At(event): At<String>,
    asked: Asked,
) -> Response {
    let sender = Sender::of(&caller, client);
    if let Err(problem) = parse::<NothingMore>(&asked.body) {
        return told(Err(problem));
    }
    told(answer(&app, &caller, sender, event, &asked, YesOrNo::Accept, None).await)
}

/// `accept` or `decline`, also as `accepted` and `declined`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub(in crate::http) enum OlderResponse {
    #[serde(rename = "accept", alias = "accepted")]
    Accept,
    #[serde(rename = "decline", alias = "declined")]
    Decline,
}

/// An answer to a call, from an older client.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OlderRespondRequest {
    #[schema(required, schema_with = one_of::<OlderResponse>)]
    #[serde(default)]
    response: Sent<OlderResponse>,
    /// Id or name of the role; may be left out where there is one.
    #[schema(value_type = String)]
    #[serde(default)]
    role: Sent<RoleRef>,
}

/// Say yes or no to a call (older clients)
#[utoipa::path(post, path = "/events/{event}/respond", tag = "older", request_body = OlderRespondRequest,
    params(("event" = String, Path, description = "Id or slug"),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 200, body = OlderRegistration, description = "Noted"),
              (status = 409, description = respond::REFUSALS),
              (status = 429, description = "`rate_limited`; `Retry-After` says when to try again")))]
pub(super) async fn respond(
    State(app): State<App>,
    caller: Caller,
    client: Client,
    At(event): At<String>,
    asked: Asked,
) -> Response {
    let sender = Sender::of(&caller, client);
    let read = || {
        let request: OlderRespondRequest = parse(&asked.body)?;
        let mut checks = Checks::default();
        let response = checks.required("response", request.response);
        let role = checks.given("role", request.role);
        checks.finish()?;
        let response = response.ok_or_else(|| Problem::internal("a missing response has no problem"))?;
        Ok((if response == OlderResponse::Accept { YesOrNo::Accept } else { YesOrNo::Decline }, role))
    };
    told(match read() {
        Ok((response, role)) => answer(&app, &caller, sender, event, &asked, response, role).await,
        Err(problem) => Err(problem),
    })
}

async fn answer(
    app: &App,
    caller: &Caller,
    sender: Sender,
    event: String,
    asked: &Asked,
    response: YesOrNo,
    role: Option<RoleRef>,
) -> Result<Response, Problem> {
    app.limits.sign_up(sender)?;
    let (_, came_to) = app.respond(caller, event, asked, response, role).await?;
    let receipt = came_to.receipts.into_iter().next();
    let receipt = receipt.ok_or_else(|| Problem::internal("an answer came to no registration"))?;
    Ok(json(StatusCode::OK, &OlderRegistration::for_person(receipt, app)))
}

/// A sign-up on a public page, from an older client.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct OlderRegisterRequest {
    #[schema(required, value_type = String)]
    #[serde(default)]
    name: Sent<Name>,
    #[schema(required, value_type = String, format = Email)]
    #[serde(default)]
    email: Sent<Email>,
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    phone: Sent<Phone>,
    /// Size of the party; 1 if left out.
    #[schema(value_type = u32, minimum = 1, maximum = 1_000)]
    #[serde(default)]
    spots_count: Sent<Spots>,
}

/// Sign up on a public page (older clients)
#[utoipa::path(post, path = "/api/p/{event}/register", tag = "older", request_body = OlderRegisterRequest,
    params(("event" = String, Path, description = "Slug or id"),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless; at least 22 characters")),
    responses((status = 201, body = OlderRegistration, description = "Confirmed or waitlisted, as `status` says"),
              (status = 202, body = OlderRegistration, description = "`PENDING`: check your mail"),
              (status = 409, description = sign_up::REFUSALS),
              (status = 429, description = "`rate_limited`; `Retry-After` says when to try again")))]
pub(super) async fn register(
    State(app): State<App>,
    caller: Caller,
    client: Client,
    At(event): At<String>,
    asked: Asked,
) -> Response {
    told(take_register(&app, &caller, Sender::of(&caller, client), event, &asked).await)
}

async fn take_register(
    app: &App,
    caller: &Caller,
    sender: Sender,
    event: String,
    asked: &Asked,
) -> Result<Response, Problem> {
    let request = || {
        let OlderRegisterRequest { name, email, phone, spots_count } = parse(&asked.body)?;
        Ok(SignUpRequest::of_older_client(name, email, phone, spots_count))
    };
    let taken = submit_request(app, caller, sender, event, asked, request, |command| app.lanes.submit(command)).await?;
    match taken.outcome {
        Outcome::CheckMail(mail) => {
            let pending = OlderRegistration {
                status: older_word(Status::Held),
                event_id: mail.event_id,
                registration_id: None,
                role: mail.role,
                spots_count: mail.spots.get(),
                position: None,
                manage_url: None,
            };
            Ok(json(StatusCode::ACCEPTED, &pending))
        }
        outcome => Ok(json(StatusCode::CREATED, &OlderRegistration::for_person(receipt(outcome)?, app))),
    }
}

/// `CONFIRMED`, `WAITLIST` or `CANCELLED`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(in crate::http) enum OlderStatus {
    Confirmed,
    Waitlist,
    Cancelled,
}

/// A new status of a registration, from an older client.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OlderStatusRequest {
    #[schema(required, schema_with = one_of::<OlderStatus>)]
    #[serde(default)]
    status: Sent<OlderStatus>,
}

/// Promote, demote or cancel a registration (older clients)
///
/// `CONFIRMED` gives a waiting party its places if they are free, or brings back one that has ended; `WAITLIST` takes
/// them away; `CANCELLED` ends it. What is so already stays so.
#[utoipa::path(patch, path = "/api/events/{event}/registrations/{id}", tag = "older", request_body = OlderStatusRequest,
    params(("event" = String, Path, description = "Id or slug"), ("id" = Uuid, Path, description = "The registration")),
    responses((status = 200, body = OlderRegistration, description = "Done, or so already"),
              (status = 409, description = "`no_room`, `not_confirmed`, `not_active`, `still_active`, `already_registered`, \
               `too_many_roles`")))]
pub(super) async fn set_status(
    State(app): State<App>,
    caller: Caller,
    About(about): About,
    At((_, id)): At<(String, RegistrationId)>,
    asked: Asked,
) -> Response {
    told(take_status(&app, &caller, about.event, id, &asked).await)
}

async fn take_status(
    app: &App,
    caller: &Caller,
    event: EventId,
    id: RegistrationId,
    asked: &Asked,
) -> Result<Response, Problem> {
    let mut checks = Checks::default();
    let wanted = checks.required("status", parse::<OlderStatusRequest>(&asked.body)?.status);
    checks.finish()?;
    let wanted = wanted.ok_or_else(|| Problem::internal("a missing status has no problem"))?;
    let submit = async |action| {
        let command = Command { event, actor: caller.as_staff(), idempotency: None, mode: Mode::Apply, action };
        app.lanes.submit(command).await
    };
    let promote = Action::Promote(Promote { registration: id, override_reason: None });
    // Each tells by its refusal that another command is the one that is meant; none of them does anything twice.
    let outcome = match wanted {
        OlderStatus::Cancelled => submit(Action::Cancel(id)).await?,
        OlderStatus::Waitlist => submit(Action::Demote(id)).await?,
        OlderStatus::Confirmed => match submit(promote).await? {
            Outcome::Refused(Refusal::NotWaitlisted) => submit(Action::Reinstate(id)).await?,
            outcome => outcome,
        },
    };
    match outcome {
        Outcome::Refused(Refusal::StillActive | Refusal::NotActive | Refusal::NotConfirmed) => {
            app.as_it_is(event, id, wanted).await
        }
        outcome => Ok(json(StatusCode::OK, &OlderRegistration::new(receipt(outcome)?, None))),
    }
}

impl App {
    /// A registration that has the wanted status already; else why it cannot have it.
    async fn as_it_is(&self, event: EventId, id: RegistrationId, wanted: OlderStatus) -> Result<Response, Problem> {
        let found = self.readers.registration(event, id, crate::clock::now()).await?;
        let view = found.ok_or_else(Problem::no_such_registration)?.registration;
        let one = view.registration;
        let (has, refusal) = match wanted {
            OlderStatus::Confirmed => (one.status.occupies_places(), Refusal::StillActive),
            OlderStatus::Waitlist => (one.status == Status::Waitlisted, Refusal::NotConfirmed),
            OlderStatus::Cancelled => (!one.status.is_active(), Refusal::NotActive),
        };
        if !has {
            return Err(refusal.into());
        }
        let answer = OlderRegistration {
            status: older_word(one.status),
            event_id: event,
            registration_id: Some(id),
            role: view.role_name,
            spots_count: one.spots.get(),
            position: view.position,
            manage_url: None,
        };
        Ok(json(StatusCode::OK, &answer))
    }
}
