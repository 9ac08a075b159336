//! How sign-up for an event opened: the first minute as pictures, each with its figures as a table.
//!
//! `chart` draws them. What is not known is left out, and it is said why.

use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::organizer::Organizer;
use crate::pages::Pages;
use crate::pages::answers::{Event, Time};
use crate::pages::api::Problem;
use crate::pages::event::segment;
use crate::pages::failed;
use crate::pages::parts::{Tone, notice, time};
use crate::pages::visitor::Visitor;
use chart::{Bars, Table, bars, steps};

mod chart;

/// The first minute of an event's sign-up.
#[derive(Debug, Deserialize)]
struct Opening {
    opened_at: Option<Time>,
    complete: bool,
    sign_ups: Vec<SignUps>,
    roles: Vec<RoleFill>,
    seen: Option<Answers>,
}

/// Sign-ups of one second.
#[derive(Clone, Copy, Debug, Deserialize)]
struct SignUps {
    placed: u64,
    waitlisted: u64,
}

/// The places of a role, second by second.
#[derive(Debug, Deserialize)]
struct RoleFill {
    name: String,
    /// None: unlimited.
    capacity: Option<u64>,
    before: u64,
    reserved: Vec<u64>,
}

/// What one server has answered.
#[derive(Debug, Deserialize)]
struct Answers {
    seconds: Vec<Second>,
    p50_wait_ms: f64,
    p90_wait_ms: f64,
    p99_wait_ms: f64,
    longest_wait_ms: f64,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Second {
    answers: u64,
    refused: u64,
    busy: u64,
    mean_wait_ms: f64,
}

/// Shows it.
pub(super) async fn show(State(pages): State<Pages>, organizer: Organizer, Path(event): Path<String>) -> Response {
    let visitor = &organizer.visitor;
    match look(&pages, visitor, &event).await {
        Ok((event, opening)) => {
            organizer.narrow_page(visitor.text("report-title"), &main(visitor, &event, &opening)).show(visitor)
        }
        Err(problem) => failed::page(visitor, &problem),
    }
}

async fn look(pages: &Pages, visitor: &Visitor, event: &str) -> Result<(Event, Opening), Problem> {
    let path = format!("/api/v1/events/{}", segment(event));
    let opening = pages.api().get(visitor, format!("{path}/opening")).read();
    tokio::try_join!(pages.api().get(visitor, path).read(), opening)
}

fn main(visitor: &Visitor, event: &Event, opening: &Opening) -> Markup {
    html! {
        p.eyebrow { a href=(visitor.to(&format!("/console/events/{}", event.id))) { bdi { (event.title) } } }
        h1 { (visitor.text("report-title")) }
        @match opening.opened_at {
            None => { p.empty { (visitor.text("report-not-yet")) } }
            Some(at) => {
                p { (visitor.text("report-opened")) " " (time(visitor, at, &event.timezone)) }
                (opening.summary(visitor))
                @if !opening.complete { (notice(Tone::Wait, &html! { p { (visitor.text("report-cut")) } })) }
                (opening.answered(visitor))
                (opening.waited(visitor))
                (opening.filled(visitor))
            }
        }
    }
}

impl Opening {
    /// The minute in one sentence.
    fn summary(&self, visitor: &Visitor) -> Markup {
        let placed: u64 = self.sign_ups.iter().map(|second| second.placed).sum();
        let waitlisted: u64 = self.sign_ups.iter().map(|second| second.waitlisted).sum();
        let said = visitor.say("report-summary", &[("placed", placed.into()), ("waitlisted", waitlisted.into())]);
        html! { p.big-words { strong { (said) } } }
    }

    /// Sign-ups and refusals a second.
    fn answered(&self, visitor: &Visitor) -> Markup {
        let refused = |second: usize| self.seen.as_ref().map_or(0, |seen| seen.seconds[second].refused);
        let busy = |second: usize| self.seen.as_ref().map_or(0, |seen| seen.seconds[second].busy);
        let counted: Vec<[u64; 4]> = self
            .sign_ups
            .iter()
            .enumerate()
            .map(|(second, sign_ups)| [sign_ups.placed, sign_ups.waitlisted, refused(second), busy(second)])
            .collect();
        let mut kinds = vec![("placed", "report-placed"), ("waitlisted", "report-waitlisted")];
        if self.seen.is_some() {
            kinds.extend([("refused", "report-refused"), ("busy", "report-busy")]);
        }
        let parts: Vec<(&str, String)> = kinds.iter().map(|(class, key)| (*class, visitor.text(key))).collect();
        let columns = parts.iter().map(|(_, name)| name.clone()).collect();
        let most = counted.iter().map(|second| second.iter().sum::<u64>()).max().unwrap_or(0);
        let caption = visitor.say("report-most", &[("count", most.into())]);
        let values: Vec<Vec<f64>> =
            counted.iter().map(|second| second.iter().map(|count| *count as f64).collect()).collect();
        let rows = counted.iter().map(|second| second[..kinds.len()].iter().map(u64::to_string).collect()).collect();
        let chart = Bars { title: visitor.text("report-answered"), caption, parts, values };
        html! {
            section {
                (bars(visitor, &chart, &Table { columns, rows }))
                @if self.seen.is_none() { p.hint { (visitor.text("report-not-seen")) } }
            }
        }
    }

    /// How long those waited who were answered.
    fn waited(&self, visitor: &Visitor) -> Markup {
        let Some(seen) = &self.seen else { return html! {} };
        let values: Vec<Vec<f64>> = seen.seconds.iter().map(|second| vec![second.mean_wait_ms]).collect();
        let most = seen.seconds.iter().map(|second| second.mean_wait_ms).fold(0.0, f64::max);
        let caption = visitor.say("report-longest-mean", &[("time", milliseconds(visitor, most).into())]);
        let rows =
            seen.seconds.iter().map(|second| vec![second.answers.to_string(), tenths(second.mean_wait_ms)]).collect();
        let columns = vec![visitor.text("report-answers"), visitor.text("report-mean-wait")];
        let parts = vec![("waited", visitor.text("report-mean-wait"))];
        let chart = Bars { title: visitor.text("report-waits"), caption, parts, values };
        html! {
            section {
                (bars(visitor, &chart, &Table { columns, rows }))
                dl.facts {
                    @for (key, value) in [
                        ("report-half", seen.p50_wait_ms), ("report-nine-tenths", seen.p90_wait_ms),
                        ("report-nearly-all", seen.p99_wait_ms), ("report-longest", seen.longest_wait_ms),
                    ] {
                        dt { (visitor.text(key)) }
                        dd { (milliseconds(visitor, value)) }
                    }
                }
                p.hint { (visitor.text("report-seen-hint")) }
            }
        }
    }

    /// How the places filled, role by role.
    fn filled(&self, visitor: &Visitor) -> Markup {
        html! {
            section {
                h2 { (visitor.text("report-filled")) }
                @for role in &self.roles { (role.show(visitor)) }
            }
        }
    }
}

impl RoleFill {
    fn show(&self, visitor: &Visitor) -> Markup {
        let end = self.reserved.last().copied().unwrap_or(self.before);
        let full = self.capacity.filter(|capacity| *capacity > 0);
        let full = full.and_then(|capacity| self.reserved.iter().position(|taken| *taken >= capacity));
        let caption = match (self.capacity, full) {
            (Some(_), Some(second)) if self.before < self.capacity.unwrap_or(0) => {
                visitor.say("report-full-in", &[("second", (second + 1).into())])
            }
            (Some(capacity), _) => visitor.say("role-taken", &[("taken", end.into()), ("capacity", capacity.into())]),
            (None, _) => visitor.say("role-taken-unlimited", &[("taken", end.into())]),
        };
        steps(visitor, &self.name, &caption, &self.reserved, self.capacity)
    }
}

fn milliseconds(visitor: &Visitor, value: f64) -> String {
    visitor.say("report-milliseconds", &[("count", tenths(value).into())])
}

fn tenths(value: f64) -> String {
    format!("{value:.1}")
}
