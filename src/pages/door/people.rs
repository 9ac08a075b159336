//! Who may come to a door.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use headcount_core::event::Status;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{Door, data};
use crate::pages::Pages;
use crate::pages::answers::{List, PersonName, Time};
use crate::pages::api::Problem;
use crate::pages::event::segment;
use crate::pages::failed;
use crate::pages::visitor::Visitor;
use crate::words::zoned;

/// People that one search shows.
const FOUND_MAX: u32 = 50;
/// People on a page of the API, and such pages: more come to no door.
const PAGE_MAX: u32 = 200;
const PAGES_MAX: usize = 200;

/// A registration, as a door sees it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Person {
    pub(super) id: Uuid,
    pub(super) name: PersonName,
    pub(super) role: String,
    pub(super) status: Status,
    pub(super) spots: u32,
    pub(super) checked_in: u32,
    checked_in_at: Option<Time>,
}

/// The same for the script.
#[derive(Serialize)]
pub(super) struct Listed<'a> {
    id: Uuid,
    name: String,
    role: &'a str,
    status: Status,
    spots: u32,
    here: u32,
    at: String,
}

impl Person {
    /// How many of the party are still to come.
    pub(super) fn left(&self) -> u32 {
        self.spots.saturating_sub(self.checked_in)
    }

    /// Whether they have a place that is theirs.
    pub(super) fn has_place(&self) -> bool {
        self.status == Status::Confirmed
    }

    /// The clock, where the event is, when the last of them came; empty if none is here.
    pub(super) fn came_at(&self, zone: &str) -> String {
        let Some(Time(at)) = self.checked_in_at else { return String::new() };
        zoned(at, zone).strftime("%H:%M").to_string()
    }

    pub(super) fn listed(&self, door: &Door) -> Listed<'_> {
        let Person { id, role, status, spots, checked_in, .. } = self;
        let (name, at) = (self.name.shown(&door.visitor), self.came_at(&door.event.timezone));
        Listed { id: *id, name, role, status: *status, spots: *spots, here: *checked_in, at }
    }
}

impl Door {
    /// One of them.
    pub(super) async fn person(&self, pages: &Pages, id: &str) -> Result<Person, Problem> {
        let path = format!("/api/v1/events/{}/registrations/{}", self.event.id, segment(id));
        pages.api().get(&self.visitor, path).read().await
    }

    /// Those with a text in their name; none: nobody is looked for.
    pub(super) async fn find(&self, pages: &Pages, text: &str) -> Result<Option<Vec<Person>>, Problem> {
        if text.is_empty() {
            return Ok(None);
        }
        let path = format!("/api/v1/events/{}/registrations?limit={FOUND_MAX}&q={}", self.event.id, segment(text));
        Ok(Some(pages.api().get(&self.visitor, path).read::<List<Person>>().await?.items))
    }

    async fn everybody(&self, pages: &Pages) -> Result<Vec<Person>, Problem> {
        let first = format!("/api/v1/events/{}/registrations?limit={PAGE_MAX}", self.event.id);
        let (mut found, mut path) = (Vec::new(), first.clone());
        for _ in 0..PAGES_MAX {
            let list: List<Person> = pages.api().get(&self.visitor, path).read().await?;
            found.extend(list.items);
            let Some(cursor) = list.next_cursor else { break };
            path = format!("{first}&cursor={}", segment(&cursor));
        }
        Ok(found)
    }
}

/// All of them, for the script, which then finds them without a network.
pub(in crate::pages) async fn list(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(event): Path<String>,
) -> Response {
    let door = match Door::open(&pages, &visitor, &event).await {
        Ok(door) => door,
        Err(refused) => return refused,
    };
    match door.everybody(&pages).await {
        Ok(people) => {
            let people: Vec<Listed<'_>> = people.iter().map(|person| person.listed(&door)).collect();
            let numbers = json!({"here": door.arrivals.people.here, "expected": door.arrivals.people.expected});
            data(StatusCode::OK, &json!({"people": people, "numbers": numbers}))
        }
        Err(problem) => failed::page(&visitor, &problem),
    }
}

/// What happens at the event, as it happens.
pub(in crate::pages) async fn follow(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(event): Path<String>,
) -> Response {
    match Door::open(&pages, &visitor, &event).await {
        Ok(door) => pages.api().get(&door.visitor, format!("/api/v1/events/{}/stream", door.event.id)).through().await,
        Err(refused) => refused,
    }
}
