//! Reading a list of people in: from a file or pasted, tried line by line, then taken line by line. `list` reads it.

use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::add;
use super::answers::{Managed, Receipt};
use super::mail::{self, Subject};
use super::organizer::Organizer;
use super::tell;
use super::typed::Typed;
use crate::pages::Pages;
use crate::pages::api::{Problem, new_key};
use crate::pages::parts::{Field, Tone, chip, notice};
use crate::pages::visitor::Visitor;
use list::{Line, List, Unreadable};
use outcome::outcome;

mod list;
mod outcome;

/// Whether lines are only tried.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Try,
    Take,
}

/// What stands in the form in the place of a file that is no text.
const NO_TEXT: &str = "\0";

/// The form.
pub(in crate::pages) async fn show(organizer: Organizer, managed: Managed) -> Response {
    let visitor = &organizer.visitor;
    let main = form(visitor, &managed, &Typed::default(), None);
    organizer.page(visitor.text("console-import"), &main).show(visitor)
}

/// Tries the lines, or takes them.
pub(in crate::pages) async fn press(
    State(pages): State<Pages>,
    organizer: Organizer,
    managed: Managed,
    Given(typed): Given,
) -> Response {
    let visitor = &organizer.visitor;
    let text = if typed.get("file").trim().is_empty() { typed.get("text") } else { typed.get("file") };
    let read = if text == NO_TEXT { Err(Unreadable::NoText) } else { list::read(text, &managed) };
    let list = match read {
        Ok(list) => list,
        Err(why) => {
            let main = form(visitor, &managed, &typed, Some(why));
            return organizer.page(visitor.text("console-import"), &main).status(why.status()).show(visitor);
        }
    };
    let mode = if typed.has("sure") { Mode::Take } else { Mode::Try };
    let mut came = Vec::new();
    for line in &list.lines {
        came.push(match &line.refused {
            Some(_) => None,
            None => Some(take(&pages, visitor, &managed, &typed, line, mode).await),
        });
    }
    let lines = outcome(visitor, &managed, &list, &came, mode);
    let main = match mode {
        Mode::Take => {
            let taken = came.iter().flatten().filter_map(|came| came.as_ref().ok().map(|receipt| receipt.id));
            let mail = mail::waiting(&pages, visitor, &managed, &typed, &Subject::of(taken), None).await;
            done(visitor, &managed, &lines, &mail)
        }
        Mode::Try => {
            let tell = tell::ask(&pages, visitor, &managed, &typed);
            ask(visitor, &managed, &typed, text, &list, &lines, &tell)
        }
    };
    organizer.page(visitor.text("console-import"), &main).show(visitor)
}

/// Tries a line, or takes it. Each has a key of its own, so that a repeat takes none twice.
async fn take(
    pages: &Pages,
    visitor: &Visitor,
    managed: &Managed,
    typed: &Typed,
    line: &Line,
    mode: Mode,
) -> Result<Receipt, Problem> {
    let mut request = request(managed, typed, line);
    let ask = pages.api().post(visitor, format!("/api/v1/events/{}/registrations", managed.event.id));
    tell::say(typed, &mut request);
    if mode == Mode::Take {
        return ask.json(&request).key(&format!("import-{}-{}", typed.get("key"), line.number)).read().await;
    }
    request["dry_run"] = json!(true);
    ask.json(&request).read().await
}

fn request(managed: &Managed, typed: &Typed, line: &Line) -> Value {
    let mut person = line.person.clone();
    if person.get("role").trim().is_empty() {
        person.0.retain(|(name, _)| name != "role");
        if managed.event.roles.len() > 1 {
            person.set("role", typed.get("role"));
        }
    }
    add::request(managed, &person)
}

/// A form with a file in it.
pub(in crate::pages) struct Given(Typed);

impl FromRequest<Pages> for Given {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, pages: &Pages) -> Result<Given, Self::Rejection> {
        let kind = request.headers().get(CONTENT_TYPE).map(|kind| kind.as_bytes().to_vec()).unwrap_or_default();
        if !kind.starts_with(b"multipart/form-data") {
            return Typed::from_request(request, pages).await.map(Given);
        }
        let mut typed = Typed::default();
        let Ok(mut parts) = Multipart::from_request(request, pages).await else { return Ok(Given(typed)) };
        while let Ok(Some(part)) = parts.next_field().await {
            let name = part.name().unwrap_or_default().to_owned();
            let Ok(bytes) = part.bytes().await else { break };
            let text = String::from_utf8(bytes.to_vec()).unwrap_or_else(|_| NO_TEXT.to_owned());
            typed.0.push((name, text));
        }
        Ok(Given(typed))
    }
}

fn form(visitor: &Visitor, managed: &Managed, typed: &Typed, wrong: Option<Unreadable>) -> Markup {
    let text = if typed.get("text") == NO_TEXT { "" } else { typed.get("text") };
    html! {
        p.eyebrow { a href=(managed.path(visitor)) { bdi { (managed.event.title) } } }
        h1 { (visitor.text("console-import")) }
        @if let Some(why) = wrong { (notice(Tone::Bad, &html! { p { (why.said(visitor)) } })) }
        p { (visitor.text("console-import-what")) }
        pre.example dir="ltr" { "name,email,role,spots\nAnn Example,ann@example.org,Cook,2" }
        form.sign-up method="post" enctype="multipart/form-data" action={ (managed.path(visitor)) "/import" } {
            div.field {
                label for="field-file" { (visitor.text("console-import-file")) }
                input #field-file type="file" name="file" accept=".csv,.tsv,.txt,text/csv,text/plain";
            }
            (Field::new("text", visitor.text("console-import-text"), text).show_tall(visitor))
            @if managed.event.roles.len() > 1 {
                div.field {
                    label for="field-role" { (visitor.text("console-import-role")) }
                    select #field-role name="role" dir="auto" {
                        @for role in &managed.event.roles {
                            option value=(role.id) selected[typed.get("role") == role.id.to_string()] { (role.name) }
                        }
                    }
                }
            }
            p.buttons {
                button type="submit" { (visitor.text("console-import-try")) }
                a.button.second href=(managed.path(visitor)) { (visitor.text("console-back")) }
            }
        }
    }
}

/// What would become of each line, and a button that takes those that are possible.
fn ask(
    visitor: &Visitor,
    managed: &Managed,
    typed: &Typed,
    text: &str,
    list: &List,
    lines: &outcome::Outcome,
    tell: &Markup,
) -> Markup {
    let filled = [("count", lines.possible.into()), ("all", list.lines.len().into())];
    html! {
        p.eyebrow { a href=(managed.path(visitor)) { bdi { (managed.event.title) } } }
        h1 { (visitor.text("console-import")) }
        p { (visitor.say("console-import-ask", &filled)) }
        p.quiet { (visitor.text("console-import-each")) }
        @if !list.unread.is_empty() {
            p.quiet { (visitor.text("console-import-unread")) " " bdi { (list.unread.join(", ")) } }
        }
        (lines.table)
        form method="post" action={ (managed.path(visitor)) "/import" } {
            input type="hidden" name="text" value=(text);
            input type="hidden" name="role" value=(typed.get("role"));
            input type="hidden" name="key" value=(new_key());
            input type="hidden" name="sure" value="yes";
            @if lines.possible > 0 { (tell) }
            p.buttons {
                @if lines.possible > 0 { button type="submit" { (visitor.say("console-import-button", &filled)) } }
                a.button.second href={ (managed.path(visitor)) "/import" } { (visitor.text("console-back")) }
            }
        }
    }
}

fn done(visitor: &Visitor, managed: &Managed, lines: &outcome::Outcome, mail: &Markup) -> Markup {
    let tone = if lines.possible == lines.all { Tone::Good } else { Tone::Wait };
    let filled = [("count", lines.possible.into()), ("all", lines.all.into())];
    html! {
        p.eyebrow { a href=(managed.path(visitor)) { bdi { (managed.event.title) } } }
        h1 { (visitor.text("console-import")) }
        (notice(tone, &html! { p { (visitor.say("console-import-done", &filled)) } (mail) }))
        (lines.table)
        p { a.button href=(managed.path(visitor)) { (visitor.text("console-to-roster")) } }
    }
}

/// A word for how a line stands.
fn word(tone: Tone, visitor: &Visitor, key: &str) -> Markup {
    chip(tone, &visitor.text(key))
}
