//! The page of one's own account: name, address, password, where one is logged in, and tokens for programs.

use axum::extract::State;
use axum::http::Method;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::tokens::{Made, Token};
use crate::pages::Pages;
use crate::pages::answers::Time;
use crate::pages::api::{Answer, Problem};
use crate::pages::console::organizer::Organizer;
use crate::pages::console::typed::{Typed, Wanted};
use crate::pages::download;
use crate::pages::event::segment;
use crate::pages::failed;
use crate::pages::frame::Page;
use crate::pages::login::cookies;
use crate::pages::parts::{Field, Needed, Tone, notice, time};
use crate::pages::visitor::Visitor;

/// Where somebody is logged in.
#[derive(Debug, Deserialize)]
struct Session {
    created_at: Time,
    seen_at: Time,
    /// Whether it is the one that asks.
    current: bool,
}

/// All of a kind.
#[derive(Debug, Deserialize)]
struct All<T> {
    items: Vec<T>,
}

/// An organization that somebody belongs to.
#[derive(Debug, Deserialize)]
struct Organization {
    id: Uuid,
    name: String,
}

/// What belongs to an account.
struct Seen {
    organizations: Vec<Organization>,
    sessions: Vec<Session>,
    tokens: Vec<Token>,
}

/// What was tried, and what came of it.
#[derive(Default)]
pub(super) struct Attempt {
    pub(super) typed: Typed,
    problem: Option<Problem>,
    /// A token, which is shown this once.
    pub(super) made: Option<Made>,
}

/// Shows it.
pub(in crate::pages) async fn show(
    State(pages): State<Pages>,
    organizer: Organizer,
    Wanted(query): Wanted,
) -> Response {
    answer(&pages, &organizer, &query, &Attempt::default()).await
}

/// Does what was pressed.
pub(in crate::pages) async fn press(State(pages): State<Pages>, organizer: Organizer, typed: Typed) -> Response {
    let visitor = &organizer.visitor;
    let what = typed.get("do").to_owned();
    match send(&pages, visitor, &typed).await {
        Ok(answer) if what == "token" => {
            let (made, problem) = match answer.read::<Made>() {
                Ok(made) => (Some(made), None),
                Err(problem) => (None, Some(problem)),
            };
            self::answer(&pages, &organizer, &Typed::default(), &Attempt { typed, problem, made }).await
        }
        Ok(answer) => {
            let page = match (what.as_str(), answer.status.as_u16()) {
                // The session has ended with the others.
                ("sessions", _) | ("address", 204) => format!("/login?back={}", segment("/account")),
                _ => format!("/account?done={}", segment(&what)),
            };
            (cookies(&answer.headers), Redirect::to(&visitor.to(&page))).into_response()
        }
        Err(problem) => {
            let attempt = Attempt { typed, problem: Some(problem), made: None };
            self::answer(&pages, &organizer, &Typed::default(), &attempt).await
        }
    }
}

async fn send(pages: &Pages, visitor: &Visitor, typed: &Typed) -> Result<Answer, Problem> {
    let get = |name: &str| typed.get(name);
    let (method, path, body) = match get("do") {
        "name" => (Method::PATCH, "/people/me".to_owned(), json!({"name": get("name")})),
        "address" => {
            let body = json!({"email": get("email"), "password": get("password")});
            (Method::POST, "/people/me/address".to_owned(), body)
        }
        "password" => {
            let body = json!({"current": get("current"), "new": get("new")});
            (Method::POST, "/people/me/password".to_owned(), body)
        }
        "sessions" => (Method::DELETE, "/sessions".to_owned(), json!(null)),
        "token" => (Method::POST, "/tokens".to_owned(), super::tokens::request(typed)),
        "revoke" => (Method::DELETE, format!("/tokens/{}", segment(get("token"))), json!(null)),
        _ => return Err(Problem::no_such_page()),
    };
    pages.api().ask(visitor, method, format!("/api/v1{path}")).key(get("key")).json(&body).send().await
}

async fn answer(pages: &Pages, organizer: &Organizer, query: &Typed, attempt: &Attempt) -> Response {
    let visitor = &organizer.visitor;
    match Seen::look(pages, organizer).await {
        Ok(seen) => seen.page(organizer, query, attempt).show(visitor),
        Err(problem) => failed::page(visitor, &problem),
    }
}

impl Seen {
    async fn look(pages: &Pages, organizer: &Organizer) -> Result<Seen, Problem> {
        let visitor = &organizer.visitor;
        let (sessions, tokens) = tokio::try_join!(
            pages.api().get(visitor, "/api/v1/sessions").read::<All<Session>>(),
            pages.api().get(visitor, "/api/v1/tokens").read::<All<Token>>(),
        )?;
        let mut organizations = Vec::new();
        for membership in &organizer.account.memberships {
            let path = format!("/api/v1/organizations/{}", membership.organization_id);
            organizations.push(pages.api().get(visitor, path).read().await?);
        }
        Ok(Seen { organizations, sessions: sessions.items, tokens: tokens.items })
    }

    fn page(&self, organizer: &Organizer, query: &Typed, attempt: &Attempt) -> Page {
        let visitor = &organizer.visitor;
        let title = visitor.text("account-title");
        let main = html! {
            h1 { (title) }
            (attempt.said(visitor, query))
            (attempt.name(visitor, &organizer.account.name))
            (attempt.address(visitor, &organizer.account.email))
            (attempt.password(visitor))
            (self.organizations(visitor))
            (self.sessions(visitor))
            (super::tokens::section(visitor, &self.tokens, attempt))
            (data(visitor))
        };
        let page = organizer.narrow_page(title.clone(), &main);
        match &attempt.problem {
            Some(problem) => page.status(problem.status()),
            None => page,
        }
    }

    fn organizations(&self, visitor: &Visitor) -> Markup {
        html! {
            @if !self.organizations.is_empty() {
                section #organizations {
                    h2 { (visitor.text("account-organizations")) }
                    ul.bare {
                        @for one in &self.organizations {
                            li { a href={ (visitor.to("/console/organizations/")) (one.id) } { bdi { (one.name) } } }
                        }
                    }
                }
            }
        }
    }

    fn sessions(&self, visitor: &Visitor) -> Markup {
        html! {
            section #sessions {
                h2 { (visitor.text("account-sessions")) }
                ul.bare {
                    @for session in &self.sessions {
                        li {
                            (visitor.text("account-session-since")) " " (time(visitor, session.created_at, "UTC"))
                            @if session.current {
                                " · " strong { (visitor.text("account-session-current")) }
                            } @else {
                                " · " span.quiet { (visitor.text("account-session-seen")) " " (time(visitor, session.seen_at, "UTC")) }
                            }
                        }
                    }
                }
                form method="post" action=(visitor.to("/account")) {
                    button.second type="submit" name="do" value="sessions" { (visitor.text("account-sessions-end")) }
                }
            }
        }
    }
}

impl Attempt {
    /// Whether this was tried, and refused.
    pub(super) fn is_about(&self, what: &str) -> bool {
        self.problem.is_some() && self.typed.get("do") == what
    }

    /// A field of the form of `what`; what is shown is `value`, or what was typed there.
    fn field<'a>(&'a self, visitor: &Visitor, what: &str, (name, label): (&'a str, &str), value: &'a str) -> Field<'a> {
        let is_again = self.is_about(what);
        let value = if is_again { self.typed.get(name) } else { value };
        let wrong = if is_again { self.wrong(visitor, name) } else { None };
        Field::new(name, visitor.text(label), value).needed(Needed::Yes).problem(wrong)
    }

    /// What is wrong with a field.
    pub(super) fn wrong(&self, visitor: &Visitor, name: &str) -> Option<String> {
        failed::of_field(visitor, self.problem.as_ref()?, name)
    }

    fn said(&self, visitor: &Visitor, query: &Typed) -> Markup {
        let done = match query.get("done") {
            "name" => "account-done-name",
            "address" => "account-done-address",
            "password" => "account-done-password",
            "revoke" => "account-done-revoke",
            _ => "",
        };
        html! {
            @if let Some(problem) = &self.problem {
                @let words = if problem.fields.is_empty() { failed::words(visitor, problem) } else { visitor.text("form-correct") };
                (notice(Tone::Bad, &html! { p { (words) } }))
            } @else if !done.is_empty() {
                (notice(Tone::Good, &html! { p { (visitor.text(done)) } }))
            }
        }
    }

    fn name(&self, visitor: &Visitor, name: &str) -> Markup {
        html! {
            form method="post" action=(visitor.to("/account")) {
                (self.field(visitor, "name", ("name", "form-name"), name).kind("text", "name").show(visitor))
                button type="submit" name="do" value="name" { (visitor.text("organization-save")) }
            }
        }
    }

    fn address(&self, visitor: &Visitor, email: &str) -> Markup {
        html! {
            section #address {
                h2 { (visitor.text("form-email")) }
                p { bdi { (email) } }
                details open[self.is_about("address")] {
                    summary { (visitor.text("account-address-change")) }
                    form method="post" action=(visitor.to("/account")) {
                        (self.field(visitor, "address", ("email", "account-address-new"), "").kind("email", "email").show(visitor))
                        (secret(self.field(visitor, "address", ("password", "account-password-current"), ""), visitor, "current-password"))
                        button type="submit" name="do" value="address" { (visitor.text("organization-save")) }
                    }
                }
            }
        }
    }

    fn password(&self, visitor: &Visitor) -> Markup {
        html! {
            section #password {
                h2 { (visitor.text("login-password")) }
                details open[self.is_about("password")] {
                    summary { (visitor.text("account-password-change")) }
                    form method="post" action=(visitor.to("/account")) {
                        p.hint { (visitor.text("account-password-hint")) }
                        (secret(self.field(visitor, "password", ("current", "account-password-current"), ""), visitor, "current-password"))
                        (secret(self.field(visitor, "password", ("new", "account-password-new"), "").hint(visitor.text("link-password-hint")), visitor, "new-password"))
                        button type="submit" name="do" value="password" { (visitor.text("organization-save")) }
                    }
                }
            }
        }
    }
}

/// What is kept about them.
fn data(visitor: &Visitor) -> Markup {
    html! {
        section #data {
            h2 { (visitor.text("account-data")) }
            p.hint { (visitor.text("account-data-hint")) }
            (download::button(visitor, &visitor.to("/account/data")))
        }
    }
}

/// A password, which is never sent back.
fn secret(field: Field<'_>, visitor: &Visitor, autocomplete: &str) -> Markup {
    field.kind("password", autocomplete).empty().show(visitor)
}
