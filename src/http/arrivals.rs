//! Who has come to an event, in numbers: for a board at the door.

use axum::extract::State;
use axum::http::StatusCode;
use headcount_core::ids::{EventId, RoleId, Seq};
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::answer::{Answered, json};
use super::problem::Problem;
use super::rights::About;
use crate::clock;
use crate::store::arrivals::Arrivals;

/// How many people are here.
#[derive(Serialize, ToSchema)]
#[schema(as = Arrivals)]
pub(super) struct ArrivalsAnswer {
    #[schema(value_type = Uuid)]
    event_id: EventId,
    /// An entry of the event's log: this was so when it was the last one, or shortly after.
    #[schema(value_type = u64)]
    seq: Seq,
    #[serde(flatten)]
    people: PeopleHere,
    roles: Vec<RoleArrivals>,
}

/// How many people are here in a role.
#[derive(Serialize, ToSchema)]
struct RoleArrivals {
    #[schema(value_type = Uuid)]
    id: RoleId,
    name: String,
    #[serde(flatten)]
    people: PeopleHere,
}

/// People, not parties.
#[derive(Serialize, ToSchema)]
struct PeopleHere {
    /// Have come.
    here: u64,
    /// Have a place; those who are here among them.
    expected: u64,
    /// Wait for a place.
    waiting: u64,
}

impl From<Arrivals> for PeopleHere {
    fn from(Arrivals { here, expected, waiting }: Arrivals) -> PeopleHere {
        PeopleHere { here, expected, waiting }
    }
}

/// Read how many have come
#[utoipa::path(get, path = "/api/v1/events/{event}/arrivals", tag = "registrations",
    params(("event" = String, Path, description = "Id or slug")),
    responses((status = 200, body = ArrivalsAnswer, description = "People of the event and of each role")))]
pub(super) async fn arrivals(State(app): State<App>, About(about): About) -> Answered {
    let view = app.readers.event(about.event, clock::now()).await?.ok_or_else(Problem::no_such_event)?;
    let found = app.readers.arrivals(about.event).await?;
    let total = found.values().fold(Arrivals::default(), |sum, role| Arrivals {
        here: sum.here + role.here,
        expected: sum.expected + role.expected,
        waiting: sum.waiting + role.waiting,
    });
    let of_role = |id: RoleId| found.get(&id).copied().unwrap_or_default().into();
    let roles =
        view.roles.into_iter().map(|role| RoleArrivals { id: role.id, name: role.name, people: of_role(role.id) });
    let (event_id, seq) = (view.id, view.seq);
    Ok(json(StatusCode::OK, &ArrivalsAnswer { event_id, seq, people: total.into(), roles: roles.collect() }))
}
