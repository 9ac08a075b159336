//! What is mailed because somebody asks for it, and how mailing goes.

use axum::extract::State;
use axum::http::StatusCode;
use headcount_core::ids::RegistrationId;
use headcount_core::person::key_by_email;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::address::Client;
use super::answer::{Answered, json};
use super::caller::Caller;
use super::fields::{Email, rfc3339};
use super::json::{Checks, Sent, parse};
use super::manage::NothingMore;
use super::problem::{Problem, ProblemDocument};
use super::request::{Asked, At};
use super::rights::About;
use crate::clock;
use crate::mail::outbox::{Order, State as Waiting, order, state};

/// For how long one address is not mailed again, however often somebody asks.
const AGAIN_MS_MIN: i64 = 5 * 60 * 1_000;

/// Whose sign-ups.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MySignUpsRequest {
    #[schema(required, value_type = String, format = Email)]
    #[serde(default)]
    email: Sent<Email>,
}

/// The same for every address.
#[derive(Serialize, ToSchema)]
pub(super) struct MySignUpsAnswer {
    /// What happens now.
    message: &'static str,
}

/// Have the links to all of one's sign-ups mailed
///
/// The answer is the same whether somebody with this address has signed up or not. If so, one mail goes to the address that
/// is registered, with the links to all sign-ups for events that are not over; at most one in five minutes.
#[utoipa::path(post, path = "/api/v1/my-sign-ups", tag = "registrations", request_body = MySignUpsRequest,
    responses((status = 202, body = MySignUpsAnswer, description = "If there are any, they are mailed"),
              (status = 409, body = ProblemDocument, content_type = "application/problem+json",
               description = "`no_mail`: the server sends no mail"),
              (status = 429, body = ProblemDocument, content_type = "application/problem+json",
               description = "`rate_limited`; `Retry-After` says when to try again")))]
pub(super) async fn my_sign_ups(State(app): State<App>, client: Client, asked: Asked) -> Answered {
    app.limits.search(client)?;
    let mut checks = Checks::default();
    let email = checks.required("email", parse::<MySignUpsRequest>(&asked.body)?.email);
    checks.finish()?;
    app.must_mail()?;
    let (email, now) = (email.map(|email| email.0).unwrap_or_default(), clock::now());
    // Whether anybody has this address is looked up by whoever sends it: so the work here is the same for all.
    let window = now.0 / AGAIN_MS_MIN;
    let id = app.secret.id_of("my_sign_ups", &format!("{window} {}", key_by_email(&email)));
    let search = Order { address: Some(email), ..Order::new(id, "my_sign_ups") };
    let _written_or_asked_for_before = app.lanes.run(order(search, now)).await?;
    let message =
        "If somebody signed up with this address for an event that is not over, the links are on their way to it.";
    Ok(json(StatusCode::ACCEPTED, &MySignUpsAnswer { message }))
}

/// What is mailed.
#[derive(Serialize, ToSchema)]
pub(super) struct SendLinkAnswer {
    /// The mail; its Message-ID begins with it.
    message_id: Uuid,
}

/// Have the link to a registration mailed to its address once more
///
/// The link itself is its `manage_url`.
#[utoipa::path(post, path = "/api/v1/events/{event}/registrations/{id}/send-link", tag = "registrations",
    request_body = Option<NothingMore>,
    params(("event" = String, Path, description = "Id or slug"), ("id" = Uuid, Path, description = "The registration"),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 202, body = SendLinkAnswer, description = "It is on its way"),
              (status = 409, body = ProblemDocument, content_type = "application/problem+json",
               description = "`no_mail`: the server sends no mail. `no_address`: the registration has none")))]
pub(super) async fn send_link(
    State(app): State<App>,
    caller: Caller,
    About(about): About,
    At((_, id)): At<(String, RegistrationId)>,
    asked: Asked,
) -> Answered {
    let NothingMore {} = parse(&asked.body)?;
    app.must_mail()?;
    let now = clock::now();
    let found = app.readers.registration(about.event, id, now).await?.ok_or_else(Problem::no_such_registration)?;
    if found.registration.registration.details.email.is_none() {
        return Err(Problem::no_address());
    }
    let message_id = match caller.idempotency(&asked) {
        Some(key) => app.secret.id_of("resend_link", &format!("{id} {} {}", key.who, key.key)),
        None => clock::new_id(),
    };
    let link = Order { registration: Some((about.event, id)), ..Order::new(message_id, "resend_link") };
    let _written_or_asked_for_before = app.lanes.run(order(link, now)).await?;
    Ok(json(StatusCode::ACCEPTED, &SendLinkAnswer { message_id }))
}

/// How mailing goes.
#[derive(Serialize, ToSchema)]
pub(super) struct MailAnswer {
    /// Whether this server sends mail.
    sends: bool,
    /// Messages that are still to be sent.
    waiting: i64,
    /// When the one was asked for that waits the longest.
    #[schema(required, format = DateTime)]
    waiting_since: Option<String>,
    /// Messages of the last 30 days that were given up.
    given_up: i64,
    /// The latest that were given up or wait for another attempt; at most 50.
    problems: Vec<MailProblem>,
}

/// A message that was not sent.
#[derive(Serialize, ToSchema)]
struct MailProblem {
    message_id: Uuid,
    /// What it was about.
    template: String,
    /// How often it was tried.
    attempts: i64,
    /// What happened. Tells nobody's address.
    problem: String,
    #[schema(format = DateTime)]
    created_at: String,
    /// Whether it was given up; else it is tried again.
    given_up: bool,
}

/// Read how mailing goes
#[utoipa::path(get, path = "/api/v1/system/mail", tag = "system",
    responses((status = 200, body = MailAnswer, description = "What waits, and what went wrong")))]
pub(super) async fn state_of_mail(State(app): State<App>) -> Answered {
    let Waiting { waiting, waiting_since, given_up, problems } = state(&app.readers).await?;
    let problems = problems.into_iter().map(|one| MailProblem {
        message_id: one.id,
        template: one.template,
        attempts: one.attempts,
        problem: one.problem,
        created_at: rfc3339(one.created_at),
        given_up: one.is_given_up,
    });
    let waiting_since = waiting_since.map(rfc3339);
    let (sends, problems) = (app.people.settings().can_mail, problems.collect());
    Ok(json(StatusCode::OK, &MailAnswer { sends, waiting, waiting_since, given_up, problems }))
}

impl App {
    fn must_mail(&self) -> Result<(), Problem> {
        if self.people.settings().can_mail { Ok(()) } else { Err(Problem::no_mail()) }
    }
}
