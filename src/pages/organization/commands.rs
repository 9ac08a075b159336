//! What owners do with an organization.

use axum::extract::{Path, State};
use axum::http::Method;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use serde_json::{Value, json};

use super::answers::{Link, Rights};
use super::{Attempt, Seen, Told};
use crate::pages::Pages;
use crate::pages::api::{Answer, Problem};
use crate::pages::console::organizer::Organizer;
use crate::pages::console::typed::Typed;
use crate::pages::event::segment;
use crate::pages::failed;
use crate::pages::parts::{Field, Tone, notice, once};
use crate::pages::visitor::Visitor;

/// What the API is asked.
struct Request {
    method: Method,
    /// Below the organization.
    path: String,
    body: Value,
    /// The part of the page that is shown again.
    part: &'static str,
}

/// Does it, and shows the page again.
pub(super) async fn press(
    State(pages): State<Pages>,
    organizer: Organizer,
    Path(organization): Path<String>,
    typed: Typed,
) -> Response {
    let visitor = &organizer.visitor;
    let page = visitor.to(&format!("/console/organizations/{}", segment(&organization)));
    let Some(request) = Request::of(&typed) else { return Redirect::to(&page).into_response() };
    let path = format!("/api/v1/organizations/{}{}", segment(&organization), request.path);
    let ask = pages.api().ask(visitor, request.method, path).key(typed.get("key")).json(&request.body);
    let attempt = match ask.send().await {
        Ok(answer) if typed.get("do") == "reset-link" => Attempt::told(visitor, typed, &answer),
        Ok(_) => {
            let shown = format!("{page}?done={}#{}", segment(typed.get("do")), request.part);
            return Redirect::to(&shown).into_response();
        }
        Err(problem) => Attempt { typed, problem: Some(problem), told: None },
    };
    let query = Typed::default();
    match Seen::look(&pages, &organizer, &organization, &query).await {
        Ok(seen) => seen.page(&organizer, &query, &attempt).show(visitor),
        Err(problem) => failed::page(visitor, &problem),
    }
}

impl Request {
    /// None: no such button.
    fn of(typed: &Typed) -> Option<Request> {
        let [account, team, invitation] = ["account", "team", "invitation"].map(|name| segment(typed.get(name)));
        let member = format!("/members/{account}");
        let (method, path, body, part) = match typed.get("do") {
            "rename" => (Method::PATCH, String::new(), json!({"name": typed.get("organization_name")}), "main"),
            "member" => (Method::PATCH, member, Rights::typed(typed).request(), "people"),
            "remove" => (Method::DELETE, member, Value::Null, "people"),
            "reset-link" => (Method::POST, format!("{member}/reset-link"), Value::Null, "people"),
            "invite" => {
                let mut body = Rights::typed(typed).request();
                body["email"] = json!(typed.get("email"));
                body["member_of"] = json!(typed.all("member_of").collect::<Vec<_>>());
                (Method::POST, "/invitations".to_owned(), body, "invitations")
            }
            "withdraw" => (Method::DELETE, format!("/invitations/{invitation}"), Value::Null, "invitations"),
            "team" => (Method::POST, "/teams".to_owned(), json!({"name": typed.get("team_name")}), "teams"),
            "rename-team" => (Method::PATCH, format!("/teams/{team}"), json!({"name": typed.get("name")}), "teams"),
            "remove-team" => (Method::DELETE, format!("/teams/{team}"), Value::Null, "teams"),
            "join" => (Method::PUT, format!("/teams/{team}{member}"), Value::Null, "teams"),
            "leave" => (Method::DELETE, format!("/teams/{team}{member}"), Value::Null, "teams"),
            _ => return None,
        };
        Some(Request { method, path, body, part })
    }
}

/// What is said after something was done.
pub(super) fn done(what: &str) -> Option<&'static str> {
    Some(match what {
        "rename" | "rename-team" => "organization-done-renamed",
        "member" => "organization-done-member",
        "remove" => "organization-done-removed",
        "invite" => "organization-done-invited",
        "withdraw" => "organization-done-withdrawn",
        "team" => "organization-done-team",
        "remove-team" => "organization-done-team-removed",
        "join" => "organization-done-joined",
        "leave" => "organization-done-left",
        _ => return None,
    })
}

impl Attempt {
    fn told(visitor: &Visitor, typed: Typed, answer: &Answer) -> Attempt {
        match answer.read::<Link>() {
            Ok(Link { url }) => {
                let told = Told { what: visitor.text("organization-reset-made"), secret: url };
                Attempt { typed, problem: None, told: Some(told) }
            }
            Err(problem) => Attempt { typed, problem: Some(problem), told: None },
        }
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.problem.is_none() && self.told.is_none()
    }

    /// Whether this was tried, and refused.
    pub(super) fn is_about(&self, what: &str) -> bool {
        self.problem.is_some() && self.typed.get("do") == what
    }

    /// What was typed, where it was refused; or else what is so.
    pub(super) fn value<'a>(&'a self, name: &str, or_else: &'a str) -> &'a str {
        if self.problem.is_some() && self.typed.has(name) { self.typed.get(name) } else { or_else }
    }

    /// A field of the page; `sent_as`: what the API calls it.
    pub(super) fn field<'a>(
        &self,
        visitor: &Visitor,
        name: &'a str,
        label: &str,
        sent_as: &str,
        value: &'a str,
    ) -> Field<'a> {
        let problem = self.problem.as_ref().filter(|_| self.typed.has(name));
        let wrong = problem.and_then(|problem| failed::of_field(visitor, problem, sent_as));
        Field::new(name, visitor.text(label), value).problem(wrong)
    }

    /// What came of it.
    pub(super) fn said(&self, visitor: &Visitor) -> Markup {
        html! {
            @if let Some(problem) = &self.problem { (said(visitor, problem)) }
            @if let Some(told) = &self.told {
                (notice(Tone::Good, &html! { p { (visitor.text("shown-once")) } (once(&told.what, &told.secret)) }))
            }
        }
    }
}

fn said(visitor: &Visitor, problem: &Problem) -> Markup {
    let words = if problem.fields.is_empty() { failed::words(visitor, problem) } else { visitor.text("form-correct") };
    notice(Tone::Bad, &html! { p { (words) } })
}
