//! How the form of an event looks: the usual fields first, roles below them, and what is rarely needed folded away.

use maud::{Markup, html};
use uuid::Uuid;

use super::fields::{of_row, rows};
use crate::pages::api::{FieldProblem, Problem, new_key};
use crate::pages::console::answers::{Managed, Team};
use crate::pages::console::typed::Typed;
use crate::pages::console::words;
use crate::pages::parts::{Field, Needed, Tone, notice};
use crate::pages::visitor::Visitor;

mod rare;

/// The form as it stands.
pub(super) struct Form<'a> {
    pub(super) typed: &'a Typed,
    /// What is wrong with fields, in the visitor's words.
    pub(super) wrong: &'a [FieldProblem],
    pub(super) problem: Option<&'a Problem>,
    /// What is saved now, where somebody else changed it meanwhile.
    pub(super) now: Option<&'a Typed>,
    pub(super) teams: &'a [Team],
    pub(super) setting: Setting<'a>,
    /// Whether those concerned are told of a change.
    pub(super) tell: &'a Markup,
}

/// What the form is for.
pub(super) enum Setting<'a> {
    /// A new event, of one of these organizations.
    New(&'a [(Uuid, String)]),
    Existing(&'a Managed),
}

impl Form<'_> {
    pub(super) fn show(&self, visitor: &Visitor) -> Markup {
        html! {
            (self.head(visitor))
            form method="post" action=(self.action(visitor)) {
                // The first button is the one that Enter presses.
                button.visually-hidden type="submit" name="do" value="save" tabindex="-1" aria-hidden="true" {}
                @match &self.setting {
                    Setting::New(_) => { input type="hidden" name="key" value=(new_key()); }
                    Setting::Existing(_) => { input type="hidden" name="revision" value=(self.typed.get("revision")); }
                }
                (self.usual(visitor))
                (self.times(visitor))
                (self.roles(visitor))
                (rare::show(self, visitor))
                (self.tell)
                p.buttons {
                    @match &self.setting {
                        Setting::New(_) => {
                            button type="submit" name="do" value="save" { (visitor.text("console-make-draft")) }
                            button.second type="submit" name="do" value="publish" { (visitor.text("console-make-published")) }
                        }
                        Setting::Existing(managed) => {
                            button type="submit" name="do" value="save" { (visitor.text("console-save")) }
                            a.button.second href=(managed.path(visitor)) { (visitor.text("console-back")) }
                        }
                    }
                }
            }
        }
    }

    fn action(&self, visitor: &Visitor) -> String {
        match &self.setting {
            Setting::New(_) => visitor.to("/console/events/new"),
            Setting::Existing(managed) => managed.path(visitor) + "/edit",
        }
    }

    fn head(&self, visitor: &Visitor) -> Markup {
        html! {
            @match &self.setting {
                Setting::New(_) => {
                    p.eyebrow { a href=(visitor.to("/console")) { (visitor.text("console-title")) } }
                    h1 { (visitor.text("console-new")) }
                }
                Setting::Existing(managed) => {
                    p.eyebrow { a href=(managed.path(visitor)) { bdi { (managed.event.title) } } }
                    h1 { (visitor.text("console-edit")) }
                }
            }
            @if self.now.is_some() {
                (notice(Tone::Wait, &html! { p { (visitor.text("console-meanwhile")) } }))
            } @else if !self.wrong.is_empty() {
                (notice(Tone::Bad, &html! { p { (visitor.text("form-correct")) } }))
            } @else if let Some(problem) = self.problem {
                (notice(Tone::Bad, &html! { p { (words(visitor, problem)) } }))
            }
        }
    }

    /// A field with what was typed, what is wrong with it, and what somebody else saved meanwhile.
    fn field<'f>(&'f self, visitor: &Visitor, name: &'f str, label: &str) -> Field<'f> {
        let field = Field::new(name, visitor.text(label), self.typed.get(name));
        field.problem(self.problem_of(name)).now(self.meanwhile(visitor, name))
    }

    fn problem_of(&self, name: &str) -> Option<String> {
        self.wrong.iter().find(|wrong| wrong.field == name).map(|found| found.problem.clone())
    }

    /// What is saved now, where that is something else than what was typed.
    fn meanwhile(&self, visitor: &Visitor, name: &str) -> Option<String> {
        let saved = self.now?.get(name);
        let same = saved.trim().replace("\r\n", "\n") == self.typed.get(name).trim().replace("\r\n", "\n");
        let saved = if saved.is_empty() { "–" } else { saved };
        (!same).then(|| visitor.say("console-saved-now", &[("value", saved.into())]))
    }

    fn usual(&self, visitor: &Visitor) -> Markup {
        html! {
            (self.organization(visitor))
            (self.field(visitor, "title", "console-field-title").needed(Needed::Yes).show(visitor))
            (self.field(visitor, "description", "console-field-description").hint(visitor.text("console-field-description-hint")).show_tall(visitor))
            div.pair {
                (self.field(visitor, "location", "event-where").show(visitor))
                (self.field(visitor, "contact", "console-field-contact").hint(visitor.text("console-field-contact-hint")).show(visitor))
            }
            (self.field(visitor, "slug", "console-field-slug").hint(visitor.text("console-field-slug-hint")).show(visitor))
        }
    }

    fn organization(&self, visitor: &Visitor) -> Markup {
        let Setting::New(organizations) = &self.setting else { return html! {} };
        if let [(only, _)] = organizations {
            return html! { input type="hidden" name="organization" value=(only); };
        }
        html! {
            div.field {
                label for="field-organization" { (visitor.text("console-field-organization")) }
                select #field-organization name="organization" dir="auto" {
                    @for (id, name) in *organizations {
                        option value=(id) selected[self.typed.get("organization") == id.to_string()] { (name) }
                    }
                }
            }
        }
    }

    fn times(&self, visitor: &Visitor) -> Markup {
        let time = |name: &'static str, label: &str| self.time(visitor, name, label);
        html! {
            fieldset.outline {
                legend { (visitor.text("event-when")) }
                div.field {
                    (self.field(visitor, "timezone", "console-field-timezone").needed(Needed::Yes).hint(visitor.text("console-field-timezone-hint"))
                        .list("zones", self.typed.has("guess_zone").then_some("zone")).show(visitor))
                    datalist #zones { @for zone in jiff::tz::db().available() { option value=(zone.as_str()) {} } }
                }
                div.pair { (time("starts_at", "console-field-starts")) (time("ends_at", "console-field-ends")) }
                div.pair { (time("opens_at", "console-field-opens")) (time("closes_at", "console-field-closes")) }
                p.hint { (visitor.text("console-field-opens-hint")) }
            }
        }
    }

    fn time(&self, visitor: &Visitor, name: &str, label: &str) -> Markup {
        self.field(visitor, name, label).kind("datetime-local", "off").show(visitor)
    }

    fn number(&self, visitor: &Visitor, name: &str, label: &str, hint: &str) -> Markup {
        let field = self.field(visitor, name, label).kind("number", "off");
        if hint.is_empty() { field.show(visitor) } else { field.hint(visitor.text(hint)).show(visitor) }
    }

    fn roles(&self, visitor: &Visitor) -> Markup {
        html! {
            fieldset {
                legend { (visitor.text("console-roles")) }
                p.hint { (visitor.text("console-roles-hint")) }
                input type="hidden" name="rows" value=(rows(self.typed));
                @for row in 0..rows(self.typed) { (self.role(visitor, row)) }
                button.second type="submit" name="do" value="more-roles" { (visitor.text("console-more-roles")) }
                (self.number(visitor, "capacity", "console-field-capacity", "console-field-capacity-hint"))
            }
        }
    }

    fn role(&self, visitor: &Visitor, row: usize) -> Markup {
        let of = |name: &str| of_row(row, name);
        let id = self.typed.get(&of("id"));
        let rare = ["description", "starts_at", "ends_at", "min_needed", "closed"];
        let is_open = rare.iter().any(|name| self.wrong.iter().any(|wrong| wrong.field == of(name)));
        let (name, capacity) = (of("name"), of("capacity"));
        html! {
            div.outline {
                @if !id.is_empty() { input type="hidden" name=(of("id")) value=(id); }
                div.pair {
                    (self.field(visitor, &name, "console-role-name").show(visitor))
                    (self.number(visitor, &capacity, "console-role-capacity", "console-role-capacity-hint"))
                }
                details open[is_open] {
                    summary { (visitor.text("console-role-more")) }
                    (self.field(visitor, &of("description"), "console-field-description").show_tall(visitor))
                    div.pair {
                        (self.time(visitor, &of("starts_at"), "console-field-starts"))
                        (self.time(visitor, &of("ends_at"), "console-field-ends"))
                    }
                    (self.number(visitor, &of("min_needed"), "console-role-min", "console-role-min-hint"))
                    (self.tick(visitor, &of("closed"), "console-role-closed"))
                    @if !id.is_empty() { (self.tick(visitor, &of("drop"), "console-role-drop")) }
                }
            }
        }
    }

    fn tick(&self, visitor: &Visitor, name: &str, label: &str) -> Markup {
        html! {
            label.choice {
                input type="checkbox" name=(name) value="yes" checked[self.typed.get(name) == "yes"];
                span { (visitor.text(label)) }
            }
        }
    }
}
