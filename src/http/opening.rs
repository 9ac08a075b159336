//! How sign-up for an event opened: the first minute, second by second.
//!
//! Who got in and how the places filled, the log says, on every server and for ever. Who was refused and how long everybody
//! waited, only the lanes of this server have seen, and only since it was started.

use axum::extract::State;
use axum::http::StatusCode;
use headcount_core::ids::{Millis, RoleId, Seq};
use headcount_core::view::EventView;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::answer::{Answered, json};
use super::fields::rfc3339;
use super::problem::Problem;
use super::rights::About;
use crate::clock;
use crate::lanes::{OPENING_SECONDS, Opening};
use crate::store::read::LogLine;
use fill::Fill;

mod fill;

/// Lines that are read at once.
const LINES_AT_ONCE: u32 = 5_000;
/// Lines of a log that are looked through in all.
const LINES_MAX: u64 = 500_000;
const SECOND_MS: i64 = 1_000;

/// The first minute of an event's sign-up.
#[derive(Serialize, ToSchema)]
#[schema(as = Opening)]
pub(super) struct OpeningAnswer {
    /// When sign-up opened, or where that is not set, when the first one signed up; to the second. Null: not yet.
    #[schema(required, format = DateTime)]
    opened_at: Option<String>,
    /// Whether the log was read to the end of the minute; a very long one is not.
    complete: bool,
    /// Those who signed up, one item a second.
    sign_ups: Vec<SignUps>,
    /// How the places filled.
    roles: Vec<RoleFill>,
    /// What this server has seen since it was started; null: nothing of this opening.
    #[schema(required)]
    seen: Option<Seen>,
}

/// Sign-ups of one second.
#[derive(Clone, Default, Serialize, ToSchema)]
pub(super) struct SignUps {
    /// Got their places.
    placed: u64,
    /// Went on the waitlist.
    waitlisted: u64,
}

/// The places of a role.
#[derive(Serialize, ToSchema)]
pub(super) struct RoleFill {
    #[schema(value_type = Uuid)]
    role_id: RoleId,
    name: String,
    /// As it is now; null: unlimited.
    #[schema(required)]
    capacity: Option<u32>,
    /// Places taken when it opened.
    before: u64,
    /// Places taken at the end of each second.
    reserved: Vec<u64>,
}

/// Answers to those who signed up for themselves.
#[derive(Serialize, ToSchema)]
pub(super) struct Seen {
    /// One item a second.
    seconds: Vec<SeenSecond>,
    /// From the question to the answer: half waited no longer than this.
    p50_wait_ms: f64,
    p90_wait_ms: f64,
    p99_wait_ms: f64,
    longest_wait_ms: f64,
}

/// Answers of one second.
#[derive(Clone, Default, Serialize, ToSchema)]
pub(super) struct SeenSecond {
    answers: u64,
    /// Refused by rule, such as `role_full`.
    refused: u64,
    /// Told to try again.
    busy: u64,
    /// Mean of all answers; 0 if there were none.
    mean_wait_ms: f64,
}

/// Read how sign-up opened
///
/// The first minute, second by second. `seen` is what this one server has seen; sign-ups and places are from the log.
#[utoipa::path(get, path = "/api/v1/events/{event}/opening", tag = "log",
    params(("event" = String, Path, description = "Id or slug")),
    responses((status = 200, body = OpeningAnswer, description = "The first minute")))]
pub(super) async fn opening(State(app): State<App>, About(about): About) -> Answered {
    let now = clock::now();
    let event = app.readers.event(about.event, now).await?.ok_or_else(Problem::no_such_event)?;
    let minute = Minute::read(&app, &event, now).await?;
    let seen = app.lanes.opening(about.event).zip(minute.opened_at);
    let seen = seen.and_then(|(opening, opened_at)| Seen::of(&opening, opened_at));
    let roles = event.roles.iter().map(|role| {
        let (before, reserved) = minute.fill.of(role.id);
        let (role_id, name, capacity) = (role.id, role.name.clone(), role.availability.capacity);
        RoleFill { role_id, name, capacity, before, reserved }
    });
    let (opened_at, complete) = (minute.opened_at.map(rfc3339), minute.complete);
    let answer = OpeningAnswer { opened_at, complete, roles: roles.collect(), sign_ups: minute.sign_ups, seen };
    Ok(json(StatusCode::OK, &answer))
}

/// What the log says.
struct Minute {
    opened_at: Option<Millis>,
    complete: bool,
    sign_ups: Vec<SignUps>,
    fill: Fill,
}

impl Minute {
    async fn read(app: &App, event: &EventView, now: Millis) -> Result<Minute, Problem> {
        let opens_at = event.settings.opens_at;
        let mut minute = Minute {
            opened_at: opens_at.filter(|at| *at <= now).map(whole_second),
            complete: true,
            sign_ups: vec![SignUps::default(); OPENING_SECONDS],
            fill: Fill::default(),
        };
        if opens_at.is_some() && minute.opened_at.is_none() {
            return Ok(minute);
        }
        let mut after = Seq::default();
        loop {
            let lines = app.readers.log(event.id, after, LINES_AT_ONCE).await?;
            let Some(last) = lines.last() else { return Ok(minute) };
            after = last.seq;
            for line in &lines {
                if !minute.take(line) {
                    return Ok(minute);
                }
            }
            if after.0 >= LINES_MAX {
                minute.complete = false;
                return Ok(minute);
            }
        }
    }

    /// Takes the next line; false: it comes after the minute.
    fn take(&mut self, line: &LogLine) -> bool {
        let is_sign_up = matches!(line.kind.as_str(), "signed_up" | "accepted");
        if is_sign_up {
            self.opened_at.get_or_insert(whole_second(line.at));
        }
        // What came before the opening counts as its state before.
        let second = self.opened_at.map_or(-1, |opened_at| (line.at.0 - opened_at.0).div_euclid(SECOND_MS));
        let second = usize::try_from(second).ok();
        if second.is_some_and(|second| second >= OPENING_SECONDS) {
            return false;
        }
        let fact = self.fill.take(line, second);
        if let (true, Some(second)) = (is_sign_up, second) {
            let sign_ups = &mut self.sign_ups[second];
            if fact.is_placed() { sign_ups.placed += 1 } else { sign_ups.waitlisted += 1 }
        }
        true
    }
}

impl Seen {
    /// Of the minute after `opened_at`; none: what was seen is another one.
    fn of(opening: &Opening, opened_at: Millis) -> Option<Seen> {
        let late = usize::try_from((opening.began_at.0 - opened_at.0).div_euclid(SECOND_MS)).ok()?;
        if late >= OPENING_SECONDS {
            return None;
        }
        let mut seconds = vec![SeenSecond::default(); OPENING_SECONDS];
        for (place, second) in seconds[late..].iter_mut().zip(&opening.seconds) {
            let mean_wait_ms =
                if second.answers == 0 { 0.0 } else { second.wait_us as f64 / 1_000.0 / second.answers as f64 };
            let (answers, refused, busy) = (second.answers, second.refused, second.busy);
            *place = SeenSecond { answers, refused, busy, mean_wait_ms: tenths(mean_wait_ms) };
        }
        Some(Seen {
            seconds,
            p50_wait_ms: tenths(opening.p50_ms),
            p90_wait_ms: tenths(opening.p90_ms),
            p99_wait_ms: tenths(opening.p99_ms),
            longest_wait_ms: tenths(opening.longest_ms),
        })
    }
}

fn tenths(ms: f64) -> f64 {
    (ms * 10.0).round() / 10.0
}

fn whole_second(at: Millis) -> Millis {
    Millis(at.0.div_euclid(SECOND_MS) * SECOND_MS)
}
