//! The form of a sign-up: what was typed, and what is wrong with it. Whatever happens, nothing that was typed is lost.

use axum::http::StatusCode;
use headcount_core::event::{PhonePolicy, WaitlistPolicy};
use headcount_core::ids::Millis;
use headcount_core::view::SignUpState;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Pages;
use super::answers::{Event, Role};
use super::api::{FieldProblem, Problem, new_key};
use super::event::{Seen, role_card, role_choice, total};
use super::failed;
use super::parts::{Field, Needed, Tone, notice};
use super::visitor::Visitor;

/// Whoever asks so soon after the last place was taken is told that it was close.
const CLOSE_MS: i64 = 10_000;

/// What was typed; a field that is not there is empty.
#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub(super) struct Typed {
    /// Makes a repeat of this very attempt harmless.
    pub(super) key: String,
    pub(super) role: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) phone: String,
    pub(super) spots: String,
    pub(super) notes: String,
    pub(super) special_requirements: String,
    /// `wait`: they want to wait where there is no place.
    pub(super) if_full: String,
    /// How many places they take, now that there are no more.
    pub(super) take: String,
}

/// The form as it stands.
pub(super) struct Form {
    pub(super) status: StatusCode,
    typed: Typed,
    said: Said,
}

/// What has to be said about the attempt before.
enum Said {
    Nothing,
    /// Some fields have to be corrected.
    Correct(Vec<FieldProblem>),
    /// There is no room for them: why, and how many could get in.
    Full {
        open: u64,
        why: String,
    },
    /// Something else was refused.
    Refused(Problem),
    /// Whether it arrived is not known.
    Unanswered,
}

impl Typed {
    /// Nothing yet; with a key that no attempt has had.
    pub(super) fn fresh() -> Typed {
        Typed { key: new_key(), ..Typed::default() }
    }

    /// The same once more, as another attempt.
    pub(super) fn anew(&self) -> Typed {
        Typed { key: new_key(), take: String::new(), if_full: String::new(), ..self.clone() }
    }

    /// How many they are. What is no number is sent as it is, and refused there.
    fn spots(&self) -> Value {
        let text = if self.take.is_empty() { self.spots.trim() } else { &self.take };
        match text.parse::<u32>() {
            Ok(spots) => json!(spots),
            Err(_) if text.is_empty() => json!(1),
            Err(_) => json!(text),
        }
    }

    fn party(&self) -> u64 {
        self.spots().as_u64().unwrap_or(1)
    }

    /// What the API is asked. Whoever is logged in signs up themself, so no name is sent.
    pub(super) fn request(&self, visitor: &Visitor, seen: &Seen) -> Value {
        let mut request =
            json!({"spots": self.spots(), "if_full": if self.if_full == "wait" { "wait" } else { "refuse" }});
        let mut add = |name: &str, value: &str| {
            if !value.trim().is_empty() {
                request[name] = json!(value);
            }
        };
        if seen.event.roles.len() > 1 {
            add("role", &self.role);
        }
        if seen.account.is_none() {
            add("name", &self.name);
            add("email", &self.email);
            add("language", visitor.language.tag());
        }
        if seen.event.phone != PhonePolicy::Hidden {
            add("phone", &self.phone);
        }
        add("notes", &self.notes);
        add("special_requirements", &self.special_requirements);
        request
    }
}
impl Form {
    /// Before any attempt.
    pub(super) fn blank(typed: Typed) -> Form {
        Form { status: StatusCode::OK, typed, said: Said::Nothing }
    }

    /// After an attempt, begun when they asked, that came to nothing.
    pub(super) fn refused(visitor: &Visitor, seen: &Seen, typed: &Typed, asked: Millis, problem: Problem) -> Form {
        let status = problem.status();
        if status.is_server_error() || problem.outcome == super::api::Told::Unknown {
            // The only attempt that is repeated as the same one: nobody knows what came of it.
            return Form { status, typed: typed.clone(), said: Said::Unanswered };
        }
        let said = match problem.code.as_str() {
            "invalid" if !problem.fields.is_empty() => Said::Correct(problem.fields),
            "role_full" | "event_full" => {
                let open = problem.number("open_now").unwrap_or(0);
                let why = if open > 0 {
                    visitor.say("form-fits-less", &[("open", open.into()), ("spots", typed.party().into())])
                } else {
                    why_full(visitor, seen, asked, &problem)
                };
                Said::Full { open, why }
            }
            _ => Said::Refused(problem),
        };
        Form { status, typed: typed.anew(), said }
    }

    /// The form on the page of its event.
    pub(super) fn show(&self, pages: &Pages, visitor: &Visitor, seen: &Seen) -> Markup {
        let event = &seen.event;
        let typed = &self.typed;
        if matches!(self.said, Said::Nothing) && is_hopeless(event) {
            return nothing_to_have(visitor, event);
        }
        let email_hint = if pages.sends_mail() { "form-email-hint" } else { "form-email-hint-no-mail" };
        html! {
            form.sign-up #sign-up method="post" action={ (visitor.to("/e/")) (event.slug) (seen.beyond) "#sign-up" } data-in-place="" data-lost=(visitor.text("form-repeat")) {
                h2 { (visitor.text("form-title")) }
                (self.message(visitor, seen))
                input type="hidden" name="key" value=(typed.key);
                (self.roles(visitor, event))
                @if let Some(account) = &seen.account {
                    p { (visitor.say("form-as", &[("name", account.name.as_str().into())])) }
                } @else {
                    (self.field(visitor, "name", "form-name", &typed.name).kind("text", "name").needed(Needed::Yes).show(visitor))
                    (self.field(visitor, "email", "form-email", &typed.email).kind("email", "email").needed(Needed::Yes)
                        .hint(visitor.text(email_hint)).show(visitor))
                }
                @if event.phone != PhonePolicy::Hidden {
                    @let needed = if event.phone == PhonePolicy::Required { Needed::Yes } else { Needed::No };
                    (self.field(visitor, "phone", "form-phone", &typed.phone).kind("tel", "tel").needed(needed).show(visitor))
                }
                @if event.max_spots > 1 { (self.spots(visitor, event.max_spots)) }
                (self.more(visitor))
                @if event.verify_minutes.is_some() && seen.account.is_none() {
                    p.hint { (visitor.text("form-verify-note")) }
                }
                @if event.sign_up == SignUpState::NotOpenYet { p.hint.early { (visitor.text("form-early")) } }
                (button(visitor, seen))
            }
        }
    }

    /// What came of the attempt before, and what can be done now.
    fn message(&self, visitor: &Visitor, seen: &Seen) -> Markup {
        let text = |key: &str| html! { p { (visitor.text(key)) } };
        match &self.said {
            Said::Nothing if seen.event.has_room() || seen.event.sign_up == SignUpState::NotOpenYet => html! {},
            Said::Nothing => notice(Tone::Wait, &text("form-full-wait")),
            Said::Correct(_) => notice(Tone::Bad, &text("form-correct")),
            Said::Unanswered => notice(Tone::Wait, &text("form-repeat")),
            Said::Refused(problem) => notice(Tone::Bad, &html! { p { (failed::words(visitor, problem)) } }),
            Said::Full { open, why } => notice(Tone::Wait, &self.full(visitor, seen, *open, why)),
        }
    }

    /// There was no room: what there is instead.
    fn full(&self, visitor: &Visitor, seen: &Seen, open: u64, why: &str) -> Markup {
        let spots = self.typed.party();
        let waits = seen.event.waitlist.policy != WaitlistPolicy::Off;
        let others = seen.event.roles.iter().filter(|role| role.has_room() && !self.is_chosen(role));
        let others: Vec<&str> = others.map(|role| role.name.as_str()).collect();
        html! {
            p { (why) }
            @if !others.is_empty() {
                p { (visitor.say("form-other-roles", &[("roles", others.join(", ").into())])) }
            }
            @if open > 0 || waits {
                p.buttons {
                    @if open > 0 {
                        button type="submit" name="take" value=(open) {
                            (visitor.say("form-take-now", &[("open", open.into())]))
                        }
                    }
                    @if waits {
                        button.second[open > 0] type="submit" name="if_full" value="wait" {
                            @if open > 0 {
                                (visitor.say("form-wait-for-all", &[("spots", spots.into())]))
                            } @else {
                                (visitor.text("form-button-wait"))
                            }
                        }
                    }
                }
            }
        }
    }

    fn is_chosen(&self, role: &Role) -> bool {
        self.typed.role == role.id.to_string()
    }

    /// The roles to choose from, each with how full it is; where there is only one, that.
    fn roles(&self, visitor: &Visitor, event: &Event) -> Markup {
        if let [role] = event.roles.as_slice() {
            return role_card(visitor, event, role);
        }
        let problem = self.problem(visitor, "role");
        html! {
            fieldset.roles aria-describedby=[problem.as_ref().map(|_| "role-problem")] {
                legend { (visitor.text("event-choose-role")) }
                @if let Some(problem) = problem { p.problem #role-problem { (problem) } }
                @for role in &event.roles { (role_choice(visitor, event, role, self.typed.role.parse().ok())) }
                (total(visitor, event))
            }
        }
    }

    fn field<'a>(&self, visitor: &Visitor, name: &'a str, label: &str, value: &'a str) -> Field<'a> {
        Field::new(name, visitor.text(label), value).problem(self.problem(visitor, name))
    }

    fn spots(&self, visitor: &Visitor, max: u32) -> Markup {
        let value = if self.typed.spots.is_empty() { "1" } else { &self.typed.spots };
        let problem = self.problem(visitor, "spots");
        html! {
            div.field {
                label for="field-spots" { (visitor.text("form-spots")) }
                input.short #field-spots name="spots" type="number" inputmode="numeric" min="1" max=(max) value=(value)
                    aria-invalid[problem.is_some()] aria-describedby="spots-hint" dir="ltr" required;
                @if let Some(problem) = problem { p.problem { (problem) } }
                p.hint #spots-hint { (visitor.say("form-spots-hint", &[("max", max.into())])) }
            }
        }
    }

    /// What only some want to say.
    fn more(&self, visitor: &Visitor) -> Markup {
        let typed = &self.typed;
        let is_open = !typed.notes.is_empty() || !typed.special_requirements.is_empty();
        html! {
            details.more open[is_open] {
                summary { (visitor.text("form-more")) }
                (self.field(visitor, "notes", "form-notes", &typed.notes).show_tall(visitor))
                (self.field(visitor, "special_requirements", "form-special", &typed.special_requirements)
                    .hint(visitor.text("form-special-hint")).show_tall(visitor))
            }
        }
    }

    /// What is wrong with a field.
    fn problem(&self, visitor: &Visitor, name: &str) -> Option<String> {
        let Said::Correct(fields) = &self.said else { return None };
        let found = fields.iter().find(|one| one.field == name)?;
        let key = format!("problem-field-{name}");
        let is_known = crate::words::Language::english().has(&key);
        Some(if is_known { visitor.text(&key) } else { found.problem.clone() })
    }
}

/// Whether there is nothing that anybody who comes now could get, not even a place in a queue.
fn is_hopeless(event: &Event) -> bool {
    let is_open = event.sign_up == SignUpState::Open;
    is_open && !event.has_room() && event.waitlist.policy == WaitlistPolicy::Off
}

/// In the place of the form: what is full, and what can be done. Nobody is asked for what cannot be sent.
fn nothing_to_have(visitor: &Visitor, event: &Event) -> Markup {
    html! {
        section.sign-up #sign-up {
            h2 { (visitor.text("form-title")) }
            (notice(Tone::Wait, &html! { p { (visitor.text("form-full-off")) } }))
            @for role in &event.roles { (role_card(visitor, event, role)) }
            (total(visitor, event))
            p { a.button.second href=(visitor.to(visitor.path_alone())) { (visitor.text("form-look-again")) } }
        }
    }
}

/// The button; where all is full it says what it does.
fn button(visitor: &Visitor, seen: &Seen) -> Markup {
    let event = &seen.event;
    let is_full = event.sign_up == SignUpState::Open && !event.has_room();
    html! {
        @if is_hopeless(event) {
            button.big.second type="submit" { (visitor.text("form-button-again")) }
        } @else if is_full {
            button.big type="submit" name="if_full" value="wait" { (visitor.text("form-button-wait")) }
        } @else {
            button.big type="submit" data-at-opening[event.sign_up == SignUpState::NotOpenYet] {
                @if seen.account.is_some() { (visitor.text("form-button-member")) } @else { (visitor.text("form-button")) }
            }
        }
    }
}

/// Why nobody can get in: since when all is full, and when they asked.
fn why_full(visitor: &Visitor, seen: &Seen, asked: Millis, problem: &Problem) -> String {
    let Some(since) = problem.time("full_since") else { return visitor.text("form-full-kept") };
    // It may have filled up while they waited for their turn.
    let asked = asked.max(since.0);
    let [full_since, when_asked] = visitor.language.clocks(since.0, asked, &seen.event.timezone);
    let key = if asked.0 - since.0.0 < CLOSE_MS { "form-full-close" } else { "form-full-since" };
    visitor.say(key, &[("since", full_since.into()), ("asked", when_asked.into())])
}
