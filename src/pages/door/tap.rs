//! What is pressed at the door: people are let in, or were not here after all.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::people::Person;
use super::result::Shown;
use super::verdict::{Moment, Verdict};
use super::{Door, data};
use crate::pages::Pages;
use crate::pages::api::Problem;
use crate::pages::event::segment;
use crate::pages::failed;
use crate::pages::visitor::Visitor;

/// What was pressed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::pages) struct Tap {
    /// Makes a repeat harmless, however late it comes.
    key: String,
    /// `in` or `undo`.
    #[serde(rename = "do")]
    what: String,
    /// How many of the party.
    count: String,
}

/// What was done right before the page is shown.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::pages) struct Done {
    done: Option<String>,
}

impl Done {
    pub(super) fn moment(&self) -> Moment {
        if self.done.is_some() { Moment::Pressed } else { Moment::Arriving }
    }
}

impl Tap {
    /// The command of the API, and what it is sent.
    fn request(&self) -> (&'static str, Value) {
        let command = if self.what == "undo" { "undo-check-in" } else { "check-in" };
        match self.count.trim().parse::<u32>() {
            Ok(count) => (command, json!({"count": count})),
            Err(_) => (command, json!({"count": self.count})),
        }
    }
}

/// Does it, and shows the person again; the script is answered in its own words.
pub(in crate::pages) async fn press(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((event, id)): Path<(String, String)>,
    tap: Result<Form<Tap>, FormRejection>,
) -> Response {
    let door = match Door::open(&pages, &visitor, &event).await {
        Ok(door) => door,
        Err(refused) => return refused,
    };
    let Form(tap) = tap.unwrap_or_default();
    let (command, request) = tap.request();
    let path = format!("/api/v1/events/{}/registrations/{}/{command}", door.event.id, segment(&id));
    let pressed = pages.api().post(&door.visitor, path).key(&tap.key).json(&request).send().await;
    if visitor.is_script() {
        return match (pressed.err(), door.person(&pages, &id).await) {
            (problem, Ok(person)) => door.answer(problem.as_ref(), Some(&person)),
            (problem, Err(unseen)) => door.answer(Some(&problem.unwrap_or(unseen)), None),
        };
    }
    match pressed {
        Ok(_) => {
            let done = door.path(&format!("/{}?done={}", segment(&id), segment(&tap.what)));
            Redirect::to(&done).into_response()
        }
        Err(problem) => door.refuse(&pages, &id, &problem).await,
    }
}

impl Door {
    /// The page of somebody, with what was refused.
    async fn refuse(&self, pages: &Pages, id: &str, problem: &Problem) -> Response {
        let Ok(person) = self.person(pages, id).await else { return failed::page(&self.visitor, problem) };
        let verdict = Verdict::of(&person, &self.event, Moment::Arriving);
        let words = self.words(problem);
        let shown = Shown::Person { person: &person, verdict, problem: Some(words) };
        self.page(&shown, "", None).status(problem.status()).show(&self.visitor)
    }

    /// What was refused, in words for whoever stands at the door. Elsewhere some are for the guest.
    fn words(&self, problem: &Problem) -> String {
        match problem.code.as_str() {
            "already_checked_in" => self.visitor.text("door-taken"),
            _ => failed::words(&self.visitor, problem),
        }
    }

    /// For the script: who it is by now, and what was refused.
    fn answer(&self, problem: Option<&Problem>, person: Option<&Person>) -> Response {
        let status = problem.map_or(StatusCode::OK, Problem::status);
        let words = problem.map(|problem| self.words(problem));
        let person = person.map(|person| person.listed(self));
        data(status, &json!({"person": person, "problem": words}))
    }
}
