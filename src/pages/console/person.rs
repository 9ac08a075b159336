//! One registration: what is known of it, and all that can be done with it.

use axum::extract::State;
use axum::response::Response;
use headcount_core::event::Status;
use maud::{Markup, html};

use super::answers::{Managed, Registration};
use super::organizer::Organizer;
use super::roster::{standing, went_in};
use super::typed::Typed;
use super::{words, wrong};
use crate::pages::Pages;
use crate::pages::api::{Problem, new_key};
use crate::pages::event::contact;
use crate::pages::parts::{Field, Needed, Tone, notice, time};
use crate::pages::visitor::Visitor;

/// Shows it.
pub(in crate::pages) async fn show(
    State(pages): State<Pages>,
    organizer: Organizer,
    managed: Managed,
    one: Registration,
) -> Response {
    let visitor = &organizer.visitor;
    let shown = Shown { managed: &managed, one: &one, typed: &Typed::default(), problem: None };
    organizer.page(one.name.shown(visitor), &shown.main(&pages, visitor)).show(visitor)
}

/// The page again, after something was refused.
pub(super) fn refused(
    pages: &Pages,
    organizer: &Organizer,
    managed: &Managed,
    one: &Registration,
    typed: &Typed,
    problem: &Problem,
) -> Response {
    let shown = Shown { managed, one, typed, problem: Some(problem) };
    let main = shown.main(pages, &organizer.visitor);
    organizer.page(one.name.shown(&organizer.visitor), &main).status(problem.status()).show(&organizer.visitor)
}

/// The address of the page.
pub(super) fn path(visitor: &Visitor, managed: &Managed, one: &Registration) -> String {
    format!("{}/people/{}", managed.path(visitor), one.id)
}

struct Shown<'a> {
    managed: &'a Managed,
    one: &'a Registration,
    typed: &'a Typed,
    problem: Option<&'a Problem>,
}

impl Shown<'_> {
    fn main(&self, pages: &Pages, visitor: &Visitor) -> Markup {
        let one = self.one;
        html! {
            p.eyebrow { a href=(self.managed.path(visitor)) { bdi { (self.managed.event.title) } } }
            h1 { bdi { (one.name.shown(visitor)) } }
            @if let Some(problem) = self.problem.filter(|problem| problem.fields.is_empty()) {
                (notice(Tone::Bad, &html! { p { (words(visitor, problem)) } }))
            } @else if self.problem.is_some() {
                (notice(Tone::Bad, &html! { p { (visitor.text("form-correct")) } }))
            }
            (self.facts(visitor))
            section.changes {
                h2 { (visitor.text("console-can-do")) }
                (self.commands(visitor))
                @if !one.name.is_erased() {
                    (self.details(visitor))
                    @if one.status.is_active() { (self.address(visitor)) }
                    (self.link(pages, visitor))
                }
            }
        }
    }

    fn facts(&self, visitor: &Visitor) -> Markup {
        let one = self.one;
        let texts = [
            ("console-their-note", &one.notes),
            ("form-special", &one.special_requirements),
            ("console-staff-note", &one.staff_note),
        ];
        html! {
            dl.facts {
                dt { (visitor.text("status")) } dd { (standing(visitor, one)) }
                dt { (visitor.text("role")) } dd { bdi { (one.role) } }
                dt { (visitor.text("spots")) } dd { (one.spots) }
                @if let Some(email) = &one.email { dt { (visitor.text("form-email")) } dd { (contact(email)) } }
                @if let Some(phone) = &one.phone {
                    dt { (visitor.text("form-phone")) } dd { a href={ "tel:" (phone) } dir="ltr" { (phone) } }
                }
                @for (key, text) in texts {
                    @if let Some(text) = text { dt { (visitor.text(key)) } dd.lines { bdi { (text) } } }
                }
                @if one.status == Status::Confirmed { dt { (visitor.text("console-came")) } dd { (went_in(visitor, one)) } }
                dt { (visitor.text("console-signed-up")) }
                dd { (time(visitor, one.created_at, &self.managed.event.timezone)) }
            }
        }
    }

    /// What moves them, as far as it fits how they stand.
    fn commands(&self, visitor: &Visitor) -> Markup {
        let status = self.one.status;
        html! {
            div.buttons {
                @if status == Status::Held { (self.button(visitor, "confirm", "second")) }
                @if status == Status::Confirmed {
                    @if self.one.checked_in < self.one.spots { (self.button(visitor, "check-in", "second")) }
                    @if self.one.checked_in > 0 { (self.button(visitor, "undo-check-in", "second")) }
                    (self.button(visitor, "demote", "second"))
                }
                @if status == Status::Waitlisted { (self.button(visitor, "promote", "")) }
                @if !status.is_active() && !self.one.name.is_erased() { (self.button(visitor, "reinstate", "")) }
                @if status.is_active() { (self.button(visitor, "cancel", "danger")) }
            }
            @if status.is_active() {
                @if self.managed.event.roles.len() > 1 { (self.another_role(visitor)) (self.swap(visitor)) }
                (self.size(visitor))
                (self.remove(visitor))
            }
        }
    }

    fn button(&self, visitor: &Visitor, command: &str, class: &str) -> Markup {
        self.form(
            visitor,
            command,
            &html! {
                button class=(class) type="submit" { (visitor.text(&format!("console-do-{command}"))) }
            },
        )
    }

    fn form(&self, visitor: &Visitor, command: &str, content: &Markup) -> Markup {
        html! {
            form method="post" action=(path(visitor, self.managed, self.one)) {
                input type="hidden" name="do" value=(command);
                input type="hidden" name="key" value=(new_key());
                (content)
            }
        }
    }

    /// A form that is opened by its title.
    fn folded(&self, visitor: &Visitor, command: &str, content: &Markup) -> Markup {
        html! {
            details open[self.is_wrong(command)] {
                summary { (visitor.text(&format!("console-do-{command}"))) }
                (self.form(visitor, command, &html! {
                    (content)
                    button type="submit" { (visitor.text(&format!("console-do-{command}"))) }
                }))
            }
        }
    }

    fn is_wrong(&self, command: &str) -> bool {
        self.problem.is_some_and(|problem| !problem.fields.is_empty()) && self.typed.get("do") == command
    }

    /// What is wrong with a field of a command.
    fn wrong(&self, visitor: &Visitor, command: &str, name: &str) -> Option<String> {
        let problem = self.problem.filter(|_| self.is_wrong(command))?;
        problem
            .fields
            .iter()
            .find(|field| field.field == name)
            .map(|field| wrong(visitor, &field.field, &field.problem))
    }

    /// What was typed into this form, or else what is so.
    fn value(&self, command: &str, name: &str, now: Option<&str>) -> String {
        let typed = Some(self.typed.get(name)).filter(|_| self.typed.get("do") == command);
        typed.or(now).unwrap_or_default().to_owned()
    }

    fn another_role(&self, visitor: &Visitor) -> Markup {
        self.folded(visitor, "move", &html! {
            div.field {
                label for="field-role" { (visitor.text("console-to-role")) }
                select #field-role name="role" dir="auto" {
                    @for role in self.managed.event.roles.iter().filter(|role| role.id != self.one.role_id) {
                        option value=(role.id) {
                            (role.name)
                            @if let Some(free) = role.places.free { " – " (visitor.say("role-open", &[("open", free.into())])) }
                        }
                    }
                }
            }
        })
    }

    /// Leads to a page that lists those to swap with.
    fn swap(&self, visitor: &Visitor) -> Markup {
        html! {
            p { a href={ (self.managed.path(visitor)) "?swap=" (self.one.id) } { (visitor.text("console-do-swap")) } }
        }
    }

    fn size(&self, visitor: &Visitor) -> Markup {
        let spots = self.value("resize", "spots", Some(&self.one.spots.to_string()));
        let field = Field::new("spots", visitor.text("spots"), &spots).kind("number", "off").needed(Needed::Yes);
        self.folded(visitor, "resize", &field.problem(self.wrong(visitor, "resize", "spots")).show(visitor))
    }

    fn remove(&self, visitor: &Visitor) -> Markup {
        let reason = self.value("remove", "reason", None);
        let field = Field::new("reason", visitor.text("console-reason"), &reason);
        let field = field.hint(visitor.text("console-reason-hint")).problem(self.wrong(visitor, "remove", "reason"));
        self.folded(visitor, "remove", &field.show(visitor))
    }

    fn details(&self, visitor: &Visitor) -> Markup {
        let one = self.one;
        let tall = [
            ("notes", "console-their-note", &one.notes),
            ("special_requirements", "form-special", &one.special_requirements),
            ("staff_note", "console-staff-note", &one.staff_note),
        ];
        // What is not shown to them must not be wiped out by them.
        let tall = tall.into_iter().filter(|(name, _, now)| *name != "special_requirements" || now.is_some());
        let name = self.value("details", "name", Some(one.name.as_stored()));
        let phone = self.value("details", "phone", one.phone.as_deref());
        let wrong = |name: &str| self.wrong(visitor, "details", name);
        self.folded(visitor, "details", &html! {
            (Field::new("name", visitor.text("form-name"), &name).needed(Needed::Yes).problem(wrong("name")).show(visitor))
            (Field::new("phone", visitor.text("form-phone"), &phone).kind("tel", "off").problem(wrong("phone")).show(visitor))
            @for (name, label, now) in tall {
                @let value = self.value("details", name, now.as_deref());
                (Field::new(name, visitor.text(label), &value).problem(wrong(name)).show_tall(visitor))
            }
        })
    }

    fn address(&self, visitor: &Visitor) -> Markup {
        let email = self.value("change-email", "email", self.one.email.as_deref());
        let field = Field::new("email", visitor.text("form-email"), &email).kind("email", "off").needed(Needed::Yes);
        let field =
            field.hint(visitor.text("console-email-hint")).problem(self.wrong(visitor, "change-email", "email"));
        self.folded(visitor, "change-email", &field.show(visitor))
    }

    /// Their own link: to be copied, or mailed once more.
    fn link(&self, pages: &Pages, visitor: &Visitor) -> Markup {
        html! {
            @if let Some(link) = self.one.own_page(pages) {
                details {
                    summary { (visitor.text("console-own-link")) }
                    div.field {
                        label for="field-link" { (visitor.text("console-link-copy")) }
                        input #field-link type="url" readonly value=(link) dir="ltr" data-copy=(visitor.text("console-link-copied"));
                        p.hint { (visitor.text("console-link-hint")) }
                    }
                    @if self.one.email.is_some() { (self.button(visitor, "send-link", "second")) }
                }
            }
        }
    }
}
