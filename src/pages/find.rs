//! Finding one's sign-ups again: all links, sent to one's address.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::response::Response;
use maud::html;
use serde::Deserialize;
use serde_json::json;

use super::Pages;
use super::api::Problem;
use super::failed;
use super::frame::{Page, Reach};
use super::parts::{Field, Needed, Tone, notice};
use super::visitor::Visitor;

/// What was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Typed {
    email: String,
}

/// Asks for the address.
pub(super) async fn show(State(pages): State<Pages>, visitor: Visitor) -> Response {
    page(&pages, &visitor, "", None).show(&visitor)
}

/// Sends what there is. Whether there is anything, only the mail tells.
pub(super) async fn press(
    State(pages): State<Pages>,
    visitor: Visitor,
    typed: Result<Form<Typed>, FormRejection>,
) -> Response {
    let visitor = visitor.unknown();
    let Form(Typed { email }) = typed.unwrap_or_default();
    match pages.api().post(&visitor, "/api/v1/my-sign-ups").json(&json!({"email": email})).send().await {
        Ok(_) => {
            let title = visitor.text("mail-title");
            let main = html! {
                h1 { (title) }
                (notice(Tone::Good, &html! { p { (visitor.say("find-done", &[("email", email.trim().into())])) } }))
            };
            Page::new(title.clone(), main).show(&visitor)
        }
        Err(problem) => page(&pages, &visitor, &email, Some(&problem)).status(problem.status()).show(&visitor),
    }
}

fn page(pages: &Pages, visitor: &Visitor, email: &str, problem: Option<&Problem>) -> Page {
    let title = visitor.text("find-title");
    let is_of_field = problem.is_some_and(|problem| !problem.fields.is_empty());
    let of_field = is_of_field.then(|| visitor.text("problem-field-email"));
    let main = html! {
        h1 { (title) }
        @if pages.sends_mail() {
            p { (visitor.text("find-what")) }
            @if let Some(problem) = problem.filter(|_| !is_of_field) {
                (notice(Tone::Bad, &html! { p { (failed::words(visitor, problem)) } }))
            }
            form method="post" action=(visitor.to("/find")) {
                (Field::new("email", visitor.text("form-email"), email).kind("email", "email").needed(Needed::Yes).problem(of_field).show(visitor))
                button type="submit" { (visitor.text("find-button")) }
            }
        } @else {
            (notice(Tone::Plain, &html! { p { (visitor.text("problem-no_mail")) } }))
        }
    };
    Page::new(title.clone(), main).reach(Reach::Public)
}
