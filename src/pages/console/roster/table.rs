//! The people of a roster, a table a role, within one form: what is ticked can be dealt with at once.

use headcount_core::event::Status;
use maud::{Markup, html};

use super::{Roster, Section, word};
use crate::pages::api::new_key;
use crate::pages::console::answers::Registration;
use crate::pages::console::person;
use crate::pages::event::contact;
use crate::pages::parts::places;
use crate::pages::visitor::Visitor;

/// All that are shown.
pub(super) fn people(visitor: &Visitor, roster: &Roster) -> Markup {
    let path = roster.managed.path(visitor);
    html! {
        form.roster method="post" action={ (path) "/selected" } {
            input type="hidden" name="key" value=(new_key());
            @for section in &roster.sections { (section_of(visitor, roster, section)) }
            @if roster.swapping.is_some() {
                input type="hidden" name="do" value="swap";
            } @else if roster.sections.iter().any(|section| !section.people.is_empty()) {
                (several(visitor, roster))
            }
        }
    }
}

fn section_of(visitor: &Visitor, roster: &Roster, section: &Section) -> Markup {
    let role = &section.role;
    html! {
        section.roster-role {
            @if roster.managed.event.roles.len() > 1 { h2 { bdi { (role.name) } } }
            (places(visitor, &role.places, &role.id.to_string()))
            @if section.people.is_empty() {
                p.quiet { (visitor.text("console-nobody-here")) }
            } @else {
                div.scrolls role="region" tabindex="0" aria-label=(role.name) {
                    table {
                        (head(visitor))
                        tbody { @for one in &section.people { (row(visitor, roster, one)) } }
                    }
                }
            }
            @if let Some(next) = &section.next {
                p { a href={ (roster.managed.path(visitor)) (roster.filter.query(role.id, next)) } { (visitor.text("console-more-people")) } }
            }
        }
    }
}

fn head(visitor: &Visitor) -> Markup {
    html! {
        thead { tr {
            th.tick scope="col" { span.visually-hidden { (visitor.text("console-select")) } }
            th.of-name scope="col" { (visitor.text("form-name")) }
            th.of-status scope="col" { (visitor.text("status")) }
            th.of-spots scope="col" { (visitor.text("spots")) }
            th.of-contact scope="col" { (visitor.text("contact")) }
            th scope="col" { (visitor.text("console-notes")) }
            th.of-arrival scope="col" { (visitor.text("console-came")) }
        } }
    }
}

fn row(visitor: &Visitor, roster: &Roster, one: &Registration) -> Markup {
    let page = person::path(visitor, &roster.managed, one);
    html! {
        tr data-id=(one.id) {
            td.tick {
                @if let Some(swapping) = &roster.swapping {
                    @if swapping.id != one.id && swapping.role_id != one.role_id && one.status.is_active() {
                        button.second type="submit" formaction=(person::path(visitor, &roster.managed, swapping))
                            name="with" value=(one.id) { (visitor.text("console-swap-this")) }
                    }
                } @else {
                    input type="checkbox" name="who" value=(one.id)
                        aria-label=(visitor.say("console-select-one", &[("name", one.name.shown(visitor).into())]));
                }
            }
            th scope="row" { a href=(page) { bdi { (one.name.shown(visitor)) } } }
            td { (standing(visitor, one)) }
            td.number data-label=(visitor.text("spots")) { (one.spots) }
            td { (reach(one)) }
            td.notes { (notes(visitor, one)) }
            td { @if one.checked_in > 0 { (went_in(visitor, one)) " " } (at_the_door(visitor, one, &page)) }
        }
    }
}

/// Status, and the place in the queue.
pub(in crate::pages::console) fn standing(visitor: &Visitor, one: &Registration) -> Markup {
    html! {
        (word(visitor, one.status))
        @if let Some(position) = one.position {
            " " span.quiet { (visitor.say("console-position", &[("position", position.into())])) }
        }
    }
}

/// How many of the party have come.
pub(in crate::pages::console) fn went_in(visitor: &Visitor, one: &Registration) -> Markup {
    let filled = [("came", one.checked_in.into()), ("spots", one.spots.into())];
    html! {
        @if one.status != Status::Confirmed || one.checked_in == 0 {
            span.quiet { (visitor.text("console-came-none")) }
        } @else if one.checked_in < one.spots {
            span { (visitor.say("console-came-some", &filled)) }
        } @else {
            span { "✓ " (visitor.say("console-came-all", &filled)) }
        }
    }
}

fn reach(one: &Registration) -> Markup {
    html! {
        @if let Some(email) = &one.email { div { (contact(email)) } }
        @if let Some(phone) = &one.phone { div { a href={ "tel:" (phone) } dir="ltr" { (phone) } } }
    }
}

fn notes(visitor: &Visitor, one: &Registration) -> Markup {
    let texts = [
        ("form-special", &one.special_requirements),
        ("console-their-note", &one.notes),
        ("console-staff-note", &one.staff_note),
    ];
    html! {
        @for (key, text) in texts {
            @if let Some(text) = text {
                div { span.quiet { (visitor.text(key)) ": " } bdi { (text) } }
            }
        }
    }
}

/// A check-in is one press, here as at the door.
fn at_the_door(visitor: &Visitor, one: &Registration, page: &str) -> Markup {
    html! {
        @if one.status == Status::Confirmed && one.checked_in < one.spots {
            (press_one(visitor, one, page, "check-in"))
        } @else if one.checked_in > 0 {
            (press_one(visitor, one, page, "undo-check-in"))
        }
    }
}

fn press_one(visitor: &Visitor, one: &Registration, page: &str, command: &str) -> Markup {
    html! {
        button.link.no-print type="submit" formaction=(page) name="do" value=(command) {
            (visitor.text(&format!("console-do-{command}"))) span.visually-hidden { ": " (one.name.shown(visitor)) }
        }
    }
}

/// What can be done with all that are ticked.
fn several(visitor: &Visitor, roster: &Roster) -> Markup {
    html! {
        fieldset.several.no-print {
            legend { (visitor.text("console-several")) }
            div.buttons {
                select name="do" aria-label=(visitor.text("console-several-what")) {
                    @for command in ["check-in", "promote", "demote", "move", "remove", "send-link"] {
                        option value=(command) { (visitor.text(&format!("console-do-{command}"))) }
                    }
                }
                @if roster.managed.event.roles.len() > 1 {
                    select name="role" dir="auto" aria-label=(visitor.text("console-to-role")) {
                        option value="" { (visitor.text("console-to-role")) }
                        @for role in &roster.managed.event.roles { option value=(role.id) { (role.name) } }
                    }
                }
                button.second type="submit" { (visitor.text("console-several-button")) }
            }
        }
    }
}
