//! The same for several people: each is a command of its own, and what comes of each is told line by line.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};

use super::answers::{Managed, Receipt, Registration};
use super::command::{Asks, Wish, is_told};
use super::mail::{self, Subject};
use super::organizer::Organizer;
use super::person;
use super::roster::standing;
use super::tell;
use super::typed::Typed;
use super::words;
use crate::pages::Pages;
use crate::pages::api::{Problem, new_key};
use crate::pages::parts::{Field, Tone, chip, notice};
use crate::pages::visitor::Visitor;

/// How many can be dealt with at once.
const PEOPLE_MAX: usize = 200;

/// What came, or would come, of one.
struct Line {
    one: Registration,
    came: Result<Option<Receipt>, Problem>,
}

/// Asks about all that are ticked; once that is answered, does it.
pub(in crate::pages) async fn press(
    State(pages): State<Pages>,
    organizer: Organizer,
    managed: Managed,
    typed: Typed,
) -> Response {
    let visitor = &organizer.visitor;
    let Some(wish) = Wish::read(&typed).filter(|_| typed.has("who")) else {
        return Redirect::to(&managed.path(visitor)).into_response();
    };
    let people = chosen(&pages, visitor, &managed, &typed).await;
    let mut lines = Vec::new();
    for one in people {
        let came = match (typed.has("sure"), wish.asks) {
            (true, _) => {
                wish.send(&pages, visitor, &managed, &one, typed.get("key")).await.map(|said| said.read().ok())
            }
            (false, Asks::First) => wish.attempt(&pages, visitor, &managed, &one).await.map(Some),
            (false, Asks::Nothing) => Ok(None),
        };
        lines.push(Line { one, came });
    }
    if typed.has("sure") {
        // As they stand now that all is done.
        for line in &mut lines {
            let now = Registration::of(&pages, visitor, managed.event.id, &line.one.id.to_string()).await;
            line.one = now.unwrap_or_else(|_| line.one.clone());
        }
    }
    let main = match typed.has("sure") {
        true => {
            let mail = match is_told(wish.command) {
                true => mail::waiting(&pages, visitor, &managed, &typed, &subject(&lines), None).await,
                false => html! {},
            };
            done(visitor, &managed, &wish, &lines, &mail)
        }
        false => {
            let tell = if is_told(wish.command) {
                tell::ask(&pages, visitor, &managed, &typed)
            } else {
                html! {}
            };
            ask(visitor, &managed, &wish, &typed, &lines, &tell)
        }
    };
    organizer.page(visitor.text(&format!("console-do-{}", wish.command)), &main).show(visitor)
}

/// Those who are ticked and are there.
async fn chosen(pages: &Pages, visitor: &Visitor, managed: &Managed, typed: &Typed) -> Vec<Registration> {
    let mut people: Vec<Registration> = Vec::new();
    for id in typed.all("who").take(PEOPLE_MAX) {
        if let Ok(one) = Registration::of(pages, visitor, managed.event.id, id).await {
            people.push(one);
        }
    }
    people
}

/// Of whom something became.
fn subject(lines: &[Line]) -> Subject {
    let receipts = lines.iter().filter_map(|line| line.came.as_ref().ok()?.as_ref());
    let affected = receipts.flat_map(|receipt| receipt.affected.iter().map(|one| one.registration_id));
    let done = lines.iter().filter(|line| line.came.is_ok()).map(|line| line.one.id);
    Subject::of(done.chain(affected))
}

fn ask(visitor: &Visitor, managed: &Managed, wish: &Wish, typed: &Typed, lines: &[Line], tell: &Markup) -> Markup {
    let possible = lines.iter().filter(|line| line.came.is_ok()).count();
    html! {
        p.eyebrow { a href=(managed.path(visitor)) { bdi { (managed.event.title) } } }
        h1 { (visitor.text(&format!("console-do-{}", wish.command))) }
        p { (visitor.say("console-several-ask", &[("count", possible.into())])) }
        (table(visitor, managed, lines, "console-possible"))
        @if wish.asks == Asks::First { p.quiet { (visitor.text("console-several-each")) } }
        form method="post" action={ (managed.path(visitor)) "/selected" } {
            (typed.carried(&["key", "sure", "who", "reason", tell::FIELD]))
            @for line in lines.iter().filter(|line| line.came.is_ok()) { input type="hidden" name="who" value=(line.one.id); }
            input type="hidden" name="key" value=(new_key());
            input type="hidden" name="sure" value="yes";
            @if possible > 0 {
                @if wish.command == "remove" { (Field::new("reason", visitor.text("console-reason"), "").show(visitor)) }
                (tell)
            }
            p.buttons {
                @if possible > 0 {
                    button.danger[wish.command == "remove"] type="submit" { (visitor.text(&format!("console-do-{}", wish.command))) }
                }
                a.button.second href=(managed.path(visitor)) { (visitor.text("console-back")) }
            }
        }
    }
}

fn done(visitor: &Visitor, managed: &Managed, wish: &Wish, lines: &[Line], mail: &Markup) -> Markup {
    let good = lines.iter().filter(|line| line.came.is_ok()).count();
    let tone = if good == lines.len() { Tone::Good } else { Tone::Wait };
    let filled = [("count", good.into()), ("all", lines.len().into())];
    html! {
        p.eyebrow { a href=(managed.path(visitor)) { bdi { (managed.event.title) } } }
        h1 { (visitor.text(&format!("console-do-{}", wish.command))) }
        (notice(tone, &html! { p { (visitor.say("console-several-done", &filled)) } (mail) }))
        (table(visitor, managed, lines, "console-several-one-done"))
        p { a.button href=(managed.path(visitor)) { (visitor.text("console-to-roster")) } }
    }
}

/// Line by line; `good` is the word for those with whom it is, or was, possible.
fn table(visitor: &Visitor, managed: &Managed, lines: &[Line], good: &str) -> Markup {
    html! {
        div.scrolls.stacked role="region" tabindex="0" aria-label=(visitor.text("console-several")) {
            table {
                thead { tr {
                    th scope="col" { (visitor.text("form-name")) }
                    th scope="col" { (visitor.text("status")) }
                    th scope="col" { (visitor.text("console-outcome")) }
                } }
                tbody {
                    @for Line { one, came } in lines {
                        tr {
                            th scope="row" { a href=(person::path(visitor, managed, one)) { bdi { (one.name.shown(visitor)) } } }
                            td { (standing(visitor, one)) " " bdi { (one.role) } }
                            td { (outcome(visitor, came, good)) }
                        }
                    }
                }
            }
        }
    }
}

fn outcome(visitor: &Visitor, came: &Result<Option<Receipt>, Problem>, good: &str) -> Markup {
    match came {
        Err(problem) => {
            html! { (chip(Tone::Bad, &visitor.text("console-not-possible"))) " " (words(visitor, problem)) }
        }
        Ok(receipt) => {
            let others = receipt.as_ref().map_or(0, |receipt| receipt.affected.len());
            html! {
                (chip(Tone::Good, &visitor.text(good)))
                @if others > 0 { " " (visitor.say("console-others-move", &[("count", others.into())])) }
            }
        }
    }
}
