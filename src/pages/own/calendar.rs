//! A sign-up as a calendar file (RFC 5545).

use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use icalendar::{Calendar, Component as _, Event, EventLike as _};

use super::{Held, hold, refused};
use crate::pages::Pages;
use crate::pages::answers::{Status, Time};
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
    (headers, held.calendar(pages.public_url()).to_string()).into_response()
}

impl Held {
    /// With an identity that stays the same, and a sequence that grows, so that a later file takes the place of this one.
    fn calendar(&self, public_url: &str) -> Calendar {
        let (event, one) = (&self.managed.event, &self.managed.registration);
        let mut entry = Event::new();
        entry.uid(&format!("{}@headcount", one.id)).summary(&event.title);
        entry.add_property("SEQUENCE", one.seq.to_string());
        if !event.location.is_empty() {
            entry.location(&event.location);
        }
        entry.url(&format!("{public_url}/e/{}", event.slug));
        for (property, time) in [("DTSTART", event.starts_at), ("DTEND", event.ends_at)] {
            if let Some(time) = time {
                entry.add_property(property, utc(time));
            }
        }
        let is_on = matches!(one.status, Status::Confirmed | Status::Held);
        entry.add_property("STATUS", if is_on { "CONFIRMED" } else { "CANCELLED" });
        Calendar::new().push(entry.done()).done()
    }
}

/// A moment as RFC 5545 writes it in UTC.
fn utc(time: Time) -> String {
    let time = jiff::Timestamp::from_millisecond(time.0.0).unwrap_or_default();
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}
