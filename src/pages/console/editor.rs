//! Making an event, changing one, and making another one like it. `fields` is what is typed, `times` how times are, `form`
//! how it looks, `save` what changing comes to.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use serde_json::json;

use super::answers::{Managed, Teams};
use super::events::{named, not_organizing};
use super::organizer::Organizer;
use super::others::Others;
use super::tell;
use super::typed::{Typed, Wanted};
use crate::pages::Pages;
use crate::pages::answers::Event;
use crate::pages::api::{FieldProblem, Problem};
use crate::pages::failed;
use crate::pages::parts::{Tone, notice};
use crate::pages::visitor::Visitor;
use fields::{Wrong, of_row, rows};
use form::{Form, Setting};
use save::{Preview, Refused};

mod fields;
mod form;
mod save;
mod times;

/// Rows for roles of a new event, and how many more there are by a press.
const ROWS_NEW: usize = 3;
const ROWS_MORE: usize = 3;

/// The form for a new event, or for one like another.
pub(in crate::pages) async fn show_new(
    State(pages): State<Pages>,
    organizer: Organizer,
    Wanted(wanted): Wanted,
) -> Response {
    let visitor = &organizer.visitor;
    let typed = match wanted.get("copy") {
        "" => Ok(fresh()),
        event => Managed::of(&pages, visitor, event).await.map(|managed| fields::copied(&managed)),
    };
    match typed {
        Ok(mut typed) => {
            typed.set("rows", rows(&typed).max(ROWS_NEW).to_string());
            form_for_new(&pages, &organizer, &typed, &[], None).await
        }
        Err(problem) => failed::page(visitor, &problem),
    }
}

/// What suits most events.
fn fresh() -> Typed {
    let usual = [
        ("max_spots", "10"),
        ("roles_per_person", "1"),
        ("one_per", "email"),
        ("phone", "optional"),
        ("visibility", "public"),
        ("waitlist.policy", "strict"),
        ("waitlist.max_skips", "3"),
        ("timezone", "UTC"),
        ("guess_zone", "yes"),
    ];
    Typed(usual.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

/// Makes it.
pub(in crate::pages) async fn press_new(
    State(pages): State<Pages>,
    organizer: Organizer,
    mut typed: Typed,
) -> Response {
    let visitor = &organizer.visitor;
    typed.0.retain(|(name, _)| name != "guess_zone");
    if typed.get("do") == "more-roles" {
        typed.set("rows", (rows(&typed) + ROWS_MORE).to_string());
        return form_for_new(&pages, &organizer, &typed, &[], None).await;
    }
    let (mut request, used) = match fields::create(&typed) {
        Ok(request) => request,
        Err(wrong) => return form_for_new(&pages, &organizer, &typed, &told(visitor, &wrong), None).await,
    };
    let (status, done) = if typed.get("do") == "publish" { ("published", "published") } else { ("draft", "created") };
    request["status"] = json!(status);
    let ask = pages.api().post(visitor, "/api/v1/events").json(&request);
    let made = ask.attempt(&format!("event-{}", typed.get("key"))).await;
    match made.and_then(|made| made.read::<Event>()) {
        Ok(event) => Redirect::to(&visitor.to(&format!("/console/events/{}?done={done}", event.id))).into_response(),
        Err(problem) => {
            let wrong = in_rows(visitor, &problem.fields, &used);
            form_for_new(&pages, &organizer, &typed, &wrong, Some(&problem)).await
        }
    }
}

/// The API counts the roles that it was sent; the form also has rows that are empty.
fn in_rows(visitor: &Visitor, fields: &[FieldProblem], used: &[usize]) -> Vec<FieldProblem> {
    let moved = |field: &FieldProblem| {
        let (index, name) = field.field.strip_prefix("roles[")?.split_once("].")?;
        let row = used.get(index.parse::<usize>().ok()?)?;
        Some(of_row(*row, name))
    };
    let placed = |field: &FieldProblem| {
        let place = moved(field).unwrap_or_else(|| field.field.clone());
        FieldProblem { field: place, problem: worded(visitor, field) }
    };
    fields.iter().map(placed).collect()
}

/// What is wrong with a field, in the visitor's words; where there are none, as the API says it.
fn worded(visitor: &Visitor, field: &FieldProblem) -> String {
    let key = format!("console-wrong-{}", field.field.rsplit('.').next().unwrap_or_default());
    let is_known = crate::words::Language::english().has(&key);
    if is_known { visitor.text(&key) } else { format!("{} {}.", field.field, field.problem) }
}

/// Times that are none, as what is wrong with their fields.
fn told(visitor: &Visitor, wrong: &[Wrong]) -> Vec<FieldProblem> {
    let told = |(field, why): &Wrong| FieldProblem { field: field.clone(), problem: visitor.text(why.key()) };
    wrong.iter().map(told).collect()
}

async fn form_for_new(
    pages: &Pages,
    organizer: &Organizer,
    typed: &Typed,
    wrong: &[FieldProblem],
    problem: Option<&Problem>,
) -> Response {
    let visitor = &organizer.visitor;
    let names = named(pages, organizer).await;
    let teams = match names.as_slice() {
        [] => return not_organizing(organizer),
        [(organization, _)] => teams(pages, visitor, *organization).await,
        _ => Teams { items: Vec::new() },
    };
    let form =
        Form { typed, wrong, problem, now: None, teams: &teams.items, setting: Setting::New(&names), tell: &html! {} };
    let title = visitor.text("console-new");
    let page = organizer.page(title, &form.show(visitor));
    page.status(status(wrong, problem)).show(visitor)
}

fn status(wrong: &[FieldProblem], problem: Option<&Problem>) -> StatusCode {
    match problem {
        Some(problem) => problem.status(),
        None if wrong.is_empty() => StatusCode::OK,
        None => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// The teams that an event may concern; where they cannot be read there are none to choose from.
async fn teams(pages: &Pages, visitor: &Visitor, organization: uuid::Uuid) -> Teams {
    let path = format!("/api/v1/organizations/{organization}/teams");
    pages.api().get(visitor, path).read().await.unwrap_or(Teams { items: Vec::new() })
}

/// The form of an event as it is.
pub(in crate::pages) async fn show(State(pages): State<Pages>, organizer: Organizer, managed: Managed) -> Response {
    let mut typed = fields::saved(&managed);
    typed.set("rows", (rows(&typed) + 1).to_string());
    form_for(&pages, &organizer, &managed, &typed, &[], None).await
}

async fn form_for(
    pages: &Pages,
    organizer: &Organizer,
    managed: &Managed,
    typed: &Typed,
    wrong: &[FieldProblem],
    problem: Option<&Problem>,
) -> Response {
    let visitor = &organizer.visitor;
    let teams = teams(pages, visitor, managed.event.organization_id).await;
    let now = problem.filter(|problem| problem.code == "revision_mismatch").map(|_| fields::saved(managed));
    let (setting, tell) = (Setting::Existing(managed), tell::ask(pages, visitor, managed, typed));
    let form = Form { typed, wrong, problem, now: now.as_ref(), teams: &teams.items, setting, tell: &tell };
    let page = organizer.page(managed.event.title.clone(), &form.show(visitor));
    page.status(status(wrong, problem)).show(visitor)
}

/// Saves what was changed, after asking where that moves people.
pub(in crate::pages) async fn press(
    State(pages): State<Pages>,
    organizer: Organizer,
    managed: Managed,
    mut typed: Typed,
) -> Response {
    let visitor = &organizer.visitor;
    match typed.get("do") {
        "more-roles" => {
            typed.set("rows", (rows(&typed) + ROWS_MORE).to_string());
            return form_for(&pages, &organizer, &managed, &typed, &[], None).await;
        }
        "back" => return form_for(&pages, &organizer, &managed, &typed, &[], None).await,
        _ => {}
    }
    if typed.get("revision") != managed.revision.to_string() {
        return meanwhile(&pages, &organizer, &managed, typed).await;
    }
    let steps = match save::steps(&managed, &typed) {
        Ok(steps) => steps,
        Err(wrong) => return form_for(&pages, &organizer, &managed, &typed, &told(visitor, &wrong), None).await,
    };
    if !typed.has("sure") {
        match save::preview(&pages, visitor, managed.revision, &steps).await {
            Ok(preview) if preview.must_choose || !preview.affected.is_empty() => {
                return ask(&pages, &organizer, &managed, &typed, &preview).await;
            }
            Ok(_) => {}
            Err(refused) => return refuse(&pages, &organizer, &managed, typed, refused).await,
        }
    }
    match save::take(&pages, visitor, managed.revision, &steps, &mut typed).await {
        Ok(affected) => {
            let others = Others::of(&pages, visitor, managed.event.id, &affected).await;
            let query = format!("?done=saved{}{}", others.query(), tell::query(&typed));
            Redirect::to(&(managed.path(visitor) + &query)).into_response()
        }
        Err(refused) => refuse(&pages, &organizer, &managed, typed, refused).await,
    }
}

/// Somebody else changed it: the form once more, with what is so now beside what was typed.
async fn meanwhile(pages: &Pages, organizer: &Organizer, managed: &Managed, mut typed: Typed) -> Response {
    typed.set("revision", managed.revision.to_string());
    typed.0.retain(|(name, _)| !["sure", "if_below"].contains(&name.as_str()));
    form_for(pages, organizer, managed, &typed, &[], Some(&Problem::of(412, "revision_mismatch"))).await
}

async fn refuse(
    pages: &Pages,
    organizer: &Organizer,
    managed: &Managed,
    mut typed: Typed,
    Refused { row, problem }: Refused,
) -> Response {
    let visitor = &organizer.visitor;
    // Some of it may have been saved before.
    let managed = Managed::of(pages, visitor, &managed.event.id.to_string()).await.unwrap_or_else(|_| managed.clone());
    if problem.code == "revision_mismatch" {
        return meanwhile(pages, organizer, &managed, typed).await;
    }
    typed.0.retain(|(name, _)| !["sure", "if_below"].contains(&name.as_str()));
    let placed = |field: &FieldProblem| {
        let place = row.map_or_else(|| field.field.clone(), |row| of_row(row, &field.field));
        FieldProblem { field: place, problem: worded(visitor, field) }
    };
    let mut wrong: Vec<FieldProblem> = problem.fields.iter().map(placed).collect();
    if let (Some(row), true) = (row, wrong.is_empty()) {
        wrong.push(FieldProblem { field: of_row(row, "name"), problem: failed::words(visitor, &problem) });
    }
    form_for(pages, organizer, &managed, &typed, &wrong, Some(&problem)).await
}

/// Whom the change would move, and what is to become of those for whom there is no place any more.
async fn ask(pages: &Pages, organizer: &Organizer, managed: &Managed, typed: &Typed, preview: &Preview) -> Response {
    let visitor = &organizer.visitor;
    let moving = Others::of(pages, visitor, managed.event.id, &preview.affected).await;
    let losing = Others::of(pages, visitor, managed.event.id, &preview.losing).await;
    let title = visitor.text("console-preview-title");
    let main = html! {
        p.eyebrow { a href=(managed.path(visitor)) { bdi { (managed.event.title) } } }
        h1 { (title) }
        @if !moving.is_nobody() { (moving.would(visitor)) }
        form method="post" action={ (managed.path(visitor)) "/edit" } {
            (typed.carried(&["do", "sure", "if_below", tell::FIELD]))
            input type="hidden" name="sure" value="yes";
            @if preview.must_choose { (choice(visitor, &losing)) }
            (tell::ask(pages, visitor, managed, typed))
            p.buttons {
                button type="submit" { (visitor.text("console-preview-button")) }
                button.second type="submit" name="do" value="back" { (visitor.text("console-preview-back")) }
            }
        }
    };
    organizer.page(title.clone(), &main).show(visitor)
}

fn choice(visitor: &Visitor, losing: &Others) -> Markup {
    html! {
        (notice(Tone::Wait, &html! { p { (visitor.text("console-below")) } }))
        fieldset {
            legend { (visitor.text("console-below-choose")) }
            label.card.choice {
                input type="radio" name="if_below" value="keep" checked;
                span { strong { (visitor.text("console-below-keep")) } span.example { (visitor.text("console-below-keep-what")) } }
            }
            label.card.choice {
                input type="radio" name="if_below" value="waitlist_latest";
                span { strong { (visitor.text("console-below-latest")) } span.example { (visitor.text("console-below-latest-what")) } }
            }
            div.of-choice { (losing.would(visitor)) }
        }
    }
}
