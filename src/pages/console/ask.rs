//! The page before something is done: what would become of whom.

use axum::response::Response;
use headcount_core::event::Status;
use maud::{Markup, html};

use super::answers::{Managed, Receipt, Registration};
use super::command::Wish;
use super::organizer::Organizer;
use super::others::Others;
use super::person;
use super::tell;
use super::typed::Typed;
use super::words;
use crate::pages::Pages;
use crate::pages::api::{Problem, new_key};
use crate::pages::parts::{Field, Needed, Tone, notice};
use crate::pages::visitor::Visitor;

/// Asks whether it shall be done.
pub(super) async fn page(
    pages: &Pages,
    organizer: &Organizer,
    managed: &Managed,
    one: &Registration,
    wish: &Wish,
    typed: &Typed,
    receipt: &Receipt,
) -> Response {
    let visitor = &organizer.visitor;
    let others = Others::of(pages, visitor, managed.event.id, &receipt.affected).await;
    let with = partner(pages, visitor, managed, typed).await;
    let filled = [("name", one.name.shown(visitor).into()), ("with", with.clone().into())];
    let title = visitor.say(&format!("console-ask-{}", wish.command), &filled);
    let main = html! {
        p.eyebrow { a href=(managed.path(visitor)) { bdi { (managed.event.title) } } }
        h1 { (title) }
        p { (outcome(visitor, one, wish.command, &with, receipt)) }
        (others.would(visitor))
        form method="post" action=(person::path(visitor, managed, one)) {
            (typed.carried(&["key", "sure", tell::FIELD]))
            input type="hidden" name="key" value=(new_key());
            input type="hidden" name="sure" value="yes";
            (tell::ask(pages, visitor, managed, typed))
            (buttons(visitor, managed, one, wish.command))
        }
    };
    organizer.page(title.clone(), &main).show(visitor)
}

/// With whom somebody is to swap; nobody where it is another command.
async fn partner(pages: &Pages, visitor: &Visitor, managed: &Managed, typed: &Typed) -> String {
    match typed.get("with") {
        "" => String::new(),
        id => Registration::of(pages, visitor, managed.event.id, id)
            .await
            .map_or(String::new(), |with| with.name.shown(visitor)),
    }
}

fn buttons(visitor: &Visitor, managed: &Managed, one: &Registration, command: &str) -> Markup {
    let is_hard = ["cancel", "remove", "demote"].contains(&command);
    let label = if command == "swap" { "console-swap-this".to_owned() } else { format!("console-do-{command}") };
    html! {
        p.buttons {
            button.danger[is_hard] type="submit" { (visitor.text(&label)) }
            a.button.second href=(person::path(visitor, managed, one)) { (visitor.text("console-back")) }
        }
    }
}

/// How the registration would stand then.
fn outcome(visitor: &Visitor, one: &Registration, command: &str, with: &str, receipt: &Receipt) -> String {
    let filled = [
        ("name", one.name.shown(visitor).into()),
        ("role", receipt.role.as_str().into()),
        ("spots", receipt.spots.into()),
        ("with", with.into()),
        ("with-role", one.role.as_str().into()),
    ];
    match receipt.status {
        Status::Confirmed if command == "demote" => visitor.say("console-then-kept", &filled),
        _ if command == "swap" => visitor.say("console-then-swapped", &filled),
        Status::Confirmed => visitor.say("console-then-confirmed", &filled),
        Status::Held => visitor.say("console-then-held", &filled),
        Status::Waitlisted => visitor.say("console-then-waitlisted", &filled),
        Status::Declined | Status::Cancelled | Status::Removed => visitor.say("console-then-ended", &filled),
    }
}

/// There is no room: staff may give a place all the same, and say why.
pub(super) fn beyond(
    organizer: &Organizer,
    managed: &Managed,
    one: &Registration,
    typed: &Typed,
    problem: &Problem,
) -> Response {
    let visitor = &organizer.visitor;
    let title = visitor.say("console-beyond-title", &[("name", one.name.shown(visitor).into())]);
    let lacks_reason = problem.fields.iter().any(|field| field.field == "reason");
    let lacking = lacks_reason.then(|| visitor.text("console-beyond-reason-needed"));
    let main = html! {
        p.eyebrow { a href=(managed.path(visitor)) { bdi { (managed.event.title) } } }
        h1 { (title) }
        @if !lacks_reason { (notice(Tone::Wait, &html! { p { (words(visitor, problem)) } })) }
        p { (visitor.text("console-beyond")) }
        form method="post" action=(person::path(visitor, managed, one)) {
            (typed.carried(&["key", "sure", "reason", "override"]))
            input type="hidden" name="override" value="yes";
            (Field::new("reason", visitor.text("console-beyond-reason"), typed.get("reason")).needed(Needed::Yes).problem(lacking).show(visitor))
            p.buttons {
                button type="submit" { (visitor.text("console-beyond-button")) }
                a.button.second href=(person::path(visitor, managed, one)) { (visitor.text("console-back")) }
            }
        }
    };
    organizer.page(title.clone(), &main).status(problem.status()).show(visitor)
}
