//! The page of an organization: who belongs to it, who is invited, and its teams. `webhooks` has a page of its own, with
//! `deliveries` as a part.
//!
//! Who may what, the API says: what it shows to somebody is here, and what only owners may read, only owners can change.
//! `answers` is what it tells, `people`, `invitations` and `teams` are the parts of the page, `rights` what is asked about
//! somebody in two of them, `commands` does what is pressed.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use uuid::Uuid;

use super::Pages;
use super::answers::{List, Time};
use super::api::Problem;
use super::console::organizer::Organizer;
use super::console::typed::{Typed, Wanted};
use super::event::segment;
use super::failed;
use super::frame::Page;
use super::parts::{Needed, Tone, notice};
use super::visitor::Visitor;
use crate::clock;
use answers::{Invitation, Member, Organization, Team, Titled};

mod answers;
mod commands;
mod deliveries;
mod invitations;
mod people;
mod rights;
mod teams;
mod webhooks;

/// People on a page.
const PEOPLE_MAX: usize = 200;
/// Events to choose from.
const EVENTS_MAX: usize = 200;
/// Events beyond those that are asked for by their title.
const TITLES_MAX: usize = 50;

/// The routes of an organization.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/console/organizations/{organization}", get(show).post(commands::press))
        .route("/console/organizations/{organization}/webhooks", get(webhooks::show).post(webhooks::press))
}

/// Shows it.
async fn show(
    State(pages): State<Pages>,
    organizer: Organizer,
    Path(organization): Path<String>,
    Wanted(query): Wanted,
) -> Response {
    match Seen::look(&pages, &organizer, &organization, &query).await {
        Ok(seen) => seen.page(&organizer, &query, &Attempt::default()).show(&organizer.visitor),
        Err(problem) => failed::page(&organizer.visitor, &problem),
    }
}

/// An organization as somebody sees it.
struct Seen {
    organization: Organization,
    teams: Vec<Team>,
    /// None: they may not see who belongs to it.
    members: Option<List<Member>>,
    /// None: they may change nothing.
    invitations: Option<List<Invitation>>,
    /// Of these a manager can manage some.
    events: Vec<Titled>,
}

/// What was tried, and what came of it.
#[derive(Default)]
struct Attempt {
    typed: Typed,
    problem: Option<Problem>,
    /// What is shown this once.
    told: Option<Told>,
}

/// What is shown once.
struct Told {
    /// What it is.
    what: String,
    secret: String,
}

impl Seen {
    async fn look(pages: &Pages, organizer: &Organizer, id: &str, query: &Typed) -> Result<Seen, Problem> {
        let visitor = &organizer.visitor;
        let path = format!("/api/v1/organizations/{}", segment(id));
        let list = |of: &str| format!("{path}/{of}?limit={PEOPLE_MAX}{}", cursor(query, of));
        let (organization, teams, members, invitations) = tokio::try_join!(
            pages.api().get(visitor, path.clone()).read::<Organization>(),
            pages.api().get(visitor, format!("{path}/teams")).read::<answers::Teams>(),
            async { if_allowed(pages.api().get(visitor, list("members")).read().await) },
            async { if_allowed(pages.api().get(visitor, list("invitations")).read().await) },
        )?;
        let mut seen = Seen { organization, teams: teams.items, members, invitations, events: Vec::new() };
        if seen.members.is_some() {
            seen.events = seen.events(pages, visitor).await?;
        }
        Ok(seen)
    }

    /// The organization's events, or of many those that are to come; and those that somebody manages.
    async fn events(&self, pages: &Pages, visitor: &Visitor) -> Result<Vec<Titled>, Problem> {
        let path = format!("/api/v1/events?organization={}&limit={EVENTS_MAX}", self.organization.id);
        let mut found: List<Titled> = pages.api().get(visitor, path.clone()).read().await?;
        if found.next_cursor.is_some() {
            let from = Time(clock::now()).rfc3339();
            found = pages.api().get(visitor, format!("{path}&from={}", segment(&from))).read().await?;
        }
        let mut events = found.items;
        let managed: Vec<Uuid> = self.all_rights().flat_map(|rights| rights.events.iter().copied()).collect();
        for id in managed.into_iter().take(TITLES_MAX) {
            if events.iter().all(|event| event.id != id) {
                events.extend(pages.api().get(visitor, format!("/api/v1/events/{id}")).read::<Titled>().await.ok());
            }
        }
        Ok(events)
    }

    fn all_rights(&self) -> impl Iterator<Item = &answers::Rights> {
        let of_members = self.members.iter().flat_map(|list| list.items.iter().map(|one| &one.rights));
        of_members.chain(self.invitations.iter().flat_map(|list| list.items.iter().map(|one| &one.rights)))
    }

    /// Whether the visitor may change anything.
    fn is_owned(&self) -> bool {
        self.invitations.is_some()
    }

    fn path(&self, visitor: &Visitor) -> String {
        visitor.to(&format!("/console/organizations/{}", self.organization.id))
    }

    fn page(&self, organizer: &Organizer, query: &Typed, attempt: &Attempt) -> Page {
        let visitor = &organizer.visitor;
        let main = match self.question(visitor, query) {
            Some(question) if attempt.problem.is_none() => question,
            _ => self.main(visitor, query, attempt),
        };
        let page = organizer.narrow_page(self.organization.name.clone(), &main);
        match &attempt.problem {
            Some(problem) => page.status(problem.status()),
            None => page,
        }
    }

    fn main(&self, visitor: &Visitor, query: &Typed, attempt: &Attempt) -> Markup {
        html! {
            p.eyebrow { a href=(visitor.to("/console")) { (visitor.text("console-link")) } }
            h1 { bdi { (self.organization.name) } }
            (attempt.said(visitor))
            @if let Some(done) = commands::done(query.get("done")).filter(|_| attempt.is_nothing()) {
                (notice(Tone::Good, &html! { p { (visitor.text(done)) } }))
            }
            @if self.is_owned() {
                (self.rename(visitor, attempt))
                p.after { a href={ (self.path(visitor)) "/webhooks" } { (visitor.text("webhooks-title")) } }
            } @else {
                p.hint { (visitor.text("organization-only-owners")) }
            }
            (self.people(visitor))
            (self.invitations(visitor, attempt))
            (self.teams(visitor, attempt))
        }
    }

    fn rename(&self, visitor: &Visitor, attempt: &Attempt) -> Markup {
        let name = attempt.value("organization_name", &self.organization.name);
        let field = attempt.field(visitor, "organization_name", "organization-name", "name", name);
        html! {
            details open[attempt.is_about("rename")] {
                summary { (visitor.text("organization-rename")) }
                form method="post" action=(self.path(visitor)) {
                    (field.needed(Needed::Yes).show(visitor))
                    button type="submit" name="do" value="rename" { (visitor.text("organization-save")) }
                }
            }
        }
    }

    /// What is asked before something is done that cannot be taken back.
    fn question(&self, visitor: &Visitor, query: &Typed) -> Option<Markup> {
        if !self.is_owned() {
            return None;
        }
        let member = |one: &&Member| one.account_id.to_string() == query.get("remove");
        let team = |one: &&Team| one.id.to_string() == query.get("remove-team");
        if let Some(one) = self.members.iter().flat_map(|list| &list.items).find(member) {
            let what = visitor.say("organization-remove-ask", &[("name", one.name.as_str().into())]);
            let (field, id) = ("account", one.account_id);
            return Some(self.ask(visitor, &what, (field, id), ("remove", "organization-remove-sure")));
        }
        let one = self.teams.iter().find(team)?;
        let what = visitor.say("organization-team-remove-ask", &[("name", one.name.as_str().into())]);
        Some(self.ask(visitor, &what, ("team", one.id), ("remove-team", "organization-team-remove-sure")))
    }

    fn ask(&self, visitor: &Visitor, what: &str, about: (&str, Uuid), button: (&str, &str)) -> Markup {
        html! {
            h1 { bdi { (self.organization.name) } }
            (notice(Tone::Wait, &html! { p { (what) } }))
            form.buttons method="post" action=(self.path(visitor)) {
                input type="hidden" name=(about.0) value=(about.1);
                button.danger type="submit" name="do" value=(button.0) { (visitor.text(button.1)) }
                a.button.second href=(self.path(visitor)) { (visitor.text("organization-keep")) }
            }
        }
    }
}

/// Where a list goes on.
fn cursor(query: &Typed, list: &str) -> String {
    let cursor = query.get(list);
    if cursor.is_empty() { String::new() } else { format!("&cursor={}", segment(cursor)) }
}

/// None where the API says that this visitor may not.
fn if_allowed<T>(answer: Result<T, Problem>) -> Result<Option<T>, Problem> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(problem) if problem.code == "forbidden" => Ok(None),
        Err(problem) => Err(problem),
    }
}
