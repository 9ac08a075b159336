//! The door of an event: whoever stands there finds people and lets them in. For the holder of a door link, and for those
//! who manage the event and are logged in.
//!
//! `pass` is what lets somebody stand there, `people` who may come, `verdict` whether they may come in now, `result` how that
//! is shown, `tap` what is pressed, `board` the numbers. `door.js` goes on finding people while there is no network, and
//! keeps what is pressed meanwhile.

use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Pages;
use super::account::Account;
use super::answers::{Arrivals, Event};
use super::failed;
use super::frame::Page;
use super::parts::{Tone, chip, notice};
use super::visitor::Visitor;
use people::Person;
use result::{Shown, result};
use verdict::Verdict;

pub(super) mod board;
pub(super) mod pass;
pub(super) mod people;
mod result;
pub(super) mod tap;
mod verdict;

/// A door, for somebody who may stand there.
pub(super) struct Door {
    /// Who stands there, showing what lets them.
    visitor: Visitor,
    event: Event,
    arrivals: Arrivals,
    /// None: a door link lets them.
    account: Option<Account>,
}

/// What is looked for at a door.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Wanted {
    /// A door link that was just opened.
    token: String,
    /// A part of a name, or the address in a QR code.
    q: String,
}

/// The page without an event leads to the door whose link was opened last.
pub(super) async fn show_any(State(pages): State<Pages>, visitor: Visitor) -> Response {
    match pass::Pass::of(&visitor) {
        Some(pass) => Redirect::to(&visitor.to(&format!("/door/{}", pass.event))).into_response(),
        None => pass::refused(&pages, &visitor, "").await,
    }
}

/// Takes a door link, or shows the door with whom is looked for.
pub(super) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(event): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Response {
    if !wanted.token.is_empty() {
        return pass::take(&pages, &visitor, &event, &wanted.token).await;
    }
    let door = match Door::open(&pages, &visitor, &event).await {
        Ok(door) => door,
        Err(refused) => return refused,
    };
    if let Some((event, registration)) = scanned(&wanted.q) {
        return Redirect::to(&visitor.to(&format!("/door/{event}/{registration}"))).into_response();
    }
    match door.find(&pages, wanted.q.trim()).await {
        Ok(found) => door.page(&Shown::Nobody, &wanted.q, found.as_deref()).show(&door.visitor),
        Err(problem) => failed::page(&visitor, &problem),
    }
}

/// Shows one of the people, where a QR code leads.
pub(super) async fn show_person(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((event, id)): Path<(String, String)>,
    Query(done): Query<tap::Done>,
) -> Response {
    let door = match Door::open(&pages, &visitor, &event).await {
        Ok(door) => door,
        Err(refused) => return refused,
    };
    match door.person(&pages, &id).await {
        Ok(person) => {
            let verdict = Verdict::of(&person, &door.event, done.moment());
            door.page(&Shown::Person { person: &person, verdict, problem: None }, "", None).show(&door.visitor)
        }
        Err(problem) if problem.status == 404 => {
            door.page(&Shown::Unknown, "", None).status(problem.status()).show(&door.visitor)
        }
        Err(problem) => failed::page(&visitor, &problem),
    }
}

/// An answer to the door's script.
fn data(status: StatusCode, value: &Value) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, value.to_string()).into_response()
}

/// The event and the registration in the address of a QR code, which a scanner types like any other text.
fn scanned(text: &str) -> Option<(Uuid, Uuid)> {
    let (_, path) = text.trim().split_once("/door/")?;
    let (event, registration) = path.split_once('/')?;
    Some((event.parse().ok()?, registration.parse().ok()?))
}

impl Door {
    /// The door's page: a result, if there is one, and the way to the next person.
    fn page(&self, shown: &Shown<'_>, typed: &str, found: Option<&[Person]>) -> Page {
        let visitor = &self.visitor;
        let title = visitor.say("door-title", &[("event", self.event.title.as_str().into())]);
        let main = html! {
            div.door data-door=(self.told_to_script(shown).to_string()) {
                p.eyebrow { a href=(self.path("")) { bdi { (self.event.title) } } }
                h1.visually-hidden { (title) }
                div.queue.notice.wait role="status" hidden { span.sign aria-hidden="true" { "…" } p {} }
                div.refused-later role="alert" hidden { h2 { (visitor.text("door-refused-later")) } ul.lines {} }
                (result(self, shown))
                form.door-search role="search" method="get" action=(self.path("")) {
                    label for="q" { (visitor.text("door-search")) }
                    input #q name="q" type="search" value=(typed) dir="auto" maxlength="300" autocomplete="off"
                        enterkeyhint="search" aria-describedby="q-hint" autofocus[matches!(shown, Shown::Nobody)];
                    button.second type="submit" { (visitor.text("home-search-button")) }
                    p.hint #q-hint { (visitor.text("door-search-hint")) }
                }
                (self.list(found))
                p.door-numbers {
                    a href=(self.path("/board")) {
                        (visitor.say("door-numbers", &[("here", self.arrivals.people.here.into()), ("expected", self.arrivals.people.expected.into())]))
                    }
                }
            }
        };
        Page::new(title, main).script("door.js").of(self.account.clone())
    }

    /// Whom the search found.
    fn list(&self, found: Option<&[Person]>) -> Markup {
        let visitor = &self.visitor;
        html! {
            ul.found aria-label=(visitor.text("door-found")) {
                @for person in found.unwrap_or_default() {
                    @let verdict = Verdict::of(person, &self.event, verdict::Moment::Arriving);
                    li {
                        a href=(self.path(&format!("/{}", person.id))) { bdi { (person.name.shown(visitor)) } }
                        @if self.event.roles.len() > 1 { span.quiet { bdi { (person.role) } } }
                        (chip(verdict.tone(), &self.filled(verdict.title(), person)))
                    }
                }
            }
            div.none hidden[found.is_none_or(|found| !found.is_empty())] {
                (notice(Tone::Plain, &html! { p { (visitor.text("door-none-found")) } }))
            }
        }
    }

    /// A path of this door.
    fn path(&self, rest: &str) -> String {
        self.visitor.to(&format!("/door/{}{rest}", self.event.id))
    }

    /// A text about a person.
    fn filled(&self, key: &str, person: &Person) -> String {
        let at = person.came_at(&self.event.timezone);
        let filled = [("here", person.checked_in.into()), ("spots", person.spots.into()), ("at", at.into())];
        self.visitor.say(key, &filled)
    }

    /// What the script needs to do the same without asking.
    fn told_to_script(&self, shown: &Shown<'_>) -> Value {
        let (visitor, person) = (&self.visitor, shown.person());
        let blank = [("here", "{here}".into()), ("spots", "{spots}".into()), ("at", "{at}".into())];
        let verdicts: serde_json::Map<_, _> = Verdict::all()
            .map(|verdict| {
                let (title, advice) = (visitor.say(verdict.title(), &blank), visitor.say(verdict.advice(), &blank));
                let said = json!({"tone": verdict.tone().class(), "sign": verdict.tone().sign(), "title": title, "advice": advice});
                (verdict.code().to_owned(), said)
            })
            .collect();
        json!({
            "event": self.event.id, "path": self.path(""), "cancelled": self.event.is_cancelled(),
            "roles": self.event.roles.len() > 1, "verdicts": verdicts,
            "parties": visitor.language.forms("door-party", "spots"), "person": person.map(|person| person.listed(self)),
            "rest": visitor.language.forms("door-let-rest-in", "left"), "single": visitor.text("door-let-in"),
            "queue": visitor.language.forms("door-queue", "taps"), "refused": visitor.text("door-refused-later"),
            "numbers": visitor.say("door-numbers", &[("here", "{here}".into()), ("expected", "{expected}".into())]),
        })
    }
}
