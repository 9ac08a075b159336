//! The console: what organizers see of their events, and do with them.
//!
//! `organizer` is who looks, `typed` what they typed. `events` lists their events, `editor` makes and changes one, `stage`
//! publishes, closes and cancels it. `roster` shows who signed up, `person` one of them; `command` does something with one,
//! after `ask` has said what else would happen, and `done` says afterwards what did. `bulk` does the same with several. `tell`
//! asks whether those concerned are mailed, `mail` is about that mail as long as it waits.
//! `doors` are the links for whoever stands at the door. `export` and `import` read and write CSV. `history` tells what happened to an event, `report` how its sign-up opened.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use maud::{Markup, html};

use super::Pages;
use super::api::{FieldProblem, Problem};
use super::failed;
use super::visitor::Visitor;
use crate::words::Language;

mod add;
mod answers;
mod ask;
mod bulk;
mod command;
mod done;
mod doors;
mod editor;
mod events;
mod export;
pub(super) mod history;
mod import;
mod mail;
mod opened;
pub(super) mod organizer;
mod others;
mod person;
mod report;
mod roster;
mod stage;
mod tell;
pub(super) mod typed;

/// Largest form: a list of people to be read in.
const FORM_BYTES_MAX: usize = 1 << 20;

/// The routes of the console for events.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/console", get(events::show))
        .route("/console/events/new", get(editor::show_new).post(editor::press_new))
        .route("/console/events/{event}", get(roster::show).post(stage::press))
        .route("/console/events/{event}/edit", get(editor::show).post(editor::press))
        .route("/console/events/{event}/add", get(add::show).post(add::press))
        .route("/console/events/{event}/people/{id}", get(person::show).post(command::press))
        .route("/console/events/{event}/selected", post(bulk::press))
        .route("/console/events/{event}/mail", post(mail::press))
        .route("/console/events/{event}/people.csv", get(export::show))
        .route("/console/events/{event}/doors", get(doors::show).post(doors::press))
        .route("/console/events/{event}/import", get(import::show).post(import::press))
        .route("/console/events/{event}/history", get(history::show))
        .route("/console/events/{event}/report", get(report::show))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
}

/// A "no" as it is said to organizers: not about themselves, but about somebody who signed up.
fn words(visitor: &Visitor, problem: &Problem) -> String {
    let said = |prefix: &str, code: &str| {
        let key = format!("{prefix}-{code}");
        Language::english().has(&key).then(|| visitor.text(&key))
    };
    if problem.fields.is_empty() {
        return said("console-problem", &problem.code).unwrap_or_else(|| failed::words(visitor, problem));
    }
    let of_field = |field: &FieldProblem| wrong(visitor, &field.field, &field.problem);
    problem.fields.iter().map(of_field).collect::<Vec<_>>().join(" ")
}

/// What is wrong with a field of somebody who signed up; where there are no words for it, as the API says it.
fn wrong(visitor: &Visitor, field: &str, problem: &str) -> String {
    let keys = [format!("console-person-{field}"), format!("problem-field-{field}")];
    match keys.iter().find(|key| Language::english().has(key)) {
        Some(key) => visitor.text(key),
        None => format!("{field} {problem}."),
    }
}

/// What is the same on all these pages.
fn console(content: &Markup) -> Markup {
    html! { div.console { (content) } }
}
