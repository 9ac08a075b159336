//! The page of staff: what they are called to, what they have answered, and what of it is at the same time.
//!
//! `calls` finds it, `card` shows one event of it, `times` knows what overlaps.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Pages;
use super::account::Account;
use super::api::Problem;
use super::event::{live_words, segment};
use super::failed;
use super::frame::Page;
use super::parts::{Tone, notice};
use super::visitor::Visitor;
use calls::{Accepted, Calls};
use card::{Card, Said};
use times::End;

mod calls;
mod card;
mod times;

/// Events whose numbers are kept up to date: a browser holds six connections to a server, and some must stay free.
const FOLLOWED_MAX: usize = 4;

/// Why the page is opened.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Asked {
    /// The role, or the event, that was just answered.
    answered: String,
}

/// What was pressed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Pressed {
    /// Makes a repeat harmless.
    key: String,
    /// None: the whole event.
    role: String,
    /// `accept` or `decline`.
    response: String,
}

/// Shows all calls.
pub(super) async fn show(State(pages): State<Pages>, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    let Some(account) = Account::of(&visitor, pages.api()).await else { return log_in(&visitor) };
    page(&pages, &visitor, account, &Said::Answered(asked.answered)).await
}

/// Leads to one call: a page that was answered with a refusal has this address.
pub(super) async fn show_one(visitor: Visitor, Path(event): Path<String>) -> Response {
    Redirect::to(&visitor.to(&format!("/my#call-{}", segment(&event)))).into_response()
}

/// Has an answer decided, and shows the calls again. What is refused is said at the card.
pub(super) async fn press(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(event): Path<String>,
    pressed: Result<Form<Pressed>, FormRejection>,
) -> Response {
    let Some(account) = Account::of(&visitor, pages.api()).await else { return log_in(&visitor) };
    let Form(pressed) = pressed.unwrap_or_default();
    let path = format!("/api/v1/events/{}/respond", segment(&event));
    match pages.api().post(&visitor, path).key(&pressed.key).json(&pressed.request()).send().await {
        Ok(_) => {
            let answered = if pressed.role.is_empty() { &event } else { &pressed.role };
            let (answered, event) = (segment(answered), segment(&event));
            Redirect::to(&visitor.to(&format!("/my?answered={answered}#call-{event}"))).into_response()
        }
        Err(problem) => page(&pages, &visitor, account, &Said::Refused { event, role: pressed.role, problem }).await,
    }
}

impl Pressed {
    fn request(&self) -> Value {
        if self.role.is_empty() {
            return json!({"response": self.response});
        }
        json!({"response": self.response, "role": self.role})
    }
}

fn log_in(visitor: &Visitor) -> Response {
    Redirect::to(&visitor.to("/login?back=/my")).into_response()
}

async fn page(pages: &Pages, visitor: &Visitor, account: Account, said: &Said) -> Response {
    let calls = match Calls::of(pages, visitor, &account).await {
        Ok(calls) => calls,
        Err(problem) => return failed::page(visitor, &problem),
    };
    let title = visitor.text("my-title");
    let main = html! {
        h1 { (title) }
        (elsewhere(visitor, &calls, said))
        @if calls.coming.is_empty() { (empty(visitor, &account)) }
        (overlaps(visitor, &calls))
        div.calls data-words=(live_words(visitor)) {
            @for (index, call) in calls.coming.iter().enumerate() {
                (Card { call, calls: &calls, said, is_followed: index < FOLLOWED_MAX }.show(visitor))
            }
        }
        (past(visitor, &calls))
    };
    let status = match said {
        Said::Refused { problem, .. } => problem.status(),
        Said::Answered(_) => axum::http::StatusCode::OK,
    };
    Page::new(title.clone(), main).status(status).of(Some(account)).show(visitor)
}

/// What was refused, where the event it is about is not shown any more.
fn elsewhere(visitor: &Visitor, calls: &Calls, said: &Said) -> Markup {
    let is_shown = |event: &str| calls.coming.iter().any(|call| call.event.id.to_string() == event);
    match said {
        Said::Refused { event, problem, .. } if !is_shown(event) => refused(visitor, problem),
        _ => html! {},
    }
}

fn refused(visitor: &Visitor, problem: &Problem) -> Markup {
    let words = match problem.code.as_str() {
        "too_many_roles" => visitor.text("my-too-many-roles"),
        "already_registered" => visitor.text("my-already"),
        _ => failed::words(visitor, problem),
    };
    notice(Tone::Bad, &html! { p { (words) } })
}

/// What they have accepted twice over, above all cards.
fn overlaps(visitor: &Visitor, calls: &Calls) -> Markup {
    let accepted: Vec<Accepted<'_>> = calls.accepted().collect();
    let mut pairs = Vec::new();
    for (index, one) in accepted.iter().enumerate() {
        pairs.extend(
            accepted[index + 1..].iter().filter(|other| one.slot.overlaps(other.slot)).map(|other| (one, other)),
        );
    }
    let is_untold = pairs.iter().any(|(one, other)| one.slot.end == End::Untold || other.slot.end == End::Untold);
    if pairs.is_empty() {
        return html! {};
    }
    let content = html! {
        p { strong { (visitor.text("my-overlaps")) } }
        ul.lines {
            @for (one, other) in &pairs {
                li { (link_to(one)) " · " (link_to(other)) }
            }
        }
        @if is_untold { p.hint { (visitor.text("my-untold-end")) } }
    };
    notice(Tone::Wait, &content)
}

fn link_to(accepted: &Accepted<'_>) -> Markup {
    html! {
        a href={ "#call-" (accepted.event.id) } {
            bdi { (accepted.event.title) }
            @if accepted.event.roles.len() > 1 { ": " bdi { (accepted.role.name) } }
        }
    }
}

fn empty(visitor: &Visitor, account: &Account) -> Markup {
    html! {
        div.empty {
            h2 { (visitor.text("my-empty-title")) }
            @if account.teams.is_empty() {
                p { (visitor.text("my-empty-no-team")) }
            } @else {
                p { (visitor.text("my-empty")) }
            }
            p { a.button.second href=(visitor.to("/")) { (visitor.text("all-events")) } }
        }
    }
}

/// What is over.
fn past(visitor: &Visitor, calls: &Calls) -> Markup {
    html! {
        @if !calls.past.is_empty() {
            details.past {
                summary { (visitor.say("my-past", &[("count", calls.past.len().into())])) }
                ul.lines {
                    @for call in &calls.past {
                        li {
                            a href={ (visitor.to("/e/")) (call.event.slug) } { bdi { (call.event.title) } }
                            @if let Some(at) = call.event.starts_at {
                                ", " span.quiet { (visitor.time(at.0, &call.event.timezone)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
