//! Somebody's registrations over all events.

use axum::extract::State;
use axum::http::StatusCode;
use headcount_core::ids::EventId;
use headcount_core::person::key_by_email;
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::Caller;
use crate::store::read::{Page, PersonCounts, PersonRef};

use super::App;
use super::answer::{Answered, json};
use super::fields::Text;
use super::json::Field as _;
use super::paging::PageQuery;
use super::problem::Problem;
use super::registrations::{RegistrationAnswer, Sight};
use super::request::{At, Wanted};

/// Somebody's registrations, with counts over all of them.
#[derive(Serialize, ToSchema)]
pub(super) struct PersonAnswer {
    /// The key that was looked for; an address finds the keys with a name behind it too.
    person: String,
    confirmed: u64,
    /// Held until the address is verified.
    held: u64,
    waitlisted: u64,
    /// Declined, cancelled or removed.
    ended: u64,
    /// The same event by event, of the first 1,000.
    events: Vec<CountsAnswer>,
    items: Vec<RegistrationAnswer>,
    #[schema(required)]
    next_cursor: Option<String>,
}

/// Somebody's registrations in one event.
#[derive(Serialize, ToSchema)]
#[schema(as = PersonInEvent)]
pub(super) struct CountsAnswer {
    #[schema(value_type = Uuid)]
    event_id: EventId,
    confirmed: u64,
    /// Held until the address is verified.
    held: u64,
    waitlisted: u64,
    /// Declined, cancelled or removed.
    ended: u64,
}

impl From<(EventId, PersonCounts)> for CountsAnswer {
    fn from((event_id, counts): (EventId, PersonCounts)) -> CountsAnswer {
        let PersonCounts { confirmed, held, waitlisted, ended } = counts;
        CountsAnswer { event_id, confirmed, held, waitlisted, ended }
    }
}

/// Read somebody's registrations over all events
#[utoipa::path(get, path = "/api/v1/people/{person}/registrations", tag = "people",
    params(("person" = String, Path, description =
            "An e-mail address: all who share it. Or one person's key as registrations show it: nobody else"),
           PageQuery),
    responses((status = 200, body = PersonAnswer, description = "Their registrations, with counts")))]
pub(super) async fn registrations(
    State(app): State<App>,
    At(person): At<String>,
    Wanted(query): Wanted<PageQuery>,
) -> Answered {
    // A key has nothing else in it either, and not every database can be asked for it.
    Text::from_text(&person).map_err(|why| Problem::invalid_field("person", why))?;
    let is_key = person.starts_with("email:") || person.starts_with("entry:");
    let person = if is_key { PersonRef::Key(person) } else { PersonRef::Address(key_by_email(&person)) };
    app.of_person(person, &query.page()?, Sight::All).await
}

/// Read one's own registrations over all events
#[utoipa::path(get, path = "/api/v1/people/me/registrations", tag = "people", params(PageQuery),
    responses((status = 200, body = PersonAnswer, description = "Those of the account's address, with counts")))]
pub(super) async fn own_registrations(
    State(app): State<App>,
    caller: Caller,
    Wanted(query): Wanted<PageQuery>,
) -> Answered {
    let identity = caller.identity().ok_or_else(Problem::needs_account)?;
    let person = PersonRef::Address(key_by_email(&identity.email));
    app.of_person(person, &query.page()?, Sight::Oneself).await
}

impl App {
    async fn of_person(&self, person: PersonRef, page: &Page, sight: Sight) -> Answered {
        let (counts, listed) = self.readers.person_registrations(&person, page).await?;
        let events = self.readers.person_counts_by_event(&person).await?;
        let (PersonRef::Key(person) | PersonRef::Address(person)) = person;
        let items = listed.items.into_iter().map(|view| RegistrationAnswer::new(view, self, sight)).collect();
        Ok(json(
            StatusCode::OK,
            &PersonAnswer {
                person,
                confirmed: counts.confirmed,
                held: counts.held,
                waitlisted: counts.waitlisted,
                ended: counts.ended,
                events: events.into_iter().map(CountsAnswer::from).collect(),
                items,
                next_cursor: listed.next_cursor,
            },
        ))
    }
}
