//! The page of one's own sign-up, for whoever holds its link: how it stands, and what can be done about it.
//!
//! `changes` does it; `calendar` and `code` are what can be taken along.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use headcount_core::event::{EventStatus, Status};
use maud::{Markup, html};
use serde::Deserialize;

use super::Pages;
use super::answers::{Event, Managed, Waiting};
use super::api::Problem;
use super::download;
use super::event::{contact, role_choice, segment};
use super::failed;
use super::frame::{Page, Reach};
use super::parts::{Field, Needed, Tone, notice, span};
use super::visitor::Visitor;
use crate::clock;

pub(super) mod calendar;
pub(super) mod changes;
mod code;

/// Why the page is opened.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Asked {
    /// Right after the sign-up.
    new: Option<String>,
    /// What was just done.
    done: Option<String>,
    /// They want to cancel, and are asked whether they really do.
    cancel: Option<String>,
}

/// What was refused, and what had been typed.
struct Refused<'a> {
    problem: &'a Problem,
    typed: &'a changes::Typed,
}

/// A sign-up and its event, as the link shows it.
pub(super) struct Held {
    token: String,
    managed: Managed,
    /// None: it is only for a team.
    event: Option<Event>,
}

/// Shows it.
pub(super) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(token): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let visitor = visitor.unknown();
    match hold(&pages, &visitor, token).await {
        Ok(held) => held.page(&pages, &visitor, &asked, None).show(&visitor),
        Err(problem) => refused(&visitor, &problem),
    }
}

/// Looks at a sign-up by its link.
pub(super) async fn hold(pages: &Pages, visitor: &Visitor, token: String) -> Result<Held, Problem> {
    let managed: Managed = pages.api().get(visitor, format!("/api/v1/manage/{}", segment(&token))).read().await?;
    let event = pages.api().get(visitor, format!("/api/v1/events/{}", managed.event.id)).read().await.ok();
    Ok(Held { token, managed, event })
}

/// The page where the link shows nothing.
pub(super) fn refused(visitor: &Visitor, problem: &Problem) -> Response {
    if problem.code != "not_found" {
        return failed::page(visitor, problem);
    }
    let title = visitor.text("no-link-title");
    let main = html! {
        h1 { (title) }
        p { (visitor.text("no-link")) }
        p { a href=(visitor.to("/find")) { (visitor.text("find-link")) } }
    };
    Page::new(title.clone(), main).status(problem.status()).reach(Reach::Secret).show(visitor)
}

impl Held {
    fn page(&self, pages: &Pages, visitor: &Visitor, asked: &Asked, refused: Option<&Refused<'_>>) -> Page {
        let event = &self.managed.event;
        let main = html! {
            p.eyebrow { a href={ (visitor.to("/e/")) (event.slug) } { bdi { (event.title) } } }
            h1 { (visitor.text(self.title(asked))) }
            @if let Some(refused) = refused {
                (notice(Tone::Bad, &html! { p { (refused.words(visitor)) } }))
            } @else if let Some(done) = asked.done.as_deref().and_then(changes::done) {
                (notice(Tone::Good, &html! { p { (visitor.text(done)) } }))
            }
            @if asked.cancel.is_some() && self.managed.registration.status.is_active() {
                (self.ask_to_cancel(visitor))
            } @else {
                (self.state(pages, visitor, refused))
                (self.summary(visitor))
                (self.take_along(pages, visitor))
                (self.can_do(visitor, refused))
                (download::button(visitor, &format!("{}/data", self.path(visitor))))
            }
        };
        Page::new(event.title.clone(), main).reach(Reach::Secret)
    }

    fn title(&self, asked: &Asked) -> &'static str {
        if self.managed.event.status == EventStatus::Cancelled {
            return "manage-event-cancelled";
        }
        match self.managed.registration.status {
            Status::Confirmed if asked.new.is_some() => "manage-new-confirmed",
            Status::Waitlisted if asked.new.is_some() => "manage-new-waitlisted",
            Status::Confirmed => "manage-confirmed",
            Status::Held => "manage-held",
            Status::Waitlisted => "manage-waitlisted",
            Status::Cancelled => "manage-cancelled",
            Status::Removed => "manage-removed",
            Status::Declined => "manage-declined",
        }
    }

    /// What it means and what happens next.
    fn state(&self, pages: &Pages, visitor: &Visitor, refused: Option<&Refused<'_>>) -> Markup {
        let one = &self.managed.registration;
        if self.managed.event.status == EventStatus::Cancelled {
            return notice(Tone::Bad, &html! { p { (visitor.text("manage-event-cancelled-what")) } });
        }
        if let Some(until) = one.verify_until {
            let until = visitor.time(until.0, &self.managed.event.timezone);
            let key = if one.status == Status::Waitlisted { "confirm-until-waiting" } else { "confirm-until" };
            return notice(
                Tone::Wait,
                &html! {
                    p { (visitor.say(key, &[("until", until.into())])) }
                    form method="post" action=(self.path(visitor)) {
                        button.big type="submit" name="do" value="confirm" { (visitor.text("confirm-button")) }
                    }
                },
            );
        }
        match one.status {
            // Something was refused: that all is well would be too much beside it.
            Status::Confirmed if refused.is_some() => html! {},
            Status::Confirmed if one.email.is_some() && pages.sends_mail() => {
                notice(Tone::Good, &html! { p { (visitor.text("manage-next-confirmed")) } })
            }
            Status::Confirmed => notice(Tone::Good, &html! { p { (visitor.text("manage-next-confirmed-no-mail")) } }),
            Status::Waitlisted => notice(
                Tone::Wait,
                &html! {
                    @if let Some(waiting) = &self.managed.waiting {
                        p { (place_in_line(visitor, waiting, &one.role)) " " (why(visitor, waiting, &one.role)) }
                        @if waiting.reason != "not_automatic" { p { (visitor.text("manage-next-waitlisted")) } }
                    }
                },
            ),
            _ => html! {},
        }
    }

    /// What was signed up for.
    fn summary(&self, visitor: &Visitor) -> Markup {
        let Managed { event, registration: one, .. } = &self.managed;
        let has_roles = self.event.as_ref().is_none_or(|event| event.roles.len() > 1);
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
                @if has_roles {
                    dt { (visitor.text("role")) }
                    dd { bdi { (one.role) } }
                }
                dt { (visitor.text("manage-you")) }
                dd { bdi { (one.name) } ", " (visitor.say("manage-party", &[("spots", one.spots.into())])) }
                @if !event.contact.is_empty() {
                    dt { (visitor.text("event-contact")) }
                    dd { (contact(&event.contact)) }
                }
            }
        }
    }

    /// The calendar file, and what is shown at the door.
    fn take_along(&self, pages: &Pages, visitor: &Visitor) -> Markup {
        let Managed { event, registration: one, .. } = &self.managed;
        if one.status != Status::Confirmed || event.status == EventStatus::Cancelled {
            return html! {};
        }
        html! {
            @if event.starts_at.is_some() {
                p { a.button.second href={ (self.path(visitor)) "/calendar.ics" } { (visitor.text("manage-calendar")) } }
            }
            details.code {
                summary { (visitor.text("manage-qr")) }
                (code::picture(&format!("{}/door/{}/{}", pages.public_url(), event.id, one.id), &visitor.text("manage-qr")))
            }
        }
    }

    /// What can be changed.
    fn can_do(&self, visitor: &Visitor, refused: Option<&Refused<'_>>) -> Markup {
        let Managed { event, registration: one, .. } = &self.managed;
        if event.status == EventStatus::Cancelled {
            return html! { p { a href=(visitor.to("/")) { (visitor.text("all-events")) } } };
        }
        if !one.status.is_active() {
            return html! { p { a.button href={ (visitor.to("/e/")) (event.slug) } { (visitor.text("manage-again")) } } };
        }
        html! {
            section.changes {
                h2 { (visitor.text("manage-change")) }
                (self.contact_form(visitor, refused))
                @if self.event.as_ref().is_some_and(|event| event.max_spots > 1) { (self.size_form(visitor)) }
                @if let Some(event) = self.event.as_ref().filter(|event| event.self_move && event.roles.len() > 1) {
                    (self.role_form(visitor, event))
                }
                (self.cancel_form(visitor))
            }
        }
    }

    fn contact_form(&self, visitor: &Visitor, refused: Option<&Refused<'_>>) -> Markup {
        let one = &self.managed.registration;
        let refused = refused.filter(|refused| refused.typed.is_contact());
        let stored = changes::Typed::of(one);
        let values = refused.map_or(&stored, |refused| refused.typed);
        let wrong = |name: &str| failed::of_field(visitor, refused?.problem, name);
        html! {
            details open[refused.is_some()] {
                summary { (visitor.text("manage-contact-title")) }
                form method="post" action=(self.path(visitor)) {
                    (Field::new("name", visitor.text("form-name"), &values.name).kind("text", "name").needed(Needed::Yes).problem(wrong("name")).show(visitor))
                    (Field::new("phone", visitor.text("form-phone"), &values.phone).kind("tel", "tel").problem(wrong("phone")).show(visitor))
                    (Field::new("notes", visitor.text("form-notes"), &values.notes).show_tall(visitor))
                    (Field::new("special_requirements", visitor.text("form-special"), &values.special_requirements).show_tall(visitor))
                    button type="submit" name="do" value="contact" { (visitor.text("manage-contact-button")) }
                }
            }
        }
    }

    fn size_form(&self, visitor: &Visitor) -> Markup {
        let max = self.event.as_ref().map_or(1, |event| event.max_spots);
        html! {
            details {
                summary { (visitor.text("manage-resize-title")) }
                form method="post" action=(self.path(visitor)) {
                    div.field {
                        label for="field-spots" { (visitor.text("form-spots")) }
                        input.short #field-spots name="spots" type="number" inputmode="numeric" min="1" max=(max)
                            value=(self.managed.registration.spots) dir="ltr" required;
                        p.hint { (visitor.say("form-spots-hint", &[("max", max.into())])) }
                    }
                    button type="submit" name="do" value="resize" { (visitor.text("manage-resize-button")) }
                }
            }
        }
    }

    fn role_form(&self, visitor: &Visitor, event: &Event) -> Markup {
        html! {
            details {
                summary { (visitor.text("manage-move-title")) }
                form method="post" action=(self.path(visitor)) {
                    fieldset.roles {
                        legend { (visitor.text("role")) }
                        p.hint { (visitor.text("manage-move-hint")) }
                        @for role in &event.roles {
                            (role_choice(visitor, event, role, Some(self.managed.registration.role_id)))
                        }
                    }
                    button type="submit" name="do" value="move" { (visitor.text("manage-move-button")) }
                }
            }
        }
    }

    fn cancel_form(&self, visitor: &Visitor) -> Markup {
        let event = &self.managed.event;
        let until = event.cancel_until.map(|until| (until, visitor.time(until.0, &event.timezone)));
        html! {
            @match until {
                Some((at, _)) if at.0 <= clock::now() => { p.quiet { (visitor.text("manage-cancel-over")) } }
                Some((_, until)) => {
                    p { a.button.danger href={ (self.path(visitor)) "?cancel" } { (visitor.text("manage-cancel-button")) } }
                    p.quiet { (visitor.say("manage-cancel-until", &[("until", until.into())])) }
                }
                None => {
                    p { a.button.danger href={ (self.path(visitor)) "?cancel" } { (visitor.text("manage-cancel-button")) } }
                    p.quiet { (visitor.text("manage-cancel-any")) }
                }
            }
        }
    }

    fn ask_to_cancel(&self, visitor: &Visitor) -> Markup {
        html! {
            (notice(Tone::Wait, &html! { p { (visitor.text("manage-cancel-ask")) } }))
            (self.summary(visitor))
            form.buttons method="post" action=(self.path(visitor)) {
                button.danger type="submit" name="do" value="cancel" { (visitor.text("manage-cancel-sure")) }
                a.button.second href=(self.path(visitor)) { (visitor.text("manage-cancel-keep")) }
            }
        }
    }

    fn path(&self, visitor: &Visitor) -> String {
        visitor.to(&format!("/r/{}", self.token))
    }
}

impl Refused<'_> {
    /// Why, in words; where fields are marked, they say it.
    fn words(&self, visitor: &Visitor) -> String {
        match self.problem.fields.first() {
            Some(_) if self.typed.is_contact() => visitor.text("form-correct"),
            Some(field) if field.field == "role" => visitor.text("manage-move-same"),
            Some(field) => failed::of_field(visitor, self.problem, &field.field).unwrap_or_default(),
            None => failed::words(visitor, self.problem),
        }
    }
}

/// Where somebody stands in the queue.
fn place_in_line(visitor: &Visitor, waiting: &Waiting, role: &str) -> String {
    let Some(position) = waiting.position else { return String::new() };
    let before = position.saturating_sub(1);
    visitor.say("manage-position", &[("position", position.into()), ("before", before.into()), ("role", role.into())])
}

/// Why they wait.
fn why(visitor: &Visitor, waiting: &Waiting, role: &str) -> String {
    let needs = visitor.say("manage-needs", &[("needs", waiting.needs.into())]);
    let free = if waiting.reason == "event_full" { waiting.event_free } else { waiting.role_free };
    let filled = [("needs", needs.into()), ("role", role.into()), ("free", free.unwrap_or(0).into())];
    visitor.say(&format!("manage-why-{}", waiting.reason), &filled)
}
