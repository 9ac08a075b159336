//! A sign-up as a calendar file.

use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use headcount_core::event::Status;
use headcount_core::ids::Seq;

use super::{Held, hold, refused};
use crate::calendar::{Entry, Place};
use crate::clock;
use crate::pages::Pages;
use crate::pages::visitor::Visitor;

/// The file.
pub(in crate::pages) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Response {
    let visitor = visitor.unknown();
    let held = match hold(&pages, &visitor, token).await {
        Ok(held) => held,
        Err(problem) => return refused(&visitor, &problem),
    };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8")),
        (CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"event.ics\"")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, held.calendar(pages.public_url()).file()).into_response()
}

impl Held {
    fn calendar(&self, public_url: &str) -> Entry<'_> {
        let (event, one) = (&self.managed.event, &self.managed.registration);
        let has_place = matches!(one.status, Status::Confirmed | Status::Held);
        Entry {
            id: one.id.to_string(),
            seq: Seq(one.seq),
            title: &event.title,
            location: &event.location,
            url: format!("{public_url}/e/{}", event.slug),
            starts_at: event.starts_at.map(|time| time.0),
            ends_at: event.ends_at.map(|time| time.0),
            place: if has_place { Place::Taken } else { Place::None },
            now: clock::now(),
        }
    }
}
