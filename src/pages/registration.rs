//! The page of a registration, for whoever holds its link: what it is, and the button that confirms it.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use headcount_core::command::{Action, Actor, Command, Mode};
use headcount_core::decision::Outcome;

use super::{Page, Pages, list, paragraph};
use crate::clock;
use crate::html::escaped;
use crate::lanes::Rejected;
use crate::secret::Link;
use crate::store::read::RegistrationInEvent;
use crate::words::{facts, say, time};

/// Shows it.
pub(super) async fn show(State(pages): State<Pages>, Path(token): Path<String>) -> Page {
    let Some(link) = pages.0.secret.read_link(&token) else { return Page::no_such_link() };
    match pages.0.readers.registration(link.event, link.registration, clock::now()).await {
        Ok(Some(found)) if found.registration.registration.link_version == link.version => page(&found),
        Ok(_) => Page::no_such_link(),
        Err(error) => {
            tracing::error!(%error, "reading failed");
            Page::unavailable()
        }
    }
}

/// Confirms it, and shows it again.
pub(super) async fn confirm(State(pages): State<Pages>, Path(token): Path<String>) -> Response {
    let Some(link) = pages.0.secret.read_link(&token) else { return Page::no_such_link().into_response() };
    match pages.0.lanes.submit(confirmation(link)).await {
        Ok(Outcome::Refused(refusal)) => {
            let title = say("not-confirmed-title", &[]);
            Page::saying(StatusCode::CONFLICT, &title, &refusal.detail()).into_response()
        }
        // The address alone, so that the answer leads back also behind a proxy that serves it under another path.
        Ok(_) => Redirect::to(&token).into_response(),
        Err(Rejected::Internal) => {
            let (title, text) = (say("broken-title", &[]), say("broken", &[]));
            Page::saying(StatusCode::INTERNAL_SERVER_ERROR, &title, &text).into_response()
        }
        Err(_) => Page::unavailable().into_response(),
    }
}

fn confirmation(link: Link) -> Command {
    let action = Action::Confirm(link.registration);
    let actor = Actor::Link(link.version);
    Command { event: link.event, actor, idempotency: None, mode: Mode::Apply, action }
}

fn page(found: &RegistrationInEvent) -> Page {
    let one = &found.registration.registration;
    let mut body = list(&facts(found));
    match one.verify_by {
        // Also when the time is over, for as long as nobody else got the place.
        Some(until) => {
            let until = time(until, &found.event.texts.timezone);
            body += &paragraph(&say("confirm-until", &[("until", &until)]));
            body += &button(&say("confirm-button", &[]));
        }
        None if one.status.is_active() => body += &paragraph(&say("confirmed", &[])),
        None => {}
    }
    Page::new(StatusCode::OK, &found.event.texts.title, body)
}

/// A form without fields that posts to the address it stands at.
fn button(label: &str) -> String {
    format!("<form method=\"post\"><button>{}</button></form>\n", escaped(label))
}
