//! All that is kept about somebody, as a file: handed through from the API as it comes.

use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};

use super::Pages;
use super::console::organizer::Organizer;
use super::event::segment;
use super::failed;
use super::own::refused;
use super::visitor::Visitor;

/// The file of whoever is logged in.
pub(super) async fn of_account(State(pages): State<Pages>, organizer: Organizer) -> Response {
    let visitor = &organizer.visitor;
    let asked = pages.api().get(visitor, "/api/v1/people/me/export");
    asked.response().await.unwrap_or_else(|problem| failed::page(visitor, &problem))
}

/// The file of whoever holds the link to a sign-up.
pub(super) async fn of_holder(State(pages): State<Pages>, visitor: Visitor, Path(token): Path<String>) -> Response {
    let visitor = visitor.unknown();
    let asked = pages.api().get(&visitor, format!("/api/v1/manage/{}/export", segment(&token)));
    asked.response().await.unwrap_or_else(|problem| refused(&visitor, &problem))
}

/// The way to the file.
pub(super) fn button(visitor: &Visitor, path: &str) -> Markup {
    html! {
        p.no-print { a.button.second href=(path) download { (visitor.text("download-data")) } }
    }
}
