//! What few events need to set, in words rather than in terms.

use maud::{Markup, html};

use super::Form;
use crate::pages::visitor::Visitor;

/// What is folded away, in three parts.
pub(super) fn show(form: &Form<'_>, visitor: &Visitor) -> Markup {
    html! {
        (folded(form, visitor, "console-rare-waiting", &["waitlist.limit", "waitlist.max_skips", "promote_until"], &waiting(form, visitor)))
        (folded(form, visitor, "console-rare-people", &PEOPLE, &people(form, visitor)))
        (folded(form, visitor, "console-rare-who", &["visibility", "teams"], &who(form, visitor)))
    }
}

const PEOPLE: [&str; 8] = [
    "max_spots",
    "roles_per_person",
    "one_per",
    "phone",
    "phone_region",
    "verify_minutes",
    "retention_days",
    "cancel_until",
];

/// Open where something in it has to be looked at.
fn folded(form: &Form<'_>, visitor: &Visitor, title: &str, fields: &[&str], content: &Markup) -> Markup {
    let is_wrong = fields.iter().any(|name| form.wrong.iter().any(|wrong| wrong.field == *name));
    let is_open = is_wrong || form.now.is_some();
    html! {
        details.outline open[is_open] {
            summary { (visitor.text(title)) }
            (content)
        }
    }
}

fn waiting(form: &Form<'_>, visitor: &Visitor) -> Markup {
    html! {
        (choose(form, visitor, "waitlist.policy", "console-policy", &[
            ("strict", "console-policy-strict", "console-policy-strict-example"),
            ("fill_gaps", "console-policy-fill", "console-policy-fill-example"),
            ("off", "console-policy-off", "console-policy-off-example"),
        ]))
        (form.number(visitor, "waitlist.max_skips", "console-max-skips", "console-max-skips-hint"))
        (form.number(visitor, "waitlist.limit", "console-limit", "console-limit-hint"))
        (form.field(visitor, "promote_until", "console-promote-until").kind("datetime-local", "off")
            .hint(visitor.text("console-promote-until-hint")).show(visitor))
    }
}

fn people(form: &Form<'_>, visitor: &Visitor) -> Markup {
    html! {
        (form.number(visitor, "max_spots", "console-max-spots", "console-max-spots-hint"))
        (form.number(visitor, "roles_per_person", "console-roles-per-person", ""))
        (choose(form, visitor, "one_per", "console-one-per", &[
            ("email", "console-one-per-email", ""),
            ("email_and_name", "console-one-per-name", "console-one-per-name-example"),
        ]))
        (choose(form, visitor, "phone", "console-phone", &[
            ("hidden", "console-phone-hidden", ""),
            ("optional", "console-phone-optional", ""),
            ("required", "console-phone-required", ""),
        ]))
        (form.field(visitor, "phone_region", "console-phone-region").hint(visitor.text("console-phone-region-hint")).show(visitor))
        (form.number(visitor, "verify_minutes", "console-verify", "console-verify-hint"))
        (form.number(visitor, "retention_days", "console-retention", "console-retention-hint"))
        (form.field(visitor, "cancel_until", "console-cancel-until").kind("datetime-local", "off")
            .hint(visitor.text("console-cancel-until-hint")).show(visitor))
        (form.tick(visitor, "self_move", "console-self-move"))
    }
}

fn who(form: &Form<'_>, visitor: &Visitor) -> Markup {
    html! {
        (choose(form, visitor, "visibility", "console-visibility", &[
            ("public", "console-visibility-public", ""),
            ("unlisted", "console-visibility-unlisted", ""),
            ("team", "console-visibility-team", ""),
        ]))
        @if !form.teams.is_empty() {
            fieldset {
                legend { (visitor.text("console-teams")) }
                input type="hidden" name="has_teams" value="yes";
                @for team in form.teams {
                    label.choice {
                        input type="checkbox" name="teams" value=(team.id) checked[form.typed.all("teams").any(|id| id == team.id.to_string())];
                        span dir="auto" { (team.name) }
                    }
                }
            }
        }
    }
}

/// One of a few, each with what it means.
fn choose(form: &Form<'_>, visitor: &Visitor, name: &str, title: &str, choices: &[(&str, &str, &str)]) -> Markup {
    html! {
        fieldset {
            legend { (visitor.text(title)) }
            @if let Some(now) = form.meanwhile(visitor, name) { p.meanwhile dir="auto" { (now) } }
            @for (value, label, example) in choices {
                label.choice {
                    input type="radio" name=(name) value=(value) checked[form.typed.get(name) == *value];
                    span { (visitor.text(label)) @if !example.is_empty() { span.example { (visitor.text(example)) } } }
                }
            }
        }
    }
}
