//! The events of whoever organizes: what is coming and what is over, and how full each is.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::response::Response;
use headcount_core::event::EventStatus;
use headcount_core::ids::Millis;
use headcount_core::view::SignUpState;
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;

use super::answers::Managed;
use super::organizer::Organizer;
use super::typed::{Typed, Wanted};
use crate::clock;
use crate::pages::Pages;
use crate::pages::account::Role;
use crate::pages::answers::{Event, List, Time};
use crate::pages::api::Problem;
use crate::pages::event::{segment, when};
use crate::pages::failed;
use crate::pages::home::filled;
use crate::pages::parts::{Tone, bar, chip};
use crate::pages::visitor::Visitor;

/// Events that are asked for at once.
const EVENTS_MAX: usize = 100;
/// What began less than this ago still counts as coming.
const PRESENT_MS: i64 = 12 * 3_600_000;
/// How far back what is over is shown at once.
const YEAR_MS: i64 = 365 * 24 * 3_600_000;

/// Shows them.
pub(in crate::pages) async fn show(
    State(pages): State<Pages>,
    organizer: Organizer,
    Wanted(wanted): Wanted,
) -> Response {
    let visitor = &organizer.visitor;
    if organizations(&organizer).is_empty() {
        return not_organizing(&organizer);
    }
    match Listed::of(&pages, &organizer, &wanted).await {
        Ok(listed) => organizer.page(visitor.text("console-title"), &listed.show(visitor)).show(visitor),
        Err(problem) => failed::page(visitor, &problem),
    }
}

/// What somebody is shown here who may organize nothing.
pub(super) fn not_organizing(organizer: &Organizer) -> Response {
    let visitor = &organizer.visitor;
    let title = visitor.text("console-title");
    let main = html! { h1 { (title) } div.empty { p { (visitor.text("console-not-organizing")) } } };
    organizer.page(title.clone(), &main).show(visitor)
}

/// What is shown.
struct Listed {
    is_past: bool,
    text: String,
    organizations: Vec<(Uuid, String)>,
    events: Vec<Managed>,
    /// Until when what is over is shown next; none: all is shown.
    older: Option<Millis>,
    /// Whether more would match than are shown.
    is_cut: bool,
}

impl Listed {
    async fn of(pages: &Pages, organizer: &Organizer, wanted: &Typed) -> Result<Listed, Problem> {
        let visitor = &organizer.visitor;
        let is_past = wanted.get("when") == "past";
        let text = wanted.get("q").trim().to_owned();
        let now = clock::now().0;
        let until = Time::read(wanted.get("until")).map_or(now - PRESENT_MS, |until| until.0.0);
        let time = |millis: i64| segment(&Time(Millis(millis)).rfc3339());
        let ranges = match is_past {
            true => vec![format!("from={}&to={}", time(until - YEAR_MS), time(until))],
            false => vec![format!("from={}", time(now - PRESENT_MS))],
        };
        let organizations = named(pages, organizer).await;
        let (mut events, mut is_cut) = (Vec::new(), false);
        for (organization, _) in &organizations {
            for range in &ranges {
                let path = format!(
                    "/api/v1/events?limit={EVENTS_MAX}&organization={organization}&{range}&q={}",
                    segment(&text)
                );
                let list: List<Managed> = pages.api().get(visitor, path).read().await?;
                is_cut |= list.next_cursor.is_some();
                // Those of others in the organization are shown only where everybody may know them.
                events.extend(list.items.into_iter().filter(|one| one.metadata.is_some()));
            }
        }
        // Without a date first: they are still to be planned.
        events.sort_by_key(|one| one.event.starts_at);
        if is_past {
            events.reverse();
        }
        let older = is_past.then_some(Millis(until - YEAR_MS));
        Ok(Listed { is_past, text, organizations, events, older, is_cut })
    }

    fn show(&self, visitor: &Visitor) -> Markup {
        html! {
            div.console-head {
                h1 { (visitor.text("console-title")) }
                a.button href=(visitor.to("/console/events/new")) { (visitor.text("console-new")) }
            }
            (self.beside(visitor))
            (self.tabs(visitor))
            (self.search(visitor))
            @if self.events.is_empty() {
                (self.empty(visitor))
            } @else {
                ul.console-events { @for one in &self.events { li.card { (card(visitor, one)) } } }
            }
            @if self.is_cut { p.quiet { (visitor.text("console-more-than-shown")) } }
            @if let Some(older) = self.older {
                p { a.button.second href=(visitor.to(&format!("/console?when=past&until={}", segment(&Time(older).rfc3339())))) {
                    (visitor.text("console-older"))
                } }
            }
        }
    }

    /// What belongs to the organizations and to no event.
    fn beside(&self, visitor: &Visitor) -> Markup {
        let is_one = self.organizations.len() == 1;
        html! {
            nav.console-links aria-label=(visitor.text("account-organizations")) {
                @for (id, name) in &self.organizations {
                    a href={ (visitor.to("/console/organizations/")) (id) } {
                        @if is_one { (visitor.text("console-organization")) }
                        @else { (visitor.say("console-organization-of", &[("name", name.as_str().into())])) }
                    }
                }
            }
        }
    }

    fn tabs(&self, visitor: &Visitor) -> Markup {
        let current = |is_current: bool| is_current.then_some("page");
        html! {
            nav.tabs aria-label=(visitor.text("console-when")) {
                a href=(visitor.to("/console")) aria-current=[current(!self.is_past)] { (visitor.text("console-coming")) }
                a href=(visitor.to("/console?when=past")) aria-current=[current(self.is_past)] { (visitor.text("console-past")) }
            }
        }
    }

    fn search(&self, visitor: &Visitor) -> Markup {
        html! {
            @if !self.text.is_empty() || !self.events.is_empty() {
                form.search.console-search role="search" method="get" action=(visitor.to("/console")) {
                    @if self.is_past { input type="hidden" name="when" value="past"; }
                    label for="q" { (visitor.text("home-search")) }
                    input #q name="q" type="search" value=(self.text) dir="auto" maxlength="200";
                    button.second type="submit" { (visitor.text("home-search-button")) }
                }
            }
        }
    }

    fn empty(&self, visitor: &Visitor) -> Markup {
        html! {
            div.empty {
                @if !self.text.is_empty() {
                    p { (visitor.text("console-none-found")) }
                } @else if self.is_past {
                    p { (visitor.text("console-none-past")) }
                } @else {
                    h2 { (visitor.text("console-empty-title")) }
                    p { (visitor.text("console-empty")) }
                    p { a.button href=(visitor.to("/console/events/new")) { (visitor.text("console-empty-button")) } }
                }
            }
        }
    }
}

/// The organizations in which somebody organizes.
pub(super) fn organizations(organizer: &Organizer) -> BTreeSet<Uuid> {
    let organizing = organizer.account.memberships.iter().filter(|one| one.role >= Role::Manager);
    organizing.map(|one| one.organization_id).collect()
}

/// The same, with what they are called.
pub(super) async fn named(pages: &Pages, organizer: &Organizer) -> Vec<(Uuid, String)> {
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    let mut names = Vec::new();
    for id in organizations(organizer) {
        let path = format!("/api/v1/organizations/{id}");
        let named = pages.api().get(&organizer.visitor, path).read::<Named>().await;
        names.push((id, named.map_or_else(|_| id.to_string(), |named| named.name)));
    }
    names
}

fn card(visitor: &Visitor, one: &Managed) -> Markup {
    let event = &one.event;
    let (reserved, capacity) = filled(event);
    html! {
        div.card-head { p.eyebrow { (when(visitor, event)) } (status(visitor, event)) }
        h2 { a href=(one.path(visitor)) { bdi { (event.title) } } }
        @if let Some(capacity) = capacity {
            (bar(reserved, capacity))
            p.numbers {
                span { (visitor.say("role-taken", &[("taken", reserved.into()), ("capacity", capacity.into())])) }
                @if event.places.waiting > 0 {
                    span { (visitor.say("role-waiting", &[("waiting", event.places.waiting.into())])) }
                }
            }
        } @else {
            p { (visitor.say("role-taken-unlimited", &[("taken", reserved.into())])) }
        }
        p.console-links {
            a href=(one.path(visitor)) { (visitor.text("console-roster")) }
            a href={ (visitor.to("/e/")) (event.slug) } { (visitor.text("console-page")) }
            a href={ (one.path(visitor)) "/edit" } { (visitor.text("console-edit")) }
        }
    }
}

/// How an event stands, in a word.
pub(super) fn status(visitor: &Visitor, event: &Event) -> Markup {
    match (event.status, event.sign_up) {
        (EventStatus::Draft, _) => chip(Tone::Plain, &visitor.text("console-draft")),
        (EventStatus::Cancelled, _) => chip(Tone::Bad, &visitor.text("console-cancelled")),
        (EventStatus::Closed, _) | (_, SignUpState::Closed) => chip(Tone::Plain, &visitor.text("event-closed")),
        (_, SignUpState::NotOpenYet) => chip(Tone::Wait, &visitor.text("event-not-open-yet")),
        (_, SignUpState::Open) if !event.has_room() => chip(Tone::Wait, &visitor.text("event-full")),
        (_, SignUpState::Open) => chip(Tone::Good, &visitor.text("console-open")),
    }
}
