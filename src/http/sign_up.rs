//! Sign-up: the request everything else is built around.

use axum::extract::State;
use axum::http::StatusCode;
use headcount_core::command::{Action, Actor, Command, Idempotency, IfFull, Mode, RoleRef, SignUp};
use headcount_core::decision::Outcome;
use headcount_core::event::Details;
use headcount_core::ids::{RegistrationId, Spots};
use headcount_core::person::{Person, key_by_entry};
use serde::Deserialize;
use utoipa::ToSchema;

use super::App;
use super::address::Client;
use super::answer::{Answered, json};
use super::caller::Caller;
use super::details::{STAFF_ONLY, phone};
use super::fields::{Email, Name, Phone, SmallMetadata, Text};
use super::forms::{Taken, event_ref};
use super::json::{Checks, Sent, parse};
use super::limits::Sender;
use super::openapi::one_of;
use super::problem::{Problem, ProblemDocument};
use super::receipt::{CheckMailAnswer, ReceiptAnswer, receipt};
use super::request::{Asked, At};
use super::role_request::mode;
use crate::clock;
use crate::lanes::Rejected;
use crate::people::identity::{Identity, Standing};
use crate::store::read::FormOf;
use crate::words::Language;

/// A sign-up.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignUpRequest {
    /// Id or name of the role; may be left out where there is one.
    #[schema(value_type = String)]
    #[serde(default)]
    role: Sent<RoleRef>,
    /// Size of the party; 1 if left out.
    #[schema(value_type = u32, minimum = 1, maximum = 1_000)]
    #[serde(default)]
    spots: Sent<Spots>,
    /// What to do where there is no place: `wait`, if the event has a waitlist, or `refuse`. `wait` if left out.
    #[schema(schema_with = one_of::<IfFull>)]
    #[serde(default)]
    if_full: Sent<IfFull>,
    #[schema(required, value_type = String, max_length = 400)]
    #[serde(default)]
    name: Sent<Name>,
    /// Required, except from staff. Somebody with an account leaves out name and e-mail to sign up themself.
    #[schema(value_type = String, format = Email)]
    #[serde(default)]
    email: Sent<Email>,
    /// As the event asks for it: hidden, optional or required. National numbers are read as those of its `phone_region`.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    phone: Sent<Phone>,
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    notes: Sent<Text>,
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    special_requirements: Sent<Text>,
    /// Anything, for programs; shown to staff only.
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    metadata: Sent<SmallMetadata>,
    /// The language in which they are written to, by its tag, such as `he`: one that this server speaks. English if left
    /// out; of somebody who is logged in, that of their account.
    #[schema(value_type = String)]
    #[serde(default)]
    language: Sent<Language>,
    /// Only by staff: decide, say what would happen, and change nothing.
    #[schema(value_type = bool)]
    #[serde(default)]
    dry_run: Sent<bool>,
    /// Only by staff: whether those concerned are mailed; if left out, they are.
    #[schema(value_type = bool)]
    #[serde(default)]
    notify: Sent<bool>,
}

impl SignUpRequest {
    /// What a client of an earlier system can say.
    pub(super) fn of_older_client(
        name: Sent<Name>,
        email: Sent<Email>,
        phone: Sent<Phone>,
        spots: Sent<Spots>,
    ) -> SignUpRequest {
        SignUpRequest { name, email, phone, spots, ..SignUpRequest::default() }
    }
}

/// Why somebody may not get in.
pub(super) const REFUSALS: &str = "`not_open_yet`, `registration_closed`, `too_many_spots`, `already_registered`, \
                                   `too_many_roles`, `role_full`, `event_full`, `waitlist_full`";

/// Sign up for an event
#[utoipa::path(post, path = "/api/v1/events/{event}/registrations", tag = "registrations", request_body = SignUpRequest,
    params(("event" = String, Path, description = "Id or slug"),
           ("Idempotency-Key" = Option<String>, Header,
            description = "Makes a repeat harmless; of guests at least 22 characters")),
    responses((status = 201, body = ReceiptAnswer, description = "Confirmed or waitlisted, as `status` says"),
              (status = 202, body = CheckMailAnswer,
               description = "Of a guest whose address must be verified: a mail says how it goes on"),
              (status = 200, body = ReceiptAnswer, description = "A dry run by staff: what would happen"),
              (status = 409, description = REFUSALS),
              (status = 429, body = ProblemDocument, content_type = "application/problem+json",
               description = "`rate_limited`; `Retry-After` says when to try again. Repeats with a key count too")))]
pub(super) async fn sign_up(
    State(app): State<App>,
    caller: Caller,
    client: Client,
    At(event): At<String>,
    asked: Asked,
) -> Answered {
    take(&app, &caller, client, event, asked, |command| app.lanes.submit(command)).await
}

/// As whom somebody signs up.
#[derive(Clone, Copy)]
enum As<'a> {
    /// A guest says who it is.
    Guest,
    /// Staff sign somebody up.
    Staff,
    /// Somebody with an account, for themself.
    Oneself(&'a Identity),
}

impl As<'_> {
    /// Somebody with an account who names nobody means themself. Who names somebody else is a guest as any other, unless
    /// they manage the event.
    fn of<'a>(caller: &'a Caller, form: &FormOf, request: &SignUpRequest) -> As<'a> {
        let names_nobody = matches!((&request.name, &request.email), (Sent::Absent, Sent::Absent));
        match caller {
            Caller::Known(identity) if names_nobody => As::Oneself(identity),
            _ if caller.standing(form.event, &form.form) == Standing::Manager => As::Staff,
            _ => As::Guest,
        }
    }

    fn actor(self, caller: &Caller) -> Actor {
        match self {
            As::Guest => Actor::Guest,
            As::Staff => caller.as_staff(),
            As::Oneself(_) => caller.as_person(),
        }
    }

    /// Guests are told apart by who they sign up.
    fn key(self, caller: &Caller, asked: &Asked, person: &Person) -> Option<Idempotency> {
        match self {
            As::Guest => asked.idempotency(|| format!("guest:{}", person.tag)),
            As::Staff | As::Oneself(_) => caller.idempotency(asked),
        }
    }
}

/// Parse, submit, present; `submit` is what the benchmark replaces.
pub(super) async fn take<Submitted>(
    app: &App,
    caller: &Caller,
    client: Client,
    event: String,
    asked: Asked,
    submit: impl Fn(Command) -> Submitted,
) -> Answered
where
    Submitted: Future<Output = Result<Outcome, Rejected>>,
{
    let request = || parse::<SignUpRequest>(&asked.body);
    let sender = Sender::of(caller, client);
    let taken = submit_request(app, caller, sender, event, &asked, request, submit).await?;
    if let Outcome::CheckMail(mail) = taken.outcome {
        return Ok(json(StatusCode::ACCEPTED, &CheckMailAnswer::from(mail)));
    }
    let receipt = receipt(taken.outcome)?;
    let whom = match caller {
        // Of them it is known without reading the request again.
        Caller::Guest | Caller::Door(_) => As::Guest,
        Caller::Known(_) | Caller::Owner => As::of(caller, &taken.form, &request()?),
    };
    Ok(match (whom, taken.mode) {
        (As::Guest | As::Oneself(_), _) => json(StatusCode::CREATED, &ReceiptAnswer::for_person(receipt, app)),
        (As::Staff, Mode::Apply | Mode::Quiet) => {
            json(StatusCode::CREATED, &ReceiptAnswer::for_staff(receipt, app, taken.mode))
        }
        (As::Staff, Mode::DryRun) => json(StatusCode::OK, &ReceiptAnswer::for_staff(receipt, app, taken.mode)),
    })
}

/// Reads a sign-up, which `request` gives as often as it is asked for, under the event's form, and submits it.
pub(super) async fn submit_request<Submitted>(
    app: &App,
    caller: &Caller,
    sender: Sender,
    event: String,
    asked: &Asked,
    request: impl Fn() -> Result<SignUpRequest, Problem>,
    submit: impl Fn(Command) -> Submitted,
) -> Result<Taken, Problem>
where
    Submitted: Future<Output = Result<Outcome, Rejected>>,
{
    app.limits.sign_up(sender)?;
    let read = |form: &FormOf| read(app, caller, asked, request()?, form);
    let key = |form: &FormOf| key_of_unreadable(app, caller, asked, request().ok()?, form);
    app.submit_under_form(&event_ref(&event)?, caller, key, read, submit).await
}

fn read(app: &App, caller: &Caller, asked: &Asked, request: SignUpRequest, form: &FormOf) -> Result<Command, Problem> {
    let whom = As::of(caller, form, &request);
    let mut checks = Checks::default();
    if !matches!(whom, As::Staff) {
        checks.unwanted("dry_run", &request.dry_run, STAFF_ONLY);
        checks.unwanted("notify", &request.notify, STAFF_ONLY);
    }
    let (name, email) = match whom {
        As::Guest => {
            asked.guest_key_is_long_enough()?;
            (checks.required("name", request.name), checks.required("email", request.email))
        }
        As::Staff => (checks.required("name", request.name), checks.given("email", request.email)),
        As::Oneself(_) => (None, None),
    };
    let (name, email, known_language) = match whom {
        As::Oneself(identity) => (Some(identity.name.clone()), Some(identity.email.clone()), identity.language.clone()),
        As::Guest | As::Staff => (name.map(|name| name.0), email.map(|email| email.0), None),
    };
    let phone = phone(&mut checks, request.phone, &form.form);
    let notes = checks.given("notes", request.notes).and_then(Text::non_empty);
    let special_requirements = checks.given("special_requirements", request.special_requirements);
    let special_requirements = special_requirements.and_then(Text::non_empty);
    let metadata = checks.given("metadata", request.metadata).map(|metadata| metadata.0);
    let language = checks.given("language", request.language).map(|language| language.tag().to_owned());
    let spots = checks.given("spots", request.spots).unwrap_or(Spots::ONE);
    let role = checks.given("role", request.role).unwrap_or(RoleRef::Only);
    let if_full = checks.given("if_full", request.if_full).unwrap_or_default();
    let mode = mode(&mut checks, request.dry_run, request.notify);
    checks.finish()?;

    let id = RegistrationId(clock::new_id());
    let name = name.unwrap_or_default();
    let person = match &email {
        Some(email) => app.person(form.event, &form.form, email, &name),
        None => app.secret.person(form.event, key_by_entry(id)),
    };
    let idempotency = whom.key(caller, asked, &person);
    let language = language.or(known_language);
    let details = Details { name, email, phone, notes, special_requirements, staff_note: None, metadata, language };
    let sign_up = SignUp { id, role, person, spots, if_full, details, form: form.form.clone() };
    let action = Action::SignUp(Box::new(sign_up));
    Ok(Command { event: form.event, actor: whom.actor(caller), idempotency, mode, action })
}

/// The key of a request that the form does not take, so far as it tells who asks.
fn key_of_unreadable(
    app: &App,
    caller: &Caller,
    asked: &Asked,
    request: SignUpRequest,
    form: &FormOf,
) -> Option<Idempotency> {
    match (As::of(caller, form, &request), request.name, request.email) {
        (As::Guest, Sent::Value(name), Sent::Value(email)) => {
            let person = app.person(form.event, &form.form, &email.0, &name.0);
            As::Guest.key(caller, asked, &person)
        }
        (As::Guest, ..) => None,
        (As::Staff | As::Oneself(_), ..) => caller.idempotency(asked),
    }
}
