//! Registrations as staff see them: list, read, change contact details and address.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use headcount_core::command::{Action, ChangeEmail, Command, Mode, RoleRef};
use headcount_core::event::{Form, OnePer, Role, Status};
use headcount_core::ids::{EventId, Millis, RegistrationId, RoleId, Seq};
use headcount_core::view::EventView;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::answer::{Answered, List, json};
use super::caller::Caller;
use super::details::{Asker, DetailsRequest};
use super::fields::{Email, Text, rfc3339};
use super::forms::Taken;
use super::json::{Checks, Sent, parse};
use super::openapi::one_of;
use super::paging::{Limit, page};
use super::problem::Problem;
use super::receipt::{ReceiptAnswer, receipt};
use super::request::{Asked, At, Wanted};
use super::rights::About;
use super::role_request::mode;
use crate::clock;
use crate::people::identity::Standing;
use crate::secret::Link;
use crate::store::read::{EventRef, FormOf, Listed, Page, RegistrationFilter, RegistrationView};

/// A registration with what the person told, for staff.
#[derive(Serialize, ToSchema)]
#[schema(as = Registration)]
pub(super) struct RegistrationAnswer {
    #[schema(value_type = Uuid)]
    id: RegistrationId,
    #[schema(value_type = Uuid)]
    event_id: EventId,
    #[schema(value_type = Uuid)]
    role_id: RoleId,
    /// The role's name.
    role: String,
    #[schema(schema_with = one_of::<Status>)]
    status: Status,
    spots: u32,
    /// Place in the role's queue, 1 is next; null if it does not wait.
    #[schema(required)]
    position: Option<u64>,
    /// How many of the party have come.
    checked_in: u32,
    /// When the last of them came; null: none is here, or the list is of more than one event.
    #[schema(required, format = DateTime)]
    checked_in_at: Option<String>,
    /// Until when the address must be verified, or the registration ends; null: it need not be.
    #[schema(required, format = DateTime)]
    verify_until: Option<String>,
    #[schema(value_type = u64)]
    seq: Seq,
    #[schema(format = DateTime)]
    created_at: String,
    /// The key of the person, by which `/people/{person}/registrations` finds all of theirs. At the door this and what
    /// follows but the name is null.
    #[schema(required)]
    person: Option<String>,
    name: String,
    #[schema(required)]
    email: Option<String>,
    #[schema(required)]
    phone: Option<String>,
    #[schema(required)]
    notes: Option<String>,
    /// Null also for those who may not see special requirements.
    #[schema(required)]
    special_requirements: Option<String>,
    #[schema(required)]
    staff_note: Option<String>,
    /// In which they are written to; null: English.
    #[schema(required)]
    language: Option<String>,
    #[schema(required, value_type = Option<Object>)]
    metadata: Option<Value>,
    /// The person's own link.
    #[schema(required)]
    manage_url: Option<String>,
}

/// How much of a registration is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sight {
    /// Who it is, and how many.
    Door,
    /// All that they told themselves.
    Oneself,
    /// All but special requirements.
    Staff,
    /// All.
    All,
}

impl Sight {
    /// What `caller` sees of the registrations of an event.
    pub(super) fn of(caller: &Caller, event: EventId, form: &Form) -> Sight {
        match caller.standing(event, form) {
            Standing::Manager if caller.sees_special_requirements(form.organization) => Sight::All,
            Standing::Manager => Sight::Staff,
            _ => Sight::Door,
        }
    }
}

impl RegistrationAnswer {
    pub(super) fn new(view: RegistrationView, app: &App, sight: Sight) -> RegistrationAnswer {
        let is_staff = sight != Sight::Door;
        let one = view.registration;
        let link = Link { event: view.event, registration: one.id, version: one.link_version };
        let metadata = one.details.metadata.filter(|_| is_staff && sight != Sight::Oneself);
        RegistrationAnswer {
            id: one.id,
            event_id: view.event,
            role_id: one.role,
            role: view.role_name,
            status: one.status,
            spots: one.spots.get(),
            position: view.position,
            checked_in: one.checked_in,
            checked_in_at: None,
            verify_until: one.verify_by.map(rfc3339),
            seq: view.seq,
            created_at: rfc3339(one.created_at),
            person: Some(one.person.key).filter(|_| is_staff),
            name: one.details.name,
            email: one.details.email.filter(|_| is_staff),
            phone: one.details.phone.filter(|_| is_staff),
            notes: one.details.notes.filter(|_| is_staff),
            special_requirements: one
                .details
                .special_requirements
                .filter(|_| matches!(sight, Sight::All | Sight::Oneself)),
            staff_note: one.details.staff_note.filter(|_| is_staff && sight != Sight::Oneself),
            language: one.details.language.filter(|_| is_staff),
            metadata: metadata.and_then(|metadata| serde_json::from_str(&metadata).ok()),
            manage_url: is_staff.then(|| app.manage_url(link)),
        }
    }

    /// With the time at which the last of the party came.
    fn came(self, at: Option<Millis>) -> RegistrationAnswer {
        RegistrationAnswer { checked_in_at: at.filter(|_| self.checked_in > 0).map(rfc3339), ..self }
    }
}

/// Which registrations are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RegistrationsQuery {
    /// `confirmed`, `held`, `waitlisted`, `declined`, `cancelled` or `removed`.
    #[param(value_type = String)]
    status: Sent<Status>,
    /// Id or name of a role.
    #[param(value_type = String)]
    role: Sent<RoleRef>,
    /// With this text in name, e-mail or phone.
    #[param(value_type = String)]
    q: Sent<Text>,
    /// At most this many items; 50 if left out.
    #[param(value_type = u32, minimum = 1, maximum = 200)]
    limit: Sent<Limit>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

impl RegistrationsQuery {
    fn read(self, event: &EventView) -> Result<(RegistrationFilter, Page), Problem> {
        let mut checks = Checks::default();
        let role = checks.given("role", self.role);
        let found = role.as_ref().map(|role| find_role(event, role));
        if found == Some(None) {
            checks.wrong("role", "must be the id or name of a role of this event");
        }
        let status = checks.given("status", self.status);
        let text = checks.given("q", self.q).and_then(Text::non_empty);
        let filter = RegistrationFilter { status, role: found.flatten(), text };
        let page = page(&mut checks, self.limit, self.cursor);
        checks.finish().map(|()| (filter, page))
    }
}

fn find_role(event: &EventView, wanted: &RoleRef) -> Option<RoleId> {
    let found = event.roles.iter().find(|role| match wanted {
        RoleRef::Id(id) => role.id == *id,
        RoleRef::Name(name) => Role::name_key(&role.name) == Role::name_key(name),
        RoleRef::Only => event.roles.len() == 1,
    });
    found.map(|role| role.id)
}

/// List the registrations of an event
#[utoipa::path(get, path = "/api/v1/events/{event}/registrations", tag = "registrations",
    params(("event" = String, Path, description = "Id or slug"), RegistrationsQuery),
    responses((status = 200, body = List<RegistrationAnswer>, description = "A page of them")))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    About(about): About,
    Wanted(query): Wanted<RegistrationsQuery>,
) -> Answered {
    let event = app.readers.event(about.event, clock::now()).await?.ok_or_else(Problem::no_such_event)?;
    let (filter, page) = query.read(&event)?;
    let Listed { items, next_cursor } = app.readers.registrations(event.id, &filter, &page).await?;
    let sight = Sight::of(&caller, event.id, &event.settings.form);
    let is_anybody_here = items.iter().any(|view| view.registration.checked_in > 0);
    let came = if is_anybody_here { app.readers.check_ins(event.id).await? } else { BTreeMap::new() };
    let came = |id: RegistrationId| came.get(&id).copied();
    let answer = |view: RegistrationView| {
        let at = came(view.registration.id);
        RegistrationAnswer::new(view, &app, sight).came(at)
    };
    let items = items.into_iter().map(answer).collect();
    Ok(json(StatusCode::OK, &List { items, next_cursor }))
}

/// Read a registration
#[utoipa::path(get, path = "/api/v1/events/{event}/registrations/{id}", tag = "registrations",
    params(("event" = String, Path, description = "Id or slug"), ("id" = Uuid, Path, description = "The registration")),
    responses((status = 200, body = RegistrationAnswer, description = "The registration")))]
pub(super) async fn read(
    State(app): State<App>,
    caller: Caller,
    About(about): About,
    At((_, id)): At<(String, RegistrationId)>,
) -> Answered {
    let found = app.readers.registration(about.event, id, clock::now()).await?;
    let view = found.ok_or_else(Problem::no_such_registration)?.registration;
    let came = app.readers.check_in(about.event, id).await?;
    let sight = Sight::of(&caller, about.event, &about.form);
    Ok(json(StatusCode::OK, &RegistrationAnswer::new(view, &app, sight).came(came)))
}

/// Change contact details and notes
#[utoipa::path(patch, path = "/api/v1/events/{event}/registrations/{id}", tag = "registrations",
    request_body = DetailsRequest,
    params(("event" = String, Path, description = "Id or slug"), ("id" = Uuid, Path, description = "The registration")),
    responses((status = 200, body = ReceiptAnswer, description = "Changed, or what would change")))]
pub(super) async fn change(
    State(app): State<App>,
    caller: Caller,
    About(about): About,
    At((_, id)): At<(String, RegistrationId)>,
    asked: Asked,
) -> Answered {
    let event = EventRef::Id(about.event);
    let read = |form: &FormOf| {
        let (action, mode) = parse::<DetailsRequest>(&asked.body)?.edit(id, &form.form, Asker::Staff)?;
        Ok(Command { event: form.event, actor: caller.as_staff(), idempotency: None, mode, action })
    };
    let submit = |command| app.lanes.submit(command);
    let Taken { outcome, mode, .. } = app.submit_under_form(&event, &caller, |_| None, read, submit).await?;
    Ok(json(StatusCode::OK, &ReceiptAnswer::for_staff(receipt(outcome)?, &app, mode)))
}

/// A new address.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EmailRequest {
    #[schema(required, value_type = String, format = Email)]
    #[serde(default)]
    email: Sent<Email>,
    /// Decide, say what would happen, and change nothing.
    #[schema(value_type = bool)]
    #[serde(default)]
    dry_run: Sent<bool>,
    /// Whether those concerned are mailed; if left out, they are.
    #[schema(value_type = bool)]
    #[serde(default)]
    notify: Sent<bool>,
}

impl EmailRequest {
    fn read(self) -> Result<(String, Mode), Problem> {
        let mut checks = Checks::default();
        let email = checks.required("email", self.email);
        let mode = mode(&mut checks, self.dry_run, self.notify);
        checks.finish()?;
        Ok((email.map(|email| email.0).unwrap_or_default(), mode))
    }
}

/// Change the e-mail address, and with it the person
#[utoipa::path(post, path = "/api/v1/events/{event}/registrations/{id}/change-email", tag = "registrations",
    request_body = EmailRequest,
    params(("event" = String, Path, description = "Id or slug"), ("id" = Uuid, Path, description = "The registration"),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 200, body = ReceiptAnswer, description = "Changed; links to the old address have ended"),
              (status = 409, description = "`already_registered`, `too_many_roles`")))]
pub(super) async fn change_email(
    State(app): State<App>,
    caller: Caller,
    About(about): About,
    At((_, id)): At<(String, RegistrationId)>,
    asked: Asked,
) -> Answered {
    let (email, mode) = parse::<EmailRequest>(&asked.body)?.read()?;
    let event = EventRef::Id(about.event);
    let name = app.name_in_key(&event, id).await?;
    let read = |form: &FormOf| {
        let person = app.person(form.event, &form.form, &email, &name);
        let change = ChangeEmail { registration: id, person, email: email.clone(), form: form.form.clone() };
        let action = Action::ChangeEmail(Box::new(change));
        let idempotency = caller.idempotency(&asked);
        Ok(Command { event: form.event, actor: caller.as_staff(), idempotency, mode, action })
    };
    let submit = |command| app.lanes.submit(command);
    let key = |_: &FormOf| caller.idempotency(&asked);
    let Taken { outcome, mode, .. } = app.submit_under_form(&event, &caller, key, read, submit).await?;
    Ok(json(StatusCode::OK, &ReceiptAnswer::for_staff(receipt(outcome)?, &app, mode)))
}

impl App {
    /// The name of a registration, where it is part of who the person is.
    async fn name_in_key(&self, event: &EventRef, id: RegistrationId) -> Result<String, Problem> {
        let form = self.form(event).await?;
        if form.form.one_per == OnePer::Email {
            return Ok(String::new());
        }
        let view = self.readers.registration(form.event, id, clock::now()).await?;
        Ok(view.ok_or_else(Problem::no_such_registration)?.registration.registration.details.name)
    }
}
