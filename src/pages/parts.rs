//! What several pages are made of.

use headcount_core::ids::Millis;
use maud::{Markup, html};

use super::answers::{Places, Time};
use super::visitor::Visitor;
use crate::clock;
use crate::words::zoned;

const DAY_MS: i64 = 86_400_000;

/// What somebody must see first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Wait,
    Bad,
    Plain,
}

impl Tone {
    pub(super) fn class(self) -> &'static str {
        match self {
            Tone::Good => "good",
            Tone::Wait => "wait",
            Tone::Bad => "bad",
            Tone::Plain => "plain",
        }
    }

    /// A sign beside the colour, for whoever does not see that.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Tone::Good => "✓",
            Tone::Wait => "…",
            Tone::Bad => "!",
            Tone::Plain => "i",
        }
    }
}

/// A message above the rest. What is bad is read out at once.
pub(super) fn notice(tone: Tone, content: &Markup) -> Markup {
    let role = if tone == Tone::Bad { "alert" } else { "status" };
    html! {
        div class={ "notice " (tone.class()) } role=(role) {
            span.sign aria-hidden="true" { (tone.sign()) }
            div { (content) }
        }
    }
}

/// A word or two that say how something stands.
pub(super) fn chip(tone: Tone, text: &str) -> Markup {
    html! { span class={ "chip " (tone.class()) } { (text) } }
}

/// A time, for people and for machines.
pub(super) fn time(visitor: &Visitor, at: Time, zone: &str) -> Markup {
    html! { time datetime=(at.rfc3339()) data-zone=(zone) { (visitor.time(at.0, zone)) } }
}

/// From when to when.
pub(super) fn span(visitor: &Visitor, from: Time, to: Option<Time>, zone: &str) -> Markup {
    let said = match to {
        Some(to) => visitor.language.span(from.0, to.0, zone),
        None => visitor.time(from.0, zone),
    };
    html! { time datetime=(from.rfc3339()) data-zone=(zone) { (said) } }
}

/// The day that comes so many days after today, as a field for a day holds it.
pub(super) fn day_in(days: i64) -> String {
    day_after(clock::now(), days, "UTC")
}

/// As [`day_in`], after a time, where the clock is that of this zone.
pub(super) fn day_after(Millis(time): Millis, days: i64, zone: &str) -> String {
    zoned(Millis(time.saturating_add(days * DAY_MS)), zone).date().to_string()
}

/// How full something is: a bar, and the same in words. `name` says of what, for the script that keeps it up to date.
pub(super) fn places(visitor: &Visitor, places: &Places, name: &str) -> Markup {
    filled(visitor, places, name, &html! { strong data-part="open" { (open(visitor, places)) } })
}

/// The same where nobody can sign up any more: what is free is nobody's.
pub(super) fn places_taken(visitor: &Visitor, places: &Places, name: &str) -> Markup {
    filled(visitor, places, name, &html! {})
}

fn filled(visitor: &Visitor, places: &Places, name: &str, open: &Markup) -> Markup {
    html! {
        div.places data-places=(name) {
            @if let Some(capacity) = places.capacity { (bar(places.reserved, u64::from(capacity))) }
            p.numbers {
                span data-part="taken" { (taken(visitor, places)) }
                span.quiet data-part="waiting" hidden[places.waiting == 0] {
                    (visitor.say("role-waiting", &[("waiting", places.waiting.into())]))
                }
                (open)
            }
        }
    }
}

fn taken(visitor: &Visitor, places: &Places) -> String {
    let taken = ("taken", places.reserved.into());
    match places.capacity {
        Some(capacity) => visitor.say("role-taken", &[taken, ("capacity", capacity.into())]),
        None => visitor.say("role-taken-unlimited", &[taken]),
    }
}

/// How many a newcomer could get.
fn open(visitor: &Visitor, places: &Places) -> String {
    match places.open_now {
        Some(0) if places.free.is_some_and(|free| free > 0) => visitor.text("role-kept"),
        Some(open) => visitor.say("role-open", &[("open", open.into())]),
        None => visitor.text("role-unlimited"),
    }
}

/// A bar that is as full as `part` of `whole`.
pub(super) fn bar(part: u64, whole: u64) -> Markup {
    html! {
        progress.bar data-full[whole <= part] value=(part.min(whole)) max=(whole.max(1)) aria-hidden="true" {}
    }
}

/// A link or a secret to be copied from here.
pub(super) fn once(label: &str, secret: &str) -> Markup {
    html! {
        label.secret {
            span { (label) }
            input type="text" value=(secret) dir="ltr" readonly autocomplete="off" spellcheck="false";
        }
    }
}

/// A field of a form, with what it is called and what is wrong with it.
pub(super) struct Field<'a> {
    name: &'a str,
    label: String,
    kind: &'a str,
    autocomplete: &'a str,
    value: &'a str,
    needed: Needed,
    hint: Option<String>,
    problem: Option<String>,
    /// What somebody else saved meanwhile.
    now: Option<String>,
    /// The id of a list of values to choose from.
    list: Option<&'a str>,
    /// What the page's script may fill in that the browser knows.
    guess: Option<&'a str>,
    /// The last day there is to choose, of a day.
    last_day: Option<String>,
}

/// Whether a field must be filled in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Needed {
    Yes,
    No,
}

impl<'a> Field<'a> {
    /// A text that may be left out.
    pub(super) fn new(name: &'a str, label: String, value: &'a str) -> Field<'a> {
        let (kind, autocomplete, needed) = ("text", "off", Needed::No);
        Field {
            name,
            label,
            kind,
            autocomplete,
            value,
            needed,
            hint: None,
            problem: None,
            now: None,
            list: None,
            guess: None,
            last_day: None,
        }
    }

    /// Of another kind, and what browsers fill in by themselves.
    pub(super) fn kind(self, kind: &'a str, autocomplete: &'a str) -> Field<'a> {
        Field { kind, autocomplete, ..self }
    }

    /// A day, up to this one.
    pub(super) fn day(self, last: String) -> Field<'a> {
        Field { kind: "date", last_day: Some(last), ..self }
    }

    pub(super) fn needed(self, needed: Needed) -> Field<'a> {
        Field { needed, ..self }
    }

    pub(super) fn hint(self, hint: String) -> Field<'a> {
        Field { hint: Some(hint), ..self }
    }

    /// Without what was typed before.
    pub(super) fn empty(self) -> Field<'a> {
        Field { value: "", ..self }
    }

    /// With what is wrong, if something is.
    pub(super) fn problem(self, problem: Option<String>) -> Field<'a> {
        Field { problem, ..self }
    }

    /// With what is saved now, where somebody else changed it meanwhile.
    pub(super) fn now(self, now: Option<String>) -> Field<'a> {
        Field { now, ..self }
    }

    /// With values to choose from, and what the page's script may fill in by itself.
    pub(super) fn list(self, list: &'a str, guess: Option<&'a str>) -> Field<'a> {
        Field { list: Some(list), guess, ..self }
    }

    pub(super) fn show(&self, visitor: &Visitor) -> Markup {
        let id = format!("field-{}", self.name);
        html! {
            (labelled(visitor, self, &id, &html! {
                input id=(id) name=(self.name) type=(self.kind) value=(self.value) autocomplete=(self.autocomplete)
                    list=[self.list] data-guess=[self.guess] required[self.needed == Needed::Yes] aria-invalid[self.problem.is_some()]
                    aria-describedby=[self.described_by(&id)] dir=[direction(self.kind)] max=[&self.last_day]
                    maxlength=[self.last_day.is_none().then_some("400")];
            }))
        }
    }

    /// As a text of several lines.
    pub(super) fn show_tall(&self, visitor: &Visitor) -> Markup {
        let id = format!("field-{}", self.name);
        html! {
            (labelled(visitor, self, &id, &html! {
                textarea id=(id) name=(self.name) rows="3" autocomplete=(self.autocomplete) dir="auto"
                    aria-invalid[self.problem.is_some()] aria-describedby=[self.described_by(&id)] { (self.value) }
            }))
        }
    }

    fn described_by(&self, id: &str) -> Option<String> {
        let hint = self.hint.as_ref().map(|_| format!("{id}-hint"));
        let problem = self.problem.as_ref().map(|_| format!("{id}-problem"));
        let both: Vec<String> = problem.into_iter().chain(hint).collect();
        (!both.is_empty()).then(|| both.join(" "))
    }
}

/// Addresses and numbers are written from left to right in every language.
fn direction(kind: &str) -> Option<&'static str> {
    Some(if matches!(kind, "email" | "tel" | "url" | "number" | "password" | "date" | "datetime-local") {
        "ltr"
    } else {
        "auto"
    })
}

fn labelled(visitor: &Visitor, field: &Field<'_>, id: &str, input: &Markup) -> Markup {
    html! {
        div.field {
            label for=(id) {
                (field.label)
                @if field.needed == Needed::No { " " span.quiet { "(" (visitor.text("optional")) ")" } }
            }
            (input)
            @if let Some(problem) = &field.problem { p.problem id={ (id) "-problem" } { (problem) } }
            @if let Some(now) = &field.now { p.meanwhile dir="auto" { (now) } }
            @if let Some(hint) = &field.hint { p.hint id={ (id) "-hint" } { (hint) } }
        }
    }
}
