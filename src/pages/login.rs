//! Logging in and out, making an account, and a new password.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;

use super::Pages;
use super::api::Problem;
use super::failed;
use super::frame::Page;
use super::parts::{Field, Needed, Tone, notice};
use super::visitor::Visitor;

/// What was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Typed {
    name: String,
    email: String,
    password: String,
    /// The page they came from.
    back: String,
}

type Read = Result<Form<Typed>, FormRejection>;

/// The form to log in.
pub(super) async fn show(visitor: Visitor, Query(typed): Query<Typed>) -> Response {
    login(&visitor, &typed, None).show(&visitor)
}

/// Logs in, and leads to where they came from.
pub(super) async fn press(State(pages): State<Pages>, visitor: Visitor, typed: Read) -> Response {
    let Form(typed) = typed.unwrap_or_default();
    let asked = json!({"email": typed.email, "password": typed.password});
    match pages.api().post(&visitor, "/api/v1/sessions").json(&asked).send().await {
        Ok(answer) => (cookies(&answer.headers), Redirect::to(&visitor.to(local(&typed.back, "/my")))).into_response(),
        Err(problem) => login(&visitor, &typed, Some(&problem)).status(problem.status()).show(&visitor),
    }
}

/// Logs out.
pub(super) async fn log_out(State(pages): State<Pages>, visitor: Visitor) -> Response {
    let ended = pages.api().ask(&visitor, Method::DELETE, "/api/v1/sessions/current").send().await;
    let headers = ended.map(|answer| cookies(&answer.headers)).unwrap_or_default();
    (headers, Redirect::to(&visitor.to("/"))).into_response()
}

/// The form to ask for a new password.
pub(super) async fn show_forgot(State(pages): State<Pages>, visitor: Visitor) -> Response {
    forgot(&pages, &visitor, "", None).show(&visitor)
}

/// Sends a link, if there is an account; only the mail tells.
pub(super) async fn press_forgot(State(pages): State<Pages>, visitor: Visitor, typed: Read) -> Response {
    let Form(Typed { email, .. }) = typed.unwrap_or_default();
    match pages.api().post(&visitor, "/api/v1/password-resets").json(&json!({"email": email})).send().await {
        Ok(_) if !pages.sends_mail() => forgot(&pages, &visitor, &email, None).show(&visitor),
        Ok(_) => done(&visitor, "mail-title", &visitor.say("forgot-done", &[("email", email.trim().into())])),
        Err(problem) => forgot(&pages, &visitor, &email, Some(&problem)).status(problem.status()).show(&visitor),
    }
}

/// The form to make an account.
pub(super) async fn show_register(visitor: Visitor) -> Response {
    register(&visitor, &Typed::default(), None).show(&visitor)
}

/// Makes an account.
pub(super) async fn press_register(State(pages): State<Pages>, visitor: Visitor, typed: Read) -> Response {
    let Form(typed) = typed.unwrap_or_default();
    let language = visitor.language.tag();
    let asked = json!({"name": typed.name, "email": typed.email, "password": typed.password, "language": language});
    match pages.api().post(&visitor, "/api/v1/accounts").json(&asked).send().await {
        Ok(answer) if answer.status == 201 => done(&visitor, "register-title", &visitor.text("register-made")),
        Ok(_) => {
            let what = visitor.say("register-done", &[("email", typed.email.trim().into())]);
            done(&visitor, "register-done-title", &what)
        }
        Err(problem) => register(&visitor, &typed, Some(&problem)).status(problem.status()).show(&visitor),
    }
}

/// A path of this server, or else the other one: nobody is led elsewhere.
pub(super) fn local<'a>(path: &'a str, or_else: &'a str) -> &'a str {
    let is_local = path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n']);
    if is_local { path } else { or_else }
}

/// What the browser is to keep.
pub(super) fn cookies(headers: &HeaderMap) -> HeaderMap {
    headers.get_all(SET_COOKIE).iter().map(|cookie| (SET_COOKIE, cookie.clone())).collect()
}

fn login(visitor: &Visitor, typed: &Typed, problem: Option<&Problem>) -> Page {
    let title = visitor.text("login-title");
    let main = html! {
        h1 { (title) }
        p { (visitor.text("login-what")) }
        (said(visitor, problem))
        form method="post" action=(visitor.to("/login")) {
            input type="hidden" name="back" value=(typed.back);
            (email(visitor, &typed.email, problem))
            (password(visitor, "current-password", None, problem))
            button.big type="submit" { (visitor.text("login-button")) }
        }
        ul.bare.after {
            li { a href=(visitor.to("/forgot")) { (visitor.text("login-forgot")) } }
            li { a href=(visitor.to("/register")) { (visitor.text("login-register")) } }
        }
    };
    Page::new(title.clone(), main)
}

fn forgot(pages: &Pages, visitor: &Visitor, typed: &str, problem: Option<&Problem>) -> Page {
    let title = visitor.text("forgot-title");
    let main = html! {
        h1 { (title) }
        @if pages.sends_mail() {
            p { (visitor.text("forgot-what")) }
            (said(visitor, problem))
            form method="post" action=(visitor.to("/forgot")) {
                (email(visitor, typed, problem))
                button type="submit" { (visitor.text("forgot-button")) }
            }
        } @else {
            (notice(Tone::Plain, &html! { p { (visitor.text("forgot-no-mail")) } }))
            p { a href=(visitor.to("/login")) { (visitor.text("log-in")) } }
        }
    };
    Page::new(title.clone(), main)
}

fn register(visitor: &Visitor, typed: &Typed, problem: Option<&Problem>) -> Page {
    let title = visitor.text("register-title");
    let main = html! {
        h1 { (title) }
        (said(visitor, problem))
        form method="post" action=(visitor.to("/register")) {
            (Field::new("name", visitor.text("form-name"), &typed.name).kind("text", "name").needed(Needed::Yes)
                .problem(wrong(visitor, problem, "name")).show(visitor))
            (email(visitor, &typed.email, problem))
            (password(visitor, "new-password", Some("link-password-hint"), problem))
            button.big type="submit" { (visitor.text("register-button")) }
        }
    };
    Page::new(title.clone(), main)
}

fn email(visitor: &Visitor, typed: &str, problem: Option<&Problem>) -> Markup {
    let field = Field::new("email", visitor.text("login-email"), typed).kind("email", "username").needed(Needed::Yes);
    field.problem(wrong(visitor, problem, "email")).show(visitor)
}

/// Never filled in again.
fn password(visitor: &Visitor, autocomplete: &str, hint: Option<&str>, problem: Option<&Problem>) -> Markup {
    let field = Field::new("password", visitor.text("login-password"), "").kind("password", autocomplete);
    let field = field.needed(Needed::Yes).problem(wrong(visitor, problem, "password"));
    match hint {
        Some(hint) => field.hint(visitor.text(hint)).show(visitor),
        None => field.show(visitor),
    }
}

/// What is wrong with a field.
fn wrong(visitor: &Visitor, problem: Option<&Problem>, name: &str) -> Option<String> {
    let is_wrong = problem?.fields.iter().any(|field| field.field == name);
    is_wrong.then(|| visitor.text(&format!("problem-field-{name}")))
}

/// What is wrong, where that is no field.
fn said(visitor: &Visitor, problem: Option<&Problem>) -> Markup {
    html! {
        @if let Some(problem) = problem.filter(|problem| problem.fields.is_empty()) {
            (notice(Tone::Bad, &html! { p { (failed::words(visitor, problem)) } }))
        }
    }
}

fn done(visitor: &Visitor, title: &str, what: &str) -> Response {
    let title = visitor.text(title);
    let main = html! {
        h1 { (title) }
        (notice(Tone::Good, &html! { p { (what) } }))
        p { a href=(visitor.to("/login")) { (visitor.text("log-in")) } }
    };
    Page::new(title.clone(), main).show(visitor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_elsewhere() {
        assert_eq!(local("/console", "/my"), "/console");
        for path in ["", "https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "/x\r\ny: z"] {
            assert_eq!(local(path, "/my"), "/my", "{path}");
        }
    }
}
