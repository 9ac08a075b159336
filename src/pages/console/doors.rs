//! The door links of an event: who may check people in without an account. A link is shown once, when it is made.

use axum::extract::State;
use axum::http::Method;
use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::answers::Managed;
use super::organizer::Organizer;
use super::typed::{Typed, Wanted};
use super::{words, wrong};
use crate::clock;
use crate::pages::Pages;
use crate::pages::answers::Time;
use crate::pages::api::{Problem, new_key};
use crate::pages::event::segment;
use crate::pages::failed;
use crate::pages::parts::{Field, Needed, Tone, day_after, day_in, notice, once};
use crate::pages::visitor::Visitor;
use crate::words::zone_of;

/// A day that can be chosen ends before the longest time for which a link can be made.
const DAYS_MAX: i64 = 59;

/// A door link that lasts.
#[derive(Deserialize)]
struct Door {
    id: Uuid,
    name: String,
    expires_at: Time,
}

#[derive(Deserialize)]
struct Doors {
    items: Vec<Door>,
}

/// A door link that was just made.
#[derive(Deserialize)]
struct Made {
    url: String,
}

/// What became of the attempt before.
enum Said<'a> {
    Nothing,
    /// A link has ended.
    Ended,
    Made(&'a Made),
    Refused(&'a Problem),
}

/// Shows them.
pub(super) async fn show(
    State(pages): State<Pages>,
    organizer: Organizer,
    managed: Managed,
    Wanted(query): Wanted,
) -> Response {
    let said = if query.get("done") == "ended" { Said::Ended } else { Said::Nothing };
    page(&pages, &organizer, &managed, &Typed::default(), &said).await
}

/// Makes one, or ends one.
pub(super) async fn press(
    State(pages): State<Pages>,
    organizer: Organizer,
    managed: Managed,
    typed: Typed,
) -> Response {
    let visitor = &organizer.visitor;
    let path = format!("/api/v1/events/{}/doors", managed.event.id);
    if typed.get("do") == "end" {
        let path = format!("{path}/{}", segment(typed.get("door")));
        return match pages.api().ask(visitor, Method::DELETE, path).send().await {
            Ok(_) => Redirect::to(&format!("{}/doors?done=ended", managed.path(visitor))).into_response(),
            Err(problem) => page(&pages, &organizer, &managed, &typed, &Said::Refused(&problem)).await,
        };
    }
    let request = request(&typed, &managed.event.timezone);
    let made = pages.api().post(visitor, path).json(&request).attempt(typed.get("key")).await;
    match made.and_then(|answer| answer.read::<Made>()) {
        Ok(made) => page(&pages, &organizer, &managed, &Typed::default(), &Said::Made(&made)).await,
        Err(problem) => page(&pages, &organizer, &managed, &typed, &Said::Refused(&problem)).await,
    }
}

/// What the API is asked. A day means its end, where the event is.
fn request(typed: &Typed, zone: &str) -> Value {
    let day = typed.get("expires").trim();
    let end = day.parse::<Date>().ok().and_then(|day| day.at(23, 59, 59, 0).to_zoned(zone_of(zone)).ok());
    match end {
        Some(end) => json!({"name": typed.get("name"), "expires_at": end.timestamp().to_string()}),
        None => json!({"name": typed.get("name"), "expires_at": day}),
    }
}

async fn page(pages: &Pages, organizer: &Organizer, managed: &Managed, typed: &Typed, said: &Said<'_>) -> Response {
    let visitor = &organizer.visitor;
    let path = format!("/api/v1/events/{}/doors", managed.event.id);
    let doors: Doors = match pages.api().get(visitor, path).read().await {
        Ok(doors) => doors,
        Err(problem) => return failed::page(visitor, &problem),
    };
    let main = html! {
        p.eyebrow { a href=(managed.path(visitor)) { bdi { (managed.event.title) } } }
        h1 { (visitor.text("doors-title")) }
        (said.show(visitor))
        p { (visitor.text("doors-self")) }
        p { a.button href=(visitor.to(&format!("/door/{}", managed.event.id))) { (visitor.text("doors-open")) } }
        section {
            h2 { (visitor.text("doors-links")) }
            p { (visitor.text("doors-what")) }
            @for door in &doors.items { (door.show(visitor, managed)) }
            (make(visitor, managed, typed, said.refusal()))
        }
    };
    let page = organizer.narrow_page(visitor.text("doors-title"), &main);
    match said.refusal() {
        Some(problem) => page.status(problem.status()).show(visitor),
        None => page.show(visitor),
    }
}

impl Said<'_> {
    fn refusal(&self) -> Option<&Problem> {
        if let Said::Refused(problem) = self { Some(problem) } else { None }
    }

    fn show(&self, visitor: &Visitor) -> Markup {
        let text = |key: &str| html! { p { (visitor.text(key)) } };
        match self {
            Said::Nothing => html! {},
            Said::Ended => notice(Tone::Good, &text("doors-ended")),
            Said::Made(Made { url }) => {
                let link = once(&visitor.text("doors-link"), url);
                notice(Tone::Good, &html! { (text("shown-once")) (link) })
            }
            Said::Refused(problem) if problem.fields.is_empty() => {
                notice(Tone::Bad, &html! { p { (words(visitor, problem)) } })
            }
            Said::Refused(_) => notice(Tone::Bad, &text("form-correct")),
        }
    }
}

impl Door {
    fn show(&self, visitor: &Visitor, managed: &Managed) -> Markup {
        let until = visitor.time(self.expires_at.0, &managed.event.timezone);
        html! {
            div.card {
                h3 { bdi { (self.name) } }
                p.quiet { (visitor.say("doors-until", &[("until", until.into())])) }
                form method="post" action={ (managed.path(visitor)) "/doors" } {
                    input type="hidden" name="door" value=(self.id);
                    button.danger type="submit" name="do" value="end" {
                        (visitor.text("doors-end")) span.visually-hidden { ": " (self.name) }
                    }
                }
            }
        }
    }
}

fn make(visitor: &Visitor, managed: &Managed, typed: &Typed, problem: Option<&Problem>) -> Markup {
    let fields = problem.map_or(&[][..], |problem| &problem.fields);
    let unnamed = fields.iter().find(|field| field.field == "name");
    let unnamed = unnamed.map(|field| wrong(visitor, "name", &field.problem));
    let wrong_day = fields.iter().find(|field| field.field == "expires_at");
    let wrong_day = wrong_day.map(|_| visitor.text("doors-expires-wrong"));
    let expires = if typed.has("expires") { typed.get("expires").to_owned() } else { usual_day(managed) };
    html! {
        form.sign-up method="post" action={ (managed.path(visitor)) "/doors" } {
            input type="hidden" name="key" value=(new_key());
            (Field::new("name", visitor.text("doors-name"), typed.get("name")).needed(Needed::Yes)
                .hint(visitor.text("doors-name-hint")).problem(unnamed).show(visitor))
            (Field::new("expires", visitor.text("doors-expires"), &expires).day(day_in(DAYS_MAX)).needed(Needed::Yes)
                .problem(wrong_day).show(visitor))
            button type="submit" name="do" value="make" { (visitor.text("doors-make")) }
        }
    }
}

/// The day after the event, as far as a link may last.
fn usual_day(managed: &Managed) -> String {
    let event = &managed.event;
    let now = clock::now();
    let over = event.ends_at.or(event.starts_at).map_or(now, |Time(at)| at.max(now));
    day_after(over, 1, &event.timezone).min(day_in(DAYS_MAX))
}
