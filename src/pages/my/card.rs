//! One event that somebody is called to: its roles, what they have answered to each, and the buttons to answer.

use headcount_core::event::{EventStatus, Status, WaitlistPolicy};
use headcount_core::view::SignUpState;
use maud::{Markup, html};

use super::calls::{Accepted, Answer, Call, Calls};
use super::refused;
use super::times::{End, Slot};
use crate::pages::answers::{Event, Role};
use crate::pages::api::{Problem, new_key};
use crate::pages::event::{about_role, when};
use crate::pages::parts::{Tone, chip, notice, span};
use crate::pages::visitor::Visitor;

/// What has to be said about what was pressed.
pub(super) enum Said {
    /// The role, or the event, whose answer was taken; empty: nothing was pressed.
    Answered(String),
    /// An answer that was not taken.
    Refused { event: String, role: String, problem: Problem },
}

/// An event among all calls.
pub(super) struct Card<'a> {
    pub(super) call: &'a Call,
    pub(super) calls: &'a Calls,
    pub(super) said: &'a Said,
    /// Whether its numbers are kept up to date.
    pub(super) is_followed: bool,
}

impl Card<'_> {
    pub(super) fn show(&self, visitor: &Visitor) -> Markup {
        let event = &self.call.event;
        let follow = self.is_followed.then(|| visitor.to(&format!("/api/v1/events/{}/stream", event.id)));
        let mine = self.call.answers().map(|answer| format!("{}={}", answer.id, answer.seq));
        let mine = mine.collect::<Vec<_>>().join(" ");
        html! {
            article.card.call id={ "call-" (event.id) } data-follow=[follow] data-seq=(event.seq) data-mine=(mine) {
                p.eyebrow {
                    @match event.starts_at {
                        Some(starts_at) => { (span(visitor, starts_at, event.ends_at, &event.timezone)) }
                        None => { (when(visitor, event)) }
                    }
                }
                h2 { a href={ (visitor.to("/e/")) (event.slug) } { bdi { (event.title) } } }
                @if !event.location.is_empty() { p.quiet { bdi { (event.location) } } }
                (self.of_event(visitor))
                (state(visitor, event))
                @for role in &event.roles { (self.role(visitor, role)) }
                (self.decline_all(visitor))
            }
        }
    }

    /// What was said to the whole event.
    fn of_event(&self, visitor: &Visitor) -> Markup {
        let event = self.call.event.id.to_string();
        match self.said {
            Said::Refused { event: asked, role, problem } if *asked == event && role.is_empty() => {
                refused(visitor, problem)
            }
            Said::Answered(asked) if *asked == event => {
                notice(Tone::Plain, &html! { p { (visitor.text("my-declined-all")) } })
            }
            _ => html! {},
        }
    }

    fn role(&self, visitor: &Visitor, role: &Role) -> Markup {
        let answer = self.call.answer(role);
        html! {
            section.call-role {
                div.call-head {
                    @if self.call.event.roles.len() > 1 { h3 { bdi { (role.name) } } }
                    @if let Some(answer) = answer { (standing(visitor, answer)) }
                }
                (about_role(visitor, &self.call.event, role))
                (self.of_role(visitor, role, answer))
                @for other in self.calls.beside(self.call, role) { (self.conflict(visitor, role, &other)) }
                (self.buttons(visitor, role, answer))
            }
        }
    }

    /// What came of the answer to this role.
    fn of_role(&self, visitor: &Visitor, role: &Role, answer: Option<&Answer>) -> Markup {
        let id = role.id.to_string();
        match self.said {
            Said::Refused { role: asked, problem, .. } if *asked == id => refused(visitor, problem),
            Said::Answered(asked) if *asked == id => {
                let (tone, key) = match answer.map(|answer| answer.status) {
                    Some(Status::Confirmed | Status::Held) => (Tone::Good, "my-now-accepted"),
                    Some(Status::Waitlisted) => (Tone::Wait, "my-now-waiting"),
                    _ => (Tone::Plain, "my-now-declined"),
                };
                notice(tone, &html! { p { (visitor.text(key)) } })
            }
            _ => html! {},
        }
    }

    /// What is at the same time.
    fn conflict(&self, visitor: &Visitor, role: &Role, other: &Accepted<'_>) -> Markup {
        let has_roles = other.event.roles.len() > 1;
        let name =
            if has_roles { format!("{}, {}", other.event.title, other.role.name) } else { other.event.title.clone() };
        let key = if other.answer.status == Status::Waitlisted { "my-beside-waiting" } else { "my-beside-accepted" };
        let own_end = Slot::of(&self.call.event, role).map(|slot| slot.end);
        html! {
            div.notice.wait {
                span.sign aria-hidden="true" { "!" }
                div {
                    p { (visitor.say(key, &[("other", name.into())])) }
                    @if own_end == Some(End::Untold) || other.slot.end == End::Untold {
                        p.hint { (visitor.text("my-untold-end")) }
                    }
                }
            }
        }
    }

    /// What can be answered now.
    fn buttons(&self, visitor: &Visitor, role: &Role, answer: Option<&Answer>) -> Markup {
        let event = &self.call.event;
        if event.status == EventStatus::Cancelled {
            return html! {};
        }
        let status = answer.map(|answer| answer.status);
        let is_active = status.is_some_and(Status::is_active);
        let is_open = event.sign_up == SignUpState::Open && !role.closed;
        let can_wait = event.waitlist.policy != WaitlistPolicy::Off;
        let accept = match status {
            _ if is_active || !is_open || status == Some(Status::Removed) => None,
            _ if !role.has_room() => can_wait.then_some("my-wait"),
            None => Some("my-accept"),
            Some(_) => Some("my-accept-after-all"),
        };
        let decline = match status {
            Some(Status::Confirmed | Status::Held) => Some("my-give-back"),
            Some(Status::Waitlisted) => Some("my-stop-waiting"),
            Some(Status::Declined | Status::Cancelled | Status::Removed) => None,
            None => Some("my-decline"),
        };
        html! {
            @if !is_active && is_open && accept.is_none() && !role.has_room() { p.quiet { (visitor.text("my-full")) } }
            div.buttons {
                @if let Some(key) = accept { (self.button(visitor, role, "accept", key)) }
                @if let Some(key) = decline { (self.button(visitor, role, "decline", key)) }
            }
        }
    }

    fn button(&self, visitor: &Visitor, role: &Role, response: &str, key: &str) -> Markup {
        html! {
            form.inline method="post" action=(self.action(visitor)) data-in-place="stay" data-lost=(visitor.text("my-lost")) {
                input type="hidden" name="key" value=(new_key());
                input type="hidden" name="role" value=(role.id);
                button.second[response == "decline"] type="submit" name="response" value=(response) {
                    (visitor.text(key)) span.visually-hidden { ": " (role.name) }
                }
            }
        }
    }

    /// A no to all roles at once, where that says more than a no to one.
    fn decline_all(&self, visitor: &Visitor) -> Markup {
        let event = &self.call.event;
        let is_declined = |role: &Role| self.call.answer(role).is_some_and(|answer| answer.status == Status::Declined);
        let left = event.roles.iter().filter(|role| !is_declined(role)).count();
        html! {
            @if event.roles.len() > 1 && left > 0 && event.status != EventStatus::Cancelled {
                form.decline-all method="post" action=(self.action(visitor)) data-in-place="stay" data-lost=(visitor.text("my-lost")) {
                    input type="hidden" name="key" value=(new_key());
                    button.link type="submit" name="response" value="decline" { (visitor.text("my-decline-all")) }
                }
            }
        }
    }

    fn action(&self, visitor: &Visitor) -> String {
        let event = self.call.event.id;
        visitor.to(&format!("/my/{event}#call-{event}"))
    }
}

/// Why nobody can say yes now.
fn state(visitor: &Visitor, event: &Event) -> Markup {
    match (event.status, event.sign_up) {
        (EventStatus::Cancelled, _) => notice(Tone::Bad, &html! { p { (visitor.text("event-cancelled")) } }),
        (_, SignUpState::Closed) => chip(Tone::Plain, &visitor.text("event-closed")),
        (_, SignUpState::NotOpenYet) => match event.opens_at {
            Some(at) => {
                let said = visitor.say("event-opens", &[("time", visitor.time(at.0, &event.timezone).into())]);
                chip(Tone::Wait, &said)
            }
            None => chip(Tone::Wait, &visitor.text("event-not-open-yet")),
        },
        (_, SignUpState::Open) => html! {},
    }
}

/// How they stand in a role.
fn standing(visitor: &Visitor, answer: &Answer) -> Markup {
    match answer.status {
        Status::Confirmed | Status::Held => chip(Tone::Good, &visitor.text("my-accepted")),
        Status::Waitlisted => match answer.position {
            Some(position) => {
                let before = position.saturating_sub(1);
                chip(Tone::Wait, &visitor.say("my-waiting", &[("before", before.into())]))
            }
            None => chip(Tone::Wait, &visitor.text("my-waiting-somewhere")),
        },
        Status::Declined | Status::Cancelled => chip(Tone::Plain, &visitor.text("my-declined")),
        Status::Removed => chip(Tone::Bad, &visitor.text("my-removed")),
    }
}
