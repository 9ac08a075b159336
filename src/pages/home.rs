//! The list of public events, the next ones first.

use axum::extract::{Query, State};
use axum::response::Response;
use headcount_core::event::EventStatus;
use headcount_core::ids::Millis;
use headcount_core::view::SignUpState;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use serde::Deserialize;

use super::Pages;
use super::account::Account;
use super::answers::{Event, List, Time};
use super::event::{segment, when};
use super::failed;
use super::frame::{Page, Reach};
use super::parts::{Tone, bar, chip};
use super::prose::summary;
use super::visitor::Visitor;
use crate::clock;

/// Events on a page.
const EVENTS_MAX: usize = 30;
/// What began less than this ago still counts as present.
const PRESENT_MS: i64 = 12 * 3_600_000;

/// What is looked for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Wanted {
    q: String,
    /// A day.
    from: String,
    cursor: String,
}

/// Shows it.
pub(super) async fn show(State(pages): State<Pages>, visitor: Visitor, Query(wanted): Query<Wanted>) -> Response {
    // As nobody in particular: what only some may see is not announced here.
    let anybody = visitor.clone().unknown();
    let listed = pages.api().get(&anybody, wanted.path()).read::<List<Event>>();
    let (listed, account) = tokio::join!(listed, Account::of(&visitor, pages.api()));
    match listed {
        Ok(list) => {
            let title = visitor.text("home-title");
            Page::new(title, main(&visitor, &wanted, &list)).reach(Reach::Public).of(account).show(&visitor)
        }
        Err(problem) => failed::page(&visitor, &problem),
    }
}

impl Wanted {
    fn path(&self) -> String {
        let day = self.from.parse::<Date>().ok().and_then(|day| day.to_zoned(TimeZone::UTC).ok());
        let from = day.map_or(clock::now().0 - PRESENT_MS, |day| day.timestamp().as_millisecond());
        let from = Time(Millis(from)).rfc3339();
        let mut path = format!("/api/v1/events?limit={EVENTS_MAX}&from={}", segment(&from));
        for (name, value) in [("q", self.q.trim()), ("cursor", &self.cursor)] {
            if !value.is_empty() {
                path += &format!("&{name}={}", segment(value));
            }
        }
        path
    }

    /// The address of the next page.
    fn next(&self, cursor: &str) -> String {
        format!("/?q={}&from={}&cursor={}", segment(&self.q), segment(&self.from), segment(cursor))
    }
}

fn main(visitor: &Visitor, wanted: &Wanted, list: &List<Event>) -> Markup {
    let is_searched = !wanted.q.is_empty() || !wanted.from.is_empty() || !wanted.cursor.is_empty();
    html! {
        h1 { (visitor.text("home-title")) }
        @if is_searched || !list.items.is_empty() { (search(visitor, wanted)) }
        @if list.items.is_empty() {
            div.empty {
                @if is_searched {
                    p { (visitor.text("home-none-found")) }
                } @else {
                    h2 { (visitor.text("home-empty-title")) }
                    p { (visitor.text("home-empty")) }
                }
            }
        } @else {
            ul.events { @for event in &list.items { li { (card(visitor, event)) } } }
        }
        @if let Some(cursor) = &list.next_cursor {
            p { a.button.second href=(visitor.to(&wanted.next(cursor))) { (visitor.text("home-more")) } }
        }
    }
}

fn search(visitor: &Visitor, wanted: &Wanted) -> Markup {
    html! {
        form.search role="search" method="get" action=(visitor.to("/")) {
            label for="q" { (visitor.text("home-search")) }
            input #q name="q" type="search" value=(wanted.q) dir="auto" maxlength="200";
            label for="from" { (visitor.text("home-from")) }
            input #from name="from" type="date" value=(wanted.from);
            button.second type="submit" { (visitor.text("home-search-button")) }
        }
    }
}

fn card(visitor: &Visitor, event: &Event) -> Markup {
    let (reserved, capacity) = filled(event);
    html! {
        a.card.event-card href={ (visitor.to("/e/")) (event.slug) } {
            p.eyebrow { (when(visitor, event)) }
            h2 { bdi { (event.title) } }
            @if !event.location.is_empty() { p.quiet { bdi { (event.location) } } }
            @if !event.description.is_empty() { p { bdi { (summary(&event.description)) } } }
            @if let Some(capacity) = capacity { (bar(reserved, capacity)) }
            p { (stand(visitor, event)) }
        }
    }
}

/// Places taken and places there are, over all roles; none: unlimited.
pub(super) fn filled(event: &Event) -> (u64, Option<u64>) {
    let of_roles: Option<u64> = event.roles.iter().map(|role| role.places.capacity.map(u64::from)).sum();
    let capacity = event.places.capacity.map(u64::from).into_iter().chain(of_roles).min();
    (event.places.reserved, capacity)
}

fn stand(visitor: &Visitor, event: &Event) -> Markup {
    match (event.status, event.sign_up) {
        (EventStatus::Cancelled, _) => chip(Tone::Bad, &visitor.text("event-cancelled")),
        (_, SignUpState::NotOpenYet) => chip(Tone::Wait, &visitor.text("event-not-open-yet")),
        (_, SignUpState::Closed) => chip(Tone::Plain, &visitor.text("event-closed")),
        (_, SignUpState::Open) => match event.places.open_now {
            Some(open) => {
                let tone = if open > 0 { Tone::Good } else { Tone::Wait };
                chip(tone, &visitor.say("role-open", &[("open", open.into())]))
            }
            None => chip(Tone::Good, &visitor.text("role-unlimited")),
        },
    }
}
