//! What happened to an event, as people tell it: each entry of its log as a sentence, the newest first.
//!
//! The log names nobody. Who it was is looked up where that is still known: `names` does it, `sentence` says the rest.

use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::organizer::Organizer;
use super::typed::{Typed, Wanted};
use crate::pages::Pages;
use crate::pages::answers::{Event, Time};
use crate::pages::api::Problem;
use crate::pages::event::segment;
use crate::pages::failed;
use crate::pages::parts::time;
use crate::pages::visitor::Visitor;
use names::Names;

mod names;
mod sentence;

/// Entries on a page.
const ENTRIES_MAX: usize = 50;

/// Kinds of change, in the order in which they are offered.
pub(in crate::pages) const KINDS: [&str; 29] = [
    "signed_up",
    "sign_up_repeated",
    "verified",
    "expired",
    "accepted",
    "not_coming",
    "imported",
    "declined",
    "cancelled",
    "removed",
    "reinstated",
    "promoted",
    "demoted",
    "moved",
    "swapped",
    "resized",
    "skipped",
    "details_edited",
    "email_changed",
    "erased",
    "checked_in",
    "check_in_undone",
    "event_created",
    "event_edited",
    "role_added",
    "role_edited",
    "role_removed",
    "counters_repaired",
    "override_raised",
];

/// Part of a log.
#[derive(Debug, Deserialize)]
struct Log {
    items: Vec<Entry>,
    next_before: Option<u64>,
}

/// One change that was made.
#[derive(Debug, Deserialize)]
struct Entry {
    seq: u64,
    at: Time,
    actor: String,
    kind: String,
    registration_id: Option<Uuid>,
    body: Value,
    /// A reason that was given.
    text: Option<String>,
}

/// Part of an event's history, with the names of who occurs in it.
struct Seen {
    event: Event,
    log: Log,
    names: Names,
}

/// Shows it.
pub(super) async fn show(
    State(pages): State<Pages>,
    organizer: Organizer,
    Path(event): Path<String>,
    Wanted(query): Wanted,
) -> Response {
    let visitor = &organizer.visitor;
    match Seen::look(&pages, visitor, &event, &query).await {
        Ok(seen) => organizer.narrow_page(visitor.text("history-title"), &seen.main(visitor, &query)).show(visitor),
        Err(problem) => failed::page(visitor, &problem),
    }
}

impl Seen {
    async fn look(pages: &Pages, visitor: &Visitor, event: &str, query: &Typed) -> Result<Seen, Problem> {
        let path = format!("/api/v1/events/{}", segment(event));
        let mut log = format!("{path}/log?order=newest&limit={ENTRIES_MAX}");
        for (name, field) in [("before", "before"), ("kind", "kind"), ("registration", "person")] {
            if !query.get(field).is_empty() {
                log += &format!("&{name}={}", segment(query.get(field)));
            }
        }
        let event = pages.api().get(visitor, path).read::<Event>();
        let (event, log) = tokio::try_join!(event, pages.api().get(visitor, log).read::<Log>())?;
        let names = Names::of(pages, visitor, &event, &log.items).await;
        Ok(Seen { event, log, names })
    }

    fn main(&self, visitor: &Visitor, query: &Typed) -> Markup {
        html! {
            p.eyebrow { a href=(visitor.to(&format!("/console/events/{}", self.event.id))) { bdi { (self.event.title) } } }
            h1 { (visitor.text("history-title")) }
            p.hint { (visitor.text("history-hint")) }
            (self.filter(visitor, query))
            @if self.log.items.is_empty() && self.log.next_before.is_none() {
                p.empty { (visitor.text("history-none")) }
            }
            ol.history { @for entry in &self.log.items { li { (self.entry(visitor, entry)) } } }
            @if let Some(before) = self.log.next_before {
                p { a.button.second href=(self.older(visitor, query, before)) { (visitor.text("history-older")) } }
            }
        }
    }

    fn filter(&self, visitor: &Visitor, query: &Typed) -> Markup {
        let (person, kind) = (query.get("person"), query.get("kind"));
        let of_person = person.parse().ok().map(|id| self.names.person(visitor, Some(id)));
        html! {
            form.row method="get" action=(self.path(visitor)) {
                @if !person.is_empty() { input type="hidden" name="person" value=(person); }
                label {
                    span.visually-hidden { (visitor.text("history-kind")) }
                    select name="kind" {
                        option value="" { (visitor.text("history-all-kinds")) }
                        @for one in KINDS { option value=(one) selected[one == kind] { (visitor.text(&format!("history-of-{one}"))) } }
                    }
                }
                button.second type="submit" { (visitor.text("history-filter")) }
                @if !person.is_empty() || !kind.is_empty() { a href=(self.path(visitor)) { (visitor.text("history-everything")) } }
            }
            @if let Some(name) = of_person { p { (visitor.say("history-only-of", &[("name", name.into())])) } }
        }
    }

    fn entry(&self, visitor: &Visitor, entry: &Entry) -> Markup {
        html! {
            p.said { (self.sentence(visitor, entry)) }
            @if let Some(reason) = entry.text.as_deref().filter(|reason| !reason.is_empty()) {
                p { (visitor.text("history-reason")) " " q dir="auto" { (reason) } }
            }
            p.quiet {
                "#" (entry.seq) " · " (time(visitor, entry.at, &self.event.timezone))
                " · " (self.names.actor(visitor, &entry.actor))
                @if let Some(id) = entry.registration_id {
                    " · " a.whole href={ (self.path(visitor)) "?person=" (id) } { (visitor.text("history-of-person")) }
                }
            }
        }
    }

    fn path(&self, visitor: &Visitor) -> String {
        visitor.to(&format!("/console/events/{}/history", self.event.id))
    }

    /// The address of what was before.
    fn older(&self, visitor: &Visitor, query: &Typed, before: u64) -> String {
        let (person, kind) = (segment(query.get("person")), segment(query.get("kind")));
        format!("{}?person={person}&kind={kind}&before={before}", self.path(visitor))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The core has them as words of a `match`.
    #[test]
    fn every_kind_of_the_log_can_be_asked_for() {
        let source = include_str!("../../../core/src/change.rs");
        let (_, kinds) = source.split_once("pub fn kind(&self) -> &'static str {").unwrap();
        let (kinds, _) = kinds.split_once("\n    }\n").unwrap();
        let of_the_log: BTreeSet<&str> = kinds.split('"').skip(1).step_by(2).collect();
        assert_eq!(of_the_log.len(), KINDS.len());
        assert_eq!(of_the_log, BTreeSet::from(KINDS));
    }
}
