//! The page of a one-time link: what it is for, the fields it asks for, and what came of it. Opening it changes nothing, so
//! that programs that look at links in mails do no harm.

use std::borrow::Cow;

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::{Page, paragraph, problem};
use crate::html::escaped;
use crate::people::following::Given;
use crate::people::links::{OneTimeLink, Purpose};
use crate::people::passwords::Password;
use crate::people::{Denial, Failed, People};
use crate::{clock, given};

/// What was typed into the form; a field that is not there is empty.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Typed {
    name: String,
    email: String,
    password: String,
}

/// A field of the form.
struct Field {
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    fill: &'static str,
    hint: &'static str,
}

const FIELDS: [Field; 3] = [
    Field { name: "name", label: "Your name", kind: "text", fill: "name", hint: "" },
    Field { name: "email", label: "Your e-mail address", kind: "email", fill: "email", hint: "" },
    Field {
        name: "password",
        label: "A new password",
        kind: "password",
        fill: "new-password",
        hint: "At least 10 characters; not your name or address.",
    },
];

/// Shows what a link is for.
pub(super) async fn show(State(people): State<People>, Path(token): Path<String>) -> Response {
    match people.open_link(&token, clock::now()).await {
        Ok(link) => form(StatusCode::OK, &link, &Typed::default(), &[]),
        Err(failed) => refused(&failed),
    }
}

/// Does what a link is for.
pub(super) async fn follow(
    State(people): State<People>,
    Path(token): Path<String>,
    typed: Result<Form<Typed>, FormRejection>,
) -> Response {
    let now = clock::now();
    let link = match people.open_link(&token, now).await {
        Ok(link) => link,
        Err(failed) => return refused(&failed),
    };
    let typed = typed.map(|Form(typed)| typed).unwrap_or_default();
    let given = match typed.read(&link) {
        Ok(given) => given,
        Err(problems) => return form(StatusCode::UNPROCESSABLE_ENTITY, &link, &typed, &problems),
    };
    match people.follow(&token, given, None, now).await {
        Ok(followed) => page(StatusCode::OK, "Done", paragraph(done(followed.purpose))),
        Err(Failed::Denied(denial @ Denial::Invalid { .. })) => {
            form(StatusCode::UNPROCESSABLE_ENTITY, &link, &typed, &[denial.detail()])
        }
        Err(failed) => refused(&failed),
    }
}

impl Typed {
    /// What the link asks for; all that is wrong with it.
    fn read(&self, link: &OneTimeLink) -> Result<Given, Vec<Cow<'static, str>>> {
        let asks = |field| link.asks.fields().contains(&field);
        let mut problems = Vec::new();
        let mut given = Given::default();
        if asks("name") {
            given.name = taken(&mut problems, "Your name", given::name(&self.name));
        }
        if asks("email") {
            given.email = taken(&mut problems, "Your e-mail address", given::email(&self.email));
        }
        if asks("password") {
            given.password = taken(&mut problems, "The password", Password::new(&self.password).map_err(Cow::from));
        }
        if problems.is_empty() { Ok(given) } else { Err(problems) }
    }

    fn value(&self, field: &str) -> &str {
        match field {
            "name" => &self.name,
            "email" => &self.email,
            // A password is never sent back.
            _ => "",
        }
    }
}

fn taken<T>(problems: &mut Vec<Cow<'static, str>>, what: &str, read: Result<T, given::Why>) -> Option<T> {
    read.map_err(|why| problems.push(format!("{what} {why}.").into())).ok()
}

/// The page with the fields that a link asks for, and a button that uses it.
fn form(status: StatusCode, link: &OneTimeLink, typed: &Typed, problems: &[Cow<'static, str>]) -> Response {
    let (title, button) = words(link.purpose);
    let mut body = paragraph(&about(link));
    problems.iter().for_each(|text| body += &problem(text));
    body += "<form method=\"post\">\n";
    for Field { name, label, kind, fill, hint } in
        FIELDS.iter().filter(|field| link.asks.fields().contains(&field.name))
    {
        let value = escaped(typed.value(name));
        body += &format!(
            "<label for=\"{name}\">{label}</label>\n<input id=\"{name}\" name=\"{name}\" type=\"{kind}\" \
             autocomplete=\"{fill}\" value=\"{value}\" required>\n"
        );
        if !hint.is_empty() {
            body += &format!("<p class=\"hint\">{hint}</p>\n");
        }
    }
    body += &format!("<button type=\"submit\">{button}</button>\n</form>\n");
    page(status, title, body)
}

fn page(status: StatusCode, title: &str, body: String) -> Response {
    Page::new(status, title, body).into_response()
}

/// Title and button of the page.
fn words(purpose: Purpose) -> (&'static str, &'static str) {
    match purpose {
        Purpose::Setup => ("Set up headcount", "Make the first account"),
        Purpose::Invitation => ("You are invited", "Accept"),
        Purpose::ConfirmAccount => ("Confirm your account", "Confirm"),
        Purpose::ResetPassword => ("Set a new password", "Set it"),
        Purpose::ChangeAddress => ("Confirm your new address", "Confirm"),
    }
}

/// What the page says first.
fn about(link: &OneTimeLink) -> String {
    let email = link.email.as_deref().unwrap_or("this address");
    match link.purpose {
        Purpose::Setup => "Nobody owns this server yet. Make the account that does.".to_owned(),
        Purpose::Invitation => {
            let organization = link.organization.as_deref().unwrap_or("An organization");
            format!("{organization} invites {email}.")
        }
        Purpose::ConfirmAccount => format!("Somebody wants an account with {email}. Was it you? Then confirm it."),
        Purpose::ResetPassword => format!("For the account of {email}. You will be logged out everywhere."),
        Purpose::ChangeAddress => format!("From now on, your account is to have the address {email}."),
    }
}

/// What is said afterwards.
fn done(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Setup => "You own this server. Log in with your address and your password.",
        Purpose::Invitation => "You belong to the organization. Log in with your address and your password.",
        Purpose::ConfirmAccount => "Your account can be used. Log in with your address and your password.",
        Purpose::ResetPassword => "Your password is set, and all sessions and tokens have ended. Log in with it.",
        Purpose::ChangeAddress => {
            "Your account has the new address, and all sessions and tokens have ended. Log in with it."
        }
    }
}

/// The page where a link cannot be used, or not now.
fn refused(failed: &Failed) -> Response {
    match failed {
        Failed::Denied(denial @ Denial::LinkEnded) => {
            page(StatusCode::NOT_FOUND, "No such link", paragraph(&denial.detail()))
        }
        Failed::Denied(denial) => page(StatusCode::CONFLICT, "This did not work", paragraph(&denial.detail())),
        failed => {
            tracing::warn!(error = %failed, "a link could not be used");
            let text = "The server cannot do this at the moment. Please try again in a moment.";
            page(StatusCode::SERVICE_UNAVAILABLE, "Please try again", paragraph(text))
        }
    }
}
