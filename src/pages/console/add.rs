//! Adding somebody by hand: who called, or stands at the table. They need no e-mail address.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use headcount_core::event::{EventStatus, PhonePolicy};
use maud::{Markup, html};
use serde_json::{Value, json};

use super::answers::{Managed, Receipt};
use super::organizer::Organizer;
use super::tell;
use super::typed::Typed;
use super::words;
use crate::pages::Pages;
use crate::pages::api::{Problem, new_key};
use crate::pages::parts::{Field, Needed, Tone, notice};
use crate::pages::visitor::Visitor;

/// The texts of a registration that may be left out.
const TEXTS: [&str; 4] = ["email", "phone", "notes", "special_requirements"];

/// The form.
pub(in crate::pages) async fn show(State(pages): State<Pages>, organizer: Organizer, managed: Managed) -> Response {
    let visitor = &organizer.visitor;
    let main = form(&pages, visitor, &managed, &Typed::default(), None);
    organizer.page(visitor.text("console-add"), &main).show(visitor)
}

/// Adds them, and shows the roster.
pub(in crate::pages) async fn press(
    State(pages): State<Pages>,
    organizer: Organizer,
    managed: Managed,
    typed: Typed,
) -> Response {
    let visitor = &organizer.visitor;
    match add(&pages, visitor, &managed, &typed).await {
        Ok(receipt) => {
            let to = format!("{}?done=add&who={}{}", managed.path(visitor), receipt.id, tell::query(&typed));
            Redirect::to(&to).into_response()
        }
        Err(problem) => {
            let main = form(&pages, visitor, &managed, &typed, Some(&problem));
            organizer.page(visitor.text("console-add"), &main).status(problem.status()).show(visitor)
        }
    }
}

async fn add(pages: &Pages, visitor: &Visitor, managed: &Managed, typed: &Typed) -> Result<Receipt, Problem> {
    let mut request = request(managed, typed);
    tell::say(typed, &mut request);
    let path = format!("/api/v1/events/{}/registrations", managed.event.id);
    let ask = pages.api().post(visitor, path).json(&request);
    ask.attempt(&format!("add-{}", typed.get("key"))).await?.read()
}

/// What the API is asked for somebody whose fields were typed, or read from a list.
pub(super) fn request(managed: &Managed, typed: &Typed) -> Value {
    let mut request = json!({"name": typed.get("name")});
    for name in TEXTS {
        let text = typed.text(name);
        if !text.is_null() {
            request[name] = text;
        }
    }
    if managed.event.roles.len() > 1 || typed.has("role") {
        request["role"] = json!(typed.get("role").trim());
    }
    let spots = typed.number("spots");
    if !spots.is_null() {
        request["spots"] = spots;
    }
    request
}

fn form(pages: &Pages, visitor: &Visitor, managed: &Managed, typed: &Typed, problem: Option<&Problem>) -> Markup {
    let event = &managed.event;
    let wrong = |name: &str| {
        let field = problem?.fields.iter().find(|field| field.field == name)?;
        Some(super::wrong(visitor, &field.field, &field.problem))
    };
    let field =
        |name: &'static str, label: &str| Field::new(name, visitor.text(label), typed.get(name)).problem(wrong(name));
    let spots = if typed.has("spots") { typed.get("spots") } else { "1" };
    html! {
        p.eyebrow { a href=(managed.path(visitor)) { bdi { (event.title) } } }
        h1 { (visitor.text("console-add")) }
        p { (visitor.text("console-add-what")) }
        @if event.status == EventStatus::Draft { p.quiet { (visitor.text("console-add-draft")) } }
        @if let Some(problem) = problem {
            (notice(Tone::Bad, &html! { p {
                @if problem.fields.is_empty() { (words(visitor, problem)) } @else { (visitor.text("form-correct")) }
            } }))
        }
        form.sign-up method="post" action={ (managed.path(visitor)) "/add" } {
            input type="hidden" name="key" value=(new_key());
            @if event.roles.len() > 1 {
                div.field {
                    label for="field-role" { (visitor.text("role")) }
                    select #field-role name="role" dir="auto" {
                        @for role in &event.roles {
                            option value=(role.id) selected[typed.get("role") == role.id.to_string()] { (role.name) }
                        }
                    }
                }
            }
            (field("name", "form-name").needed(Needed::Yes).show(visitor))
            (field("email", "form-email").kind("email", "off").hint(visitor.text("console-add-email-hint")).show(visitor))
            @if event.phone != PhonePolicy::Hidden { (field("phone", "form-phone").kind("tel", "off").show(visitor)) }
            @if event.max_spots > 1 {
                (Field::new("spots", visitor.text("spots"), spots).kind("number", "off").needed(Needed::Yes).problem(wrong("spots")).show(visitor))
            }
            (field("notes", "form-notes").show_tall(visitor))
            (field("special_requirements", "form-special").show_tall(visitor))
            (tell::ask(pages, visitor, managed, typed))
            p.buttons {
                button type="submit" { (visitor.text("console-add-button")) }
                a.button.second href=(managed.path(visitor)) { (visitor.text("console-back")) }
            }
        }
    }
}
