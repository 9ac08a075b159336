//! One person at the door, large: may they come in, how many of them are here, and what can be pressed.

use maud::{Markup, html};
use uuid::Uuid;

use super::Door;
use super::people::Person;
use super::verdict::Verdict;
use crate::pages::api::new_key;
use crate::pages::parts::Tone;

/// What the door's page shows above its search.
pub(super) enum Shown<'a> {
    /// Nobody yet: the script fills it in.
    Nobody,
    /// The code belongs to nobody here.
    Unknown,
    /// Somebody, and what was refused of what was pressed.
    Person { person: &'a Person, verdict: Verdict, problem: Option<String> },
}

impl Shown<'_> {
    pub(super) fn person(&self) -> Option<&Person> {
        match self {
            Shown::Person { person, .. } => Some(person),
            Shown::Nobody | Shown::Unknown => None,
        }
    }
}

/// A button: how many more, or fewer, are in by it.
struct Button {
    name: &'static str,
    what: &'static str,
    count: u32,
    label: String,
    is_shown: bool,
}

/// Shows it. All parts are there also where nobody is shown, so that the script needs to fill them in only.
pub(super) fn result(door: &Door, shown: &Shown<'_>) -> Markup {
    let visitor = &door.visitor;
    let (tone, title, advice) = match shown {
        Shown::Nobody => (Tone::Plain, String::new(), String::new()),
        Shown::Unknown => (Tone::Bad, visitor.text("door-unknown"), visitor.text("door-unknown-do")),
        Shown::Person { problem: Some(problem), person, verdict } => {
            let stands = door.filled(verdict.title(), person);
            (Tone::Bad, visitor.text("door-refused-later"), format!("{problem} {stands}."))
        }
        Shown::Person { person, verdict, problem: None } => {
            (verdict.tone(), door.filled(verdict.title(), person), door.filled(verdict.advice(), person))
        }
    };
    let person = shown.person();
    html! {
        section class={ "result " (tone.class()) } tabindex="-1" hidden[matches!(shown, Shown::Nobody)]
            data-id=[person.map(|person| person.id)] {
            p.verdict role="status" { span.sign aria-hidden="true" { (sign(tone)) } strong data-part="title" { (title) } }
            p.person hidden[person.is_none()] {
                bdi data-part="name" { (person.map_or(String::new(), |person| person.name.shown(visitor))) }
            }
            p.party hidden[person.is_none()] {
                @if door.event.roles.len() > 1 {
                    bdi data-part="role" { (person.map_or("", |person| person.role.as_str())) } " · "
                }
                span data-part="party" {
                    (visitor.say("door-party", &[("spots", person.map_or(1, |person| person.spots).into())]))
                }
            }
            p.advice data-part="advice" { (advice) }
            div.buttons {
                @for button in buttons(door, person) { (form(door, person.map(|person| person.id), &button)) }
            }
        }
    }
}

/// A larger sign than elsewhere: it is seen from a step away.
fn sign(tone: Tone) -> &'static str {
    if tone == Tone::Bad { "✕" } else { tone.sign() }
}

fn buttons(door: &Door, person: Option<&Person>) -> [Button; 4] {
    let visitor = &door.visitor;
    let has_place = person.is_some_and(Person::has_place) && !door.event.is_cancelled();
    let left = person.map_or(0, Person::left);
    let here = person.map_or(0, |person| person.checked_in);
    let spots = person.map_or(0, |person| person.spots);
    let rest =
        if spots > 1 { visitor.say("door-let-rest-in", &[("left", left.into())]) } else { visitor.text("door-let-in") };
    let one = visitor.text("door-let-one-in");
    let (less, none) = (visitor.text("door-one-less"), visitor.text("door-undo"));
    [
        Button { name: "rest", what: "in", count: left, label: rest, is_shown: has_place && left > 0 },
        Button { name: "one", what: "in", count: 1, label: one, is_shown: has_place && left > 1 },
        Button { name: "less", what: "undo", count: 1, label: less, is_shown: has_place && here > 1 },
        Button { name: "none", what: "undo", count: here, label: none, is_shown: has_place && here > 0 },
    ]
}

fn form(door: &Door, id: Option<Uuid>, button: &Button) -> Markup {
    let action = id.map_or_else(|| door.path(""), |id| door.path(&format!("/{id}")));
    let is_undo = button.what == "undo";
    html! {
        form.tap method="post" action=(action) data-tap=(button.name) hidden[!button.is_shown] {
            input type="hidden" name="key" value=(new_key());
            input type="hidden" name="count" value=(button.count);
            button.big[!is_undo].second[is_undo || button.name == "one"] type="submit" name="do" value=(button.what) { (button.label) }
        }
    }
}
