//! The console: what organizers see of their events, and do with them.
//!
//! `organizer` is who looks, `typed` what they typed. `events` lists their events, `editor` makes and changes one, `stage`
//! publishes, closes and cancels it. `roster` shows who signed up, `person` one of them; `command` does something with one,
//! after `ask` has said what else would happen, and `done` says afterwards what did. `bulk` does the same with several.
//! `export` and `import` read and write CSV. `history` tells what happened to an event, `report` how its sign-up opened.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use maud::{Markup, html};

use super::Pages;

mod add;
mod answers;
mod ask;
mod bulk;
mod command;
mod done;
mod editor;
mod events;
mod export;
pub(super) mod history;
mod import;
pub(super) mod organizer;
mod others;
mod person;
mod report;
mod roster;
mod stage;
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
        .route("/console/events/{event}/people.csv", get(export::show))
        .route("/console/events/{event}/import", get(import::show).post(import::press))
        .route("/console/events/{event}/history", get(history::show))
        .route("/console/events/{event}/report", get(report::show))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
}

/// What is the same on all these pages.
fn console(content: &Markup) -> Markup {
    html! { div.console { (content) } }
}
