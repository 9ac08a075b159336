//! Saving a changed event: a step for the event itself, and one for each role that is added, changed or removed. All steps
//! are tried before the first one is taken, so that what is refused changes nothing.

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::fields::{self, Wrong, of_row, rows};
use crate::pages::Pages;
use crate::pages::api::Problem;
use crate::pages::console::answers::{Affected, Edited, Managed};
use crate::pages::console::tell;
use crate::pages::console::typed::Typed;
use crate::pages::visitor::Visitor;

/// One request to the API.
pub(super) struct Step {
    /// The row of the role it is about; none: the event itself.
    row: Option<usize>,
    method: Method,
    path: String,
    body: Option<Value>,
}

/// A step that was refused.
pub(super) struct Refused {
    /// The row of the role it was about; none: the event itself.
    pub(super) row: Option<usize>,
    pub(super) problem: Problem,
}

/// What the steps would do.
#[derive(Default)]
pub(super) struct Preview {
    pub(super) affected: Vec<Affected>,
    /// Those who would lose their places if the latest ones are sent back to wait.
    pub(super) losing: Vec<Affected>,
    /// Whether more places are taken than there would be, so that somebody has to say what becomes of them.
    pub(super) must_choose: bool,
}

/// The steps from what is saved to what was typed.
pub(super) fn steps(managed: &Managed, typed: &Typed) -> Result<Vec<Step>, Vec<Wrong>> {
    let saved = fields::saved(managed);
    let event = format!("/api/v1/events/{}", managed.event.id);
    let (mut wrong, mut steps) = (Vec::new(), Vec::new());
    let choice = typed.get("if_below");
    let changed = fields::changed(typed, &saved, &mut wrong);
    let mut changes = Vec::new();
    if !changed.is_empty() {
        changes.push(Step {
            row: None,
            method: Method::PATCH,
            path: event.clone(),
            body: Some(chosen(changed, choice)),
        });
    }
    let mut order = managed.event.roles.iter().map(|role| role.order).max().unwrap_or(0);
    for row in 0..rows(typed) {
        let id = typed.get(&of_row(row, "id"));
        let saved_row = managed.event.roles.iter().position(|role| role.id.to_string() == id);
        let at = |method: Method, path: String, body: Option<Value>| Step { row: Some(row), method, path, body };
        match saved_row {
            Some(_) if typed.get(&of_row(row, "drop")) == "yes" => {
                steps.push(at(Method::DELETE, format!("{event}/roles/{id}"), None));
            }
            Some(saved_row) => {
                let changed = fields::changed_role(typed, row, (&saved, saved_row), &mut wrong);
                if !changed.is_empty() {
                    changes.push(at(Method::PATCH, format!("{event}/roles/{id}"), Some(chosen(changed, choice))));
                }
            }
            None if fields::is_used(typed, row) => {
                let mut role = fields::new_role(typed, row, &fields::zone(typed), &mut wrong);
                order = order.saturating_add(1);
                role["order"] = json!(order);
                // First of all, since the last role cannot be removed.
                steps.insert(0, at(Method::POST, format!("{event}/roles"), Some(role)));
            }
            None => {}
        }
    }
    steps.extend(changes);
    steps.iter_mut().filter_map(|step| step.body.as_mut()).for_each(|body| tell::say(typed, body));
    if wrong.is_empty() { Ok(steps) } else { Err(wrong) }
}

/// A change, with what is to become of those for whom there is no place any more.
fn chosen(mut change: Map<String, Value>, choice: &str) -> Value {
    if change.contains_key("capacity") && ["keep", "waitlist_latest"].contains(&choice) {
        change.insert("if_below".to_owned(), json!(choice));
    }
    Value::Object(change)
}

/// Tries all steps.
pub(super) async fn preview(
    pages: &Pages,
    visitor: &Visitor,
    revision: u32,
    steps: &[Step],
) -> Result<Preview, Refused> {
    let mut preview = Preview::default();
    for step in steps {
        // That somebody was ever in a role is found out when it is removed, before anything else is done.
        let Some(body) = &step.body else { continue };
        let attempt = |choice: Option<&str>| {
            let mut body = body.clone();
            body["dry_run"] = json!(true);
            if let Some(choice) = choice {
                body["if_below"] = json!(choice);
            }
            step.send(pages, visitor, revision, Some(body))
        };
        match attempt(None).await {
            Ok(edited) => preview.affected.extend(edited.affected),
            Err(problem) if problem.code == "capacity_below_reserved" => {
                preview.must_choose = true;
                if let Ok(edited) = attempt(Some("waitlist_latest")).await {
                    preview.losing.extend(edited.affected);
                }
            }
            Err(problem) => return Err(Refused { row: step.row, problem }),
        }
    }
    Ok(preview)
}

/// Takes all steps. Where one is refused after all, `typed` says what was done: it can be saved once more.
pub(super) async fn take(
    pages: &Pages,
    visitor: &Visitor,
    mut revision: u32,
    steps: &[Step],
    typed: &mut Typed,
) -> Result<Vec<Affected>, Refused> {
    let mut affected = Vec::new();
    for step in steps {
        let edited = match step.send(pages, visitor, revision, step.body.clone()).await {
            Ok(edited) => edited,
            Err(problem) => return Err(Refused { row: step.row, problem }),
        };
        revision = edited.revision;
        typed.set("revision", revision.to_string());
        if let (Some(row), Some(role), true) = (step.row, edited.role_id, step.method == Method::POST) {
            typed.set(&of_row(row, "id"), role.to_string());
        }
        affected.extend(edited.affected);
    }
    Ok(affected)
}

impl Step {
    async fn send(
        &self,
        pages: &Pages,
        visitor: &Visitor,
        revision: u32,
        body: Option<Value>,
    ) -> Result<Edited, Problem> {
        let ask = pages.api().ask(visitor, self.method.clone(), self.path.clone()).at_revision(revision);
        match body {
            Some(body) => ask.json(&body).read().await,
            None => ask.read().await,
        }
    }
}
