//! Events: create, list, read, change, delete.

use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::IntoResponse;
use headcount_core::command::{Action, Actor, Command, EditEvent, Idempotency, Mode};
use headcount_core::event::{EventSettings, EventStatus, Form, Waitlist};
use headcount_core::ids::{EventId, OrganizationId, TeamId};
use headcount_core::view::EventView;
use serde::Deserialize;
use utoipa::IntoParams;

use super::App;
use super::answer::{Answered, AvailabilityAnswer, EventAnswer, List, json, with_etag};
use super::caller::Caller;
use super::event_request::EventRequest;
use super::fields::{Text, TimeInQuery};
use super::forms::{event_ref, is_shown};
use super::json::{Checks, Sent, parse};
use super::paging::{Limit, page};
use super::problem::Problem;
use super::receipt::{EditedAnswer, created, deleted, edited};
use super::request::{Asked, At, EVENT_BYTES_MAX, IfMatch, Wanted};
use super::rights::About;
use crate::clock;
use crate::people::identity::Standing;
use crate::secret::event_id_from_key;
use crate::store::read::{Dates, EventFilter, EventRef, FormOf, Listed, Page};

/// Create an event with its roles
#[utoipa::path(post, path = "/api/v1/events", tag = "events", request_body = EventRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    responses((status = 201, body = EventAnswer, description = "Created"),
              (status = 200, body = EventAnswer, description = "A dry run: it could be created"),
              (status = 404, description = "`not_found`: there is no such organization"),
              (status = 409, description = "`slug_taken`, `role_exists`")))]
pub(super) async fn create(State(app): State<App>, caller: Caller, asked: Asked<EVENT_BYTES_MAX>) -> Answered {
    let fresh = || EventId(clock::new_id());
    let who = caller.who().unwrap_or_default();
    let event = asked.key().map_or_else(fresh, |key| event_id_from_key(&who, key));
    let request: EventRequest = parse(&asked.body)?;
    app.can_verify(&request)?;
    let (create, mode) = request.create(event)?;
    app.may_organize(&caller, &create.settings.form, None).await?;
    let action = Action::CreateEvent(Box::new(create));
    let command = Command { event, actor: caller.as_staff(), idempotency: caller.idempotency(&asked), mode, action };
    let view = created(app.lanes.submit(command).await?)?;
    let revision = view.revision;
    let answer = EventAnswer::new(view, Standing::Manager);
    if mode == Mode::DryRun {
        return Ok(json(StatusCode::OK, &answer));
    }
    let mut response = with_etag(json(StatusCode::CREATED, &answer), revision);
    let location = HeaderValue::try_from(format!("/api/v1/events/{event}")).expect("an id is a header value");
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

/// Which events are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EventsQuery {
    /// `draft`, `published`, `closed` or `cancelled`.
    #[param(value_type = String)]
    status: Sent<EventStatus>,
    /// Starting at this time or later, or at a time that is not known yet.
    #[param(value_type = String)]
    from: Sent<TimeInQuery>,
    /// Starting before this time.
    #[param(value_type = String)]
    to: Sent<TimeInQuery>,
    /// `unset`: only those whose start is not set yet; `any` if left out.
    #[param(value_type = String)]
    dates: Sent<Dates>,
    /// Of this organization, by id.
    #[param(value_type = Uuid)]
    organization: Sent<OrganizationId>,
    /// Those that concern this team, by id.
    #[param(value_type = Uuid)]
    team: Sent<TeamId>,
    /// With this text in title or slug.
    #[param(value_type = String)]
    q: Sent<Text>,
    /// At most this many items; 50 if left out.
    #[param(value_type = u32, minimum = 1, maximum = 200)]
    limit: Sent<Limit>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

impl EventsQuery {
    fn read(self, caller: &Caller) -> Result<(EventFilter, Page), Problem> {
        let mut checks = Checks::default();
        let filter = EventFilter {
            status: checks.given("status", self.status).map(word),
            from: checks.given("from", self.from).map(|time| time.0),
            to: checks.given("to", self.to).map(|time| time.0),
            dates: checks.given("dates", self.dates).unwrap_or_default(),
            organization: checks.given("organization", self.organization),
            team: checks.given("team", self.team),
            text: checks.given("q", self.q).and_then(Text::non_empty),
            audience: caller.audience(),
        };
        let page = page(&mut checks, self.limit, self.cursor);
        checks.finish().map(|()| (filter, page))
    }
}

/// List events
#[utoipa::path(get, path = "/api/v1/events", tag = "events", params(EventsQuery),
    responses((status = 200, body = List<EventAnswer>, description = "Public events; with the owner's token all")))]
pub(super) async fn list(State(app): State<App>, caller: Caller, Wanted(query): Wanted<EventsQuery>) -> Answered {
    let (filter, page) = query.read(&caller)?;
    let Listed { items, next_cursor } = app.readers.events(&filter, &page, clock::now()).await?;
    let items = items.into_iter().map(|view| EventAnswer::for_caller(view, &caller)).collect();
    Ok(json(StatusCode::OK, &List { items, next_cursor }))
}

/// Read an event
#[utoipa::path(get, path = "/api/v1/events/{event}", tag = "events",
    params(("event" = String, Path, description = "Id or slug")),
    responses((status = 200, body = EventAnswer, description = "The event; its revision is in the ETag")))]
pub(super) async fn read(State(app): State<App>, caller: Caller, At(event): At<String>) -> Answered {
    let view = app.view(event, &caller).await?;
    let revision = view.revision;
    Ok(with_etag(json(StatusCode::OK, &EventAnswer::for_caller(view, &caller)), revision))
}

/// Read what is free
#[utoipa::path(get, path = "/api/v1/events/{event}/availability", tag = "events",
    params(("event" = String, Path, description = "Id or slug")),
    responses((status = 200, body = AvailabilityAnswer, description = "Per role and for the event")))]
pub(super) async fn availability(State(app): State<App>, caller: Caller, At(event): At<String>) -> Answered {
    let view = app.view(event, &caller).await?;
    Ok(json(StatusCode::OK, &AvailabilityAnswer::from(view)))
}

/// Change settings of an event
#[utoipa::path(patch, path = "/api/v1/events/{event}", tag = "events", request_body = EventRequest,
    params(("event" = String, Path, description = "Id or slug"),
           ("If-Match" = String, Header, description = "The ETag of the event")),
    responses((status = 200, body = EditedAnswer, description = "Changed, or what would change"),
              (status = 409, description = "`slug_taken`, `event_not_empty`, `capacity_below_reserved`")))]
pub(super) async fn change(
    State(app): State<App>,
    caller: Caller,
    About(about): About,
    IfMatch(revision): IfMatch,
    asked: Asked,
) -> Answered {
    let request: EventRequest = parse(&asked.body)?;
    app.can_verify(&request)?;
    let event = about.event;
    let waitlist = app.waitlist_to_change(event, &request).await?;
    let (mut edit, mode) = request.edit(revision, waitlist)?;
    app.only_new_places(event, &mut edit).await?;
    if let Some(teams) = &edit.settings.teams {
        let form = Form { teams: teams.clone(), ..about.form.clone() };
        app.may_organize(&caller, &form, Some(&about.form)).await?;
    }
    let action = Action::EditEvent(Box::new(edit));
    Ok(app.edit(event, caller.as_staff(), mode, None, action).await?.into_response())
}

/// Delete a draft that nobody signed up for
#[utoipa::path(delete, path = "/api/v1/events/{event}", tag = "events",
    params(("event" = String, Path, description = "Id or slug"),
           ("If-Match" = String, Header, description = "The ETag of the event")),
    responses((status = 204, description = "Deleted"),
              (status = 409, description = "`event_not_empty`")))]
pub(super) async fn delete(
    State(app): State<App>,
    caller: Caller,
    About(FormOf { event, .. }): About,
    IfMatch(revision): IfMatch,
) -> Answered {
    let (actor, mode, action) = (caller.as_staff(), Mode::Apply, Action::DeleteEvent(revision));
    deleted(app.lanes.submit(Command { event, actor, idempotency: None, mode, action }).await?)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

impl App {
    /// An event that `caller` may see, as it is now.
    pub(super) async fn view(&self, event: String, caller: &Caller) -> Result<EventView, Problem> {
        let id = match event_ref(&event)? {
            EventRef::Id(id) => id,
            slug @ EventRef::Slug(_) => self.readers.resolve(&slug).await?.ok_or_else(Problem::no_such_event)?.event,
        };
        let view = self.readers.event(id, clock::now()).await?;
        view.filter(|view| may_see(view, caller)).ok_or_else(Problem::no_such_event)
    }

    /// An address is verified by mail, which not every server can send.
    fn can_verify(&self, request: &EventRequest) -> Result<(), Problem> {
        match request.asks_for_verification() && !self.people.settings().can_mail {
            true => Err(Problem::invalid_field("verify_minutes", "needs mail: start the server with --smtp-url")),
            false => Ok(()),
        }
    }

    /// The waitlist that a change starts from. If it is another by the time of the decision, the revision is too.
    async fn waitlist_to_change(&self, event: EventId, request: &EventRequest) -> Result<Waitlist, Problem> {
        if !request.changes_waitlist() {
            return Ok(Waitlist::USUAL);
        }
        let view = self.readers.event(event, clock::now()).await?;
        Ok(view.ok_or_else(Problem::no_such_event)?.settings.waitlist)
    }

    /// Leaves out a place that is the one it is at already, of which nobody has to be told. If it is another by the time of
    /// the decision, the revision is too.
    async fn only_new_places(&self, event: EventId, edit: &mut EditEvent) -> Result<(), Problem> {
        if edit.texts.location.is_none() && edit.texts.timezone.is_none() {
            return Ok(());
        }
        let view = self.readers.event(event, clock::now()).await?.ok_or_else(Problem::no_such_event)?;
        if view.revision == edit.revision {
            edit.texts.location.take_if(|location| *location == view.texts.location);
            edit.texts.timezone.take_if(|timezone| *timezone == view.texts.timezone);
        }
        Ok(())
    }

    /// Changes settings of an event or its roles.
    pub(super) async fn edit(
        &self,
        event: EventId,
        actor: Actor,
        mode: Mode,
        idempotency: Option<Idempotency>,
        action: Action,
    ) -> Result<EditedAnswer, Problem> {
        let command = Command { event, actor, idempotency, mode, action };
        let edited = edited(self.lanes.submit(command).await?)?;
        Ok(EditedAnswer::new(event, edited, mode))
    }
}

/// Drafts and events of the team are for insiders only.
pub(super) fn may_see(view: &EventView, caller: &Caller) -> bool {
    let EventSettings { status, form, .. } = &view.settings;
    is_shown(view.id, form, *status == EventStatus::Draft, caller)
}

fn word(status: EventStatus) -> String {
    let word = match status {
        EventStatus::Draft => "draft",
        EventStatus::Published => "published",
        EventStatus::Closed => "closed",
        EventStatus::Cancelled => "cancelled",
    };
    word.to_owned()
}
