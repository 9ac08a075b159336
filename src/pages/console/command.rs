//! Doing something with one registration: what was pressed becomes a command of the API. What moves people is asked about
//! first: the API says what would happen, and nothing does.

use axum::extract::State;
use axum::http::Method;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde_json::{Value, json};

use super::answers::{Managed, Receipt, Registration};
use super::ask;
use super::organizer::Organizer;
use super::others::Others;
use super::person;
use super::tell;
use super::typed::Typed;
use crate::pages::Pages;
use crate::pages::api::{Answer, Problem};
use crate::pages::visitor::Visitor;

/// What nobody is mailed about, or what is a mail itself.
const UNTOLD: [&str; 4] = ["check-in", "undo-check-in", "send-link", "details"];

/// Whether anybody is mailed about a command.
pub(super) fn is_told(command: &str) -> bool {
    !UNTOLD.contains(&command)
}

/// What is wanted of a registration.
pub(super) struct Wish {
    /// As the API and the pages call it.
    pub(super) command: &'static str,
    /// What the command needs.
    body: Value,
    /// Whether it is asked about first.
    pub(super) asks: Asks,
}

/// Whether something is done at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Asks {
    /// After a page that says what would happen.
    First,
    /// It moves nobody.
    Nothing,
}

/// Does what was pressed, or asks about it.
pub(in crate::pages) async fn press(
    State(pages): State<Pages>,
    organizer: Organizer,
    managed: Managed,
    one: Registration,
    typed: Typed,
) -> Response {
    let visitor = &organizer.visitor;
    let Some(wish) = Wish::read(&typed) else {
        return Redirect::to(&person::path(visitor, &managed, &one)).into_response();
    };
    if wish.asks == Asks::First && !typed.has("sure") {
        return match wish.attempt(&pages, visitor, &managed, &one).await {
            Ok(receipt) => ask::page(&pages, &organizer, &managed, &one, &wish, &typed, &receipt).await,
            Err(problem) if wish.may_override(&problem) => ask::beyond(&organizer, &managed, &one, &typed, &problem),
            Err(problem) => person::refused(&pages, &organizer, &managed, &one, &typed, &problem),
        };
    }
    match wish.send(&pages, visitor, &managed, &one, typed.get("key")).await {
        Ok(answer) => done(&pages, visitor, &managed, &one, &wish, &typed, &answer).await,
        Err(problem) => {
            let one = Registration::of(&pages, visitor, managed.event.id, &one.id.to_string()).await.unwrap_or(one);
            person::refused(&pages, &organizer, &managed, &one, &typed, &problem)
        }
    }
}

/// Leads back to the roster, which says what was done.
async fn done(
    pages: &Pages,
    visitor: &Visitor,
    managed: &Managed,
    before: &Registration,
    wish: &Wish,
    typed: &Typed,
    answer: &Answer,
) -> Response {
    let receipt: Option<Receipt> = answer.read().ok();
    let affected = receipt.map(|receipt| receipt.affected).unwrap_or_default();
    let others = Others::of(pages, visitor, managed.event.id, &affected).await;
    let was = match wish.command {
        "move" => before.role_id.to_string(),
        "resize" => before.spots.to_string(),
        "swap" => wish.body["with"].as_str().unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    let (others, told) = (others.query(), tell::query(typed));
    let query = format!("?done={}&who={}&was={was}{others}{told}", wish.command, before.id);
    Redirect::to(&(managed.path(visitor) + &query)).into_response()
}

impl Wish {
    /// What was pressed.
    pub(super) fn read(typed: &Typed) -> Option<Wish> {
        let (command, mut body, asks) = match typed.get("do") {
            "cancel" => ("cancel", json!({}), Asks::First),
            "confirm" => ("confirm", json!({}), Asks::Nothing),
            "demote" => ("demote", json!({}), Asks::First),
            "reinstate" => ("reinstate", json!({}), Asks::First),
            "remove" => ("remove", json!({"reason": typed.get("reason")}), Asks::First),
            "move" => ("move", json!({"role": typed.get("role")}), Asks::First),
            "resize" => ("resize", json!({"spots": typed.number("spots")}), Asks::First),
            "swap" => ("swap", json!({"with": typed.get("with")}), Asks::First),
            "promote" if typed.has("override") => {
                ("promote", json!({"override": true, "reason": typed.get("reason")}), Asks::First)
            }
            "promote" => ("promote", json!({}), Asks::First),
            "check-in" => ("check-in", count(typed), Asks::Nothing),
            "undo-check-in" => ("undo-check-in", count(typed), Asks::Nothing),
            "change-email" => ("change-email", json!({"email": typed.get("email")}), Asks::Nothing),
            "send-link" => ("send-link", json!({}), Asks::Nothing),
            "details" => ("details", details(typed), Asks::Nothing),
            _ => return None,
        };
        if is_told(command) {
            tell::say(typed, &mut body);
        }
        Some(Wish { command, body, asks })
    }

    /// What would come of it.
    pub(super) async fn attempt(
        &self,
        pages: &Pages,
        visitor: &Visitor,
        managed: &Managed,
        one: &Registration,
    ) -> Result<Receipt, Problem> {
        let mut body = self.body.clone();
        body["dry_run"] = json!(true);
        pages.api().post(visitor, self.path(managed, one)).json(&body).read().await
    }

    /// Does it. With a key a repeat is harmless.
    pub(super) async fn send(
        &self,
        pages: &Pages,
        visitor: &Visitor,
        managed: &Managed,
        one: &Registration,
        key: &str,
    ) -> Result<Answer, Problem> {
        if self.command == "details" {
            let path = format!("/api/v1/events/{}/registrations/{}", managed.event.id, one.id);
            return pages.api().ask(visitor, Method::PATCH, path).json(&self.body).send().await;
        }
        let ask = pages.api().post(visitor, self.path(managed, one)).json(&self.body);
        // A page may show several people under one key.
        ask.attempt(&format!("{}-{}-{key}", self.command, one.id)).await
    }

    fn path(&self, managed: &Managed, one: &Registration) -> String {
        format!("/api/v1/events/{}/registrations/{}/{}", managed.event.id, one.id, self.command)
    }

    /// Whether it was refused for want of room only, and staff may give a place all the same.
    fn may_override(&self, problem: &Problem) -> bool {
        let is_full = ["no_room", "role_full", "event_full"].contains(&problem.code.as_str());
        let lacks_reason = problem.fields.iter().any(|field| field.field == "reason");
        self.command == "promote" && (is_full || lacks_reason)
    }
}

/// How many of a party; all that are left if nothing was typed.
fn count(typed: &Typed) -> Value {
    match typed.number("count") {
        Value::Null => json!({}),
        count => json!({"count": count}),
    }
}

/// What somebody told about themself. What the form did not show stays.
fn details(typed: &Typed) -> Value {
    let mut body = json!({"name": typed.get("name")});
    for name in ["phone", "notes", "special_requirements", "staff_note"] {
        if typed.has(name) {
            body[name] = typed.text(name);
        }
    }
    body
}
