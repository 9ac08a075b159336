//! The page of an event: what it is, how many places are left, and the form.

use axum::extract::{Path, State};
use axum::response::Response;
use headcount_core::event::{EventStatus, Visibility};
use headcount_core::limits;
use headcount_core::view::SignUpState;
use maud::{Markup, html};
use serde_json::json;
use uuid::Uuid;

use super::Pages;
use super::account::Account;
use super::answers::{Event, Role};
use super::api::Problem;
use super::failed;
use super::form::{Form, Typed};
use super::frame::{Page, Preview, Reach};
use super::parts::{Tone, chip, notice, places, places_taken, span, time};
use super::prose::{prose, summary};
use super::visitor::Visitor;

/// Shows it.
pub(super) async fn show(State(pages): State<Pages>, visitor: Visitor, Path(slug): Path<String>) -> Response {
    match look(&pages, &visitor, &slug).await {
        Ok(seen) => seen.page(&pages, &visitor, &Form::blank(Typed::fresh())).show(&visitor),
        Err(problem) => failed::page(&visitor, &problem),
    }
}

/// Shows it within a page of another website.
pub(super) async fn show_embedded(State(pages): State<Pages>, visitor: Visitor, Path(slug): Path<String>) -> Response {
    let visitor = visitor.unknown();
    match look(&pages, &visitor, &slug).await {
        Ok(seen) => seen.embedded(&pages, &visitor, &Form::blank(Typed::fresh())),
        Err(problem) => failed::page(&visitor, &problem),
    }
}

/// An event as a visitor sees it.
pub(super) struct Seen {
    pub(super) event: Event,
    pub(super) account: Option<Account>,
    /// What comes after the slug in the address of its page.
    pub(super) beyond: &'static str,
}

/// Looks at an event.
pub(super) async fn look(pages: &Pages, visitor: &Visitor, slug: &str) -> Result<Seen, Problem> {
    let event = pages.api().get(visitor, format!("/api/v1/events/{}", segment(slug))).read();
    let (event, account) = tokio::join!(event, Account::of(visitor, pages.api()));
    Ok(Seen { event: event?, account, beyond: "" })
}

/// A part of a path as it must be written there: of a slug or an id it is the same.
pub(super) fn segment(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let written = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().take(limits::KEY_BYTES_MAX).map(written).collect()
}

impl Seen {
    /// The page with the form as it stands.
    pub(super) fn page(&self, pages: &Pages, visitor: &Visitor, form: &Form) -> Page {
        let event = &self.event;
        let is_public = event.visibility == Visibility::Public && event.status != EventStatus::Draft;
        let reach = if is_public { Reach::Public } else { Reach::Own };
        let preview = Preview {
            title: event.title.clone(),
            description: summary(&event.description),
            url: format!("{}/e/{}", pages.public_url(), event.slug),
        };
        let page = Page::new(event.title.clone(), self.main(pages, visitor, form)).reach(reach).status(form.status);
        page.previewed(preview).of(self.account.clone())
    }

    /// The same within a page of another website.
    pub(super) fn embedded(self, pages: &Pages, visitor: &Visitor, form: &Form) -> Response {
        let seen = Seen { beyond: "/embed", ..self };
        seen.page(pages, visitor, form).embedded(pages.embedders()).show(visitor)
    }

    fn main(&self, pages: &Pages, visitor: &Visitor, form: &Form) -> Markup {
        let event = &self.event;
        html! {
            article.event data-follow={ (visitor.to("/api/v1/events/")) (event.id) "/stream" } data-seq=(event.seq)
                data-words=(live_words(visitor)) data-yours=(visitor.say("event-time-yours", &[("time", "{time}".into())])) {
                (state(visitor, event))
                h1 { bdi { (event.title) } }
                (facts(visitor, event))
                @if !event.description.is_empty() {
                    section.prose dir="auto" aria-label=(visitor.text("event-about")) { (prose(&event.description)) }
                }
                (opening(visitor, event))
                @if takes_sign_ups(event) {
                    (form.show(pages, visitor, self))
                } @else if !event.is_cancelled() {
                    (all_places(visitor, event))
                }
                @if let Some(days) = event.retention_days {
                    p.quiet { (visitor.say("event-retention", &[("days", days.into())])) }
                }
            }
        }
    }
}

/// What the page's script says of new numbers.
pub(super) fn live_words(visitor: &Visitor) -> String {
    let taken = [("taken", "{taken}".into()), ("capacity", "{capacity}".into())];
    let language = visitor.language;
    let words = json!({
        "taken": {"other": visitor.say("role-taken", &taken)},
        "taken-unlimited": language.forms("role-taken-unlimited", "taken"),
        "open": language.forms("role-open", "open"),
        "kept": {"other": visitor.text("role-kept")},
        "waiting": language.forms("role-waiting", "waiting"),
    });
    words.to_string()
}

/// Whether the form is shown: also before sign-up opens, so that it can be filled in.
pub(super) fn takes_sign_ups(event: &Event) -> bool {
    event.status == EventStatus::Published && event.sign_up != SignUpState::Closed
}

fn state(visitor: &Visitor, event: &Event) -> Markup {
    match (event.status, event.sign_up) {
        (EventStatus::Draft, _) => notice(Tone::Plain, &html! { p { (visitor.text("event-draft")) } }),
        (EventStatus::Cancelled, _) => notice(Tone::Bad, &html! { p { (visitor.text("event-cancelled")) } }),
        (_, SignUpState::Closed) => chip(Tone::Plain, &visitor.text("event-closed")),
        (_, SignUpState::NotOpenYet) => chip(Tone::Wait, &visitor.text("event-not-open-yet")),
        (_, SignUpState::Open) if !event.has_room() => chip(Tone::Wait, &visitor.text("event-full")),
        (_, SignUpState::Open) => html! {},
    }
}

fn facts(visitor: &Visitor, event: &Event) -> Markup {
    html! {
        dl.facts {
            @if let Some(starts_at) = event.starts_at {
                dt { (visitor.text("event-when")) }
                dd { (span(visitor, starts_at, event.ends_at, &event.timezone)) }
            }
            @if !event.location.is_empty() {
                dt { (visitor.text("event-where")) }
                dd { bdi { (event.location) } }
            }
            @if !event.contact.is_empty() {
                dt { (visitor.text("event-contact")) }
                dd { (contact(&event.contact)) }
            }
        }
    }
}

/// Whom to ask; an address can be pressed.
pub(super) fn contact(text: &str) -> Markup {
    html! {
        @if email_address::EmailAddress::is_valid(text) {
            a href={ "mailto:" (text) } { bdi { (text) } }
        } @else {
            bdi { (text) }
        }
    }
}

/// When sign-up opens or closes, as far as that is still to come.
fn opening(visitor: &Visitor, event: &Event) -> Markup {
    html! {
        @if event.status == EventStatus::Published {
            @if let (SignUpState::NotOpenYet, Some(at)) = (event.sign_up, event.opens_at) {
                @let said = visitor.say("event-opens", &[("time", visitor.time(at.0, &event.timezone).into())]);
                p.opens data-opens-at=(at.rfc3339()) data-now=(super::now().rfc3339()) data-left=(visitor.say("event-opens-in", &[("left", "{left}".into())])) {
                    strong { (said) }
                    span.countdown role="timer" aria-live="off" {}
                }
            }
            @if let (SignUpState::Open, Some(at)) = (event.sign_up, event.closes_at) {
                p.quiet { (visitor.say("event-closes", &[("time", visitor.time(at.0, &event.timezone).into())])) }
            }
        }
    }
}

/// The roles where there is no form.
fn all_places(visitor: &Visitor, event: &Event) -> Markup {
    html! {
        section.roles {
            h2 { (visitor.text("event-places")) }
            @for role in &event.roles { (role_card(visitor, event, role)) }
        }
    }
}

/// A role to choose: by a click anywhere on it.
pub(super) fn role_choice(visitor: &Visitor, event: &Event, role: &Role, chosen: Option<Uuid>) -> Markup {
    let id = format!("role-{}", role.id);
    html! {
        div.card.choice {
            input id=(id) type="radio" name="role" value=(role.id) checked[chosen == Some(role.id)] required disabled[role.closed];
            div {
                label for=(id) { bdi { (role.name) } }
                (about_role(visitor, event, role))
            }
        }
    }
}

/// A role where there is nothing to choose.
pub(super) fn role_card(visitor: &Visitor, event: &Event, role: &Role) -> Markup {
    html! {
        div.card {
            @if event.roles.len() > 1 { h3 { bdi { (role.name) } } }
            (about_role(visitor, event, role))
        }
    }
}

/// What a role is, when, and how full.
pub(super) fn about_role(visitor: &Visitor, event: &Event, role: &Role) -> Markup {
    html! {
        @if let Some(starts_at) = role.starts_at.filter(|at| Some(*at) != event.starts_at) {
            p.quiet { (span(visitor, starts_at, role.ends_at, &event.timezone)) }
        }
        @if !role.description.is_empty() { p { bdi { (role.description) } } }
        @let name = role.id.to_string();
        @if event.is_closed() {
            (places_taken(visitor, &role.places, &name))
        } @else {
            (places(visitor, &role.places, &name))
        }
        @if event.is_closed() {
        } @else if role.closed {
            (chip(Tone::Plain, &visitor.text("role-closed")))
        } @else if role.lacks() > 0 {
            (chip(Tone::Wait, &visitor.say("role-needs", &[("needs", role.lacks().into())])))
        }
    }
}

/// How full the whole event is, where that is less than its roles.
pub(super) fn total(visitor: &Visitor, event: &Event) -> Markup {
    html! {
        @if let (Some(capacity), true) = (event.places.capacity, event.roles.len() > 1) {
            p.quiet data-total="" {
                (visitor.say("event-total", &[("taken", event.places.reserved.into()), ("capacity", capacity.into())]))
            }
        }
    }
}

/// A time of an event, where the event is.
pub(super) fn when(visitor: &Visitor, event: &Event) -> Markup {
    html! {
        @match event.starts_at {
            Some(at) => { (time(visitor, at, &event.timezone)) }
            None => { span.quiet { (visitor.text("home-no-date")) } }
        }
    }
}
