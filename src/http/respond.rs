//! Yes or no to a call, by somebody who is logged in.

use axum::extract::State;
use axum::http::StatusCode;
use headcount_core::command::{Action, Answer, Command, Mode, Respond, RoleRef};
use headcount_core::decision::Responded;
use headcount_core::event::Details;
use headcount_core::ids::{EventId, RegistrationId, Spots};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::address::Client;
use super::answer::{Answered, json};
use super::caller::Caller;
use super::forms::{Taken, event_ref};
use super::json::{Checks, Sent, parse};
use super::limits::Sender;
use super::openapi::one_of;
use super::problem::{Problem, ProblemDocument};
use super::receipt::{RespondedAnswer, responded};
use super::request::{Asked, At};
use crate::clock;
use crate::store::read::FormOf;

/// Yes or no.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::http) enum Response {
    /// Yes: a sign-up.
    Accept,
    /// No, which is remembered; frees the place if there was one.
    Decline,
}

/// An answer to a call.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RespondRequest {
    /// Id or name of the role. May be left out where there is one; a no without a role is one for the whole event.
    #[schema(value_type = String)]
    #[serde(default)]
    role: Sent<RoleRef>,
    #[schema(required, schema_with = one_of::<Response>)]
    #[serde(default)]
    response: Sent<Response>,
}

/// Why an answer may not be taken.
pub(super) const REFUSALS: &str = "`not_open_yet`, `registration_closed`, `too_many_spots`, `already_registered`, \
                                   `already_declined`, `too_many_roles`, `too_late`, `role_full`, `event_full`, \
                                   `waitlist_full`";

/// Say yes or no to a call
///
/// Saying yes is signing up; saying no gives a place back. Both can be changed, as long as there is time and room.
#[utoipa::path(post, path = "/api/v1/events/{event}/respond", tag = "registrations", request_body = RespondRequest,
    params(("event" = String, Path, description = "Id or slug"),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 200, body = RespondedAnswer, description = "What the answer came to, one registration a role"),
              (status = 409, description = REFUSALS),
              (status = 429, body = ProblemDocument, content_type = "application/problem+json",
               description = "`rate_limited`; `Retry-After` says when to try again. Repeats with a key count too")))]
pub(super) async fn respond(
    State(app): State<App>,
    caller: Caller,
    client: Client,
    At(event): At<String>,
    asked: Asked,
) -> Answered {
    app.limits.sign_up(Sender::of(&caller, client))?;
    let request: RespondRequest = parse(&asked.body)?;
    let mut checks = Checks::default();
    let role = checks.given("role", request.role);
    let response = checks.required("response", request.response);
    checks.finish()?;
    let response = response.ok_or_else(|| Problem::internal("a missing response has no problem"))?;
    let (event, came_to) = app.respond(&caller, event, &asked, response, role).await?;
    Ok(json(StatusCode::OK, &RespondedAnswer::new(event, response, came_to, &app)))
}

impl App {
    /// Has an answer decided, as the account of `caller`.
    pub(super) async fn respond(
        &self,
        caller: &Caller,
        event: String,
        asked: &Asked,
        response: Response,
        role: Option<RoleRef>,
    ) -> Result<(EventId, Responded), Problem> {
        let identity = caller.identity().ok_or_else(Problem::needs_account)?;
        let read = |form: &FormOf| {
            let (name, email, language) = (identity.name.clone(), identity.email.clone(), identity.language.clone());
            let person = self.person(form.event, &form.form, &email, &name);
            let answer = match response {
                Response::Accept => Answer::Accept { role: role.clone().unwrap_or(RoleRef::Only), spots: Spots::ONE },
                Response::Decline => Answer::Decline { role: role.clone() },
            };
            let details = Details { name, email: Some(email), language, ..Details::default() };
            let id = RegistrationId(clock::new_id());
            let respond = Respond { id, person, details, form: form.form.clone(), answer };
            let (actor, idempotency) = (caller.as_person(), caller.idempotency(asked));
            let action = Action::Respond(Box::new(respond));
            Ok(Command { event: form.event, actor, idempotency, mode: Mode::Apply, action })
        };
        let submit = |command| self.lanes.submit(command);
        let key = |_: &FormOf| caller.idempotency(asked);
        let Taken { outcome, form, .. } =
            self.submit_under_form(&event_ref(&event)?, caller, key, read, submit).await?;
        responded(outcome).map(|came_to| (form.event, came_to))
    }
}
