//! The page of a one-time link: what it is for, the fields it asks for, and what came of it. Opening it changes nothing, so
//! that programs that look at links in mails do no harm.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Pages;
use super::api::Problem;
use super::event::segment;
use super::failed;
use super::frame::{Page, Reach};
use super::parts::{Field, Needed, Tone, notice};
use super::visitor::Visitor;

/// What a link is for, as the API tells it.
#[derive(Deserialize)]
struct Link {
    purpose: String,
    email: Option<String>,
    organization: Option<String>,
    /// What has to be given to use it.
    fields: Vec<String>,
}

/// What was typed into the form; a field that is not there is empty.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Typed {
    name: String,
    email: String,
    password: String,
}

/// Shows what a link is for.
pub(super) async fn show(State(pages): State<Pages>, visitor: Visitor, Path(token): Path<String>) -> Response {
    let visitor = visitor.unknown();
    match open(&pages, &visitor, &token).await {
        Ok(link) => link.page(&visitor, &token, &Typed::default(), None).show(&visitor),
        Err(problem) => refused(&visitor, &problem).show(&visitor),
    }
}

/// Does what a link is for.
pub(super) async fn follow(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(token): Path<String>,
    typed: Result<Form<Typed>, FormRejection>,
) -> Response {
    let visitor = visitor.unknown();
    let link = match open(&pages, &visitor, &token).await {
        Ok(link) => link,
        Err(problem) => return refused(&visitor, &problem).show(&visitor),
    };
    let Form(typed) = typed.unwrap_or_default();
    let mut given: Map<String, Value> =
        link.fields.iter().map(|name| (name.clone(), typed.value(name).into())).collect();
    if link.makes_account() {
        given.insert("language".to_owned(), visitor.language.tag().into());
    }
    match pages.api().post(&visitor, path(&token)).json(&Value::Object(given)).send().await {
        Ok(_) => done(&visitor, &link).show(&visitor),
        Err(problem) if problem.status == 422 => {
            link.page(&visitor, &token, &typed, Some(&problem)).status(problem.status()).show(&visitor)
        }
        Err(problem) => refused(&visitor, &problem).show(&visitor),
    }
}

async fn open(pages: &Pages, visitor: &Visitor, token: &str) -> Result<Link, Problem> {
    pages.api().get(visitor, path(token)).read().await
}

fn path(token: &str) -> String {
    format!("/api/v1/links/{}", segment(token))
}

impl Typed {
    fn value(&self, field: &str) -> &str {
        match field {
            "name" => &self.name,
            "email" => &self.email,
            _ => &self.password,
        }
    }
}

impl Link {
    /// The page with the fields that it asks for, and a button that uses it.
    fn page(&self, visitor: &Visitor, token: &str, typed: &Typed, problem: Option<&Problem>) -> Page {
        let title = visitor.text(&format!("link-{}-title", self.purpose));
        let of_no_field = problem.filter(|problem| problem.fields.is_empty());
        let main = html! {
            h1 { (title) }
            p { (self.about(visitor)) }
            @if let Some(problem) = of_no_field {
                (notice(Tone::Bad, &html! { p { (failed::words(visitor, problem)) } }))
            }
            form method="post" action=(visitor.to(&format!("/l/{token}"))) {
                @for name in &self.fields { (self.field(visitor, name, typed, problem)) }
                button.big type="submit" { (visitor.text(&format!("link-{}-button", self.purpose))) }
            }
        };
        Page::new(title.clone(), main).reach(Reach::Secret)
    }

    fn about(&self, visitor: &Visitor) -> String {
        let email = self.email.as_deref().unwrap_or_default();
        let organization = self.organization.as_deref().unwrap_or_default();
        let filled = [("email", email.into()), ("organization", organization.into())];
        visitor.say(&format!("link-{}-about", self.purpose), &filled)
    }

    fn field(&self, visitor: &Visitor, name: &str, typed: &Typed, problem: Option<&Problem>) -> Markup {
        let is_wrong = problem.is_some_and(|problem| problem.fields.iter().any(|field| field.field == name));
        let wrong = is_wrong.then(|| visitor.text(&format!("problem-field-{name}")));
        let label = |key: &str| visitor.text(key);
        let field = match name {
            "name" => Field::new("name", label("form-name"), &typed.name).kind("text", "name"),
            "email" => Field::new("email", label("form-email"), &typed.email).kind("email", "email"),
            // A password is never sent back.
            _ => {
                Field::new("password", label(if self.makes_account() { "login-password" } else { "link-password" }), "")
                    .kind("password", "new-password")
                    .hint(label("link-password-hint"))
            }
        };
        field.needed(Needed::Yes).problem(wrong).show(visitor)
    }

    /// Whether whoever follows it chooses their first password.
    fn makes_account(&self) -> bool {
        self.fields.iter().any(|name| name == "name")
    }
}

/// What is said afterwards.
fn done(visitor: &Visitor, link: &Link) -> Page {
    let title = visitor.text("link-done");
    let main = html! {
        h1 { (title) }
        (notice(Tone::Good, &html! { p { (visitor.text(&format!("link-{}-done", link.purpose))) } }))
        p { a.button href=(visitor.to("/login")) { (visitor.text("log-in")) } }
    };
    Page::new(title.clone(), main).reach(Reach::Secret)
}

/// The page where a link cannot be used, or not now.
fn refused(visitor: &Visitor, problem: &Problem) -> Page {
    let (title, what) = match problem.code.as_str() {
        "not_found" => (visitor.text("no-link-title"), visitor.text("no-link")),
        _ => (visitor.text("problem-title-other"), failed::words(visitor, problem)),
    };
    let main = html! {
        h1 { (title) }
        p { (what) }
        p { a href=(visitor.to("/login")) { (visitor.text("log-in")) } }
    };
    Page::new(title.clone(), main).status(problem.status()).reach(Reach::Secret)
}
