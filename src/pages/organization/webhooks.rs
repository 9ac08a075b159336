//! The page of an organization's webhooks: programs elsewhere that are told what happens, and what became of each message.

use axum::extract::{Path, State};
use axum::http::Method;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::answers::Organization;
use super::deliveries::Delivery;
use crate::pages::Pages;
use crate::pages::answers::List;
use crate::pages::api::{Problem, new_key};
use crate::pages::console::history::KINDS;
use crate::pages::console::organizer::Organizer;
use crate::pages::console::typed::{Typed, Wanted};
use crate::pages::event::segment;
use crate::pages::failed;
use crate::pages::parts::{Field, Needed, Tone, chip, notice, once};
use crate::pages::visitor::Visitor;

/// All kinds, as the API calls them.
const ALL: &str = "*";

/// A webhook.
#[derive(Debug, Deserialize)]
pub(super) struct Webhook {
    pub(super) id: Uuid,
    url: String,
    kinds: Vec<String>,
    personal: bool,
    pub(super) active: bool,
    /// What messages are signed with; only where it is new.
    secret: Option<String>,
}

/// All webhooks of an organization.
#[derive(Debug, Deserialize)]
struct Webhooks {
    items: Vec<Webhook>,
}

/// The webhooks of an organization, and of one of them the deliveries.
pub(super) struct Seen {
    organization: Organization,
    webhooks: Vec<Webhook>,
    pub(super) deliveries: Option<List<Delivery>>,
}

/// What was tried, and what came of it.
#[derive(Default)]
struct Attempt {
    typed: Typed,
    problem: Option<Problem>,
    /// A secret, which is shown this once.
    secret: Option<String>,
}

/// Shows it.
pub(super) async fn show(
    State(pages): State<Pages>,
    organizer: Organizer,
    Path(organization): Path<String>,
    Wanted(query): Wanted,
) -> Response {
    answer(&pages, &organizer, &organization, &query, &Attempt::default()).await
}

/// Does what was pressed, and shows the page again.
pub(super) async fn press(
    State(pages): State<Pages>,
    organizer: Organizer,
    Path(organization): Path<String>,
    typed: Typed,
) -> Response {
    let visitor = &organizer.visitor;
    let page = visitor.to(&format!("/console/organizations/{}/webhooks", segment(&organization)));
    let Some((method, path, body)) = request(&typed) else { return Redirect::to(&page).into_response() };
    let path = format!("/api/v1/organizations/{}/webhooks{path}", segment(&organization));
    let ask = pages.api().ask(visitor, method, path).key(typed.get("key")).json(&body);
    let said = match ask.send().await {
        Ok(answer) if matches!(typed.get("do"), "make" | "rotate") => answer.read::<Webhook>().map(|made| made.secret),
        Ok(_) => Ok(None),
        Err(problem) => Err(problem),
    };
    let attempt = match said {
        Ok(None) => {
            let about = if typed.get("do") == "remove" { "" } else { typed.get("webhook") };
            let shown = format!("{page}?done={}&show={}", segment(typed.get("do")), segment(about));
            return Redirect::to(&shown).into_response();
        }
        Ok(secret) => Attempt { typed, problem: None, secret },
        Err(problem) => Attempt { typed, problem: Some(problem), secret: None },
    };
    answer(&pages, &organizer, &organization, &Typed::default(), &attempt).await
}

/// What the API is asked, below the webhooks; none: no such button.
fn request(typed: &Typed) -> Option<(Method, String, Value)> {
    let [webhook, delivery] = ["webhook", "delivery"].map(|name| segment(typed.get(name)));
    let one = format!("/{webhook}");
    Some(match typed.get("do") {
        "make" => {
            let some: Vec<&str> = typed.all("kinds").collect();
            let kinds = if typed.get("which") == "some" { some } else { vec![ALL] };
            let body = json!({"url": typed.get("url"), "kinds": kinds, "personal": typed.has("personal")});
            (Method::POST, String::new(), body)
        }
        "activate" => (Method::PATCH, one, json!({"active": true})),
        "end" => (Method::PATCH, one, json!({"active": false})),
        "remove" => (Method::DELETE, one, Value::Null),
        "rotate" => (Method::POST, format!("{one}/rotate-secret"), Value::Null),
        "test" => (Method::POST, format!("{one}/test"), Value::Null),
        "resend" => (Method::POST, format!("{one}/deliveries/{delivery}/resend"), Value::Null),
        _ => return None,
    })
}

async fn answer(pages: &Pages, organizer: &Organizer, id: &str, query: &Typed, attempt: &Attempt) -> Response {
    let visitor = &organizer.visitor;
    match Seen::look(pages, visitor, id, query).await {
        Ok(seen) => {
            let page = organizer.narrow_page(visitor.text("webhooks-title"), &seen.main(visitor, query, attempt));
            let page = match &attempt.problem {
                Some(problem) => page.status(problem.status()),
                None => page,
            };
            page.show(visitor)
        }
        Err(problem) => failed::page(visitor, &problem),
    }
}

impl Seen {
    async fn look(pages: &Pages, visitor: &Visitor, id: &str, query: &Typed) -> Result<Seen, Problem> {
        let path = format!("/api/v1/organizations/{}", segment(id));
        let (organization, webhooks) = tokio::try_join!(
            pages.api().get(visitor, path.clone()).read::<Organization>(),
            pages.api().get(visitor, format!("{path}/webhooks")).read::<Webhooks>(),
        )?;
        let deliveries = match query.get("show") {
            "" => None,
            webhook => {
                let path =
                    format!("{path}/webhooks/{}/deliveries?cursor={}", segment(webhook), segment(query.get("cursor")));
                Some(pages.api().get(visitor, path).read().await?)
            }
        };
        Ok(Seen { organization, webhooks: webhooks.items, deliveries })
    }

    pub(super) fn path(&self, visitor: &Visitor) -> String {
        visitor.to(&format!("/console/organizations/{}/webhooks", self.organization.id))
    }

    fn main(&self, visitor: &Visitor, query: &Typed, attempt: &Attempt) -> Markup {
        let done = match query.get("done") {
            "activate" => "webhook-done-active",
            "end" => "webhook-done-ended",
            "remove" => "webhook-done-removed",
            "test" | "resend" => "webhook-done-sent",
            _ => "",
        };
        html! {
            p.eyebrow { a href=(visitor.to(&format!("/console/organizations/{}", self.organization.id))) { bdi { (self.organization.name) } } }
            h1 { (visitor.text("webhooks-title")) }
            p.hint { (visitor.text("webhooks-hint")) }
            (attempt.said(visitor))
            @if !done.is_empty() { (notice(Tone::Good, &html! { p { (visitor.text(done)) } })) }
            @for webhook in &self.webhooks { div.card { (self.webhook(visitor, query, webhook)) } }
            (self.make(visitor, attempt))
        }
    }

    fn webhook(&self, visitor: &Visitor, query: &Typed, webhook: &Webhook) -> Markup {
        let id = webhook.id.to_string();
        html! {
            h2 { bdi dir="ltr" { (webhook.url) } }
            @if webhook.active {
                (chip(Tone::Good, &visitor.text("webhook-active")))
            } @else {
                (chip(Tone::Wait, &visitor.text("webhook-ended")))
            }
            p.quiet { (webhook.tells(visitor)) }
            form method="post" action=(self.path(visitor)) {
                input type="hidden" name="webhook" value=(id);
                @if query.get("remove") == id {
                    (notice(Tone::Wait, &html! { p { (visitor.text("webhook-remove-ask")) } }))
                    p.buttons {
                        button.danger type="submit" name="do" value="remove" { (visitor.text("webhook-remove-sure")) }
                        a.button.second href=(self.path(visitor)) { (visitor.text("organization-keep")) }
                    }
                } @else {
                    p.buttons {
                        @if webhook.active {
                            button.second type="submit" name="do" value="test" { (visitor.text("webhook-test")) }
                            button.second type="submit" name="do" value="end" { (visitor.text("webhook-end")) }
                        } @else {
                            button.second type="submit" name="do" value="activate" { (visitor.text("webhook-activate")) }
                        }
                        button.second type="submit" name="do" value="rotate" { (visitor.text("webhook-rotate")) }
                        a.button.danger href={ (self.path(visitor)) "?remove=" (id) } { (visitor.text("webhook-remove")) }
                    }
                }
            }
            @if query.get("show") == id {
                (self.deliveries(visitor, webhook))
            } @else {
                p { a href={ (self.path(visitor)) "?show=" (id) } { (visitor.text("webhook-deliveries")) } }
            }
        }
    }

    fn make(&self, visitor: &Visitor, attempt: &Attempt) -> Markup {
        let problem = attempt.problem.as_ref().filter(|_| attempt.typed.get("do") == "make");
        let typed = if problem.is_some() { attempt.typed.clone() } else { Typed::default() };
        let wrong = |name| problem.and_then(|problem| failed::of_field(visitor, problem, name));
        let url = Field::new("url", visitor.text("webhook-url"), typed.get("url")).kind("url", "off");
        let url = url.needed(Needed::Yes).hint(visitor.text("webhook-url-hint")).problem(wrong("url"));
        let is_some = typed.get("which") == "some";
        html! {
            details open[problem.is_some()] {
                summary { (visitor.text("webhook-make")) }
                form.webhook method="post" action=(self.path(visitor)) {
                    input type="hidden" name="key" value=(new_key());
                    (url.show(visitor))
                    fieldset {
                        legend { (visitor.text("webhook-which")) }
                        @if wrong("kinds").is_some() { p.problem { (visitor.text("account-token-scopes-none")) } }
                        label.tick { input type="radio" name="which" value="all" checked[!is_some]; (visitor.text("webhook-all")) }
                        label.tick { input type="radio" name="which" value="some" checked[is_some]; (visitor.text("webhook-some")) }
                        div.some {
                            @for kind in KINDS {
                                label.tick {
                                    input type="checkbox" name="kinds" value=(kind) checked[typed.all("kinds").any(|one| one == kind)];
                                    (visitor.text(&format!("history-of-{kind}")))
                                }
                            }
                        }
                    }
                    label.tick {
                        input type="checkbox" name="personal" value="yes" checked[typed.has("personal")];
                        span { (visitor.text("webhook-personal")) }
                    }
                    button type="submit" name="do" value="make" { (visitor.text("webhook-make")) }
                }
            }
        }
    }
}

impl Webhook {
    /// What it is told.
    fn tells(&self, visitor: &Visitor) -> Markup {
        let name = |kind: &String| {
            if KINDS.contains(&kind.as_str()) { visitor.text(&format!("history-of-{kind}")) } else { kind.clone() }
        };
        html! {
            @if self.kinds.iter().any(|kind| kind == ALL) {
                (visitor.text("webhook-all"))
            } @else {
                (self.kinds.iter().map(name).collect::<Vec<_>>().join(", "))
            }
            @if self.personal { ". " (visitor.text("webhook-tells-personal")) }
        }
    }
}

impl Attempt {
    fn said(&self, visitor: &Visitor) -> Markup {
        html! {
            @if let Some(problem) = &self.problem {
                @let words = if problem.fields.is_empty() { failed::words(visitor, problem) } else { visitor.text("form-correct") };
                (notice(Tone::Bad, &html! { p { (words) } }))
            }
            @if let Some(secret) = &self.secret {
                (notice(Tone::Good, &html! { p { (visitor.text("shown-once")) } (once(&visitor.text("webhook-secret"), secret)) }))
            }
        }
    }
}
