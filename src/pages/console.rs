//! The console: what organizers see of their events, and do with them.
//!
//! `organizer` is who looks, `typed` what they typed. `history` tells what happened to an event, `report` how its sign-up
//! opened.

use axum::Router;
use axum::routing::get;
use maud::{Markup, html};

use super::Pages;

mod history;
pub(super) mod organizer;
mod report;
pub(super) mod typed;

/// The routes of the console for events.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/console/events/{event}/history", get(history::show))
        .route("/console/events/{event}/report", get(report::show))
}

/// What is the same on all these pages.
fn console(content: &Markup) -> Markup {
    html! { div.console { (content) } }
}
