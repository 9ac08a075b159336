//! Pages for people's eyes: plain HTML that works without JavaScript and loads nothing. Nothing here decides anything.
//!
//! A page is shown under an address that is a secret of its own; no cookie is read. What somebody typed is escaped by
//! `html`, once, where the page is put together.

use axum::Router;
use axum::routing::get;

use crate::people::People;

mod html;
mod link;

/// The pages, over `people`.
pub fn router(people: People) -> Router {
    Router::new().route("/l/{token}", get(link::show).post(link::follow)).with_state(people)
}
