//! The roster of an event: who has a place and who waits, by role. `table` is how they are shown.

use axum::extract::{Path, State};
use axum::response::Response;
use headcount_core::event::{EventStatus, Status};
use maud::{Markup, html};
use uuid::Uuid;

use super::answers::{Managed, Registration};
use super::organizer::Organizer;
use super::typed::{Typed, Wanted};
use super::{done, events, stage};
use crate::pages::Pages;
use crate::pages::answers::{Event, List, Role};
use crate::pages::api::Problem;
use crate::pages::event::{segment, when};
use crate::pages::failed;
use crate::pages::parts::{Tone, chip, notice};
use crate::pages::visitor::Visitor;

mod table;

pub(super) use table::{standing, went_in};

/// How many of a role are shown at once.
const PEOPLE_MAX: usize = 100;
/// The statuses that can be chosen beside "all that have a place or wait" and "all".
const STATUSES: [&str; 6] = ["confirmed", "held", "waitlisted", "declined", "cancelled", "removed"];

/// Shows it.
pub(in crate::pages) async fn show(
    State(pages): State<Pages>,
    organizer: Organizer,
    Path(event): Path<String>,
    Wanted(wanted): Wanted,
) -> Response {
    let visitor = &organizer.visitor;
    match Roster::of(&pages, visitor, &event, &wanted).await {
        Ok(roster) => {
            let said = done::show(&pages, visitor, &roster.managed, &wanted).await;
            let title = roster.managed.event.title.clone();
            organizer.page(title, &roster.show(visitor, &said)).show(visitor)
        }
        Err(problem) => failed::page(visitor, &problem),
    }
}

/// An event and some of those who signed up.
struct Roster {
    managed: Managed,
    filter: Filter,
    sections: Vec<Section>,
    /// Who is to swap roles with one of those that are shown.
    swapping: Option<Registration>,
}

/// Who is shown.
struct Filter {
    text: String,
    /// A status, `all`, or empty: all that have a place or wait.
    status: String,
    role: Option<Uuid>,
    cursor: String,
    /// Whether all are shown at once, to be printed.
    is_for_print: bool,
}

impl Filter {
    /// Who is looked for, in words: on paper there are no fields to see it by.
    fn told(&self, visitor: &Visitor, event: &Event) -> Markup {
        let status = STATUSES.into_iter().chain(["all"]).find(|status| self.status == *status).unwrap_or("active");
        let role = event.roles.iter().find(|role| self.role == Some(role.id));
        html! {
            (visitor.text("status")) ": " (visitor.text(&format!("console-status-{status}")))
            @if let Some(role) = role { " · " (visitor.text("role")) ": " bdi { (role.name) } }
            @if !self.text.is_empty() { " · " (visitor.text("console-search")) ": " bdi { (self.text) } }
        }
    }
}

/// Those of one role.
struct Section {
    role: Role,
    people: Vec<Registration>,
    /// Where the next ones begin; none: there are no more.
    next: Option<String>,
}

impl Filter {
    fn read(wanted: &Typed) -> Filter {
        let status = wanted.get("status");
        let is_for_print = wanted.get("view") == "print";
        let is_known = status == "all" || STATUSES.contains(&status);
        Filter {
            text: wanted.get("q").trim().to_owned(),
            status: if is_known { status.to_owned() } else { String::new() },
            role: wanted.get("role").parse().ok(),
            cursor: if is_for_print { String::new() } else { wanted.get("cursor").to_owned() },
            is_for_print,
        }
    }

    fn path(&self, event: Uuid, role: Uuid) -> String {
        let mut path = format!("/api/v1/events/{event}/registrations?limit={PEOPLE_MAX}&role={role}");
        let status = if STATUSES.contains(&self.status.as_str()) { self.status.as_str() } else { "" };
        for (name, value) in [("q", self.text.as_str()), ("status", status), ("cursor", &self.cursor)] {
            if !value.is_empty() {
                path += &format!("&{name}={}", segment(value));
            }
        }
        path
    }

    /// A page of them; for print, all.
    async fn list(
        &self,
        pages: &Pages,
        visitor: &Visitor,
        event: Uuid,
        role: Uuid,
    ) -> Result<List<Registration>, Problem> {
        let path = self.path(event, role);
        let mut list: List<Registration> = pages.api().get(visitor, path.clone()).read().await?;
        while let Some(cursor) = list.next_cursor.take_if(|_| self.is_for_print) {
            let more = format!("{path}&cursor={}", segment(&cursor));
            let more: List<Registration> = pages.api().get(visitor, more).read().await?;
            list.items.extend(more.items);
            list.next_cursor = more.next_cursor;
        }
        Ok(list)
    }

    /// Whether somebody of this status is shown.
    fn lets(&self, status: Status) -> bool {
        !self.status.is_empty() || status.is_active()
    }

    /// The same for one role, from a place on.
    fn query(&self, role: Uuid, cursor: &str) -> String {
        format!("?q={}&status={}&role={role}&cursor={}", segment(&self.text), self.status, segment(cursor))
    }

    fn is_set(&self) -> bool {
        !self.text.is_empty() || !self.status.is_empty() || self.role.is_some()
    }
}

impl Roster {
    async fn of(pages: &Pages, visitor: &Visitor, event: &str, wanted: &Typed) -> Result<Roster, Problem> {
        let managed = Managed::of(pages, visitor, event).await?;
        let filter = Filter::read(wanted);
        let mut sections = Vec::new();
        for role in managed.event.roles.iter().filter(|role| filter.role.is_none_or(|one| one == role.id)) {
            let list = filter.list(pages, visitor, managed.event.id, role.id).await?;
            let all = list.items.len();
            let people: Vec<Registration> = list.items.into_iter().filter(|one| filter.lets(one.status)).collect();
            // Those that have ended stand behind all that have not.
            let next = list.next_cursor.filter(|_| people.len() == all);
            sections.push(Section { role: role.clone(), people, next });
        }
        let swapping = match wanted.get("swap") {
            "" => None,
            id => Registration::of(pages, visitor, managed.event.id, id).await.ok(),
        };
        Ok(Roster { managed, filter, sections, swapping })
    }

    fn show(&self, visitor: &Visitor, said: &Markup) -> Markup {
        let event = &self.managed.event;
        let path = self.managed.path(visitor);
        html! {
            p.eyebrow { a href=(visitor.to("/console")) { (visitor.text("console-title")) } }
            (said)
            div.console-head { h1 { bdi { (event.title) } } (events::status(visitor, event)) }
            p.quiet { (when(visitor, event)) }
            (self.tools(visitor))
            (stage::buttons(visitor, &self.managed))
            @if let Some(one) = &self.swapping {
                (notice(Tone::Wait, &html! {
                    p { (visitor.say("console-swap-choose", &[("name", one.name.shown(visitor).into())])) }
                    p { a href=(path) { (visitor.text("console-back")) } }
                }))
            }
            (self.filters(visitor))
            p.quiet.only-print { (self.filter.told(visitor, &self.managed.event)) }
            div data-roster={ (visitor.to("/api/v1/events/")) (event.id) "/stream" } data-seq=(event.seq)
                data-news=(news(visitor)) data-show=(visitor.text("console-news-show")) {
                @if self.is_nobody() { (self.empty(visitor)) }
                @if !self.is_nobody() || self.has_places_to_show() { (table::people(visitor, self)) }
            }
        }
    }

    fn is_nobody(&self) -> bool {
        self.sections.iter().all(|section| section.people.is_empty())
    }

    /// Whether it is worth a look how many places each role has, also where nobody has one.
    fn has_places_to_show(&self) -> bool {
        !self.filter.is_set() && self.managed.event.roles.len() > 1
    }

    fn empty(&self, visitor: &Visitor) -> Markup {
        let what_to_do = match self.managed.event.status {
            EventStatus::Draft => Some("console-nobody-draft"),
            EventStatus::Published => Some("console-nobody"),
            EventStatus::Closed | EventStatus::Cancelled => None,
        };
        html! {
            div.empty {
                @if self.filter.is_set() {
                    p { (visitor.text("console-nobody-found")) }
                } @else {
                    h2 { (visitor.text("console-nobody-title")) }
                    @if let Some(what) = what_to_do { p { (visitor.text(what)) } }
                }
            }
        }
    }

    /// Where else one can go from here.
    fn tools(&self, visitor: &Visitor) -> Markup {
        let event = &self.managed.event;
        let path = self.managed.path(visitor);
        html! {
            nav.console-links aria-label=(visitor.text("console-tools")) {
                a href={ (path) "/add" } { (visitor.text("console-add")) }
                a href={ (path) "/edit" } { (visitor.text("console-edit")) }
                a href={ (visitor.to("/console/events/new?copy=")) (event.id) } { (visitor.text("console-copy")) }
                a href={ (visitor.to("/e/")) (event.slug) } { (visitor.text("console-page")) }
                a href={ (path) "/doors" } { (visitor.text("doors-title")) }
                a href={ (path) "/people.csv" } { (visitor.text("console-export")) }
                a href={ (path) "/import" } { (visitor.text("console-import")) }
                a href={ (path) "?view=print" } { (visitor.text("console-print")) }
                a href={ (path) "/history" } { (visitor.text("history-title")) }
                a href={ (path) "/report" } { (visitor.text("report-title")) }
            }
        }
    }

    fn filters(&self, visitor: &Visitor) -> Markup {
        let filter = &self.filter;
        html! {
            form.roster-filters role="search" method="get" action=(self.managed.path(visitor)) {
                @if let Some(one) = &self.swapping { input type="hidden" name="swap" value=(one.id); }
                div {
                    label for="q" { (visitor.text("console-search")) }
                    input #q name="q" type="search" value=(filter.text) dir="auto" maxlength="200";
                }
                div {
                    label for="filter-status" { (visitor.text("status")) }
                    select #filter-status name="status" {
                        option value="" { (visitor.text("console-status-active")) }
                        @for status in STATUSES {
                            option value=(status) selected[filter.status == status] { (visitor.text(&format!("console-status-{status}"))) }
                        }
                        option value="all" selected[filter.status == "all"] { (visitor.text("console-status-all")) }
                    }
                }
                @if self.managed.event.roles.len() > 1 {
                    div {
                        label for="filter-role" { (visitor.text("role")) }
                        select #filter-role name="role" dir="auto" {
                            option value="" { (visitor.text("console-every-role")) }
                            @for role in &self.managed.event.roles {
                                option value=(role.id) selected[filter.role == Some(role.id)] { (role.name) }
                            }
                        }
                    }
                }
                button.second type="submit" { (visitor.text("console-filter")) }
            }
        }
    }
}

/// What the script says of answers that came meanwhile.
fn news(visitor: &Visitor) -> String {
    serde_json::to_string(&visitor.language.forms("console-news", "count")).unwrap_or_default()
}

/// A status in a word, with its sign.
fn word(visitor: &Visitor, status: Status) -> Markup {
    let (tone, key) = match status {
        Status::Confirmed => (Tone::Good, "console-status-confirmed"),
        Status::Held => (Tone::Wait, "console-status-held"),
        Status::Waitlisted => (Tone::Wait, "console-status-waitlisted"),
        Status::Declined => (Tone::Plain, "console-status-declined"),
        Status::Cancelled => (Tone::Plain, "console-status-cancelled"),
        Status::Removed => (Tone::Plain, "console-status-removed"),
    };
    chip(tone, &visitor.text(key))
}
