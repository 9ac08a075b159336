//! Publishing an event, closing it, calling it off, and throwing a draft away.

use axum::extract::State;
use axum::http::Method;
use axum::response::{IntoResponse as _, Redirect, Response};
use headcount_core::event::EventStatus;
use maud::{Markup, html};
use serde_json::json;

use super::answers::{Edited, Managed};
use super::organizer::Organizer;
use super::others::Others;
use super::tell;
use super::typed::Typed;
use crate::pages::Pages;
use crate::pages::api::Problem;
use crate::pages::failed;
use crate::pages::visitor::Visitor;

/// A step, as a form names it, the status after it, and what the console says when it is done.
const STEPS: [(&str, &str, &str); 3] =
    [("publish", "published", "published"), ("close", "closed", "closed"), ("call-off", "cancelled", "called-off")];

/// The buttons that fit how an event stands.
pub(super) fn buttons(visitor: &Visitor, managed: &Managed) -> Markup {
    let steps: &[(&str, &str)] = match managed.event.status {
        EventStatus::Draft => &[("publish", ""), ("delete", "danger")],
        EventStatus::Published => &[("close", "second"), ("call-off", "danger")],
        EventStatus::Closed => &[("publish", "second"), ("call-off", "danger")],
        EventStatus::Cancelled => &[("publish", "second")],
    };
    html! {
        form.buttons.no-print method="post" action=(managed.path(visitor)) {
            @for (step, class) in steps {
                button class=(class) type="submit" name="do" value=(step) { (visitor.text(&format!("console-step-{step}"))) }
            }
        }
    }
}

/// Takes a step; what cannot be taken back is asked about first.
pub(in crate::pages) async fn press(
    State(pages): State<Pages>,
    organizer: Organizer,
    managed: Managed,
    typed: Typed,
) -> Response {
    let visitor = &organizer.visitor;
    let step = typed.get("do");
    let is_asked = ["call-off", "delete"].contains(&step) && !typed.has("sure");
    if is_asked {
        return ask(&pages, &organizer, &managed, step);
    }
    match take(&pages, visitor, &managed, step, &typed).await {
        Ok(to) => Redirect::to(&to).into_response(),
        Err(problem) => failed::page(visitor, &problem),
    }
}

/// Takes a step: where to go then.
async fn take(
    pages: &Pages,
    visitor: &Visitor,
    managed: &Managed,
    step: &str,
    typed: &Typed,
) -> Result<String, Problem> {
    let path = format!("/api/v1/events/{}", managed.event.id);
    if step == "delete" {
        let asked = pages.api().ask(visitor, Method::DELETE, path).at_revision(managed.revision);
        asked.send().await?;
        return Ok(visitor.to("/console"));
    }
    let Some((_, status, done)) = STEPS.iter().find(|(known, _, _)| *known == step) else {
        return Ok(managed.path(visitor));
    };
    let asked = pages.api().ask(visitor, Method::PATCH, path).at_revision(managed.revision);
    let mut request = json!({"status": status});
    tell::say(typed, &mut request);
    let edited: Edited = asked.json(&request).read().await?;
    let others = Others::of(pages, visitor, managed.event.id, &edited.affected).await;
    Ok(format!("{}?done={done}{}{}", managed.path(visitor), others.query(), tell::query(typed)))
}

fn ask(pages: &Pages, organizer: &Organizer, managed: &Managed, step: &str) -> Response {
    let visitor = &organizer.visitor;
    let title = visitor.say(&format!("console-ask-{step}"), &[("event", managed.event.title.as_str().into())]);
    let places = managed.event.places;
    let people = places.reserved + u64::from(places.waiting);
    let filled = [("people", people.into()), ("taken", places.reserved.into()), ("waiting", places.waiting.into())];
    let main = html! {
        h1 { (title) }
        @if step == "call-off" {
            p { (visitor.say("console-call-off-what", &filled)) }
        } @else {
            p { (visitor.text("console-delete-what")) }
        }
        form method="post" action=(managed.path(visitor)) {
            input type="hidden" name="sure" value="yes";
            @if step == "call-off" && people > 0 { (tell::ask(pages, visitor, managed, &Typed::default())) }
            p.buttons {
                button.danger type="submit" name="do" value=(step) { (visitor.text(&format!("console-step-{step}"))) }
                a.button.second href=(managed.path(visitor)) { (visitor.text("console-back")) }
            }
        }
    };
    organizer.page(title.clone(), &main).show(visitor)
}
